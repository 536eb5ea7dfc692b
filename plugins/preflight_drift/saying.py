"""How a difference is said: its place, its values, the lines in which a text differs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import islice

from preflight_drift.checks import Wording
from preflight_drift.comparison import Difference, Seen
from preflight_drift.rules import shown

MOST_LISTED = 12  # names in a line
MOST_LINES = 8  # of a text
LONGEST = 120  # characters of a value


def place_of(one: Difference) -> str:
    """The path of what a difference is part of: a rule's path is this one, a dot, and the key."""
    return f"{one.subject}.{one.document}" if has_name(one) else one.subject


def key_of(one: Difference) -> str:
    return one.path[len(place_of(one)) + 1 :]


def has_name(one: Difference) -> bool:
    return one.document != one.subject


def is_text(one: Difference) -> bool:
    """It is the digest of a text that no parser knows, which tells nobody anything."""
    return one.path.endswith(".sha256") and bool(
        one.here and one.there and one.here.document.lines and one.there.document.lines
    )  # fmt: skip


def changed_lines(one: Difference) -> Iterator[str]:
    """Of a text that no parser knows: the lines in which it differs."""
    assert one.here is not None
    assert one.there is not None
    ours, theirs = one.here.document.lines, one.there.document.lines
    diff = difflib.unified_diff(theirs, ours, lineterm="", n=0)
    changed = [line for line in islice(diff, 2, None) if line[:2] != "@@"]
    yield from (shortened(f"{line[0]} {line[1:]}") for line in changed[:MOST_LINES])
    if not changed:
        yield "in what must not be shown, or in nothing but the end of a line"
    elif len(changed) > MOST_LINES:
        yield f"... and {counted(len(changed) - MOST_LINES, 'line')} more"


def where(seen: Seen) -> str:
    """`20 on web-1, web-2, line 7`; a whole document is just there."""
    line = f", line {seen.line}" if seen.line else ""
    return f"{value_of(seen)} on {hosts_of(seen.hosts)}{line}"


def valued(seen: Seen | None) -> str:
    return f"{value_of(seen)}{in_line(seen)}" if seen is not None else "none"


def in_line(seen: Seen) -> str:
    return f" (line {seen.line})" if seen.line else ""


def value_of(seen: Seen) -> str:
    if seen.lacks:
        return "none"
    return "a secret" if seen.secret else shortened(shown(seen.value)) or '""'


def shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(names[:MOST_LISTED]) + more


def hosts_of(hosts: Sequence[str]) -> str:
    return ", ".join(hosts[:3]) + (f" and {len(hosts) - 3} more" if len(hosts) > 3 else "")


def there(seen: Seen | None, wording: Wording) -> str:
    """`on stg-1 in staging`; where the environment stands for its hosts (this machine, a survey), `in staging`."""
    known = seen is not None and seen.hosts and seen.hosts != (wording.there,)
    return f"on {hosts_of(seen.hosts)} in {wording.there}" if seen is not None and known else f"in {wording.there}"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' if number != 1 else ''}"
