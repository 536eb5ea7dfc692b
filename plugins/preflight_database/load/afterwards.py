"""How long that takes which is done once all rows are in: indexes built, foreign keys validated, statistics made. Pure.

Each of these reads all rows, and takes at least in proportion to them. An index is built by sorting: in memory that
grows as n log n. What does not fit there is sorted in runs, and each time that runs are merged all of it is read and
written once more. A foreign key is validated by a join with the table that it refers to, which may be larger than what
stood for it in the rehearsal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from preflight_database.load.observation import LoadObservation, Sorting, Step


def afterwards(steps: Iterable[Step], seen: LoadObservation, rows: int) -> tuple[float, float]:
    """Seconds over `rows` rows, at least and at most, where steps are those of all repeats."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for step in steps:
        low, high = found.get((step.what, step.name), (math.inf, 0.0))
        found[step.what, step.name] = min(low, _least(step, seen, rows)), max(high, _most(step, seen, rows))
    return sum(low for low, _ in found.values()), sum(high for _, high in found.values())


def _least(step: Step, seen: LoadObservation, rows: int) -> float:
    if step.what == "analyze":  # of a sample, whose size does not grow (PostgreSQL), or of all rows
        return step.seconds
    linear = step.seconds * rows / step.rows
    return linear / (1 + seen.workers) if step.what == "index" else linear


def _most(step: Step, seen: LoadObservation, rows: int) -> float:
    times = rows / step.rows
    if step.what == "foreign key":
        there = [one for one in seen.referenced if one.key == step.name]
        return step.seconds * max(times, *((one.rows or 0) / max(one.rehearsed, 1) for one in there))
    sorting = math.log2(max(rows, 2)) / math.log2(max(step.rows, 2))
    if step.what == "index" and seen.sorting:
        sorting = max(sorting, _passes(step.bytes * times, seen.sorting) / _passes(step.bytes, seen.sorting))
    return step.seconds * max(times * max(sorting, 1.0), 1.0)


def _passes(size: float, sorting: Sorting) -> float:
    """How often all of it is read and written."""
    return 1 + max(math.ceil(math.log(max(size / sorting.memory, 1.0), sorting.ways)), 0)
