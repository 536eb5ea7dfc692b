"""Names of any source, made fit to stand in a drawing: on one line, where everything shows, and cut to size."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate, takewhile
from unicodedata import combining, east_asian_width

from preflight.report.wording import safe


def harmless(name: str) -> str:
    return safe(name, len(name)).replace("\t", "\\t").replace("\n", "\\n")


def width(text: str) -> int:
    """In columns of a terminal; in a drawing, about as many characters."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def cut(text: str, room: int, dots: str = "...") -> str:
    """To at most so many columns. What goes is the middle: equal devices differ in how their names end."""
    # Marks that have no width pile up on one character: there may be few of them.
    if width(text) <= room and len(text) <= 2 * room:
        return text
    if room <= len(dots):
        return _begin(text, room)
    tail = _begin(text[::-1], (room - len(dots)) // 2)[::-1]
    return f"{_begin(text, room - len(dots) - width(tail))}{dots}{tail}"


def listed(names: Iterable[str], most: int = 8) -> str:
    """`a, b`; of many, the first: `a, b and 5 more`."""
    all_of_them = list(names)
    more = len(all_of_them) - most
    return ", ".join(all_of_them[:most]) + (f" and {more} more" if more > 0 else "")


def _begin(text: str, room: int) -> str:
    text = text[: 2 * max(room, 0)]
    return text[: len(list(takewhile(lambda used: used <= room, accumulate(map(_columns, text)))))]


def _columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
