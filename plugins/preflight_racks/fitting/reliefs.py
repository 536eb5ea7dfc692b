"""What would make room for more of a group that does not all find places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from preflight_racks.answer import Relief
from preflight_racks.demand import Limit
from preflight_racks.fitting.bays import Bay, survey
from preflight_racks.fitting.cells import cells_of, slots, starts_of
from preflight_racks.fitting.clock import Clock
from preflight_racks.fitting.filling import Filling, empty, fill
from preflight_racks.fitting.items import Item
from preflight_racks.room import Device, Rack, Room

# More than that are not tried for one group.
TRIED = 20
# So long they are tried with all others placed anew.
SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked about: the room, what is placed in it, and the group of which some are not."""

    room: Room
    bays: Sequence[Bay]
    items: Sequence[Item]
    limits: frozenset[Limit]
    filling: Filling
    index: int

    @property
    def item(self) -> Item:
        return self.items[self.index]


@dataclass(frozen=True, slots=True)
class Change:
    """What would be different.

    Attributes:
        racks: as they would be, by their number in the room; empty if it concerns them all.
        gain: how many more of the group would have units.
    """

    relief: Relief
    racks: dict[int, Rack] = field(default_factory=dict)
    without: Limit | None = None
    spread: bool = True
    gain: int = 0
    expired: bool = False


def reliefs(case: Case, clock: Clock) -> tuple[Relief, ...]:
    """Those that help, the ones that help most first.

    What is placed stays where it is, so `room_for` is what there is room for at least. If nothing helps so, the others
    are placed anew, as many of each.
    """
    racks = sorted([*_blanks(case), *_reservations(case)], key=lambda each: (not each.expired, -each.gain))
    changes = [*_limits(case), *_all(racks), *racks][:TRIED]
    found = _helpful(case, changes, lambda change: _more(case, change), clock)
    if not found and len(case.items) > 1:
        short = clock.within(SECONDS)
        found = _helpful(case, changes, lambda change: _more_anew(case, change, short), short)
    return tuple(sorted(found, key=lambda each: -each.room_for))


def _helpful(case: Case, changes: Sequence[Change], more: Callable[[Change], int], clock: Clock) -> list[Relief]:
    """Args: more: how many more of the group have places by a change."""
    placed = case.item.quantity - case.filling.left[case.index]
    found = []
    for change in changes:
        if clock.out():
            break
        room_for = min(case.item.quantity, placed + more(change))
        if room_for > placed:
            found.append(replace(change.relief, room_for=room_for * case.item.size))
    return found


def _limits(case: Case) -> Iterator[Change]:
    demand = case.item.demand
    limits: tuple[Limit, ...] = ("weight", "power", "ports")
    for limit in limits:
        if limit in case.limits and demand.takes(limit):
            yield Change(Relief("limit", "", limit, 0), without=limit)
    if demand.per_rack is not None:
        yield Change(Relief("limit", "", "spread", 0), spread=False)


def _all(changes: Sequence[Change]) -> Iterator[Change]:
    """The blanking panels of all racks."""
    racks: dict[int, Rack] = {}
    for change in changes:
        if change.relief.what == "blanks":
            racks |= change.racks
    if len(racks) > 1:
        yield Change(Relief("blanks", "", "", 0), racks)


def _blanks(case: Case) -> Iterator[Change]:
    if case.item.demand.remove_blanks:
        return
    for number, bay in enumerate(case.bays):
        if bay.welcome[case.index] and (bay.cells.blank_front or bay.cells.blank_rear):
            rack = bay.rack
            units = {unit for each in rack.devices if each.blank for unit in _units(each)}
            bare = replace(rack, devices=tuple(each for each in rack.devices if not each.blank))
            if gain := _gain(bay, bare, case.item):
                yield Change(Relief("blanks", rack.name, "", 0, tuple(sorted(units))), {number: bare}, gain=gain)


def _units(device: Device) -> range:
    """The whole units that it takes some of, by number."""
    if device.position is None:
        return range(0)
    return range(device.position // 2, (device.position + device.height + 1) // 2)


def _reservations(case: Case) -> Iterator[Change]:
    for number, bay in enumerate(case.bays):
        if not bay.welcome[case.index]:
            continue
        for each in bay.rack.reserved:
            if each.holder == case.item.demand.holder:
                continue
            others = tuple(other for other in bay.rack.reserved if other is not each)
            freed = replace(bay.rack, reserved=others)
            if gain := _gain(bay, freed, case.item):
                relief = Relief("reservation", bay.rack.name, each.holder, 0, each.units)
                yield Change(relief, {number: freed}, gain=gain, expired=each.expired(case.room.today))


def _gain(bay: Bay, changed: Rack, item: Item) -> int:
    before, after = (
        slots(starts_of(cells.open_to(item.demand), item.height, item.aligned), item.height)
        for cells in (bay.cells, cells_of(changed))
    )
    return after - before


def _limits_and_items(case: Case, change: Change) -> tuple[frozenset[Limit], list[Item]]:
    """As they would be."""
    items = list(case.items)
    if not change.spread:
        items[case.index] = replace(case.item, demand=replace(case.item.demand, per_rack=None))
    return (case.limits - {change.without} if change.without else case.limits), items


def _more_anew(case: Case, change: Change, clock: Clock) -> int:
    """How many more of the group can be found places then, if as many of the others have one as now."""
    limits, items = _limits_and_items(case, change)
    others = [
        item if index == case.index else replace(item, quantity=item.quantity - left)
        for index, (item, left) in enumerate(zip(items, case.filling.left, strict=True))
    ]
    racks = tuple(change.racks.get(number, rack) for number, rack in enumerate(case.room.racks))
    found = fill(survey(replace(case.room, racks=racks), others, limits), others, empty(others), clock.out)
    if any(left for index, left in enumerate(found.left) if index != case.index):
        return 0
    return case.filling.left[case.index] - found.left[case.index]


def _more(case: Case, change: Change) -> int:
    """How many more of the group then find places beside all that is placed."""
    limits, items = _limits_and_items(case, change)
    numbers = sorted(change.racks) or range(len(case.bays))
    racks = tuple(change.racks.get(number, case.bays[number].rack) for number in numbers)
    nothing = (0,) * len(items)
    more = 0
    for number, bay in zip(numbers, survey(replace(case.room, racks=racks), items, limits), strict=True):
        if bay.interior.cap(case.index):
            more += bay.interior.room(case.filling.counts.get(number, nothing), case.index).floor
    return more
