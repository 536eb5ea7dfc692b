"""The dearest that one rack takes at given prices, exactly, without a list of all that it could take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from preflight_racks.fitting.cells import runs
from preflight_racks.fitting.circuits import NOISE
from preflight_racks.fitting.interior import Counts, Interior
from preflight_racks.fitting.items import Item

# Partial choices that are looked at before a bound has to do.
LOOKED_AT = 4000
Price = float


@dataclass(frozen=True, slots=True)
class Row:
    """Something that a rack has so much of, and how much each item takes of it."""

    takes: tuple[float, ...]
    have: float


@dataclass(frozen=True, slots=True)
class Dearest:
    """No choice is worth more than `worth`; `counts` is the dearest found."""

    worth: float
    counts: Counts


def rows(interior: Interior, items: Sequence[Item]) -> list[Row]:
    """What any choice keeps to, each for itself. Together they are less than what `admits` asks."""
    inside = interior.inside
    covered = [0, 0]
    for shape in inside.shapes:
        for face in (0, 1):
            if shape.faces >> face & 1:
                for step in range(shape.height):
                    covered[face] |= shape.starts << step
    found = []
    for height in sorted({1, *(item.height for item in items)}):
        have = sum(length // height for cells in covered for _, length in runs(cells))
        found.append(Row(tuple(i.height // height * i.pieces * i.faces.bit_count() for i in items), have))
    if inside.weight < inf:
        found.append(
            Row(tuple((i.demand.weight or 0.0) * i.size for i in items), max(0.0, inside.weight + inside.blanks))
        )
    for sort, free in inside.ports or ():
        found.append(Row(tuple(dict(i.demand.ports).get(sort, 0) * i.size for i in items), free))
    if interior.plugs is not None:
        normal, lossy = interior.plugs.least
        draws = tuple((i.demand.draw or 0.0) * i.size if i.demand.psus else 0.0 for i in items)
        found.append(Row(draws, normal))
        found.append(Row(tuple(d if i.demand.redundant else 0.0 for d, i in zip(draws, items, strict=True)), lossy))
    return [row for row in found if row.have < inf and any(row.takes)]


class Pricing:
    """One sort of rack."""

    def __init__(self, interior: Interior, items: Sequence[Item]) -> None:
        self.interior = interior
        self.rows = rows(interior, items)

    def dearest(self, prices: Sequence[Price], caps: Sequence[int], stopped: Callable[[], bool]) -> Dearest:
        """Of choices that take no more of an item than its cap. Once stopped, a bound that takes no search."""
        caps = [min(cap, self.interior.cap(index)) for index, cap in enumerate(caps)]
        return _Search(self, prices, caps, stopped).result


class _Search:
    def __init__(
        self, pricing: Pricing, prices: Sequence[Price], caps: Sequence[int], stopped: Callable[[], bool]
    ) -> None:
        self.stopped = stopped
        self.interior, self.rows, self.prices, self.caps = pricing.interior, pricing.rows, prices, caps
        items = [index for index, cap in enumerate(caps) if cap and prices[index] > 0]
        share = {
            index: max((r.takes[index] / r.have if r.have else inf for r in self.rows), default=0.0) for index in items
        }
        self.order = sorted(items, key=lambda index: -prices[index] / share[index] if share[index] else -inf)
        place = {index: at for at, index in enumerate(self.order)}
        # For each row, its items with the dearest for what they take first, and when each is decided.
        self.ranked = [
            [
                (place[index], prices[index], row.takes[index], caps[index])
                for index in sorted(items, key=lambda i: -prices[i] / row.takes[i] if row.takes[i] else -inf)
            ]
            for row in self.rows
        ]
        self.best, self.possible = 0.0, 0.0
        self.counts: Counts = (0,) * len(caps)
        self.looked = 0
        have = [row.have for row in self.rows]
        bound = self._bound(0, have)
        self._decide(0, list(self.counts), have, 0.0)
        self.result = Dearest(bound if self.looked >= LOOKED_AT else self.possible, self.counts)

    def _bound(self, at: int, have: Sequence[float]) -> float:
        """No more than that can be added by items that are not decided yet."""
        least = sum(self.prices[index] * self.caps[index] for index in self.order[at:])
        for ranked, left in zip(self.ranked, have, strict=True):
            worth = 0.0
            for place, price, takes, cap in ranked:
                if place >= at:
                    if takes * cap <= left:
                        worth += price * cap
                        left -= takes * cap
                    else:
                        worth += price * max(left, 0.0) / takes
                        break
            least = min(least, worth)
        return least

    def _decide(self, at: int, counts: list[int], have: Sequence[float], worth: float) -> None:
        if at == len(self.order):
            return
        index = self.order[at]
        most = self.caps[index]
        for row, left in zip(self.rows, have, strict=True):
            if row.takes[index]:
                most = min(most, int((left + NOISE) // row.takes[index]))
        for number in range(most, -1, -1):
            if self.looked % 64 == 0 and self.stopped():
                self.looked = LOOKED_AT
            self.looked += 1
            if self.looked >= LOOKED_AT:
                break
            now = worth + number * self.prices[index]
            after = [left - number * row.takes[index] for row, left in zip(self.rows, have, strict=True)]
            if now + self._bound(at + 1, after) <= self.possible + 1e-6:
                continue
            counts[index] = number
            if number:
                admitted = self.interior.admits(tuple(counts))
                if admitted is False:
                    continue
                self.possible = max(self.possible, now)
                if admitted and now > self.best:
                    self.best, self.counts = now, tuple(counts)
            self._decide(at + 1, counts, after, now)
        counts[index] = 0
