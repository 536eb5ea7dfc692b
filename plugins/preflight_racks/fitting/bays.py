"""The racks as the search sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from preflight_racks.demand import Limit
from preflight_racks.fitting.cells import Cells, cells_of, slots, starts_of
from preflight_racks.fitting.circuits import circuits_of
from preflight_racks.fitting.interior import Inside, Interior
from preflight_racks.fitting.items import Item
from preflight_racks.fitting.packing import Shape, Sweep
from preflight_racks.fitting.unknown import gaps, lacks
from preflight_racks.room import Rack, Room

LIMITS: tuple[Limit, ...] = ("units", "weight", "power", "ports")


@dataclass(frozen=True, slots=True)
class Bay:
    """A rack.

    Attributes:
        welcome: for each item, that it may stand here, if there is room.
        sure: for each item, that all is known that its limits need.
        own: for each item, how many go into the cells that are reserved for it.
    """

    rack: Rack
    cells: Cells
    interior: Interior
    welcome: tuple[bool, ...]
    sure: tuple[bool, ...]
    own: tuple[int, ...]


def held(limits: frozenset[Limit]) -> frozenset[Limit]:
    """The limits that count: units always do, and ports where a group takes some."""
    return limits | {"units", "ports"}


def survey(room: Room, items: Sequence[Item], limits: frozenset[Limit]) -> list[Bay]:
    """Every rack of a room. What is not known is no limit, but for items that are `sure`."""
    sweep = Sweep()
    alike: dict[Inside, Interior] = {}
    return [_bay(rack, room, items, limits, sweep, alike) for rack in room.racks]


def _bay(
    rack: Rack,
    room: Room,
    items: Sequence[Item],
    limits: frozenset[Limit],
    sweep: Sweep,
    alike: dict[Inside, Interior],
) -> Bay:
    cells = cells_of(rack)
    missing = {limit for limit in limits if gaps(rack, limit)}
    known = tuple(
        not any(item.demand.takes(limit) and (limit in missing or lacks(item.demand, limit)) for limit in limits)
        for item in items
    )
    welcome = tuple(not cells.clash and (not item.demand.racks or rack.name in item.demand.racks) for item in items)
    open_here = [may and (clear or not item.sure) for may, clear, item in zip(welcome, known, items, strict=True)]
    shapes, shape = _shapes(cells, items, open_here)
    circuits = circuits_of(rack, room.power_factor) if "power" in limits and any(i.demand.psus for i in items) else None
    making_way = any(may and item.demand.remove_blanks for may, item in zip(open_here, items, strict=True))
    blanks = sum(device.weight or 0.0 for device in rack.devices if device.blank) if making_way else 0.0
    ports = rack.ports if "ports" in limits else None
    inside = Inside(shapes, shape, _carries(rack, limits), blanks, ports, circuits)
    interior = alike.get(inside)
    if interior is None:
        interior = alike[inside] = Interior(inside, items, sweep)
    own = tuple(_own(cells, item) if may else 0 for item, may in zip(items, open_here, strict=True))
    return Bay(rack, cells, interior, welcome, known, own)


def _shapes(cells: Cells, items: Sequence[Item], may: Sequence[bool]) -> tuple[tuple[Shape, ...], tuple[int, ...]]:
    """The shapes that pieces of the items have in this rack, and which item has which."""
    pieces: dict[tuple[int, int, int], int] = {}
    keys = []
    for item, open_here in zip(items, may, strict=True):
        starts = starts_of(cells.open_to(item.demand), item.height, item.aligned) if open_here and item.quantity else 0
        key = (item.height, item.faces, starts)
        keys.append(key)
        if starts:
            pieces[key] = pieces.get(key, 0) + item.quantity * item.pieces
    number = {key: index for index, key in enumerate(pieces)}
    shapes = tuple(Shape(height, faces, most, starts) for (height, faces, starts), most in pieces.items())
    return shapes, tuple(number.get(key, -1) for key in keys)


def _carries(rack: Rack, limits: frozenset[Limit]) -> float:
    if rack.max_weight is None or "weight" not in limits:
        return inf
    return rack.max_weight - sum(device.weight or 0.0 for device in rack.devices)


def _own(cells: Cells, item: Item) -> int:
    mine = cells.kept_for(item.demand.holder)
    if not mine:
        return 0
    return slots(starts_of(mine & cells.open_to(item.demand), item.height, item.aligned), item.height) // item.pieces
