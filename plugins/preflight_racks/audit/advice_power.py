"""What to tell the operator of feeds and power supplies: what is too much, after which loss, what to plug in where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from preflight.finding import Finding, NotChecked
from preflight_racks.audit.remedy import Move, Relief, made_redundant
from preflight_racks.audit.words import counted, joined, listed, names, types
from preflight_racks.observation import Standing
from preflight_racks.power.capacity import capacity
from preflight_racks.power.gaps import Gap
from preflight_racks.power.loads import Load, loads
from preflight_racks.power.survival import needed, survives
from preflight_racks.room import Device, Rack


def overloaded(seen: Standing, found: Sequence[Load], over: Sequence[Load], relief: Relief) -> Finding:
    """Args: over: those that are too much; all of them in normal running, or all after a loss."""
    rack = seen.rack
    ordered = sorted(_telling(over), key=lambda load: load.share, reverse=True)
    worst = ordered[0]
    when = "after any loss" if worst.lost else "in normal running"
    parts = ", and each of its legs, lines and banks," if any(feed.phases == 3 for feed in rack.feeds) else ""
    rated = {feed.name: capacity(feed, seen.power_factor) for feed in rack.feeds}
    most = ", ".join(f"feed {name}: {watts:,.0f} W" for name, watts in rated.items() if watts is not None)
    return Finding(
        f"each feed of {rack.name}{parts} carries what it can for long {when} ({most})",
        listed((_with_context(load, found) for load in ordered), mark=";"),
        _relieve(relief),
        _consequence(rack, worst),
        f"{rack.name}: {worst.words}",
    )


def _telling(over: Sequence[Load]) -> Iterator[Load]:
    """All but legs, lines and banks that are no more over than their feed as a whole."""
    whole = {(load.feed, load.lost): load.share for load in over if not load.part}
    for load in over:
        if not load.part or load.share > 1.005 * whole.get((load.feed, load.lost), 0.0):
            yield load


def _consequence(rack: Rack, worst: Load) -> str:
    """Above its derated capacity a breaker is beyond what it is made to carry for long; above its own, it trips."""
    derate = next(feed.derate for feed in rack.feeds if feed.name == worst.feed)
    trips = worst.part.startswith("bank") or worst.share * derate > 1
    how = "trips" if trips else "may trip as it warms up, or at the next peak"
    if worst.lost:
        return f"when {worst.lost} is lost, the breaker of {worst.where} {how}: what was to survive goes dark as well"
    return f"its breaker {how}: what hangs on it alone goes dark, and the rest falls on what is left at once"


def _with_context(load: Load, found: Sequence[Load]) -> str:
    """A load, and the figure behind which it hides: the same feed in normal running, or as a whole."""
    if load.lost:
        normal = next(o for o in found if (o.feed, o.part, o.lost) == (load.feed, load.part, ""))
        return f"{load.words}, in normal running {normal.figures}"
    if load.part:
        whole = next(o for o in found if (o.feed, o.part, o.lost) == (load.feed, "", ""))
        return f"{load.words}, as a whole {whole.figures}" if not whole.over else load.words
    return load.words


def _relieve(relief: Relief) -> str:
    steps = [f"plug in elsewhere: {_moves(relief.moves)}"] if relief.moves else []
    if relief.out:
        draw = sum(device.draw or 0 for device in relief.out)
        steps.append(f"take {names(relief.out)} ({draw:,.0f} W) to another rack, or cap what they draw")
    return "; and ".join(steps) + (", or bring a stronger feed" if relief.out else "")


def _moves(moves: Sequence[Move]) -> str:
    """`PSU1 of app-3 and app-4 from leg A to leg B of feed A`."""
    alike: dict[tuple[str, str], list[str]] = {}
    for move in moves:
        alike.setdefault((move.supply, move.way), []).append(move.device)
    shown = {key: joined(devices) if len(devices) < 4 else listed(devices) for key, devices in alike.items()}
    return "; ".join(f"{supply} of {devices} {way}" for (supply, way), devices in shown.items())


def not_known(seen: Standing, gap: Gap, found: Sequence[Load]) -> NotChecked:
    """Args: found: the loads that are to be told with it."""
    rack, devices = seen.rack, [device for device in seen.rack.devices if device.name in gap.names]
    figures = "; ".join(load.words for load in found if not load.lost and not load.part and load.least)
    listing = f": {listed(gap.names)}" if gap.what in ("draw", "plug", "leg", "feeds") else ""
    causes = {
        "feeds": f"{seen.source} does not say what feeds all racks",
        "draw": f"no draw is known of {types(devices)}",
        "plug": f"{seen.source} does not say where all power supplies are plugged in",
        "leg": f"{seen.source} does not say on which legs all power supplies are",
        "capacity": f"{seen.source} does not say the volts and amps of all feeds",
        "panel": f"{seen.source} does not say which panels all feeds come from",
    }
    return NotChecked(
        f"power of {rack.name}: {gap.words}{listing}{f'; known so far: {figures}' if figures else ''}",
        causes[gap.what],
        _NEXT[gap.what],
    )


_NEXT = {
    "feeds": "write the `feeds:` of the rack (or cable its PDUs to their power feeds, in NetBox)",
    "draw": "write the `draw:` of the device or its type, best as the PDU measures it (NetBox: of its power ports), or "
    "`psus: {count: 0}` of a type that draws nothing",
    "plug": "follow the cords, and write the `feeds:` of the device (NetBox: the cables of its power ports)",
    "leg": "read the legs off the PDU's outlets, and write `{feed: A, leg: B}` (NetBox: the leg of each outlet)",
    "capacity": "write the `volts:` and `amps:` of the feed, from its breaker",
    "panel": "follow the feed to its panel and write `panel:`: what fails with it decides what the rest has to carry",
}


def false_redundancy(seen: Standing, devices: Sequence[Device]) -> Iterator[Finding]:
    """One for each way to be none: all on one feed, on feeds of one panel, or more supplies needed than any loss
    leaves."""
    for sort in ("feed", "panel", "needs"):
        if alike := [device for device in devices if _sort(seen.rack, device) == sort]:
            yield _false(seen, alike, sort)


def _sort(rack: Rack, device: Device) -> str:
    panels = {feed.name: feed.panel for feed in rack.feeds}
    used = {supply.feed for supply in device.supplies if supply.feed in panels}
    if len(used) == 1:
        return "feed"
    return "panel" if len({panels[feed] for feed in used}) == 1 else "needs"


def _false(seen: Standing, devices: Sequence[Device], sort: str) -> Finding:
    rack = seen.rack
    what = {"feed": "all on one feed", "panel": "all on one panel", "needs": "more needed than a loss leaves"}[sort]
    many = len(devices) > 1
    return Finding(
        f"in {rack.name}, what has more power supplies than it needs survives the loss of any feed and any panel",
        f"{counted(len(devices), 'device')} with power supplies {what}: "
        + listed((_dies(rack, device) for device in devices), mark=";"),
        _plug_in(seen, devices),
        f"{'they go' if many else 'it goes'} dark at once, though {'they look' if many else 'it looks'} redundant",
        f"{rack.name}: false redundancy: {names(devices)}: {what}",
    )


def _dies(rack: Rack, device: Device) -> str:
    """`app-1 dies with feed A: 2 of its 4 power supplies live, and it needs 3`."""
    feeds = [feed.name for feed in rack.feeds]
    fatal = [(lost, gone) for lost, gone in rack.lost_together if survives(device, feeds, gone) is False]
    live = sum(supply.feed not in fatal[0][1] for supply in device.supplies)
    total = len(device.supplies)
    left = (
        f"{live} of {total} power supplies {'lives' if live == 1 else 'live'}"
        if live
        else f"none of {total} power supplies lives"
    )
    return f"{device.name} dies with {' or '.join(lost for lost, _ in fatal)} ({left}, it needs {needed(device)})"


def _plug_in(seen: Standing, devices: Sequence[Device]) -> str:
    rack, moves, helpless = seen.rack, [], []
    for device in devices:
        way = made_redundant(rack, device)
        if way is None:
            helpless.append(device)
            continue
        moves += way[0]
        rack = replace(rack, devices=tuple(way[1] if each is device else each for each in rack.devices))
    steps = [f"plug in elsewhere: {_moves(moves)}{_then(seen, rack)}"] if moves else []
    return "; ".join(steps + ([_helpless(seen.rack, helpless)] if helpless else []))


def _then(seen: Standing, rack: Rack) -> str:
    """What would be over once all is plugged in so, and is not now."""
    before = {(load.feed, load.part, load.lost) for load in loads(seen.rack, seen.power_factor) if load.over}
    over = [load for load in loads(rack, seen.power_factor) if load.over]
    new = [load.words for load in over if (load.feed, load.part, load.lost) not in before]
    return (
        f"; but then something has to leave the rack first, or there is too much on {listed(new, 2, ';')}"
        if new
        else ""
    )


def _helpless(rack: Rack, devices: Sequence[Device]) -> str:
    panels = {feed.panel for feed in rack.feeds if feed.panel}
    if len(rack.feeds) == 1 or len(panels) == 1:
        return f"bring a feed of another panel to {rack.name} for {names(devices)}: it has {_fed(rack)} alone"
    asked = joined(dict.fromkeys(f"{needed(device)} of {len(device.supplies)}" for device in devices))
    return (
        f"no way to plug {names(devices)} into {_fed(rack)} survives, since {asked} power supplies have to live: bring "
        "feeds of more panels, or see whether fewer will do, and write that as `psus: {needed: ...}`"
    )


def _fed(rack: Rack) -> str:
    return joined(f"feed {feed.name} of panel {feed.panel or '?'}" for feed in rack.feeds)


def no_feeds(seen: Standing, devices: Sequence[Device]) -> NotChecked:
    return NotChecked(
        f"redundancy in {seen.rack.name}: nothing says what feeds it, nor whether {_survive(devices)} a loss",
        f"{seen.source} does not say what feeds all racks",
        _NEXT["feeds"],
    )


def _survive(devices: Sequence[Device]) -> str:
    return f"{names(devices)} {'survives' if len(devices) == 1 else 'survive'}"


def unplugged(seen: Standing, devices: Sequence[Device]) -> NotChecked:
    what = f"redundancy in {seen.rack.name}: which feeds the power supplies of {names(devices)} hang on is not known"
    return NotChecked(what, f"{seen.source} does not say where all power supplies are plugged in", _NEXT["plug"])


def no_panel(seen: Standing, devices: Sequence[Device]) -> NotChecked:
    unknown = joined(feed.name for feed in seen.rack.feeds if not feed.panel)
    return NotChecked(
        f"redundancy in {seen.rack.name}: whether {_survive(devices)} the loss of a panel is not known, since "
        f"nothing says which panel is behind feed {unknown}",
        f"{seen.source} does not say which panels all feeds come from",
        _NEXT["panel"],
    )
