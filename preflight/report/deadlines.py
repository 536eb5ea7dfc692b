"""By when something has to be decided: each moment once, with the checks and owners whose matter it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from preflight.report.document import DeadlinePart
from preflight.report.listing import Listed
from preflight.report.wording import safe


class Deadlines:
    def __init__(self, now: datetime) -> None:
        self._now = now
        self._due: dict[tuple[datetime, str, str], list[Listed]] = {}

    def add(self, one: Listed, at: datetime, what: str) -> None:
        """`what` is to be decided, in a text that is safe to show."""
        self._due.setdefault((at, what, one.inventory), []).append(one)

    def parts(self) -> Iterator[DeadlinePart]:
        for (at, what, inventory), found in sorted(self._due.items()):
            several = sorted((one.number, safe(one.owner)) for one in found)
            owners = tuple(dict.fromkeys(owner for _, owner in several if owner))
            when = (at.isoformat(timespec="seconds"), (at - self._now).total_seconds())
            yield DeadlinePart(*when, what, safe(inventory), owners, tuple(number for number, _ in several))
