"""A domain whose checks have seen places for their groups, as each of them says: `-p preflight_racks.tests.shelves`.

PYTEST_DONT_REWRITE: it has no asserts, and the tests have imported it before a run inside their process does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import pytest

from preflight.finding import Finding, NotChecked
from preflight.inventory import Ground
from preflight.kind import Batch, Domain, Expectation, Kind, Section, Sink
from preflight.model import CheckSpec, Several
from preflight_racks.answer import Unsure
from preflight_racks.observation import PlacementObservation
from preflight_racks.tests.cabinets import PHOENIX, R12, R13, STORAGE, place, seen


class Shelf(CheckSpec):
    name: str
    role: str = ""
    device: str = ""
    sees: Literal["all", "part", "nothing", "unsure", "no-answer"] = "all"


def probe(batch: Batch[Shelf], sink: Sink) -> None:
    for key, spec in batch.checks:
        if spec.sees == "no-answer":
            sink(key, NotChecked("no answer", "NetBox is off", "switch it on"))
        else:
            sink(key, observed(spec))


def observed(spec: Shelf) -> PlacementObservation:
    demand = replace(PHOENIX, name=spec.device or spec.name, count=2, manufacturer="Dell", model="R650")
    placed = {"nothing": 0, "part": 1}.get(spec.sees, 2)
    places = tuple(place(demand.name, number + 1, "R12", number + 1) for number in range(placed))
    unsure = (Unsure("R12", "power", "9 of 15 devices have no draw"), Unsure("R13", "weight", "no max_weight"))
    return seen(demand, (R12, R13), places, (STORAGE,), unsure if spec.sees == "unsure" else ())


def judge(_spec: Shelf, observation: PlacementObservation) -> list[Finding | NotChecked]:
    if len(observation.mine) < observation.demand.count:
        return [Finding("all placed", "some are not", "make room")]
    return [NotChecked("not known", "draw", "measure it") for _ in observation.answer.unsure[:1]]


def _name(spec: Shelf) -> str:
    return spec.name


def _contacts(_spec: Shelf, _shared: object) -> str:
    return "nobody"


SHELF = Kind("shelves.placement", Shelf, PlacementObservation, _name, probe, judge, _contacts)


def _expectations(shelves: tuple[Shelf, ...], _ground: Ground) -> Iterator[Expectation[Shelf]]:
    return (Expectation(SHELF, shelf) for shelf in shelves)


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_domain() -> Domain:
    return Domain("shelves", "shelves", lambda: Section(Several[Shelf], (SHELF,), _expectations))
