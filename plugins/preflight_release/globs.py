"""Patterns of paths below a folder: `*.pid`, `log/**`, `cache/`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache


@lru_cache(maxsize=256)
def matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a path is meant by one of the patterns, itself or by a folder it is in.

    As in gitignore(5): a pattern without a slash (but at its end) means names at any depth, one with a slash starts at
    the root. `*` and `?` stop at a slash, `**` does not; `[...]` and `!` have no meaning of their own.
    """
    if not patterns:
        return lambda _: False
    found = re.compile("|".join(map(_expression, patterns)), re.DOTALL)
    return lambda path: found.fullmatch(path) is not None


def _expression(pattern: str) -> str:
    body = pattern.rstrip("/")
    anywhere = "" if "/" in body else "(?:.*/)?"
    body = body.removeprefix("/")
    expression, at = "", 0
    for found in re.finditer(r"/\*\*/|\*\*|[*?]", body):
        expression += re.escape(body[at : found.start()])
        expression += {"/**/": "/(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}[found[0]]
        at = found.end()
    return f"{anywhere}{expression}{re.escape(body[at:])}(?:/.*)?"
