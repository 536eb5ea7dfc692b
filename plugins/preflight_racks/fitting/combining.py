"""One choice for each rack, so that as many devices as can be are placed: every way, but for those that cannot do.

Racks are decided one after the other. A partial choice is given up if what is then left is worth more than all racks
to come could take, by any of the prices; and if the same was left to the same racks before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from preflight_racks.fitting.choices import Choices
from preflight_racks.fitting.interior import Counts
from preflight_racks.fitting.items import Item
from preflight_racks.fitting.prices import UNIT, Prices

# Deeper, Python's stack would end before the search does.
RACKS = 250


@dataclass(frozen=True, slots=True)
class Stage:
    """One rack to be decided.

    Attributes:
        rack: its number in the room.
        again: it is like the one before: which of the two takes which choice does not matter.
        worth: for each of the prices, the most that this rack and those to come could take.
        most: for each item, the most that this rack and those to come could take.
    """

    rack: int
    vectors: tuple[Counts, ...]
    again: bool
    worth: tuple[int, ...]
    most: Counts


@dataclass(slots=True)
class Combining:
    """The search for choices that leave no more than so much."""

    items: Sequence[Item]
    wanted: Counts
    prices: Sequence[Prices]
    stages: Sequence[Stage]
    tries: int
    stopped: Callable[[], bool]
    _spare: int = 0
    _caps: Counts = ()
    _failed: set[tuple[int, int, Counts]] = field(default_factory=set)

    @property
    def out(self) -> bool:
        return self.tries <= 0

    def reach(self, spare: int, caps: Counts) -> dict[int, Counts] | None:
        """What each rack takes, so that no more than `spare` devices are left, nor more of an item than its cap.

        None if there is no such way, or if the tries are used up: `out` tells.
        """
        self._spare, self._caps = spare, caps
        self._failed.clear()
        return self._decide(0, 0, self.wanted)

    def _decide(self, at: int, first: int, left: Counts) -> dict[int, Counts] | None:
        if not any(left) or at == len(self.stages):
            return {} if self._good(left) else None
        if self._hopeless(at, left) or (at, first, left) in self._failed:
            return None
        stage = self.stages[at]
        prices = self.prices[0]
        ways: dict[Counts, tuple[int, int, Counts]] = {}
        for number in range(first, len(stage.vectors)):
            vector = tuple(map(min, stage.vectors[number], left))
            rest = tuple(a - b for a, b in zip(left, vector, strict=True))
            if rest not in ways:
                ways[rest] = (-sum(p * n for p, n in zip(prices, vector, strict=True)), number, vector)
        following = at + 1 < len(self.stages) and self.stages[at + 1].again
        for rest, (_, number, vector) in sorted(ways.items(), key=lambda each: each[1][:2]):
            self.tries -= 1
            if self.tries <= 0 or (self.tries % 512 == 0 and self.stopped()):
                self.tries = 0
                return None
            found = self._decide(at + 1, number if following else 0, rest)
            if found is not None:
                return {stage.rack: vector, **found}
        if not self.out:
            self._failed.add((at, first, left))
        return None

    def _good(self, left: Counts) -> bool:
        devices = sum(item.size * number for item, number in zip(self.items, left, strict=True))
        return devices <= self._spare and all(number <= cap for number, cap in zip(left, self._caps, strict=True))

    def _hopeless(self, at: int, left: Counts) -> bool:
        stage = self.stages[at]
        short = 0
        for item, number, most, cap in zip(self.items, left, stage.most, self._caps, strict=True):
            if number > most:
                short += item.size * (number - most)
                if number - most > cap:
                    return True
        if short > self._spare:
            return True
        # No price of an item is above UNIT for each of its devices, so those that are left out save no more.
        saved = UNIT * self._spare
        return any(
            sum(p * n for p, n in zip(prices, left, strict=True)) > worth + saved
            for prices, worth in zip(self.prices, stage.worth, strict=True)
        )


def stages(found: Sequence[Choices], prices: Sequence[Prices], *, known: bool) -> list[Stage]:
    """The racks in the order in which they are decided: those with few choices first."""
    made: list[Stage] = []
    order = sorted(found, key=lambda each: (len(each.known), each.racks))
    flat = [(each, rack) for each in order for rack in each.racks]
    worth = [0] * len(prices)
    most = [0] * len(prices[0])
    for position in range(len(flat) - 1, -1, -1):
        each, rack = flat[position]
        vectors = tuple(each.known) if known else each.possible or ()
        worth = [have + dearest(vectors, one) for have, one in zip(worth, prices, strict=True)]
        most = [have + max(vector[index] for vector in vectors) for index, have in enumerate(most)]
        again = position > 0 and flat[position - 1][0] is each
        made.append(Stage(rack, vectors, again, tuple(worth), tuple(most)))
    return made[::-1]


def dearest(vectors: Sequence[Counts], prices: Prices) -> int:
    return max(sum(p * n for p, n in zip(prices, vector, strict=True)) for vector in vectors)
