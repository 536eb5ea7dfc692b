"""What each rack has for one group, if nobody competes with it, and why not more."""

from __future__ import annotations

from collections.abc import Sequence

from preflight_racks.answer import Berth, Bind
from preflight_racks.fitting.bays import Bay
from preflight_racks.fitting.cells import largest_run, runs, slots, starts_of
from preflight_racks.fitting.interior import Interior
from preflight_racks.fitting.items import Item


def berths(bays: Sequence[Bay], items: Sequence[Item], index: int) -> tuple[Berth, ...]:
    """Of the racks it may stand in."""
    racks = items[index].demand.racks
    return tuple(_berth(bay, items[index], index) for bay in bays if not racks or bay.rack.name in racks)


def _berth(bay: Bay, item: Item, index: int) -> Berth:
    if bay.cells.clash:
        return Berth(bay.rack.name, 0, 0, 0, "contradiction")
    cells = bay.cells.open_to(item.demand)
    by_units = min(item.demand.count, _by_units(cells, item))
    most = bay.interior.alone(index).floor * item.size
    binds: Bind = ""
    if most < item.demand.count:
        binds = "units" if by_units <= most else _binds(bay.interior, index)
    return Berth(bay.rack.name, most, by_units, largest_run(cells), binds)


def _by_units(cells: int, item: Item) -> int:
    """Devices of the group that find a place, in one piece if they have to."""
    height = item.demand.height
    if item.demand.together != "adjacent":
        return slots(starts_of(cells, height, item.aligned), height)
    best = 0
    for low, length in runs(cells):
        skipped = low % 2 if item.aligned else 0
        best = max(best, (length - skipped - height) // item.stride + 1 if length - skipped >= height else 0)
    return best


def _binds(interior: Interior, index: int) -> Bind:
    """Which limit is in the way of one more, where units are not."""
    one_more = interior.alone(index).floor + 1
    tops = interior.tops[index]
    if tops["spread"] < one_more:
        return "spread"
    if interior.plugs is not None and not interior.redundant(index):
        return "redundancy"
    if tops["weight"] < one_more:
        return "weight"
    return "ports" if tops["ports"] < one_more else "power"
