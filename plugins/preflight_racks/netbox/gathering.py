"""What is asked of NetBox, in which order, and how its tables become racks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from preflight.nearest import did_you_mean
from preflight_racks.netbox import devices, devicetypes, racks, refusal
from preflight_racks.netbox import tables as t
from preflight_racks.netbox.chain import Cabling
from preflight_racks.netbox.feeds import Feeds, Plugged
from preflight_racks.netbox.pages import Reader
from preflight_racks.netbox.places import Filters, located
from preflight_racks.netbox.rows import Row, by_id, count, grouped, ident, text
from preflight_racks.netbox.source import NetBox
from preflight_racks.room import Device, Rack
from preflight_racks.types.devicetype import DeviceType

# As many ids as fit into one request: gunicorn takes a line of 4,094 characters.
TOGETHER = 100
FEW = 5 * TOGETHER


def gather(
    source: NetBox, reader: Reader, types: Sequence[str], names: Sequence[str], power: bool
) -> tuple[tuple[Rack, ...], Mapping[str, DeviceType], tuple[str, ...]]:
    """The racks, the types of devices, and what was wrong with single records.

    Raises:
        refusal.Refused: something was not to be had, or is not all there is.
    """
    at, around = located(source, reader)
    site = _Site(source, reader, at, around, power)
    site.look_up(types)
    called = racks.names(site.racks)
    _expect(source, called.values(), names)
    _expect_roles(source, site.all_devices.values())
    _nothing_hidden(source, site, called)
    trouble: list[str] = []
    found = tuple(_rack(site, row, called, trouble) for row in sorted(site.racks, key=lambda row: called[row["id"]]))
    return found, _by_slug(site, types, trouble), tuple(trouble)


class _Site:
    """Tables of a site, as records."""

    def __init__(self, source: NetBox, reader: Reader, at: Filters, around: Filters, power: bool) -> None:
        self.source, self.power = source, power
        self._reader, self._around = reader, around
        wanted = {table: t.Wanted(table, around) for table in (t.RESERVATIONS, t.DEVICES)}
        wanted[t.RACKS] = t.Wanted(t.RACKS, at)
        if power:
            wanted |= {table: t.Wanted(table, around) for table in (t.FEEDS, t.POWER_PORTS)}
            wanted[t.POWER_OUTLETS] = t.Wanted(t.POWER_OUTLETS, (*around, ("cabled", ("true",))))
        if source.switch_roles:
            wanted[t.INTERFACES] = t.Wanted(t.INTERFACES, (*around, ("cabled", ("false",))))
        read = reader.read(wanted.values())
        rows: dict[t.Table, list[Row]] = {table: read[each] for table, each in wanted.items()}
        self.racks = rows[t.RACKS]
        ours = by_id(self.racks)
        self.all_devices = by_id(rows[t.DEVICES])
        self.devices = {rack: each for rack, each in grouped(rows[t.DEVICES], "rack").items() if rack in ours}
        self.reservations = grouped(rows[t.RESERVATIONS], "rack")
        self.ports = grouped(rows.get(t.POWER_PORTS, ()), "device")
        self.outlets = grouped(rows.get(t.POWER_OUTLETS, ()), "device")
        self.cabling = Cabling(rows.get(t.POWER_PORTS, ()), rows.get(t.POWER_OUTLETS, ()))
        self.feeds = Feeds(source, rows.get(t.FEEDS, ()), self._plugged())
        free_ports = racks.free_ports(source, self.all_devices, rows.get(t.INTERFACES, ()))
        self.free_ports = {rack: free_ports.get(rack, ()) for rack in ours} if source.switch_roles else {}
        self.types: dict[int, Row] = {}
        self.type_ports: dict[int, list[Row]] = {}
        self.type_bays: dict[int, list[Row]] = {}
        self.modules: dict[int, list[Row]] = {}
        self.module_types: dict[int, Row] = {}

    def look_up(self, slugs: Sequence[str]) -> None:
        """The types of the devices in the racks, those with these slugs, and the modules in the devices."""
        inside = [row for rows in self.devices.values() for row in rows]
        modular = [row["id"] for row in inside if count(row, "module_bay_count") != 0]
        kinds = {kind for row in inside if (kind := ident(row, "device_type")) is not None}
        found = self._some(
            _each(t.DEVICE_TYPES, "id", sorted(kinds)),
            _each(t.DEVICE_TYPES, "slug", slugs),
            self._modules(modular),
        )
        self.types = by_id(found[t.DEVICE_TYPES])
        self.modules = grouped(found[t.MODULES], "device")
        in_use = {kind for row in found[t.MODULES] if (kind := ident(row, "module_type")) is not None}
        found = self._some(
            _each(t.MODULE_TYPES, "id", sorted(in_use)),
            # The first name is that of NetBox before 4.4, which ignores the other one, as the later ones do the first.
            _each(t.PORT_TEMPLATES, "devicetype_id device_type_id", sorted(self.types)),
            _each(t.BAY_TEMPLATES, "devicetype_id device_type_id", sorted(self.types)),
        )
        self.module_types = by_id(found[t.MODULE_TYPES])
        self.type_ports = grouped(found[t.PORT_TEMPLATES], "device_type")
        self.type_bays = grouped(found[t.BAY_TEMPLATES], "device_type")

    def _modules(self, devices: Sequence[int]) -> list[t.Wanted]:
        """Those of some devices, as long as these are few: before NetBox 3.6 any device may have some, for all we know.
        Only later versions can filter modules by site; it is all of NetBox's that others show."""
        return _each(t.MODULES, "device_id", devices) if len(devices) <= FEW else [t.Wanted(t.MODULES, self._around)]

    def _some(self, *parts: Sequence[t.Wanted]) -> dict[t.Table, list[Row]]:
        wanted = [each for part in parts for each in part]
        found: dict[t.Table, dict[int, Row]] = {}
        for each, rows in self._reader.read(wanted).items():
            found.setdefault(each.table, {}).update(by_id(rows))
        every = (t.DEVICE_TYPES, t.MODULES, t.MODULE_TYPES, t.PORT_TEMPLATES, t.BAY_TEMPLATES)
        return {table: list(found.get(table, {}).values()) for table in every}

    def hands_on(self, device: int) -> bool:
        """It is a PDU."""
        row = self.all_devices.get(device, {})
        return device in self.outlets or bool(count(row, "power_outlet_count"))

    def _plugged(self) -> Iterable[Plugged]:
        """Where everything is plugged in, also what stands elsewhere in the site."""
        for device, ports in self.ports.items():
            row = self.all_devices.get(device, {})
            draws = not self.hands_on(device) and not row.get("parent_device")
            for port in ports:
                if (reach := self.cabling.reach(port["id"])) is not None:
                    yield Plugged(ident(row, "rack"), reach, draws)


