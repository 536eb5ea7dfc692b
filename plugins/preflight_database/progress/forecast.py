"""When will it end? From what was seen, without a clock. Times are seconds since 1970, rates are per second.

The average since the beginning and the recent rate each give an end: the later one counts. Both may err to one side:

- A rate that falls makes the end a lower bound: an index that no longer fits into memory slows a load down more and
  more. The pessimistic end is that of a rate that falls by as much again.
- Who commits a hundred thousand rows at a time is seen to move in steps, and one step more or less may be in a sample:
  the recent rate lies between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from preflight_database.progress.observation import Sample

CLEARLY = 0.8  # less than this share of another rate is less than it


@dataclass(frozen=True, slots=True)
class Forecast:
    """How fast it is and when it ends.

    Attributes:
        recent: during the sample; below 0 if it goes back.
        average: since it began; None if it has not, by what the inventory says.
        falling: the rate is clearly less than the average, or less in the second half of the sample than in the first.
        in_steps: too few steps were seen to say more than `between`, the recent rate at least and at most.
        earliest: the end, if the rate stays what it is.
        latest: the end, if things go as badly as they may by what was seen; `inf` where that is not known.
    """

    recent: float
    average: float | None
    falling: bool
    in_steps: bool
    between: tuple[float, float]
    earliest: float
    latest: float


def forecast(samples: Sequence[Sample], total: float, began: float) -> Forecast:
    """From two samples or more, the last of which has less than `total`."""
    last, left = samples[-1], total - samples[-1].done
    recent = rate(samples)
    average = last.done / (last.at - began) if last.at > began else None
    in_steps, between = _steps(samples)
    falls = [1.0]
    if average is not None:
        falls.append(_share(between[1], average))
    if not in_steps and len(samples) >= 5:
        middle = len(samples) // 2
        falls.append(_share(rate(samples[middle:]), rate(samples[: middle + 1])))
    worst = max(min(falls), 0.0)
    falling = worst < CLEARLY
    slowest = min([between[0], *([average] if average is not None else [])])
    if falling:
        slowest *= worst
    likely = min([between[1], *([average] if average is not None else [])])
    latest = _end(last.at, left, slowest) if average is not None else math.inf
    return Forecast(recent, average, falling, in_steps, between, _end(last.at, left, likely), latest)


def rate(samples: Sequence[Sample]) -> float:
    """How much is done in a second, from the first of several samples to the last."""
    seconds = samples[-1].at - samples[0].at if samples else 0.0
    return (samples[-1].done - samples[0].done) / seconds if seconds > 0 else 0.0


def _steps(samples: Sequence[Sample]) -> tuple[bool, tuple[float, float]]:
    """Whether fewer than half of the looks saw it move; and the least and most that the recent rate may be."""
    moves = [after.done - before.done for before, after in pairwise(samples)]
    recent = rate(samples)
    if len(moves) < 3 or 2 * sum(move != 0 for move in moves) >= len(moves):
        return False, (recent, recent)
    step = max(moves) / (samples[-1].at - samples[0].at)
    return True, (recent - step, recent + step)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 1.0


def _end(now: float, left: float, rate: float) -> float:
    return now + left / rate if rate > 0 else math.inf
