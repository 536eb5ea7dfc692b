"""What to tell the operator of units, weights, reservations and records: what should be, what is, what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from preflight.finding import Finding, NotChecked
from preflight_racks.audit.remedy import lightened
from preflight_racks.audit.words import counted, joined, listed, names, record, share, types, units
from preflight_racks.observation import Standing
from preflight_racks.room import Device, Reservation, span_of, unit_of
from preflight_racks.weight import Weight, kg

_ELSEWHERE = "who goes to the rack by its records finds something else there, and units said to be free may be taken"


def overlapping(seen: Standing, pairs: Sequence[tuple[Device, Device, int]]) -> Finding:
    rack = seen.rack.name
    one, other, half = pairs[0]
    shown = listed((f"{record(a)} and {record(b)} both at {span_of(at, 1)}" for a, b, at in pairs), mark=";")
    more = f", and {counted(len(pairs) - 1, 'other pair')}" if len(pairs) > 1 else ""
    return Finding(
        f"one device in each half unit of each face of {rack}",
        f"{seen.source} says: {shown}",
        f"look at {joined(dict.fromkeys(f'U{unit_of(at)}' for _, _, at in pairs[:3]))} of {rack}, and mend the record "
        "of what is elsewhere, or of another height or depth than its type says",
        _ELSEWHERE,
        f"{rack}: {one.name} and {other.name} are both at {span_of(half, 1)}{more}",
    )


def outside(seen: Standing, devices: Sequence[Device]) -> Finding:
    rack = seen.rack
    has = units(rack.numbers)
    return Finding(
        f"all devices of {rack.name} in its units, {has}",
        f"{seen.source} says: {_at(devices)}",
        "see where they stand and mend their `position:`, or mend the rack's `units:` and `first:`",
        _ELSEWHERE,
        f"{rack.name}: {counted(len(devices), 'device')} outside of {has}",
    )


def positioned(seen: Standing, devices: Sequence[Device]) -> Finding:
    return Finding(
        f"at the units of {seen.rack.name}, only devices that take some",
        f"{seen.source} says: {_at(devices)}; what is of {types(devices)} takes no unit",
        "leave out their position if they hang beside the units, or give their type its height",
        "if their type is wrong, units that are said to be free are taken",
        f"{seen.source} has positions for devices of {types(devices)}, which take no unit",
    )


def crooked(seen: Standing, devices: Sequence[Device]) -> Finding:
    return Finding(
        f"in {seen.rack.name}, what is higher than half a unit at whole units",
        f"{seen.source} says: {_at(devices)}",
        "see at which unit they stand, and mend their position",
        _ELSEWHERE,
        f"{seen.rack.name}: {counted(len(devices), 'device')} at half a unit",
    )


def on_blocked(seen: Standing, devices: Sequence[Device]) -> Finding:
    rack = seen.rack
    return Finding(
        f"nothing at the blocked units of {rack.name}, {units(rack.blocked)}",
        f"{seen.source} says: {_at(devices)}",
        "take them out, or no longer write these units under `blocked:`",
        "what the units were blocked for (a broken rail, cables, air) is in the way of the devices, or they of it",
        f"{rack.name}: {counted(len(devices), 'device')} at blocked units",
    )


def anywhere(seen: Standing, devices: Sequence[Device]) -> NotChecked:
    rack = seen.rack.name
    shown = listed(f"{record(device)}, {device.height / 2:g} U" for device in devices)
    return NotChecked(
        f"units of {rack}: nobody says where these stand, so they may be anywhere: {shown}",
        f"{seen.source} does not say where all devices stand",
        f"look for them in {rack} and write down their position, or take them off its list if they are gone",
    )


def _at(devices: Sequence[Device]) -> str:
    return listed(f"{record(device)} at {span_of(device.position or 0, device.height)}" for device in devices)


def too_heavy(seen: Standing, weight: Weight, most: float) -> Finding:
    rack = seen.rack
    excess = weight.known - most
    heaviest = sorted((d for d in rack.devices if d.weight), key=lambda device: -(device.weight or 0))[:3]
    shown = ", ".join(f"{device.name} {kg(device.weight or 0)}" for device in heaviest)
    least = f"at least {kg(weight.known)} ({_unweighed(seen, weight)})" if weight.unknown else kg(weight.known)
    out = lightened(rack.devices, excess)
    off = kg(sum(device.weight or 0 for device in out))
    return Finding(
        f"{rack.name} carries at most {kg(most)}",
        f"it carries {least}, {kg(excess)} too much; the heaviest: {shown}",
        f"take {names(out)} ({off}) to another rack, or as much of another sort; nothing may be added to {rack.name}",
        "its frame, its castors or the floor below may give way, first of all when somebody moves it",
        f"{rack.name} carries {kg(excess)} too much",
    )


def no_max_weight(seen: Standing, weight: Weight) -> NotChecked:
    known = f"; it carries {'at least ' if weight.unknown else ''}{kg(weight.known)}" if weight.known else ""
    return NotChecked(
        f"weight of {seen.rack.name}: nothing says how much it may carry{known}",
        f"{seen.source} does not say how much racks may carry",
        "write the `max_weight:` of the rack or its type, from its data sheet (or less, if the floor bears less)",
    )


def unweighed(seen: Standing, weight: Weight) -> NotChecked:
    most = seen.rack.max_weight
    of = f" of {kg(most)}" if most is not None else ""
    known = f"; what is known comes to {kg(weight.known)}{of}" if weight.known else ""
    return NotChecked(
        f"weight of {seen.rack.name}: {_unweighed(seen, weight)}: {names(weight.unknown)}{known}",
        f"no weight is known of {types(weight.unknown)}",
        "give their type its `weight:`, from its data sheet with all drives in it",
    )


def _unweighed(seen: Standing, weight: Weight) -> str:
    heavy = [device for device in seen.rack.devices if not device.blank or device.weight is not None]
    return f"{share(len(weight.unknown), len(heavy))} no weight"


def trouble(seen: Standing) -> NotChecked:
    rack, number = seen.rack.name, len(seen.trouble)
    those = f"{counted(number, 'record')} of {rack}"
    return NotChecked(
        f"{those} could not be taken as {'it is' if number == 1 else 'they are'}: {listed(seen.trouble, mark=';')}",
        f"{seen.source} has records that contradict themselves",
        f"mend them: until then what is said of {rack} leaves them out",
    )


def expired(seen: Standing, those: Sequence[Reservation]) -> Finding:
    rack = seen.rack.name
    holders = joined(dict.fromkeys(each.holder or "nobody known" for each in those))
    today = f" (today is {seen.today})" if seen.today else ""
    closed = units([unit for each in those for unit in each.units])
    return Finding(
        f"no reservation of {rack} that is past its time{today}",
        f"{seen.source} says: {listed(map(_reservation, those), mark=';')}",
        f"ask {holders}: give the units back, or renew what is still wanted (`until:`)",
        f"{closed} of {rack} stay closed to all others, maybe for nobody",
        f"reservations for {holders} are past their time",
    )


def _reservation(each: Reservation) -> str:
    if each.until:
        since = f"was to end on {each.until}" + (", and is marked as stale" if each.stale else "")
    else:
        since = "is marked as stale"
    origin = f" ({each.origin})" if each.origin else ""
    return f"{units(each.units)} for {each.holder or 'nobody known'}{origin} {since}"


def no_day(seen: Standing) -> NotChecked:
    return NotChecked(
        f"reservations of {seen.rack.name}: it is not known on which day the racks were read",
        "it is not known on which day the racks were read",
        "run again: an observation is made with its date",
    )
