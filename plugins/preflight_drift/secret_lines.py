"""Secrets in the lines of a text that no parser knows: masked for showing, each on its line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from preflight_drift.secret_names import is_secret
from preflight_drift.secret_values import STEM, Span, is_plain, masked, may_have_tokens, merged, secrets_in

_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
# `requirepass x`; in a comment only where nothing follows, or prose about passwords would lose a word.
_FIRST = re.compile(
    r"""\s*(?P<comment>[#;!/]*)\s*["']?(?P<name>[A-Za-z][\w.-]*)["']?\s+(?P<value>"[^"]*"|'[^']*'|\S+)(?P<rest>.*)"""
)
# `user app password x` of HAProxy, `login app password x` of .netrc: any word and the next, after one of these.
_USER = re.compile(r"\b(?:user|login|machine)\s")
_PAIR = re.compile(r"""(?<=\s)(?P<name>[A-Za-z][\w-]*)\s+(?=(?P<value>"[^"]*"|\S+))""")
# `password = several words`: what is assigned first in a line may be all of the rest.
_REST = re.compile(
    r"""\s*[#;!/]*\s*(?:export\s+|set\s+|-\s+)?["'$]?(?P<name>[A-Za-z_][\w.-]*)["']?\s*(?::=|=>|=(?!=)|:(?!//))\s*
    (?!(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*(?:[],;)}\#/].*)?$)(?P<value>\S.*)""",
    re.VERBOSE,
)
_ELEMENT = re.compile(r"<(?P<name>[A-Za-z_][\w.:-]*)(?:\s[^>]*)?>(?P<value>[^<]+)</")
_JSON = re.compile(r"""["'](?P<name>[\w. -]+)["']\s*(?::|=>)\s*(?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
_DEFINE = re.compile(r"""\bdefine\(\s*["'](?P<name>\w+)["']\s*,\s*(?P<value>"[^"]*"|'[^']*')""")  # PHP
# A value that stands in the lines below: `password: |`, `password = \`, `password:`.
_OPEN = re.compile(r"""(?P<indent>\s*)(?:-\s+)?["']?(?P<name>[A-Za-z_][\w.-]*)["']?\s*[:=]\s*(?:[|>][-+0-9]*|\\)?\s*""")


def masked_lines(lines: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """The lines with `***` in the place of secrets, and whether there were any."""
    text = "\n".join(lines)
    spans = secrets_in_lines(text)
    return (tuple(masked(text, spans).split("\n")) if spans else tuple(lines)), bool(spans)


def secrets_in_lines(text: str) -> list[Span]:
    """Where they are; one that goes over several lines is one of each."""
    spans: list[Span] = []
    tokens, pem = may_have_tokens(text), "-----BEGIN" in text
    at, in_pem = 0, False
    deeper_than: int | None = None  # the indent of a secret's name whose value goes on below it
    for line in text.split("\n"):
        found: list[Span] = []
        indent = len(line) - len(line.lstrip())
        if deeper_than is not None and line.strip() and indent <= deeper_than:
            deeper_than = None
        if in_pem or deeper_than is not None:
            end = _END.search(line) if in_pem else None
            in_pem = in_pem and end is None
            found.append((indent, end.end() if end else len(line)))
        elif pem and (begin := _BEGIN.search(line)) and not _END.search(line, begin.end()):
            in_pem = True
            found.append((begin.start(), len(line)))
        elif STEM.search(line.lower()):
            if (opened := _OPEN.fullmatch(line)) and is_secret(opened["name"]):
                deeper_than = indent
            found += _secrets_in_line(line, tokens)
        elif tokens or "://" in line:
            found += secrets_in(line, tokens)
        spans += [(at + start, at + end) for start, end in found]
        at += len(line) + 1
    return merged(spans)


def _secrets_in_line(line: str, tokens: bool) -> list[Span]:
    spans = secrets_in(line, tokens)
    for pattern in (_FIRST, _REST, _ELEMENT, _JSON, _DEFINE, *((_PAIR,) if _USER.search(line) else ())):
        for found in pattern.finditer(line):
            if not is_secret(found["name"]) or (pattern in (_FIRST, _REST) and found.start()):
                continue
            if pattern is _FIRST and _prose(found):
                continue
            start, end = found.span("value")
            if line[start] in "\"'" and line[end - 1] == line[start] and end - start > 1:
                start, end = start + 1, end - 1
            if not is_plain(line[start:end]):
                spans.append((start, end))
    return spans


def _prose(found: re.Match[str]) -> bool:
    if found["value"][0] in "=:":
        return True  # an assignment
    return bool(found["comment"] and found["rest"].strip())
