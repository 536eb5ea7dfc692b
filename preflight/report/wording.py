"""Observed text for people, so that it does no harm where it is shown."""

from __future__ import annotations

import re

from preflight.record import printable

MOST_CHARACTERS = 4_000  # of one text: what is longer is in the ledger
# Beside controls: halves of surrogate pairs and what is no character, which UTF-8, HTML and XML cannot write; and
# what turns a text's direction, breaks its line or takes no room, so that it does not look like what it says. Joiners
# belong to the spelling of some scripts, and to emoji: they stay, but for those beside ASCII, which can only hide.
_NO_CHARACTERS = "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
_HIDDEN = "\xad\u061c\u200b\u200e\u200f\u2028\u2029\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
_JOINER, _WIDE = "[\u200c\u200d]", r"[^\x00-\x7f]"
_UNSEEN = re.compile(
    f"[\ud800-\udfff\ufdd0-\ufdef{_NO_CHARACTERS}{_HIDDEN}]|{_JOINER}(?!{_WIDE})|(?<!{_WIDE}){_JOINER}"
)


def safe(text: str, most: int = MOST_CHARACTERS) -> str:
    """A text of which everything shows: what would steer, hide or turn is written out as Python does, `\\x1b`."""
    if len(text) <= most and text.isascii() and text.isprintable():
        return text  # as nearly all of them are
    if len(text) > most:
        text = f"{text[:most]} ... ({len(text) - most:,} more characters: see the ledger)"
    return _UNSEEN.sub(lambda found: repr(found[0])[1:-1], printable(text))
