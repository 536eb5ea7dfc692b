"""From what a rehearsal measured to how long the whole load will take: an interval, or a lower bound. Pure.

Let a table have n rows, and t(n) be the time that one more takes. The load takes the integral of t from the rows that
are there already to all of them. Up to the rows that were rehearsed t is measured; behind them it can only be bounded:

- From below by what it was on the last rung: it does not get faster.
- From above by how B-trees grow (`beyond.py`), if a rung was in the same regime as the whole load will be. Without one
  nothing bounds t from above, and the answer is a lower bound.

What is done once all rows are in (`afterwards.py`) comes on top. No machine does the same twice in the same time: both
ends give way by what the repeats differ by.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from preflight_database.load.afterwards import afterwards
from preflight_database.load.beyond import Bound, bounds, growth
from preflight_database.load.observation import Arm, LoadObservation, Repeat

# Rows in the table, and seconds that one more takes: straight between the points, and level behind the last.
Points = Sequence[tuple[int, float]]
# By how much both ends give way at least.
MARGIN = 0.15
# Repeats that differ by more than this say more of the machine than of the load.
STEADY = 2.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long an arm takes, in seconds.

    Attributes:
        low: at least.
        high: at most; None where nothing bounds it.
        after: of these, what is done once all rows are in (indexes built, foreign keys validated), as (low, high).
        bounds: why there is no upper bound.
        spread: the slowest repeat as a multiple of the fastest.
    """

    arm: Arm
    low: float
    high: float | None
    after: tuple[float, float]
    bounds: tuple[Bound, ...]
    spread: float

    @property
    def steady(self) -> bool:
        return self.spread <= STEADY


def forecast(arm: Arm, seen: LoadObservation, rows: int, supply: int | None, already: int | None = 0) -> Forecast:
    """Of one arm.

    Args:
        rows: that are loaded; a program delivers them at no more than `supply` a second.
        already: rows that the table has when the load starts; None if nobody has said.
    """
    repeats = [repeat for repeat in seen.repeats if repeat.arm == arm]
    first = already or 0
    last = first + rows
    loads = [
        (_integral(best, first, last), _integral(worst, first, last))
        for best, worst in (paces(repeat, seen, last) for repeat in repeats)
    ]
    after = (
        afterwards([step for repeat in repeats for step in repeat.steps], seen, last) if arm == "deferred" else (0, 0)
    )
    waiting = rows / supply if supply else 0.0
    measured = [repeat.rungs[-1].seconds / repeat.rungs[-1].rows for repeat in repeats]
    spread = max(measured) / min(measured)
    why = tuple(bounds(repeats[0], seen, rows, already))
    less, more = 1 / (1 + allowance(spread)), 1 + allowance(spread)
    # At best the program works while the database does; at worst each waits for the other.
    low = max(min(low for low, _ in loads) * less, waiting) + after[0] * less
    high = max(high for _, high in loads) * more + waiting + after[1] * more
    return Forecast(arm, low, None if why else high, (after[0] * less, after[1] * more), why, spread)


def allowance(spread: float) -> float:
    """By what share of itself each end gives way: three repeats seldom have the fastest and the slowest among them."""
    return max(MARGIN, (spread - 1) / 2)


def paces(repeat: Repeat, seen: LoadObservation, rows: int) -> tuple[Points, Points]:
    """Seconds that a row takes, at least and at most, by how many are in the table, up to `rows`."""
    best = [(rung.at, rung.seconds / rung.rows) for rung in repeat.rungs]
    start = repeat.rungs[0].at - repeat.rungs[0].rows // 2
    # Of what came before the first timed row nothing is known but that it took no longer.
    at_least = [(0, 0.0), (start, 0.0), (start, best[0][1]), *best] if start > 0 else [(0, best[0][1]), *best]
    # At worst all that was still in memory has to be brought to disk within the load, and no rung is a lucky one.
    slowest = accumulate(
        (
            max((rung.seconds + rung.flush) / rung.rows, rung.fresh_seconds / rung.fresh_rows if rung.fresh_rows else 0)
            for rung in repeat.rungs
        ),
        max,
    )
    worst = [(rung.at, pace) for rung, pace in zip(repeat.rungs, slowest, strict=True)]
    (lowest, early), (_, late) = worst[0], worst[-1]
    last = repeat.rows
    at_most = [(0, early), *worst, (last, late)]
    if rows > last:
        # In memory a tree's depth grows with the logarithm; half as much again as was seen, no less than in theory.
        doublings = math.log2(last / lowest) if last > lowest else 1.0
        slope = max(1.5 * (late - early) / doublings, late / math.log2(max(last, 2)))
        at_most += [(at, (late + slope * math.log2(at / last)) * growth(repeat, seen, at)) for at in _stops(last, rows)]
    return at_least, at_most


def _stops(first: int, last: int) -> Iterator[int]:
    at = first * 1.1
    while at < last:
        yield round(at)
        at *= 1.3
    yield last


def _integral(points: Points, first: int, last: int) -> float:
    """Of a pace from `first` rows to `last`."""
    return _up_to(points, last) - _up_to(points, first)


def _up_to(points: Points, rows: int) -> float:
    total = 0.0
    for (a, t), (b, u) in pairwise(points):
        end = min(b, rows)
        if end > a:
            at_end = t + (u - t) * (end - a) / (b - a)
            total += (end - a) * (t + at_end) / 2
    last, pace = points[-1]
    return total + max(rows - last, 0) * pace
