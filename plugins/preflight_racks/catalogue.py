"""All types that an inventory may name: those of its files, completed or replaced by what stands under `types:`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from preflight.errors import Problem
from preflight.nearest import did_you_mean
from preflight.source import Mark
from preflight_racks.fields import Draw, found_from
from preflight_racks.listed import PsusSpec
from preflight_racks.outfit import Given
from preflight_racks.spec import Racks
from preflight_racks.types.devicetype import DeviceType
from preflight_racks.types.library import FlawedError, Library, yaml_files
from preflight_racks.types.moduletype import ModuleType
from preflight_racks.types.racktype import RackType
from preflight_racks.types.spec import DeviceFile, ModuleFile, RackFile, is_blank


class Catalogue:
    """The types of one section. Its functions raise FlawedError, with where the fault is written."""

    def __init__(self, section: Racks) -> None:
        self._section = section
        self._devices = Library(DeviceFile, _paths(section, "device_types"))
        self._modules = Library(ModuleFile, _paths(section, "module_types"))
        self._racks = Library(RackFile, _paths(section, "rack_types"))
        self._types: dict[str, DeviceType] = {}
        self._given: dict[str, Given] = {}

    def unfit(self) -> Iterator[Problem]:
        """What is wrong with the files, and with what stands under `types:`, whether it is used or not."""
        for key in ("device_types", "module_types", "rack_types"):
            yield from _missing(self._section, key)
        for library in (self._devices, self._modules, self._racks):
            yield from library.unfit()
        for slug in self._section.types:
            try:
                self.device(slug, self._section.place("types", slug), f"racks.types.{slug}", elsewhere=self._elsewhere)
            except FlawedError as error:
                yield from error.problems

    @property
    def _elsewhere(self) -> bool:
        return self._section.from_ is not None

    def device(self, slug: str, at: Mark, path: str, *, elsewhere: bool = False) -> tuple[DeviceType, Given] | None:
        """A type of device, and what `types:` says of all devices of it.

        Args:
            at, path: where it is asked for.
            elsewhere: it may be one that only the source has: None then.
        """
        given = self.given(slug)
        if slug not in self._types and (found := self._devices.find(slug)) is not None:
            self._types[slug] = found[0].type(found[1])
        if slug in self._types:
            return self._types[slug], given
        if given.height is not None:
            own = self._section.types[slug]
            return DeviceType(slug, "", slug, blank=is_blank(slug), origin=own.origin), given
        if elsewhere:
            return None
        if slug in self._section.types:
            why = f'no file has the type "{slug}": give its `height` to describe it here'
            raise FlawedError(Problem(at, path, f"{why}{did_you_mean(slug, self._devices.names)}"))
        known = {*self._devices.names, *self._section.types}
        raise FlawedError(Problem(at, path, _unknown("device type", slug, known, "device_types` or `types")))

    def rack(self, slug: str, at: Mark, path: str) -> RackType:
        found = self._racks.find(slug)
        if found is None:
            raise FlawedError(Problem(at, path, _unknown("rack type", slug, self._racks.names, "rack_types")))
        return found[0].type(found[1])

    def module(self, psus: PsusSpec | None, path: str) -> ModuleType | None:
        if psus is None or not psus.module:
            return None
        found = self._modules.find(psus.module)
        if found is None:
            why = _unknown("module type", psus.module, self._modules.names, "module_types")
            raise FlawedError(Problem(psus.place("module"), f"{path}.psus.module", why))
        return found[0].type(found[1])

    def given(self, slug: str) -> Given:
        """What `types:` says of all devices of a type."""
        own = self._section.types.get(slug)
        if own is not None and slug not in self._given:
            self._given[slug] = Given(
                own.height, own.full_depth
            )  # what holds if the rest is refused, which is said once
            one = self.given_of(f"racks.types.{slug}", own.weight, own.draw, own.psus)
            self._given[slug] = one.over(self._given[slug])
        return self._given.get(slug, Given())

    def given_of(self, path: str, weight: float | None, draw: Draw | None, psus: PsusSpec | None) -> Given:
        """What is written of one device."""
        watts = draw.watts(self._section.power_factor) if draw is not None else None
        count, needed = (psus.count, psus.needed) if psus is not None else (None, None)
        return Given(weight=weight, draw=watts, psus=count, needed=needed, module=self.module(psus, path))


def _unknown(what: str, name: str, known: Iterable[str], key: str) -> str:
    return f'there is no {what} "{name}" in what `{key}` names{did_you_mean(name, known)}'


def _paths(section: Racks, key: str) -> list[Path]:
    named: Any = getattr(section, key)
    paths = [found_from(section.place(key, number), path) for number, path in enumerate(named)]
    return [path for path in paths if path.exists()]


def _missing(section: Racks, key: str) -> Iterator[Problem]:
    named: Any = getattr(section, key)
    for number, path in enumerate(named):
        at = section.place(key, number)
        found = found_from(at, path)
        if not found.exists():
            yield Problem(at, f"racks.{key}[{number}]", f"{path}: there is no such file or folder")
        elif next(yaml_files(found), None) is None:
            yield Problem(at, f"racks.{key}[{number}]", f"{path}: there is no *.yaml or *.yml file in it")
