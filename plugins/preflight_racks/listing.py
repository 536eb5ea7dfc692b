"""From an entry under `list:` to a rack with all that stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from preflight.errors import Problem
from preflight.nearest import did_you_mean
from preflight.source import Mark
from preflight_racks.catalogue import Catalogue
from preflight_racks.clashes import clashes
from preflight_racks.fields import origin_of
from preflight_racks.listed import DeviceSpec, FeedSpec, PlugSpec, RackSpec
from preflight_racks.outfit import Outfit, UnfitError, outfit
from preflight_racks.room import Device, Feed, Leg, Rack, Reservation, Supply
from preflight_racks.spec import Racks
from preflight_racks.types.library import FlawedError
from preflight_racks.types.racktype import RackType
from preflight_racks.weight import BLANK_KG


class Listing:
    """The racks of a section. What is wrong with them is gathered in `problems`."""

    def __init__(self, section: Racks, catalogue: Catalogue, problems: list[Problem]) -> None:
        self._section = section
        self._catalogue = catalogue
        self._problems = problems

    def racks(self) -> tuple[Rack, ...]:
        self._named_twice(self._section.list_, "racks.list")
        return tuple(self._rack(spec, f"racks.list[{number}]") for number, spec in enumerate(self._section.list_))

    def _refuse(self, at: Mark, path: str, message: str) -> None:
        self._problems.append(Problem(at, path, message))

    def _rack(self, spec: RackSpec, path: str) -> Rack:
        type = self._type(spec, path)
        units = spec.units or (type.units if type else 0)
        if not units and self._section.from_ is None and not (spec.type and type is None):
            self._refuse(spec.place(), path, '"units" is missing: say how many it has, or name its `type`')
        self._named_twice(spec.feeds, f"{path}.feeds")
        self._named_twice(spec.devices, f"{path}.devices")
        rack = Rack(
            name=spec.name,
            units=units,
            first=spec.first or (type.first if type else 1),
            descending=spec.descending if spec.descending is not None else bool(type and type.descending),
            max_weight=spec.max_weight if spec.max_weight is not None else (type.max_weight if type else None),
            feeds=tuple(self._feed(feed) for feed in spec.feeds),
            ports=None if spec.switch_ports is None else tuple(sorted(spec.switch_ports.items())),
            reserved=tuple(
                Reservation(each.units, each.for_, each.until, origin=each.origin) for each in spec.reserved
            ),
            blocked=spec.blocked,
            devices=tuple(self._devices(spec, path)),
            site=spec.site,
            location=spec.location,
            origin=spec.origin,
        )
        self._problems += _outside(spec, rack, path)
        self._problems += _promised_twice(spec, path)
        for clash in clashes(rack):
            self._problems.append(_place_of(spec, path, clash.index, clash.message))
        return rack

    def _type(self, spec: RackSpec, path: str) -> RackType | None:
        try:
            return self._catalogue.rack(spec.type, spec.place("type"), f"{path}.type") if spec.type else None
        except FlawedError as error:
            self._problems += error.problems
            return None

    def _named_twice(self, entries: tuple[RackSpec | FeedSpec | DeviceSpec, ...], path: str) -> None:
        first: dict[str, Mark] = {}
        for number, entry in enumerate(entries):
            if entry.name in first:
                message = f"{entry.name} is also at {first[entry.name]}"
                self._refuse(entry.place("name"), f"{path}[{number}].name", message)
            first.setdefault(entry.name, entry.place("name"))

    def _feed(self, spec: FeedSpec) -> Feed:
        return Feed(
            name=spec.name,
            panel=spec.panel,
            volts=float(spec.volts),
            amps=float(spec.amps),
            phases=spec.phases,
            derate=spec.derate or self._section.derate,
            wiring=spec.wiring or "wye",
            bank_amps=None if spec.bank_amps is None else float(spec.bank_amps),
        )

    def _devices(self, spec: RackSpec, path: str) -> Iterator[Device]:
        for number, device in enumerate(spec.devices):
            try:
                yield self._device(device, spec, f"{path}.devices[{number}]")
            except FlawedError as error:
                self._problems += error.problems
                # It keeps its place in the list, since others are told by it.
                yield Device(device.name, device.type, 0, None)
        for unit in spec.blanks:
            origin = origin_of(spec.place("blanks"))
            yield Device(f"blank-{unit}", "blank", 2, 2 * unit, "front", False, BLANK_KG, blank=True, origin=origin)

    def _device(self, spec: DeviceSpec, rack: RackSpec, path: str) -> Device:
        own = self._catalogue.given_of(path, spec.weight, spec.draw, spec.psus)
        found = self._catalogue.device(spec.type, spec.place("type"), f"{path}.type")
        assert found is not None, "what no source may have is found or refused"
        given = own.over(found[1])
        try:
            one = outfit(given, found[0])
            if one.psus is None and spec.feeds:
                one = outfit(replace(given, psus=len(spec.feeds)), found[0])
        except UnfitError as error:
            raise FlawedError(Problem(spec.place(error.key), f"{path}.{error.key}", error.message)) from None
        return Device(
            name=spec.name,
            type=spec.type,
            height=one.height,
            position=spec.position,
            face=spec.face,
            full_depth=one.full_depth,
            weight=one.weight,
            draw=one.draw,
            draw_by=one.draw_by,
            supplies=tuple(_supplies(spec, one, rack, path)),
            needed=one.needed,
            blank=one.blank,
            origin=spec.origin,
        )


def _supplies(spec: DeviceSpec, one: Outfit, rack: RackSpec, path: str) -> Iterator[Supply]:
    """Its power supplies, where it says so or in turn on the feeds of its rack. Of which nothing says how many it
    has, it has one that is plugged in nobody knows where."""
    if spec.feeds is None:
        feeds = [feed.name for feed in rack.feeds]
        for number in range(1 if one.psus is None else one.psus):
            plugged = bool(feeds) and one.psus is not None
            yield Supply(f"PSU{number + 1}", feeds[number % len(feeds)] if plugged else "")
        return
    if one.psus is not None and len(spec.feeds) != one.psus:
        message = f"names {len(spec.feeds)} for {one.psus} power supplies: name one for each, or mend `psus`"
        raise FlawedError(Problem(spec.place("feeds"), f"{path}.feeds", message))
    known = {feed.name: feed for feed in rack.feeds}
    for number, plug in enumerate(spec.feeds):
        name = plug.feed if isinstance(plug, PlugSpec) else plug
        leg: Leg = plug.leg if isinstance(plug, PlugSpec) else ""
        at, below = spec.place("feeds", number), f"{path}.feeds[{number}]"
        if name not in known:
            message = f'{rack.name} has no feed "{name}"{did_you_mean(name, known)}'
            raise FlawedError(Problem(at, below, message))
        if leg and known[name].phases == 1:
            raise FlawedError(Problem(at, below, f"the feed {name} has one phase, and no legs"))
        yield Supply(f"PSU{number + 1}", name, leg)


def _place_of(spec: RackSpec, path: str, index: int, message: str) -> Problem:
    """A problem with where the device of this index stands: those of `blanks` come last."""
    if index < len(spec.devices):
        return Problem(spec.devices[index].place("position"), f"{path}.devices[{index}].position", message)
    return Problem(spec.place_of_unit("blanks", spec.blanks[index - len(spec.devices)]), f"{path}.blanks", message)


def _outside(spec: RackSpec, rack: Rack, path: str) -> Iterator[Problem]:
    """Units that are spoken of and that the rack does not have. What stands there is told by its clash."""
    if not rack.units:
        return
    has = f"which {rack.name} does not have: it has {rack.numbers[0]}-{rack.numbers[-1]}"
    for unit in spec.blocked:
        if unit not in rack.numbers:
            yield Problem(spec.place_of_unit("blocked", unit), f"{path}.blocked", f"unit {unit}, {has}")
            break
    for number, each in enumerate(spec.reserved):
        beyond = [unit for unit in each.units if unit not in rack.numbers]
        if beyond:
            at = each.place_of_unit("units", beyond[0])
            yield Problem(at, f"{path}.reserved[{number}].units", f"unit {beyond[0]}, {has}")


def _promised_twice(spec: RackSpec, path: str) -> Iterator[Problem]:
    """Units that are kept for two."""
    for number, each in enumerate(spec.reserved):
        for other in spec.reserved[:number]:
            both = sorted({*each.units} & {*other.units})
            if both and other.for_ != each.for_:
                message = f"unit {both[0]} is kept for {each.for_}, and for {other.for_} ({other.origin})"
                yield Problem(each.place_of_unit("units", both[0]), f"{path}.reserved[{number}].units", message)
                break
