"""A report for a pull request or a chat: short, what is longer folded away. For GitHub's Markdown (GFM).

What was observed is text alone: what GFM takes for markup has a backslash before it. Names (`@ops`), issues (`#12`),
addresses and `:emoji:` are looked for later, in the page that has been made of it, but not in code: a word that has one
of them is put between backticks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape

from preflight.report.document import Cause, CheckPart, Document
from preflight.report.phrases import away, count, spoken

MOST_CHARACTERS = 60_000  # a comment on GitHub may have 65,536
MOST_CAUSES = 30
MOST_LISTED = 12
_MARKUP = re.compile(r"[\\`*\[\]<>|~&$]|(?<![^\W_])_|_(?![^\W_])")
_LOOKED_FOR = re.compile(r"@|#\d|://|:\w+:|\bwww\.|\bGH-\d", re.IGNORECASE)
_FIELDS = ("expected", "observed", "reason", "consequence", "next_step")
_LABELS = {"reason": "not checked", "next_step": "next step"}


def markdown_text(document: Document) -> str:
    """Below 60,000 characters: what has no room is counted."""
    parts = [*_head(document), *_causes(document.causes), *_since(document), *_decided(document)]
    text = "\n".join(parts)
    foot = "\n".join(_foot(document))
    for check in document.checks:
        if check.outcome != "passed":
            detail = "\n".join(_detail(check))
            if len(text) + len(detail) + len(foot) > MOST_CHARACTERS:
                text += "\n\nThe other checks have no room here: they are in the HTML report and the ledger.\n"
                break
            text += f"\n{detail}"
    return f"{text}\n{foot}\n"


def plain(text: str) -> str:
    """A text on one line of Markdown, in which nothing is markup."""
    shown = " ".join(map(_escaped, text.split()))
    return re.sub(r"^(\d*)([-+=#.)])", r"\1\\\2", shown)  # a list, a heading, a line below one


def _escaped(word: str) -> str:
    if not _LOOKED_FOR.search(word):
        return _MARKUP.sub(r"\\\g<0>", word)
    if "|" not in word and "`" not in word:
        return f"`{word}`"
    # Neither fits between backticks in a cell of a table; a space that takes no room does as well.
    return _MARKUP.sub(r"\\\g<0>", re.sub(r"[@#:]|www", "\\g<0>\u200b", word, flags=re.IGNORECASE))


def in_html(text: str) -> str:
    """The same where GFM reads no Markdown: within `<summary>`."""
    words = ((escape(word), _LOOKED_FOR.search(word)) for word in text.split())
    return " ".join(f"<code>{word}</code>" if found else word for word, found in words)


def _head(document: Document) -> Iterator[str]:
    names = ", ".join(plain(each.cutover or each.name) for each in document.inventories)
    yield f"## {document.verdict}: {names}\n"
    yield f"**{plain(document.meaning)}**\n"
    if document.left_out:
        yield f"This says nothing of {plain(', nor of '.join(document.left_out))}.\n"
    if document.replay_of:
        yield f"Judged again from what the run {plain(document.replay_of)} had seen.\n"
    for inventory in document.inventories:
        whose = f"{plain(inventory.cutover or inventory.name)}: " if len(document.inventories) > 1 else ""
        for turn in (moment for moment in inventory.moments if moment.name == "point of no return"):
            yield f"- {whose}point of no return {_clock(turn.at)}, **{away(turn.seconds_left)}**"
        for due in document.due(inventory)[:MOST_LISTED]:
            yield f"- {whose}to be decided by {_clock(due.at)}, {away(due.seconds_left)}: {plain(due.what)}"
    counts = document.counts
    numbers = ((counts.failed, "failed"), (counts.not_checked, "not checked"), (counts.warned, "warned"),
               (counts.waived, "waived"), (counts.passed, "passed"))  # fmt: skip
    told = ", ".join(f"{number} {word}" for number, word in numbers if number) or "nothing was selected"
    inventories = ", ".join(plain(each.name) for each in document.inventories)
    who = f"{_clock(document.origin.began)} by {plain(document.origin.operator)}"
    yield f"- {told}\n- inventory {inventories}, phase {plain(document.origin.phase)}, {who}"
    for inventory in document.inventories:
        if inventory.commit:
            changed = ", **and changed since**" if inventory.changed else ""
            yield f"- {plain(inventory.name)} at commit {plain(inventory.commit[:12])}{changed}"
    yield from (f"- {plain(warning)}" for warning in document.warnings)
    yield ""


def _causes(causes: Sequence[Cause]) -> Iterator[str]:
    if not causes:
        return
    yield "| | what | consequence | owner | next step | checks |\n|---|---|---|---|---|---|"
    for cause in causes[:MOST_CAUSES]:
        cells = (
            spoken(cause.outcome),
            f"**{plain(cause.what)}**" + (f": {plain(cause.seen)}" if cause.seen else ""),
            plain(cause.consequence),
            plain(", ".join(cause.owners)),
            plain(cause.next_step),
            str(len(cause.checks)),
        )
        yield f"| {' | '.join(cells)} |"
    if len(causes) > MOST_CAUSES:
        yield f"\nand {count(len(causes) - MOST_CAUSES, 'more cause')}"
    yield ""


def _since(document: Document) -> Iterator[str]:
    since = document.since
    if since is not None:
        newly = f"newly failing {len(since.newly_failing)}{_named(since.newly_failing)}"
        passing = f"newly passing {len(since.newly_passing)}{_named(since.newly_passing)}"
        yield f"Since {_clock(since.at)}: {newly}, {passing}, still failing {len(since.still_failing)}\n"


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - MOST_LISTED} more" if len(ids) > MOST_LISTED else ""
    return f" ({', '.join(map(plain, ids[:MOST_LISTED]))}{more})" if ids else ""


def _decided(document: Document) -> Iterator[str]:
    for each in document.decided:
        soon = " **(ends within 7 days)**" if each.soon else ""
        whom = f"{plain(each.approver)}, {plain(each.ticket)}, until {_clock(each.expires)}{soon}"
        yield f"- waived: {plain(each.reason)}: {whom}{_named(each.checks)}"
    if document.decided:
        yield ""


def _detail(check: CheckPart) -> Iterator[str]:
    """Folded. An empty line after `<summary>` lets GFM read on as Markdown."""
    yield f"<details><summary>{spoken(check.outcome)} {in_html(check.id)}</summary>\n"
    for reason in check.reasons:
        for field in _FIELDS:
            if text := getattr(reason, field):
                lines = "<br>".join(filter(None, map(plain, text.splitlines())))
                yield f"- {_LABELS.get(field, field)}: {lines}"
        yield ""
    told = ((check.owner, "owner"), (check.ticket, "ticket"), (check.place, "written in"))
    yield from (f"- {label}: {plain(text)}" for text, label in told if text)
    yield "\n</details>\n"


def _foot(document: Document) -> Iterable[str]:
    evidence = document.evidence
    whole = "" if evidence.finished and not evidence.faults else " **It is not whole.**"
    yield f"Ledger {plain(evidence.run)}, last seal {plain(evidence.seal)}.{whole}"


def _clock(moment: str) -> str:
    try:
        return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M %Z}"
    except ValueError:
        return plain(moment)
