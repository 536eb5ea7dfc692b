"""Power supplies shared out over the legs of a three-phase feed, so that no leg and no line carries too much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from preflight_racks.fitting.circuits import Circuit

# Ways of sharing out that are tried before the answer is that it is not known.
TRIES = 4000

Split = tuple[int, int, int]
Loads = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Plugged:
    """Equal power supplies on one feed.

    Attributes:
        number: how many there are.
        watts: what each takes, for each way of running.
    """

    number: int
    watts: tuple[float, ...]


def balance(feed: Circuit, loads: Loads, others: Sequence[float], plugged: Sequence[Plugged]) -> list[Split] | bool:
    """How many of each go on L1, L2 and L3; False if they cannot, True if no way was found, though there may be one.

    Args:
        loads: what is on the legs, for each way of running.
        others: what is on the feed without a known leg, for each way of running.
    """
    order = sorted(range(len(plugged)), key=lambda index: -max(plugged[index].watts, default=0.0))
    even = _even(feed, loads, others, plugged, order)
    if even is not None:
        return even
    search = _Search(feed, others, [plugged[index] for index in order])
    found = search.share(0, loads)
    if found is None:
        return search.tries >= TRIES
    return [split for _, split in sorted(zip(order, found, strict=True))]


def _even(
    feed: Circuit, loads: Loads, others: Sequence[float], plugged: Sequence[Plugged], order: Sequence[int]
) -> list[Split] | None:
    """Each supply, the hungry ones first, on the leg that it strains least."""
    splits = [[0, 0, 0] for _ in plugged]
    for index in order:
        for _ in range(plugged[index].number):
            after = [_with(loads, leg, 1, plugged[index].watts) for leg in range(3)]
            leg = min(range(3), key=lambda each: (_strain(feed, after[each]), max(run[each] for run in after[each])))
            loads = after[leg]
            splits[index][leg] += 1
    if not _carried(feed, loads, others):
        return None
    return [(a, b, c) for a, b, c in splits]


class _Search:
    def __init__(self, feed: Circuit, others: Sequence[float], plugged: Sequence[Plugged]) -> None:
        self.feed, self.others, self.plugged = feed, others, plugged
        self.tries = 0

    def share(self, index: int, loads: Loads) -> list[Split] | None:
        if index == len(self.plugged):
            return []
        each = self.plugged[index]
        ways = []
        # No leg takes more than it would take if the others took none: few ways remain where there is little room.
        for split in _splits(each.number, [self._most(loads, leg, each) for leg in range(3)]):
            self.tries += 1
            if self.tries >= TRIES:
                return None
            after = loads
            for leg, number in enumerate(split):
                after = _with(after, leg, number, each.watts)
            if _carried(self.feed, after, self.others):
                ways.append((_strain(self.feed, after), split, after))
        seen = set()
        for _, split, after in sorted(ways):
            if after in seen:
                continue
            seen.add(after)
            rest = self.share(index + 1, after)
            if rest is not None:
                return [split, *rest]
        return None

    def _most(self, loads: Loads, leg: int, each: Plugged) -> int:
        low, high = 0, each.number + 1
        while high - low > 1:
            middle = (low + high) // 2
            if _carried(self.feed, _with(loads, leg, middle, each.watts), self.others):
                low = middle
            else:
                high = middle
        return low


def _splits(number: int, most: Sequence[int]) -> Iterator[Split]:
    for a in range(max(0, number - most[1] - most[2]), min(number, most[0]) + 1):
        for b in range(max(0, number - a - most[2]), min(number - a, most[1]) + 1):
            yield a, b, number - a - b


def _with(loads: Loads, leg: int, number: int, watts: tuple[float, ...]) -> Loads:
    if not number:
        return loads
    return tuple(
        tuple(load + number * more if each == leg else load for each, load in enumerate(run))
        for run, more in zip(loads, watts, strict=True)
    )


def _strain(feed: Circuit, loads: Loads) -> float:
    return max(feed.strain(run) for run in loads)


def _carried(feed: Circuit, loads: Loads, others: Sequence[float]) -> bool:
    return all(feed.carries(run, other) for run, other in zip(loads, others, strict=True))
