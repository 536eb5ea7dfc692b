"""What a rack could take: the numbers of items, none of which can be raised while the others stay.

All of them where they are few. Where they are many, those that were the dearest at some prices so far: more come as
they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from preflight_racks.fitting.bays import Bay
from preflight_racks.fitting.interior import Counts, Interior
from preflight_racks.fitting.items import Item
from preflight_racks.fitting.packing import TooManyError, pack, pareto, unpack
from preflight_racks.fitting.pricing import Dearest, Price, Pricing

ASKED = 4000
LARGEST = 600


class Choices:
    """Of racks that are alike.

    Attributes:
        racks: their numbers in the room.
        known: what each takes for certain.
        possible: no more than these can be taken; None if they are not listed.
    """

    def __init__(
        self,
        racks: Sequence[int],
        interior: Interior,
        items: Sequence[Item],
        wanted: Counts,
        stopped: Callable[[], bool],
    ) -> None:
        self.racks, self.interior, self.wanted = tuple(racks), interior, wanted
        self._pricing = Pricing(interior, items)
        self._stopped = stopped
        self.known: dict[Counts, None] = {(0,) * len(wanted): None}
        self.possible: tuple[Counts, ...] | None = None

    @property
    def exact(self) -> bool:
        return self.possible is not None and self.possible == tuple(self.known)

    def enumerate(self, stopped: Callable[[], bool]) -> None:
        """List all, unless they are too many."""
        try:
            known = _maximal(self.interior, self.wanted, _certainly(self.interior), stopped)
            self.possible = known
            if self.interior.doubtful:
                self.possible = _maximal(self.interior, self.wanted, _possibly(self.interior), stopped)
        except TooManyError:
            self.possible = None
        else:
            self.known = dict.fromkeys(known)

    def dearest(self, prices: Sequence[Price]) -> Dearest:
        """What is worth most; it is among the known from then on."""
        if self.possible is not None:
            worth = max(_worth(prices, vector) for vector in self.possible)
            return Dearest(worth, max(self.known, key=lambda vector: _worth(prices, vector)))
        found = self._pricing.dearest(prices, self.wanted, self._stopped)
        self.known.setdefault(found.counts)
        return found


def choices(
    bays: Sequence[Bay], items: Sequence[Item], wanted: Counts, listed: Callable[[], bool], stopped: Callable[[], bool]
) -> list[Choices]:
    """Of every rack that takes anything of what is wanted.

    Args:
        listed: true once there is no time left to list all of them.
        stopped: true once there is no time left at all.
    """
    alike: dict[int, list[int]] = {}
    for number, bay in enumerate(bays):
        if any(bay.interior.cap(index) for index in range(len(items))):
            alike.setdefault(id(bay.interior), []).append(number)
    found = [Choices(numbers, bays[numbers[0]].interior, items, wanted, stopped) for numbers in alike.values()]
    for each in found:
        each.enumerate(listed)
    return found


def _worth(prices: Sequence[Price], vector: Counts) -> float:
    return sum(price * number for price, number in zip(prices, vector, strict=True))


def _certainly(interior: Interior) -> Callable[[Counts], bool]:
    return lambda counts: interior.admits(counts) is True


def _possibly(interior: Interior) -> Callable[[Counts], bool]:
    return lambda counts: interior.admits(counts) is not False


def _maximal(
    interior: Interior, wanted: Counts, holds: Callable[[Counts], bool], stopped: Callable[[], bool]
) -> tuple[Counts, ...]:
    """Raises: TooManyError."""
    tops = [min(interior.cap(index), number) for index, number in enumerate(wanted)]
    order = sorted((index for index, top in enumerate(tops) if top), key=lambda index: tops[index])
    found: set[int] = set()
    asked = 0

    def walk(at: int, counts: list[int]) -> None:
        nonlocal asked
        index = order[at]
        for number in range(tops[index], -1, -1):
            counts[index] = number
            asked += 1
            if asked > ASKED or (asked % 256 == 0 and stopped()):
                raise TooManyError
            if holds(tuple(counts)):
                if at == len(order) - 1:
                    found.add(pack(tuple(counts)))
                    break
                walk(at + 1, counts)
        counts[index] = 0

    if order:
        walk(0, [0] * len(wanted))
    return tuple(unpack(vector, len(wanted)) for vector in pareto(found or {0}, len(wanted), LARGEST))


def dive(found: Sequence[Choices], prices: Sequence[Price], left: Counts) -> Iterator[tuple[int, Counts]]:
    """For each rack, of what is known the dearest that is still wanted."""
    for each in found:
        for rack in each.racks:
            vector = max((tuple(map(min, vector, left)) for vector in each.known), key=lambda v: _worth(prices, v))
            left = tuple(a - b for a, b in zip(left, vector, strict=True))
            yield rack, vector
