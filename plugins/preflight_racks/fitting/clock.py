"""How long a search may last, and who is told how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Clock:
    """How long a search may last, and who is told of it."""

    started: float
    deadline: float
    progress: Callable[[float, str], None]
    stopped: Callable[[], bool]

    def out(self) -> bool:
        return time.monotonic() >= self.deadline or self.stopped()

    def left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    def part(self, share: float) -> Clock:
        """A part of what is left."""
        return self.within(share * self.left())

    def within(self, seconds: float) -> Clock:
        return replace(self, deadline=min(self.deadline, time.monotonic() + seconds))

    def tell(self, done: float, what: str) -> None:
        self.progress(done, what)
