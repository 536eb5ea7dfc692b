"""What a rack takes of the planned items, as far as it decides that by itself. Racks that are alike share one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

from preflight_racks.fitting.cells import slots
from preflight_racks.fitting.circuits import NOISE, Circuits
from preflight_racks.fitting.items import Item
from preflight_racks.fitting.packing import Shape, Sweep, TooManyError, covers, pack, stretches
from preflight_racks.fitting.plugs import Appetite, Plug, Plugs, Settled
from preflight_racks.fitting.stacking import stack

Counts = tuple[int, ...]
Countable = Literal["units", "spread", "weight", "ports"]
COUNTABLE: tuple[Countable, ...] = ("units", "spread", "weight", "ports")


@dataclass(frozen=True, slots=True)
class Inside:
    """What makes racks alike.

    Attributes:
        shapes: of the pieces that may stand in it.
        shape: for each item, which shape its pieces have; -1 if it has no place here.
        weight: kg that it still carries.
        blanks: kg of blanking panels in it that may make way; how many of them will is only known in the end.
        ports: free switch ports by type; None if they are not known, or do not count.
        circuits: None if nothing is known of its feeds, or power does not count.
    """

    shapes: tuple[Shape, ...]
    shape: tuple[int, ...]
    weight: float
    blanks: float
    ports: tuple[tuple[str, int], ...] | None
    circuits: Circuits | None


@dataclass(frozen=True, slots=True)
class Margin:
    """How many items there is room for: so many for certain, and more than `ceiling` for certain not."""

    floor: int
    ceiling: int


class Interior:
    """One sort of rack. Remembers what it was asked."""

    def __init__(self, inside: Inside, items: Sequence[Item], sweep: Sweep) -> None:
        self.inside, self.items, self._sweep = inside, items, sweep
        self.slots = [slots(shape.starts, shape.height) for shape in inside.shapes]
        self._parts = stretches(inside.shapes)
        self._apart = [(index, other) for index, item in enumerate(items) for other in item.apart]
        self._powered = [index for index, item in enumerate(items) if item.demand.psus]
        self.plugs = None
        if inside.circuits is not None:
            appetites = [_appetite(items[index]) for index in self._powered]
            self.plugs = Plugs(inside.circuits, appetites)
        self.tops = [{limit: self._top(limit, i) for limit in COUNTABLE} for i in range(len(items))]
        self._caps = [int(min(tops.values())) for tops in self.tops]
        self._admitted: dict[Counts, bool | None] = {}
        self._alone: dict[int, Margin] = {}
        self._front: tuple[int, ...] | None = None
        self._crowded = False
        # It did not know an answer.
        self.doubtful = False

    def _top(self, limit: Countable, index: int) -> float:
        """How many of an item there are at most, by one limit that only needs counting."""
        item, demand = self.items[index], self.items[index].demand
        if limit == "units":
            shape = self.inside.shape[index]
            return self.slots[shape] // item.pieces if shape >= 0 else 0
        if limit == "spread":
            return item.quantity if demand.per_rack is None else demand.per_rack // item.size
        if limit == "weight":
            each = (demand.weight or 0.0) * item.size
            carried = self.inside.weight + self.inside.blanks + NOISE
            if carried < 0:
                return 0
            return inf if not each or carried == inf else carried // each
        if self.inside.ports is None:
            return inf
        free = dict(self.inside.ports)
        return min((free.get(sort, 0) // (number * item.size) for sort, number in demand.ports if number), default=inf)

    def cap(self, index: int) -> int:
        return min(self._caps[index], self.items[index].quantity)

    def admits(self, counts: Counts) -> bool | None:
        """It takes so many of each; None if that is not known."""
        if counts not in self._admitted:
            known = self._admitted[counts] = self._admits(counts)
            self.doubtful = self.doubtful or known is None
        return self._admitted[counts]

    def _admits(self, counts: Counts) -> bool | None:
        if any(number > self._caps[index] for index, number in enumerate(counts)) or not self._ports(counts):
            return False
        if any(counts[one] and counts[other] for one, other in self._apart):
            return False
        weight = self._weight(counts)
        if weight is False:
            return False
        power: bool | None = True
        if self.plugs is not None:
            settled = self.settle(counts)
            if settled is False:
                return False
            power = None if settled is True else True
        units = self.units(counts)
        if units is False:
            return False
        return True if units and power and weight else None

    def _weight(self, counts: Counts) -> bool | None:
        weight = 0.0
        for item, number in zip(self.items, counts, strict=True):
            weight += number * item.size * (item.demand.weight or 0.0)
        if weight <= self.inside.weight + NOISE or not any(counts):
            return True
        return None if weight <= self.inside.weight + self.inside.blanks + NOISE else False

    def _ports(self, counts: Counts) -> bool:
        if self.inside.ports is None:
            return True
        free = dict(self.inside.ports)
        for item, number in zip(self.items, counts, strict=True):
            for sort, each in item.demand.ports:
                free[sort] = free.get(sort, 0) - number * item.size * each
        return all(left >= 0 for left in free.values())

    def redundant(self, index: int) -> bool:
        """Its supplies can be plugged in so that it survives each loss, or need not survive any."""
        return self.plugs is None or index not in self._powered or self.plugs.redundancy(self._powered.index(index))

    def settle(self, counts: Counts) -> Settled | bool:
        assert self.plugs is not None
        return self.plugs.settle(tuple(counts[index] * self.items[index].size for index in self._powered))

    def plugged(self, counts: Counts) -> dict[int, list[tuple[Plug, ...]]]:
        """For each item, what each device is plugged into; nothing if power does not count."""
        if self.plugs is None:
            return {}
        settled = self.settle(counts)
        assert isinstance(settled, Settled)
        return {self._powered[group]: plugs for group, plugs in self.plugs.plugs(settled).items()}

    def needs(self, counts: Counts) -> tuple[int, ...]:
        """How many pieces of each shape that is."""
        wanted = [0] * len(self.inside.shapes)
        for index, number in enumerate(counts):
            if number:
                wanted[self.inside.shape[index]] += number * self.items[index].pieces
        return tuple(wanted)

    def units(self, counts: Counts) -> bool | None:
        needs = self.needs(counts)
        if any(need > have for need, have in zip(needs, self.slots, strict=True)):
            return False
        if sum(1 for need in needs if need) <= 1:
            return True
        if not self._crowded:
            try:
                return covers(self.front(), pack(needs), len(needs))
            except TooManyError:
                self._crowded = True
        shapes, wanted = self._only(needs)
        if stack(shapes, wanted) is not None:
            return True
        if not self._area(needs):
            return False
        try:
            return covers(self._sweep.total(tuple(part for _, part in stretches(shapes))), pack(wanted), len(wanted))
        except TooManyError:
            return None

    def _only(self, needs: tuple[int, ...]) -> tuple[tuple[Shape, ...], tuple[int, ...]]:
        """The shapes that are needed at all, and how many of each."""
        pairs = [(shape, need) for shape, need in zip(self.inside.shapes, needs, strict=True) if need]
        return tuple(shape for shape, _ in pairs), tuple(need for _, need in pairs)

    def _area(self, needs: tuple[int, ...]) -> bool:
        """There are as many open cells as they take, gaps or none."""
        open_cells = [0, 0]
        taken = 0
        for shape, need in zip(self.inside.shapes, needs, strict=True):
            faces = [face for face in (0, 1) if shape.faces >> face & 1]
            taken += need * shape.height * len(faces)
            for face in faces:
                for step in range(shape.height):
                    open_cells[face] |= shape.starts << step
        return taken <= sum(cells.bit_count() for cells in open_cells)

    def front(self) -> tuple[int, ...]:
        """Of pieces by shape. Raises: TooManyError."""
        if self._front is None:
            self._front = self._sweep.total(tuple(sorted(part for _, part in self._parts)))
        return self._front

    def arrange(self, needs: tuple[int, ...], preferred: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
        """Shape and lowest cell of each piece, of needs that `units` said yes to."""
        placed = stack(self.inside.shapes, needs, preferred)
        if placed is not None:
            return placed
        shapes, wanted = self._only(needs)
        placed = stack(shapes, wanted)
        if placed is None:
            placed = self._sweep.arrange(stretches(shapes), pack(wanted))
        index = [number for number, need in enumerate(needs) if need]
        return [(index[shape], cell) for shape, cell in placed]

    def alone(self, index: int) -> Margin:
        """How many of one item it takes if it has nothing else to take."""
        if index not in self._alone:
            empty = (0,) * len(self.items)
            self._alone[index] = self.room(empty, index)
        return self._alone[index]

    def room(self, counts: Counts, index: int) -> Margin:
        """How many more of one item it takes, with so many of each."""
        most = self.cap(index) - counts[index]

        def more(number: int) -> bool | None:
            return self.admits((*counts[:index], counts[index] + number, *counts[index + 1 :]))

        floor = _highest(most, lambda number: more(number) is True)
        if floor == most or more(floor + 1) is False:
            return Margin(floor, floor)
        return Margin(floor, _highest(most, lambda number: more(number) is not False))


def _highest(most: int, holds: Callable[[int], bool]) -> int:
    """The highest number for which it holds, if it holds for all below too; 0 without being asked."""
    if most <= 0 or holds(most):
        return max(most, 0)
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low


def _appetite(item: Item) -> Appetite:
    return Appetite(item.demand.draw or 0.0, item.demand.psus, max(1, min(item.demand.needed, item.demand.psus)))
