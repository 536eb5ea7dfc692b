"""From how many devices are in each rack to where each of them stands and what it is plugged into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from preflight_racks.demand import Place
from preflight_racks.fitting.bays import Bay
from preflight_racks.fitting.filling import Filling
from preflight_racks.fitting.interior import Counts
from preflight_racks.fitting.items import Item


def lay_out(bays: Sequence[Bay], items: Sequence[Item], filling: Filling) -> tuple[Place, ...]:
    """By group, then by rack in the order of the room, then from the bottom: the order in which to carry them."""
    by_group: list[list[Place]] = [[] for _ in items]
    for number in sorted(filling.counts):
        for index, places in _rack(bays[number], items, filling.counts[number]).items():
            by_group[index] += places
    return tuple(replace(place, number=number) for places in by_group for number, place in enumerate(places, 1))


def _rack(bay: Bay, items: Sequence[Item], counts: Counts) -> dict[int, list[Place]]:
    interior = bay.interior
    plugged = interior.plugged(counts)
    cells: dict[int, list[int]] = {}
    for shape, cell in interior.arrange(interior.needs(counts), _preferred(bay, items)):
        cells.setdefault(shape, []).append(cell)
    found: dict[int, list[Place]] = {}
    # Of those that have the same shape, the heavy ones stand below.
    order = sorted(range(len(items)), key=lambda index: (-(items[index].demand.weight or 0.0), index))
    for index in order:
        if not counts[index]:
            continue
        item = items[index]
        mine = sorted(cells[interior.inside.shape[index]])
        pieces = counts[index] * item.pieces
        cells[interior.inside.shape[index]] = mine[pieces:]
        stands = [cell for low in mine[:pieces] for cell in _within(item, low)]
        plugs = plugged.get(index) or [()] * len(stands)
        base = 2 * bay.rack.first
        found[index] = [
            Place(item.demand.name, 0, bay.rack.name, base + cell, item.demand.face, plug)
            for cell, plug in zip(stands, plugs, strict=True)
        ]
    return found


def _within(item: Item, low: int) -> list[int]:
    """The lowest cells of the devices of one piece."""
    if item.demand.together != "adjacent":
        return [low]
    return [low + item.stride * step for step in range(item.size)]


def _preferred(bay: Bay, items: Sequence[Item]) -> list[tuple[int, int]]:
    """For each shape, the cells that are reserved for it, and those where no blanking panel has to make way."""
    wishes = [0] * len(bay.interior.inside.shapes)
    bare = [((1 << bay.cells.count) - 1)] * len(wishes)
    for index, item in enumerate(items):
        shape = bay.interior.inside.shape[index]
        if shape >= 0:
            wishes[shape] |= bay.cells.kept_for(item.demand.holder)
            bare[shape] &= ~bay.cells.blanks(item.faces)
    return list(zip(wishes, bare, strict=True))
