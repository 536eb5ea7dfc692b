"""What can go wrong with what a person wrote. Everything else that raises is a bug.

    PreflightError
    └── InventoryError    the inventory cannot be used: every Problem in it, each with its place

It reaches the user as a pytest usage error: exit code 4, no traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from preflight.source import Mark


class PreflightError(Exception):
    """The base of all errors that are the user's to mend."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong at one place: `file:line:column: path: what is wrong`."""

    mark: Mark
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.mark}: {self.path}: {self.message}" if self.path else f"{self.mark}: {self.message}"


class InventoryError(PreflightError):
    """All problems of one inventory, in the order in which they stand in its files."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        count = f"{len(self.problems)} problems" if len(self.problems) > 1 else "1 problem"
        lines = [f"inventory {name} cannot be used, {count}:", *map(str, self.problems)]
        super().__init__("\n".join(lines))
