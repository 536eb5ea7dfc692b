"""From the entries under `planned:` to what they demand."""

from __future__ import annotations

from collections.abc import Container, Iterator

from preflight.errors import Problem
from preflight.nearest import did_you_mean
from preflight.source import Mark
from preflight_racks.catalogue import Catalogue
from preflight_racks.demand import Demand, Limit
from preflight_racks.outfit import UnfitError
from preflight_racks.placement.spec import PlacementSpec
from preflight_racks.spec import Racks
from preflight_racks.types.devicetype import DeviceType
from preflight_racks.types.library import FlawedError
from preflight_racks.wanted import Wanted, demand_of

ANOTHER_NAME = "take the group out if its devices are in place, or call it something else"


class Planning:
    """What the planned groups of a section demand. What is wrong with them is gathered in `problems`.

    Attributes:
        specs: the entries, each name once.
        demands: of the groups whose type is known.
        wanted: the groups whose type only the source may know.
    """

    def __init__(self, section: Racks, catalogue: Catalogue, limits: frozenset[Limit], problems: list[Problem]) -> None:
        self._section = section
        self._catalogue = catalogue
        self._limits = limits
        self._problems = problems
        self.specs: list[PlacementSpec] = []
        self.demands: list[Demand] = []
        self.wanted: list[Wanted] = []
        problems += _unknown_racks(section)
        standing = {device.name: (rack.name, device.origin) for rack in section.list_ for device in rack.devices}
        first: dict[str, Mark] = {}
        for number, spec in enumerate(section.planned):
            if spec.name in first:
                problems.append(_again(number, spec, first[spec.name]))
                continue
            first[spec.name] = spec.place("name")
            self.specs.append(spec)
            if name := taken(spec.name, spec.count, standing):
                rack, origin = standing[name]
                message = f"its {name} would be another than that in {rack} ({origin}): {ANOTHER_NAME}"
                problems.append(Problem(spec.place("name"), f"racks.planned[{number}].name", message))
            try:
                self._add(number, spec, f"racks.planned[{number}]")
            except FlawedError as error:
                problems += error.problems

    def _add(self, number: int, spec: PlacementSpec, path: str) -> None:
        own = self._catalogue.given_of(path, spec.weight, spec.draw, spec.psus)
        elsewhere = self._section.from_ is not None
        found = self._catalogue.device(spec.type, spec.place("type"), f"{path}.type", elsewhere=elsewhere)
        given = own.over(found[1] if found else self._catalogue.given(spec.type))
        wanted = Wanted(number, spec, given)
        if found is None:
            self.wanted.append(wanted)
        else:
            self.demands.append(self._demand(wanted, found[0], path))

    def _demand(self, wanted: Wanted, type: DeviceType, path: str) -> Demand:
        try:
            return demand_of(wanted, type, self._limits)
        except UnfitError as error:
            place = wanted.spec.place(error.key)
            raise FlawedError(Problem(place, f"{path}.{error.key}", error.message)) from None


def taken(group: str, count: int, names: Container[str]) -> str:
    """The first of a group's devices whose name is among these; empty if none is."""
    return next((name for number in range(1, count + 1) if (name := f"{group}-{number}") in names), "")


def _again(number: int, spec: PlacementSpec, first: Mark) -> Problem:
    if spec.place("name") == first:
        message = f"{spec.name} would be another group in each phase: what is planned competes for places at all times"
        return Problem(spec.mark, f"racks.planned[{number}]", message)
    return Problem(spec.place("name"), f"racks.planned[{number}].name", f"{spec.name} is also at {first}")


def _unknown_racks(section: Racks) -> Iterator[Problem]:
    if section.from_ is not None:
        return
    known = [rack.name for rack in section.list_]
    for number, spec in enumerate(section.planned):
        for index, name in enumerate(spec.racks):
            if name not in known:
                message = f'there is no rack "{name}" under `list`{did_you_mean(name, known)}'
                yield Problem(spec.place("racks", index), f"racks.planned[{number}].racks[{index}]", message)
