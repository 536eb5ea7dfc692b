"""Names of any source, made fit to stand in a drawing: without what turns, hides or moves the rest, and cut to size."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate, takewhile
from unicodedata import combining, east_asian_width

# Controls, what XML cannot write, what separates lines, turns the direction of a text or has no width.
_UNWRITABLE = re.compile(
    "(?:[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff])+"
)
REPLACEMENT = "\ufffd"


def harmless(name: str, instead: str = REPLACEMENT) -> str:
    return _UNWRITABLE.sub(instead, name)


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
