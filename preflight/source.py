"""Values that know where they were written: a dict and a list that also hold the marks of everything in them."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

SUFFIXES = (".yaml", ".yml")  # of an inventory's files


class Mark(NamedTuple):
    """A place in a file. Lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line}:{self.column}"


class Map(dict[str, Any]):
    """A mapping: `mark` is its own place, `keys_at` and `values_at` those of its entries."""

    __slots__ = ("keys_at", "mark", "values_at")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.keys_at: dict[str, Mark] = {}
        self.values_at: dict[str, Mark] = {}

    def put(self, key: str, value: Any, key_mark: Mark, value_mark: Mark) -> None:
        self[key] = value
        self.keys_at[key] = key_mark
        self.values_at[key] = value_mark

    def copy_entry(self, key: str, other: Map) -> None:
        """Take an entry of another mapping over, with its marks."""
        self.put(key, other[key], other.keys_at[key], other.values_at[key])


class Seq(list[Any]):
    """A sequence: `mark` is its own place, `items_at` those of its items."""

    __slots__ = ("items_at", "mark")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.items_at: list[Mark] = []


def shown(file: str | Path) -> str:
    """A path as the user would type it: relative to the working directory where it lies below it."""
    return _shown_from(os.getcwd(), os.fspath(file))  # noqa: PTH109  a tenth of the time of Path.cwd: each check has a place


@lru_cache(maxsize=1024)
def _shown_from(folder: str, path: str) -> str:
    relative = os.path.relpath(path, folder)
    return path if relative.startswith("..") else relative
