"""What would make room for more of a group, as steps that somebody can take. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_racks.answer import Bind, Relief
from preflight_racks.audit.words import listed, units
from preflight_racks.observation import PlacementObservation
from preflight_racks.placement.binding import bind_of
from preflight_racks.room import Reservation

MOST = 3
MOST_RACKS = 6


def steps(seen: PlacementObservation) -> Iterator[str]:
    """What can be done tonight, before what has to be bought; of each, what helps most first."""
    in_order = sorted(seen.share.reliefs, key=lambda each: (_has_to_be_bought(each), -each.room_for))
    yield from (_step(each, seen) for each in in_order[:MOST])
    if not in_order:
        rivals = " or for what they compete with" if (seen.share.alone or 0) > seen.share.placed else ""
        nothing = "nothing was found that, moved or given back, makes more room"
        yield f"find other racks for them{rivals}, or plan fewer: {nothing}"


def _has_to_be_bought(relief: Relief) -> bool:
    return relief.what == "limit" and relief.detail != "spread"


def _step(relief: Relief, seen: PlacementObservation) -> str:
    count = seen.demand.count
    room = f"room for {relief.room_for} of {count}" if count > 1 else "room for it"
    those = f" ({units(relief.units)})" if relief.units else ""
    match relief.what:
        case "blanks":
            where = relief.rack or "all of these racks"
            return f"take the blanking panels out of {where}{those}: {room} (`remove_blanks: true`)"
        case "reservation":
            holder = relief.detail or "its holder"
            return f"have {holder} give back {units(relief.units)} of {relief.rack}{_expired(relief, seen)}: {room}"
        case "limit":
            return _limit(relief, seen, room)


def _limit(relief: Relief, seen: PlacementObservation, room: str) -> str:
    match relief.detail:
        case "spread":
            return f"allow more of them in one rack (`spread`): {room}"
        case "weight":
            return f"lighten {_bound(seen, 'weight')}, or find racks that carry more: but for the weight, {room}"
        case "power":
            return f"{'; '.join(_more_power(seen))}: but for the power, {room}"
        case "ports":
            return f"free switch ports of {_bound(seen, 'ports')}: but for the ports, {room}"
        case other:
            return f"but for the {other}, {room}"


def _more_power(seen: PlacementObservation) -> Iterator[str]:
    one_panel = [berth for berth in seen.share.berths if bind_of(berth, seen.demand) == "redundancy"]
    if one_panel and seen.demand.needed > 1:
        fewer = "see whether fewer of their power supplies have to live (`psus: {needed: ...}`)"
        yield f"{fewer}, or bring feeds of more panels to {_bound(seen, 'redundancy')}"
    elif one_panel:
        yield f"bring a feed of another panel to {_bound(seen, 'redundancy')}"
    if not one_panel or any(bind_of(berth, seen.demand) == "power" for berth in seen.share.berths):
        yield f"bring more power to {_bound(seen, 'power')}"


def _bound(seen: PlacementObservation, limit: Bind) -> str:
    """The racks where that is what is in the way."""
    berths = seen.share.berths
    bound = [berth.rack for berth in berths if bind_of(berth, seen.demand) == limit]
    # None is, if it is for others that there is too little of it.
    return listed(bound or [berth.rack for berth in berths], MOST_RACKS)


def _expired(relief: Relief, seen: PlacementObservation) -> str:
    def meant(each: Reservation) -> bool:
        return (each.holder, each.units) == (relief.detail, relief.units)

    racks = [rack for rack in seen.racks if rack.name == relief.rack]
    found = next((each for rack in racks for each in rack.reserved if meant(each)), None)
    if found is None or not found.expired(seen.today):
        return ""
    return f", whose reservation ended on {found.until}" if found.until else ", whose reservation has expired"
