"""Racks, what is reserved in them, and their free switch ports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from preflight_racks.netbox.rows import Row, count, grouped, ident, kilograms, text, word
from preflight_racks.netbox.source import NetBox
from preflight_racks.room import Device, Feed, Rack, Reservation

# Interfaces that no cable goes into.
NOT_PHYSICAL = ("virtual", "bridge", "lag")
WIRELESS = "ieee802.11", "ieee802.15", "other-wireless"


def rack(
    source: NetBox,
    row: Row,
    name: str,
    devices: Sequence[Device],
    feeds: tuple[Feed, ...],
    reservations: Iterable[Row],
    ports: tuple[tuple[str, int], ...] | None,
) -> Rack:
    """A rack, whose dimensions NetBox copies from its type where it has one."""
    first = count(row, "starting_unit")
    made = Rack(
        name=name,
        units=count(row, "u_height") or 0,
        first=1 if first is None else first,
        descending=row.get("desc_units") is True,
        max_weight=kilograms(row, "max_weight"),
        feeds=feeds,
        ports=ports,
        devices=tuple(sorted(devices, key=lambda each: (each.position is None, each.position or 0, each.name))),
        site=text(row, "site", "name"),
        location=text(row, "location", "name"),
        origin=source.page("racks", row["id"]),
    )
    reserved = tuple(_reservation(source, each) for each in reservations)
    return replace(made, reserved=reserved + _by_status(row, made, reserved))


def _reservation(source: NetBox, row: Row) -> Reservation:
    units = row.get("units")
    numbers = tuple(sorted(int(unit) for unit in units)) if isinstance(units, list) else ()
    page = source.page("rack-reservations", row["id"])
    return Reservation(numbers, _holder(source, row), stale=word(row, "status") == "stale", origin=page)


def _holder(source: NetBox, row: Row) -> str:
    """For whom units are reserved. Where the field that says so is empty they are not everybody's: nobody's name is
    the name of that holder."""
    said = {
        "tenant": text(row, "tenant", "name"),
        "description": text(row, "description"),
        "user": text(row, "user", "username") or text(row, "user", "display"),
    }
    holder = said.pop(source.reserved_for)
    return holder or f"nobody named ({' / '.join(each for each in said.values() if each) or 'no word of it'})"


def _by_status(row: Row, made: Rack, reserved: Sequence[Reservation]) -> tuple[Reservation, ...]:
    """What the status of a whole rack says of the units that are not reserved one by one."""
    status = word(row, "status")
    holder = {
        "reserved": text(row, "tenant", "name") or "nobody named (the rack is reserved)",
        "planned": "nobody yet (the rack is planned)",
        "deprecated": "nobody any more (the rack is deprecated)",
    }.get(status)
    taken = {unit for each in reserved for unit in each.units}
    rest = tuple(unit for unit in made.numbers if unit not in taken)
    return (Reservation(rest, holder, origin=made.origin),) if holder and rest else ()


def names(rows: Sequence[Row]) -> dict[int, str]:
    """What to call each rack, by id. NetBox has a name once in a location: where two racks have one name, their
    locations come first, and where that is not enough, the site or the id as well."""
    called = {row["id"]: text(row, "name") for row in rows}
    for better in _in_location, _in_site, _by_number:
        times = Counter(called.values())
        called |= {row["id"]: better(row) for row in rows if times[called[row["id"]]] > 1}
    return called


def _in_location(row: Row) -> str:
    return f"{text(row, 'location', 'name') or text(row, 'site', 'name')}/{text(row, 'name')}"


def _in_site(row: Row) -> str:
    return f"{text(row, 'site', 'name')}/{text(row, 'location', 'name')}/{text(row, 'name')}"


def _by_number(row: Row) -> str:
    return f"{text(row, 'name')}#{row['id']}"


def free_ports(
    source: NetBox, devices: Mapping[int, Row], interfaces: Iterable[Row]
) -> Mapping[int, tuple[tuple[str, int], ...]]:
    """By rack, how many interfaces of each type of its switches are free."""
    free: dict[int, Counter[str]] = {}
    for switch, ports in grouped(interfaces, "device").items():
        row = devices.get(switch)
        home = ident(row, "rack") if row is not None else None
        if row is None or home is None or role(row) not in source.switch_roles:
            continue
        free.setdefault(home, Counter()).update(word(port, "type") for port in ports if _is_free(port))
    return {home: tuple(sorted(counts.items())) for home, counts in free.items()}


def role(row: Row) -> str:
    return text(row, "role", "slug") or text(row, "device_role", "slug")


def _is_free(port: Row) -> bool:
    kind = word(port, "type")
    if not kind or kind in NOT_PHYSICAL or kind.startswith(WIRELESS) or port.get("mgmt_only") is True:
        return False
    taken = (port.get("cable"), port.get("lag"), port.get("mark_connected"), port.get("_occupied"))
    return port.get("enabled") is not False and not any(taken)
