"""What the search moves about: one device of a group, or a whole group that stays together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from preflight_racks.demand import Demand, Limit
from preflight_racks.fitting.unknown import lacks


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of a group: what a rack takes or does not take, but never takes in part.

    That is what makes the rest simple: if a rack takes some items, it takes any fewer of them too.

    Attributes:
        size: devices in it: the whole group where it stays together, else one.
        quantity: how many such items there are.
        sure: it stands only where all is known that its limits need.
        apart: the items that it shares no rack with, by number: what is not known of them would be so of its rack.
    """

    demand: Demand
    size: int
    quantity: int
    sure: bool = False
    apart: tuple[int, ...] = ()

    @property
    def aligned(self) -> bool:
        """It stands at whole units."""
        return self.demand.height >= 2

    @property
    def stride(self) -> int:
        """From one device to the next where nothing is between them, in half units."""
        return self.demand.height + (self.demand.height % 2 if self.aligned else 0)

    @property
    def height(self) -> int:
        """Of what stands in one piece, in half units."""
        if self.demand.together != "adjacent":
            return self.demand.height
        return self.stride * (self.size - 1) + self.demand.height

    @property
    def pieces(self) -> int:
        """How many such pieces it is made of."""
        return 1 if self.demand.together == "adjacent" else self.size

    @property
    def faces(self) -> int:
        """The faces it takes: 1 front, 2 rear, 3 both."""
        return 3 if self.demand.full_depth else 1 if self.demand.face == "front" else 2


def items_of(demands: Sequence[Demand]) -> tuple[Item, ...]:
    """One for each group."""
    return tuple(
        Item(each, max(1, each.count), min(1, each.count)) if each.together else Item(each, 1, each.count)
        for each in demands
    )


def surely(items: Sequence[Item], numbers: Collection[int], limits: Collection[Limit]) -> tuple[Item, ...]:
    """The same, of which these stand only where all is known that their limits need."""

    def spoils(other: Item, mine: Item) -> bool:
        return any(mine.demand.takes(limit) and lacks(other.demand, limit) for limit in limits)

    return tuple(
        replace(item, sure=True, apart=tuple(at for at, other in enumerate(items) if spoils(other, item)))
        if number in numbers
        else item
        for number, item in enumerate(items)
    )
