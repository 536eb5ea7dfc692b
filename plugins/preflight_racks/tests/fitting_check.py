"""What the limits mean, said again as plainly as can be, to hold the search against. Slow, and meant to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from math import sqrt

from preflight_racks.demand import Demand, Limit, Place
from preflight_racks.room import Device, Feed, Rack, Room, Supply

CLOSE = 1e-6
Plug = tuple[str, str]


def wrong(room: Room, demands: Sequence[Demand], places: Sequence[Place], limits: frozenset[Limit]) -> list[str]:
    """What is wrong with places; nothing if they hold. Needs a room of which all is known."""
    groups = {demand.name: demand for demand in demands}
    found = []
    if len({place.name for place in places}) < len(places):
        found.append("a device stands twice")
    for demand in demands:
        mine = [place for place in places if place.demand == demand.name]
        if sorted(place.number for place in mine) != list(range(1, len(mine) + 1)) or len(mine) > demand.count:
            found.append(f"{demand.name}: numbers")
        if demand.together and mine and (len(mine) < demand.count or len({place.rack for place in mine}) > 1):
            found.append(f"{demand.name}: not together")
        if demand.together == "adjacent" and mine:
            stride = demand.height if demand.height % 2 == 0 or demand.height == 1 else demand.height + 1
            positions = sorted(place.position for place in mine)
            if any(b - a != stride for a, b in pairwise(positions)):
                found.append(f"{demand.name}: not adjacent")
        if demand.per_rack is not None and max(Counter(p.rack for p in mine).values(), default=0) > demand.per_rack:
            found.append(f"{demand.name}: not spread")
        if demand.racks and any(place.rack not in demand.racks for place in mine):
            found.append(f"{demand.name}: another rack")
    for rack in room.racks:
        here = [(groups[place.demand], place) for place in places if place.rack == rack.name]
        if here:
            found += [f"{rack.name}: {each}" for each in _wrong_in(rack, room, here, limits)]
    return found


def _wrong_in(rack: Rack, room: Room, here: Sequence[tuple[Demand, Place]], limits: frozenset[Limit]) -> Iterator[str]:
    taken = set(cells_taken(rack))
    for demand, place in here:
        cells = cells_of(demand, place.position)
        if not fits_at(rack, demand, place.position) or place.face != demand.face or cells & taken:
            yield f"{place.name} cannot stand at {place.position}"
        taken |= cells
    if not countable(rack, Counter(demand for demand, _ in here), limits):
        yield "weight or ports"
    if "power" in limits and any(demand.psus for demand, _ in here):
        plugged = [(demand, place.plugs) for demand, place in here]
        if any(len(plugs) != demand.psus for demand, plugs in plugged) or not powered(rack, room, plugged):
            yield "power"


def cells_of(demand: Demand, position: int) -> set[tuple[str, int]]:
    faces = ("front", "rear") if demand.full_depth else (demand.face,)
    return {(face, cell) for face in faces for cell in range(position, position + demand.height)}


def cells_taken(rack: Rack) -> Iterator[tuple[str, int]]:
    for device in rack.devices:
        if device.position is not None and not device.blank:
            for face in ("front", "rear") if device.full_depth else (device.face,):
                yield from ((face, cell) for cell in range(device.position, device.position + device.height))


def fits_at(rack: Rack, demand: Demand, position: int) -> bool:
    """Nothing but another planned device could be in the way there."""
    if demand.height >= 2 and position % 2:
        return False
    blanks = {
        (face, cell)
        for each in rack.devices
        if each.blank and each.position is not None
        for face in (("front", "rear") if each.full_depth else (each.face,))
        for cell in range(each.position, each.position + each.height)
    }
    for face, cell in cells_of(demand, position):
        unit = cell // 2
        if unit not in rack.numbers or unit in rack.blocked or (face, cell) in cells_taken(rack):
            return False
        if any(unit in each.units and each.holder != (demand.holder or None) for each in rack.reserved):
            return False
        if (face, cell) in blanks and not demand.remove_blanks:
            return False
    return True


def countable(rack: Rack, numbers: Counter[Demand], limits: frozenset[Limit]) -> bool:
    weight = sum((demand.weight or 0) * number for demand, number in numbers.items())
    weight += sum(device.weight or 0 for device in rack.devices)
    heavy = rack.max_weight is not None and weight > rack.max_weight + CLOSE
    if "weight" in limits and numbers.total() and heavy:
        return False
    if rack.ports is None:
        return True
    free = dict(rack.ports)
    for demand, number in numbers.items():
        for sort, each in demand.ports:
            free[sort] = free.get(sort, 0) - each * number
    return all(left >= 0 for left in free.values())


def powered(rack: Rack, room: Room, plugged: Sequence[tuple[Demand, Sequence[Plug]]]) -> bool:
    """All feeds carry all loads in every way of running, and what is redundant lives."""
    planned = [
        Device("", "", 0, None, draw=d.draw, supplies=tuple(Supply("", f, leg) for f, leg in plugs), needed=d.needed)  # type: ignore[arg-type]
        for d, plugs in plugged
    ]
    for gone in [frozenset[str](), *(each for _, each in rack.lost_together)]:
        loads: Counter[Plug] = Counter()
        for device in [*rack.devices, *planned]:
            live = [supply for supply in device.supplies if supply.feed not in gone]
            if len(live) < device.needed or not live:
                if device in planned and len(device.supplies) > device.needed:
                    return False
                continue
            for supply in live:
                loads[supply.feed, supply.leg] += (device.draw or 0) / len(live)  # type: ignore[assignment]
        if not all(_carries(feed, loads, room.power_factor) for feed in rack.feeds):
            return False
    return True


def _carries(feed: Feed, loads: Counter[Plug], factor: float) -> bool:
    assert feed.volts is not None
    assert feed.amps is not None
    if feed.phases == 1:
        return loads[feed.name, ""] <= feed.volts * feed.amps * feed.derate * factor + CLOSE
    legs = [loads[feed.name, leg] for leg in "ABC"]
    if feed.wiring == "wye":
        volts = feed.volts / sqrt(3)
        good = max(legs) <= volts * feed.amps * feed.derate * factor + CLOSE
    else:
        volts = feed.volts
        a, b, c = (watts / (volts * factor) for watts in legs)
        amps = max(sqrt(a * a + c * c + a * c), sqrt(a * a + b * b + a * b), sqrt(b * b + c * c + b * c))
        good = amps <= feed.amps * feed.derate + CLOSE
    return good and (feed.bank_amps is None or max(legs) <= feed.bank_amps * volts * factor + CLOSE)


def most(room: Room, demands: Sequence[Demand], limits: frozenset[Limit]) -> tuple[int, ...]:
    """How many devices can be placed at most: in all, then of each group, the earlier groups first."""
    reached = {(0,) * len(demands)}
    for rack in room.racks:
        vectors = [each for each in _vectors(demands, rack) if _takes(rack, room, demands, each, limits)]
        reached = {
            tuple(map(sum, zip(before, each, strict=True)))  # type: ignore[misc]
            for before in reached
            for each in vectors
            if all(a + b <= d.count for a, b, d in zip(before, each, demands, strict=True))
        }
    return max((sum(each), *each) for each in reached)


def most_sure(room: Room, demands: Sequence[Demand], limits: frozenset[Limit]) -> int:
    """Of the ways to place as many as can be, how many groups stand wholly where all is known in the best of them.

    What may be unknown: what a rack carries, what feeds it and its ports; and what a group weighs and draws.
    """
    best = most(room, demands, limits)[1:]
    states = {((0,) * len(demands), frozenset[int]())}
    for rack in room.racks:
        ways = {
            (each, _doubtful(rack, demands, each, limits))
            for each in _vectors(demands, rack)
            if _takes(rack, room, demands, each, limits)
        }
        states = {
            (tuple(map(sum, zip(before, each, strict=True))), doubts | more)  # type: ignore[misc]
            for before, doubts in states
            for each, more in ways
            if all(a + b <= most for a, b, most in zip(before, each, best, strict=True))
        }
    whole = {at for at, (number, demand) in enumerate(zip(best, demands, strict=True)) if number == demand.count}
    return max(len(whole - doubts) for counts, doubts in states if counts == best)


def _doubtful(rack: Rack, demands: Sequence[Demand], each: Sequence[int], limits: frozenset[Limit]) -> frozenset[int]:
    here = {at: demand for at, (demand, number) in enumerate(zip(demands, each, strict=True)) if number}
    found = set()
    if "weight" in limits and (rack.max_weight is None or any(demand.weight is None for demand in here.values())):
        found |= here.keys()
    powered = {at for at, demand in here.items() if demand.psus}
    if "power" in limits and (not rack.feeds or any(here[at].draw is None for at in powered)):
        found |= powered
    if rack.ports is None:
        found |= {at for at, demand in here.items() if demand.ports}
    return frozenset(found)


def _vectors(demands: Sequence[Demand], rack: Rack) -> Iterator[tuple[int, ...]]:
    ranges = []
    for demand in demands:
        top = min(demand.count, demand.count if demand.per_rack is None else demand.per_rack)
        numbers = {0, demand.count} if demand.together else set(range(top + 1))
        if demand.racks and rack.name not in demand.racks:
            numbers = {0}
        ranges.append(sorted(number for number in numbers if number <= top))
    yield from product(*ranges)


def _takes(rack: Rack, room: Room, demands: Sequence[Demand], each: Sequence[int], limits: frozenset[Limit]) -> bool:
    numbers = Counter(dict(zip(demands, each, strict=True)))
    if not countable(rack, numbers, limits):
        return False
    if not _stand(rack, [demand for demand in demands for _ in range(numbers[demand])], set(), {}):
        return False
    return (
        "power" not in limits
        or not rack.feeds
        or _plug(rack, room, [(d, n) for d, n in numbers.items() if n and d.psus], [])
    )


def _stand(rack: Rack, devices: list[Demand], taken: set[tuple[str, int]], last: dict[Demand, int]) -> bool:
    if not devices:
        return True
    demand = devices[0]
    positions = range(last.get(demand, 2 * rack.first), 2 * (rack.first + rack.units))
    if demand.together == "adjacent" and demand in last:
        step = demand.height + (demand.height % 2 if demand.height > 1 else 0)
        positions = range(last[demand] + step, last[demand] + step + 1)
    for position in positions:
        cells = cells_of(demand, position)
        if (
            fits_at(rack, demand, position)
            and not cells & taken
            and _stand(rack, devices[1:], taken | cells, {**last, demand: position})
        ):
            return True
    return False


def _plug(
    rack: Rack, room: Room, groups: list[tuple[Demand, int]], plugged: list[tuple[Demand, Sequence[Plug]]]
) -> bool:
    if not powered(rack, room, plugged) and (plugged or groups):
        return False
    if not groups:
        return True
    demand, number = groups[0]
    if not number:
        return _plug(rack, room, groups[1:], plugged)
    sockets = [(feed.name, leg) for feed in rack.feeds for leg in ("ABC" if feed.phases == 3 else ("",))]
    ways = {tuple(sorted(way)) for way in product(sockets, repeat=demand.psus)}
    return any(_plug(rack, room, [(demand, number - 1), *groups[1:]], [*plugged, (demand, way)]) for way in ways)