def _each(table: t.Table, filters: str, values: Sequence[object]) -> list[t.Wanted]:
    """Records with any of these values, a number of values at a time."""
    parts = [tuple(str(each) for each in values[at : at + TOGETHER]) for at in range(0, len(values), TOGETHER)]
    return [t.Wanted(table, tuple((name, part) for name in filters.split())) for part in parts]


def _expect(source: NetBox, there: Iterable[str], names: Sequence[str]) -> None:
    where = f"location {source.location}" if source.location else f"site {source.site}" if source.site else "any site"
    known = set(there)
    if not known:
        step = "see to `site:` and `location:`, and to the constraints of the permission dcim.view_rack"
        raise refusal.refused(source, f"shows no rack of {where} to this token", step)
    missing = [name for name in names if name not in known]
    if missing:
        qualified = sorted(each for each in known if each.endswith(f"/{missing[0]}"))
        hint = f"; there are: {', '.join(qualified)}" if qualified else did_you_mean(missing[0], known)
        more = f" (and {len(missing) - 1} more that are named)" if len(missing) > 1 else ""
        step = "see to the names of racks, to `site:` and `location:`"
        raise refusal.refused(source, f"has no rack {missing[0]} in {where}{more}{hint}", step)


def _expect_roles(source: NetBox, devices: Iterable[Row]) -> None:
    """A role that nobody has would leave all racks without a free port."""
    known = {racks.role(row) for row in devices}
    for role in source.switch_roles:
        if role not in known:
            what = f"has no device of the role {role} there{did_you_mean(role, known)}"
            raise refusal.refused(source, what, "write the slugs of the roles of your switches in `switch_roles:`")


def _nothing_hidden(source: NetBox, site: _Site, called: Mapping[int, str]) -> None:
    """NetBox counts what a token may not see, and leaves it out of its lists: such a rack looks emptier than it is."""
    for row in site.racks:
        here, name = row["id"], called[row["id"]]
        seen = len(site.devices.get(here, ()))
        if (there := count(row, "device_count") or 0) > seen:
            raise refusal.hidden(source, f"it counts {there} devices in rack {name}, and shows {seen} to this token")
        if site.power and (there := count(row, "powerfeed_count") or 0) > (seen := site.feeds.owned(here)):
            raise refusal.hidden(
                source, f"it counts {there} power feeds of rack {name}, and shows {seen} to this token"
            )
    for rows in site.devices.values():
        for row in rows:
            if ident(row, "device_type") not in site.types:
                what = f"the type {text(row, 'device_type', 'slug')} of {text(row, 'name')} is kept from this token"
                raise refusal.hidden(source, what)


def _rack(site: _Site, row: Row, called: Mapping[int, str], trouble: list[str]) -> Rack:
    here, name = row["id"], called[row["id"]]
    feeds, complaints = site.feeds.of(here, called)
    inside = [_device(site, device, here, complaints) for device in site.devices.get(here, ())]
    made = racks.rack(site.source, row, name, inside, feeds, site.reservations.get(here, ()), site.free_ports.get(here))
    if made.units < 1:
        complaints.append(f"the rack ({made.origin}) has no height")
    for each in made.reserved:
        if outside := [str(unit) for unit in each.units if unit not in made.numbers]:
            complaints.append(f"a reservation ({each.origin}) has units that it has not: {', '.join(outside)}")
    trouble += [f"{name}: {complaint}" for complaint in complaints]
    return made


def _device(site: _Site, row: Row, rack: int, trouble: list[str]) -> Device:
    number = row["id"]
    parts = devices.Parts(site.types[ident(row, "device_type") or 0], trouble=trouble)
    parts.modules = devices.module_weights(site.modules.get(number, ()), site.module_types)
    if site.power:
        parts.ports = site.ports.get(number, ())
        parts.feeds_others = site.hands_on(number)
        reaches = ((text(port, "name"), site.cabling.reach(port["id"])) for port in parts.ports)
        parts.supplies = [site.feeds.supply(name, reach, rack) for name, reach in reaches]
    return devices.device(site.source, row, parts)


def _by_slug(site: _Site, wanted: Sequence[str], trouble: list[str]) -> dict[str, DeviceType]:
    made: dict[str, DeviceType] = {}
    twice: set[str] = set()
    for number, row in site.types.items():
        kind = devicetypes.device_type(
            site.source, row, site.type_ports.get(number, ()), site.type_bays.get(number, ())
        )
        twice |= {kind.slug} if kind.slug in made else set()
        made[kind.slug] = kind
    for slug in twice:
        del made[slug]
    trouble += [f"device type {slug}: several manufacturers have one" for slug in sorted(twice.intersection(wanted))]
    return made
