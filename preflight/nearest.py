"""'Did you mean ...?', the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST_LISTED = 12


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "values"?`, or what there is to choose from; empty where nothing is known."""
    names = sorted(known)
    if not names:
        return ""
    close = get_close_matches(word, names, n=1, cutoff=0.6) or [n for n in names if n.lower() == word.lower()]
    if close:
        return f'; did you mean "{close[0]}"?'
    return "; there are: " + ", ".join(names[:MOST_LISTED]) + (", ..." if len(names) > MOST_LISTED else "")
