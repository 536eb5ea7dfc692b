"""What an environment calls otherwise: `stg` and `prd` are both `${token}`. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from preflight_drift.model import Fact, Value

Path = tuple[str, ...]


class Words:
    """An environment's own words, in paths and texts, by the names that stand for them in both."""

    def __init__(self, words: Sequence[tuple[str, str]]) -> None:
        self._names = {word: f"${{{name}}}" for name, word in words if word}
        longest = "|".join(sorted(map(re.escape, self._names), key=len, reverse=True))
        self._any = re.compile(rf"(?<![A-Za-z0-9])(?:{longest})(?![A-Za-z0-9])") if longest else None

    @property
    def any(self) -> bool:
        return self._any is not None

    def __call__(self, text: str) -> str:
        return text if self._any is None else self._any.sub(lambda found: self._names[found[0]], text)

    def path(self, path: Path) -> Path:
        return path if self._any is None else tuple(map(self, path))

    def value(self, fact: Fact) -> Value:
        return (
            self(fact.value)
            if self._any is not None and isinstance(fact.value, str) and not fact.secret
            else fact.value
        )
