"""Why a rack takes no more of a group, with the figures of one more. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from preflight_racks.answer import Berth, Bind
from preflight_racks.demand import Demand
from preflight_racks.power.capacity import capacity
from preflight_racks.power.loads import loads
from preflight_racks.room import Device, Feed, Rack, Supply
from preflight_racks.weight import kg, weight_of

_WORDS: dict[Bind, str] = {
    "": "",
    "weight": "one more would be too heavy",
    "power": "its feeds carry no more",
    "ports": "no switch port is left for one more",
    "spread": "`spread` allows no more",
    "redundancy": "its feeds fail together, so that nothing is redundant there",
    "contradiction": "what is said of it contradicts itself: see its audit",
}


def binding(berth: Berth, demand: Demand, rack: Rack | None, power_factor: float) -> str:
    """What one more of the group, or the whole group if it stays together, would break; empty if nothing would.

    Args:
        rack: as it stands; None if that is not known here.
    """
    binds, figures = bind_of(berth, demand), ""
    if rack is not None and binds == "weight":
        figures = _weight(berth, demand, rack)
    elif rack is not None and binds == "power":
        figures = _power(berth, demand, rack, power_factor)
    elif rack is not None and binds == "ports":
        figures = _ports(berth, demand, rack)
    elif rack is not None and binds == "redundancy":
        figures = _together(rack)
    return figures or without_figures(berth, demand)


def without_figures(berth: Berth, demand: Demand) -> str:
    """The same for racks that differ in their figures alone."""
    binds = bind_of(berth, demand)
    if binds == "units":
        return _units(berth, demand)
    if binds == "power" and demand.redundant:
        return "its feeds carry no more, once one of them is lost"
    if binds == "redundancy" and demand.needed > 1:
        return (
            f"however they are plugged in, a loss leaves fewer than the {demand.needed} power supplies that each needs"
        )
    return _WORDS[binds]


def bind_of(berth: Berth, demand: Demand) -> Bind:
    """What is in the way of one more. A group that stays together is in the way by its size, before all else."""
    return (
        "units" if demand.together and berth.by_units < demand.count and berth.binds != "contradiction" else berth.binds
    )


def piece(demand: Demand) -> int:
    """How many half units it takes in one piece."""
    if demand.together != "adjacent":
        return demand.height
    # What is a unit high or more stands at whole units.
    stride = demand.height + (demand.height % 2 if demand.height >= 2 else 0)
    return stride * (demand.count - 1) + demand.height


def _units(berth: Berth, demand: Demand) -> str:
    if not berth.largest:
        return "no unit is free for them"
    if demand.together == "rack" and berth.by_units:
        return f"it has units for {berth.by_units}"
    if berth.by_units and demand.together != "adjacent":
        return f"no gap of {demand.height / 2:g}U is left for one more"
    if berth.largest >= piece(demand):
        return f"no gap of {piece(demand) / 2:g}U begins at a whole unit"
    return f"the largest gap is {berth.largest / 2:g}U"


def _next(berth: Berth, demand: Demand) -> tuple[int, str]:
    """How many it does not take, and what these are."""
    return (demand.count, "with all of them") if demand.together else (berth.most + 1, "with one more")


def _weight(berth: Berth, demand: Demand, rack: Rack) -> str:
    if demand.weight is None or rack.max_weight is None:
        return ""
    number, those = _next(berth, demand)
    total = weight_of(rack.devices).known + number * demand.weight
    return f"{those} it would carry {kg(total)} of {kg(rack.max_weight)}"


def _power(berth: Berth, demand: Demand, rack: Rack, power_factor: float) -> str:
    """The load that would be most over, were each plugged into the feeds that carry least."""
    if demand.draw is None or not rack.feeds:
        return ""
    number, those = _next(berth, demand)
    full = replace(rack, devices=(*rack.devices, *_plugged(demand, number, rack, power_factor)))
    over = [load for load in loads(full, power_factor) if load.over]
    return f"{those}, {max(over, key=lambda load: load.share).words}" if over else ""


def _plugged(demand: Demand, number: int, rack: Rack, power_factor: float) -> Iterator[Device]:
    """So many of the group. Those that are plugged in alike are one device, which draws what they draw."""
    carried = {load.feed: load.least for load in loads(rack, power_factor) if not load.lost and not load.part}
    ways: Counter[tuple[str, ...]] = Counter()
    for _ in range(number):
        way = _least_loaded(rack.feeds, demand.psus, carried, power_factor)
        for name in way:
            carried[name] += (demand.draw or 0.0) / demand.psus
        ways[way] += 1
    for way, times in ways.items():
        supplies = tuple(Supply(f"PSU{each}", name) for each, name in enumerate(way, 1))
        draw = times * (demand.draw or 0.0)
        yield Device(demand.name, demand.type, 0, None, draw=draw, supplies=supplies, needed=demand.needed)


def _least_loaded(
    feeds: Sequence[Feed], supplies: int, carried: dict[str, float], power_factor: float
) -> tuple[str, ...]:
    """A feed for each power supply: of another panel as long as there is one, and of those the least loaded."""
    way: list[Feed] = []
    for _ in range(supplies):
        free = [feed for feed in feeds if feed not in way] or feeds
        panels = {feed.panel for feed in way}
        way.append(
            min(
                free,
                key=lambda feed: (feed.panel in panels, carried[feed.name] / (capacity(feed, power_factor) or 1.0)),
            )
        )
    return tuple(feed.name for feed in way)


def _together(rack: Rack) -> str:
    """What fails together, if that is all that the rack has."""
    panels = {feed.panel for feed in rack.feeds}
    if len(rack.feeds) == 1:
        return f"it has feed {rack.feeds[0].name} alone, so that nothing is redundant there"
    if len(panels) == 1:
        return f"its feeds are all of panel {panels.pop()}, so that nothing is redundant there"
    return ""


def _ports(berth: Berth, demand: Demand, rack: Rack) -> str:
    number, those = _next(berth, demand)
    free = dict(rack.ports or ())
    for kind, each in demand.ports:
        if number * each > free.get(kind, 0):
            if not free.get(kind):
                return f"it has no free {kind} port"
            return f"{those} they would take {number * each:,} of the {free[kind]:,} {kind} ports that are free"
    return ""
