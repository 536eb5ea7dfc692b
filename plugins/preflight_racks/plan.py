"""What the checks of one section share: the racks they look at, and all that is planned for them."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_racks.demand import Demand, Limit
from preflight_racks.netbox import source as netbox
from preflight_racks.netbox.source import NetBox
from preflight_racks.outfit import Given
from preflight_racks.room import Room
from preflight_racks.wanted import Wanted


# There is one a section, which all of its checks have: to hash a thousand racks for each of them would take minutes.
@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """One section's racks. Hashable, by what it is and not by what it holds; pickles.

    Attributes:
        room: the racks that the inventory itself has; what it says of one that `source` has too completes that one. A
            rack of which only the source knows how many units it has has 0 here.
        source: where the others are from.
        demands: every planned group, since they compete, whichever of them is checked.
        limits: what is held against a rack besides its units and, where a group takes some, its switch ports.
        wanted: planned groups whose type only the source may know. With `demands`, these are all; their `number`s are
            places in the whole list.
        given: by slug of a type, what the inventory says of all devices of it: of those that the source has, too.
    """

    room: Room
    source: NetBox | None
    demands: tuple[Demand, ...]
    limits: frozenset[Limit]
    wanted: tuple[Wanted, ...] = ()
    given: tuple[tuple[str, Given], ...] = ()

    def completed(self, found: dict[str, Demand]) -> tuple[Demand, ...]:
        """All demands in the order of the inventory, with these, by name, for what was `wanted`."""
        demands = list(self.demands)
        for wanted in self.wanted:
            if wanted.spec.name in found:
                demands.insert(wanted.number, found[wanted.spec.name])
        return tuple(demands)


def contacts(_: object, plan: Plan) -> str:
    """For `--plan`."""
    if plan.source is None:
        return "contacts nobody: looks at the racks as the inventory lists them"
    return netbox.contacts(plan.source)
