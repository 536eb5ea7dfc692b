"""What is allowed to differ, or has to: which rule counts for a path, and whether two values keep to it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from preflight_drift.model import Value

RuleName = Literal["same", "must-differ", "keys-only", "matches", "mapped", "at-least", "ignore"]


@dataclass(frozen=True)
class Rule:
    """A rule as written.

    Attributes:
        at: a path in which `*` stands for anything.
        means: the same, with the names that stand for an environment's own words in their place; if it has any.
        place: `inventories/prod/drift.yaml:12`.
        expired: its last day is over: it hides nothing any more.
        values: of `matches` and `mapped`, by environment.
        default: what it is where it is not written.
    """

    at: str
    name: RuleName
    reason: str
    place: str = ""
    owner: str = ""
    expired: bool = False
    values: tuple[tuple[str, str], ...] = ()
    default: Value = None
    means: str = ""

    @property
    def path(self) -> str:
        return self.means or self.at

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(".*".join(map(re.escape, self.path.split("*"))), re.S)

    @property
    def specificity(self) -> int:
        """Characters that stand for themselves."""
        return len(self.at.replace("*", ""))


class AmbiguousError(ValueError):
    """Two rules count for a path, and none is more specific."""


class Rules:
    """The rules of an inventory."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.all = tuple(rules)
        self._sorted = sorted((rule for rule in rules if not rule.expired), key=lambda rule: -rule.specificity)
        self._exact = {rule.path: rule for rule in self._sorted if "*" not in rule.at}
        self._globs = [rule for rule in self._sorted if "*" in rule.at]
        self._starts = {rule.path.partition("*")[0] for rule in self._sorted}
        # One expression that says of most paths, at once, that no rule is about them.
        self._any = re.compile("|".join(rule.pattern.pattern for rule in self._globs) or r"(?!)", re.S)

    def may_be_about(self, document: str) -> bool:
        """Whether any of them could be about a path that begins so."""
        return any(start.startswith(document) or document.startswith(start) for start in self._starts)

    def of(self, path: str) -> Rule | None:
        """The most specific one that counts. Raises AmbiguousError."""
        exact = self._exact.get(path)
        if exact is not None or not self._any.fullmatch(path):
            return exact
        found = [rule for rule in self._globs if rule.pattern.fullmatch(path)]
        if len(found) > 1 and found[0].specificity == found[1].specificity:
            places = " and ".join(f"`{rule.at}` ({rule.place})" for rule in found[:2])
            raise AmbiguousError(f"{places} are equally specific for {path}: make one of them more so")
        return found[0]


def kept(rule: Rule, here: Value, there: Value, environments: tuple[str, str]) -> bool | None:
    """Whether two values, both there, keep to a rule; None if that cannot be told."""
    if rule.name == "must-differ":
        return here != there
    if rule.name in ("matches", "mapped"):
        wanted = dict(rule.values)
        pairs = [
            (wanted[name], value) for name, value in zip(environments, (here, there), strict=True) if name in wanted
        ]
        return all(
            text == shown(value) if rule.name == "mapped" else bool(re.search(text, shown(value)))
            for text, value in pairs
        )
    if rule.name == "at-least":
        ours, theirs = rank(here), rank(there)
        return None if ours is None or theirs is None or ours[0] != theirs[0] else ours >= theirs
    return rule.name in ("ignore", "keys-only") or here == there


def shown(value: Value) -> str:
    """As configuration has it: `true`, `null`, `20`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?b)?", re.I)
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|sec|min|h|d)", re.I)
_SECONDS = {"ms": 0.001, "s": 1, "sec": 1, "min": 60, "h": 3600, "d": 86400}


@lru_cache(maxsize=4096)
def rank(value: Value) -> tuple[str, tuple[tuple[int, float | str], ...]] | None:
    """What a value is counted in, and where it stands: numbers, sizes, times, and versions by their parts."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return "amount", ((0, float(value)),)
    text = value.strip()
    if size := _SIZE.fullmatch(text):
        return "amount", ((0, float(size[1]) * 1024 ** " kmgtp".index(size[2].lower() or " ")),)
    if time := _TIME.fullmatch(text):
        return "time", ((0, float(time[1]) * _SECONDS[time[2].lower()]),)
    if re.match(r"\d+[.:~+-]", text):
        parts = re.findall(r"\d+|[a-z]+|~", text.lower())
        # Letters come before numbers, and ~ before everything: 1.0~rc1 < 1.0.
        return "version", tuple(
            (1, float(part)) if part.isdigit() else (-1 if part == "~" else 0, part) for part in parts
        )
    return None
