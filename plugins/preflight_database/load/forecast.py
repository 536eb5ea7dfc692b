"""From what a rehearsal measured to how long the whole load will take: an interval, or a lower bound. Pure.

Let a table have n rows, and t(n) be the time that one more takes. The load takes the integral of t from 0 to N. Up to
the rows that were rehearsed t is measured; behind them it can only be bounded:

- From below by what it was on the last rung: it does not get faster.
- From above by how B-trees grow. As long as all pages that are touched stay in memory, t grows with the depth of the
  trees, log n. Once they do not, a share miss(n) = 1 - C/B(n) of what is touched comes from disk (C bytes of cache,
  B(n) of pages that rows are scattered over). Taking all of t for it bounds t: t(n) <= t(m) miss(n) / miss(m).

That needs a rung m which was beyond the cache as well. Without one nothing bounds t from above, and the answer is a
lower bound. Indexes that rows arrive at in their order touch their last page only, and count for nothing there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from preflight_database.load.observation import Arm, Cache, LoadObservation, Repeat, Step

# A rung counts as beyond a cache from here on: its pages have to take turns in it.
BEYOND = 1.25
# Rows that do not follow the one before, above which an index is scattered.
SCATTERED = 0.01
# What one machine does twice, it does not do in the same time.
MARGIN = 0.15
# Repeats that differ by more than this say more of the machine than of the load.
STEADY = 2.0


@dataclass(frozen=True, slots=True)
class Bound:
    """Why an arm's answer is a lower bound only, and with how many rows a rehearsal would tell more; 0 if with none."""

    why: str
    rows: int = 0


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


def forecast(arm: Arm, seen: LoadObservation, rows: int, supply: int | None) -> Forecast:
    """Of one arm, for `rows` rows that a program delivers at no more than `supply` a second."""
    repeats = [repeat for repeat in seen.repeats if repeat.arm == arm]
    loads = [_inserting(repeat, seen, rows) for repeat in repeats]
    if arm == "present":
        after = [(0.0, 0.0) for _ in repeats]
    else:
        after = [_afterwards(repeat.steps, rows) for repeat in repeats]
    bounds = tuple(_bounds(repeats[0], seen, rows))
    waiting = rows / supply if supply else 0.0
    # At best the program works while the database does; at worst each waits for the other.
    lows = [max(load[0], waiting) + then[0] for load, then in zip(loads, after, strict=True)]
    highs = [load[1] + waiting + then[1] for load, then in zip(loads, after, strict=True)]
    paces = [repeat.rungs[-1].seconds / repeat.rungs[-1].rows for repeat in repeats]
    return Forecast(
        arm,
        min(lows) * (1 - MARGIN),
        None if bounds else max(highs) * (1 + MARGIN),
        (min(low for low, _ in after) * (1 - MARGIN), max(high for _, high in after) * (1 + MARGIN)),
        bounds,
        max(paces) / min(paces),
    )


def _inserting(repeat: Repeat, seen: LoadObservation, rows: int) -> tuple[float, float]:
    """Seconds for all insertions, at least and at most, if there is a bound."""
    low = _integral([(rung.at, rung.seconds / rung.rows) for rung in repeat.rungs], rows)
    # At worst all that was still in memory has to be brought to disk within the load, and no rung is a lucky one.
    paces = accumulate(((rung.seconds + rung.flush) / rung.rows for rung in repeat.rungs), max)
    worst = [(rung.at, pace) for rung, pace in zip(repeat.rungs, paces, strict=True)]
    (first, early), (last, late) = worst[0], worst[-1]
    if rows <= last:
        return low, _integral(worst, rows)
    # In memory a tree's depth grows with the logarithm; half as much again as was seen, and no less than theory has it.
    doublings = math.log2(last / first) if last > first else 1.0
    slope = max(1.5 * (late - early) / doublings, late / math.log2(max(last, 2)))
    reached, projected = scattered_bytes(repeat, seen, rows)
    misses = max((_misses(cache, reached, projected) for cache in seen.caches), default=1.0)

    def pace_at(at: float) -> float:
        return (late + slope * math.log2(at / last)) * misses

    beyond = [(round(at), pace_at(at)) for at in _stops(last, rows)]
    return low, _integral([*worst, *beyond], rows)


def _stops(first: int, last: int) -> Iterator[float]:
    at = first * 1.1
    while at < last:
        yield at
        at *= 1.5
    yield float(last)


def _integral(points: Sequence[tuple[int, float]], rows: int) -> float:
    """Of a pace that is known at some points, straight between them, and level before the first and behind the last."""
    (first, pace), total = points[0], 0.0
    total += min(first, rows) * pace
    for (a, t), (b, u) in pairwise(points):
        end = min(b, rows)
        if end > a:
            at_end = t + (u - t) * (end - a) / (b - a)
            total += (end - a) * (t + at_end) / 2
    last, pace = points[-1]
    return total + max(rows - last, 0) * pace


def _misses(cache: Cache, reached: int, projected: int) -> float:
    """How many times as often pages will come from disk as they did on the last rung, at most; 1 if they did not."""
    if reached < cache.bytes * BEYOND or projected <= reached:
        return 1.0
    return (1 - cache.bytes / projected) / (1 - cache.bytes / reached)


def scattered_bytes(repeat: Repeat, seen: LoadObservation, rows: int) -> tuple[int, int]:
    """Bytes that rows are scattered over, on the last rung and with all rows in.

    Of the table (where its primary key sorts it), and of its indexes; of those of constraints only their sum is known.
    """
    top = repeat.rungs[-1]
    scattered = {order.index for order in seen.orders if order.scattered > SCATTERED}
    kept = {order.index for order in seen.orders if order.kept and order.index}
    # SQLite does not say what of its file is an index of a constraint: all of it counts.
    table = "" in scattered or (seen.server.engine == "sqlite" and bool(kept & scattered))
    outside = seen.outside if repeat.arm == "present" else 0
    reached = float(top.table_bytes if table else 0)
    reached += top.kept_bytes * len(kept & scattered) / len(kept) if kept else 0
    built = {step.name: step.bytes for step in repeat.steps if step.what == "index"}
    if sum(built.values()):
        share = sum(built[name] for name in built.keys() & scattered) / sum(built.values())
        reached += (top.index_bytes - top.kept_bytes) * share
    return round(reached), round(reached * rows / (top.at + top.rows / 2)) + outside


def _afterwards(steps: Iterable[Step], rows: int) -> tuple[float, float]:
    """Seconds for what is done once: at least in proportion to the rows, at most as sorting grows, n log n."""
    low = high = 0.0
    slowest: dict[tuple[str, str], tuple[float, float]] = {}
    for step in steps:
        sorting = math.log2(max(rows, 2)) / math.log2(max(step.rows, 2))
        linear = step.seconds * rows / step.rows
        # Statistics are made of a sample, whose size does not grow (PostgreSQL), or of all rows.
        least = step.seconds if step.what == "analyze" else linear
        before = slowest.get((step.what, step.name), (math.inf, 0.0))
        slowest[step.what, step.name] = min(before[0], least), max(before[1], linear * max(sorting, 1.0))
    for least, most in slowest.values():
        low, high = low + least, high + most
    return low, high


def _bounds(repeat: Repeat, seen: LoadObservation, rows: int) -> Iterator[Bound]:
    """Every reason why nothing bounds the load from above."""
    top = repeat.rungs[-1]
    reached, projected = scattered_bytes(repeat, seen, rows)
    for cache in seen.caches:
        if projected > cache.bytes and reached < cache.bytes * BEYOND:
            needed = math.ceil(top.at * 2 * cache.bytes / max(reached, 1))
            what = "its indexes" if repeat.arm == "present" else "the indexes that are kept"
            yield Bound(f"{what} will take {size(projected)}, {cache.name} is {size(cache.bytes)}, and the rehearsal "
                        f"reached {size(reached)}", min(needed, rows))  # fmt: skip
            break
    for what in seen.unrehearsed:
        yield Bound(f"{what} is not in the rehearsal")
    if repeat.arm == "deferred" and seen.caches and seen.indexes:
        memory = seen.caches[-1]
        table = top.table_bytes * rows / (top.at + top.rows / 2)
        if table > memory.bytes and top.table_bytes < memory.bytes * BEYOND:
            needed = math.ceil(rows * 2 * memory.bytes / table)
            yield Bound(f"the table that indexes are built of will take {size(table)}, {memory.name} is "
                        f"{size(memory.bytes)}, and the rehearsal reached {size(top.table_bytes)}",
                        min(needed, rows))  # fmt: skip


def size(number: float) -> str:
    """`3.2 GB`."""
    for unit, base in (("TB", 1024**4), ("GB", 1024**3), ("MB", 1024**2)):
        if number >= base:
            return f"{number / base:.3g} {unit}"
    return f"{number / 1024:.3g} kB"
