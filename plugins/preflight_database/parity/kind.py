"""The kind `database.parity`: an entry under `same_as:` becomes a check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from preflight.errors import Problem
from preflight.kind import Expectation, Kind
from preflight.nearest import did_you_mean
from preflight_database.parity.judge import judge_parity
from preflight_database.parity.observation import ParityObservation
from preflight_database.parity.probe import Pair, probe
from preflight_database.parity.spec import SameAsSpec
from preflight_database.plan import Plan, reads_catalogue
from preflight_database.spec import DatabaseSpec


def target(spec: SameAsSpec) -> str:
    """`orders=staging`."""
    return f"{spec.database}={spec.other}"


def contacts(spec: SameAsSpec, pair: Pair) -> str:
    return f"{reads_catalogue(spec, pair.here)}; {reads_catalogue(spec, pair.there)}"


def expectations(plan: Plan, database: DatabaseSpec, plans: Mapping[str, Plan]) -> Iterator[Expectation[Any] | Problem]:
    """`plans` are those of all databases by their names."""
    for number, spec in enumerate(database.same_as):
        place = database.place("same_as", number) if len(database.same_as) > 1 else database.place("same_as")
        made = spec.of(plan).at(place)
        at, path = made.place("database"), f"databases.{plan.name}.same_as"
        others = {name: each for name, each in plans.items() if name != plan.name}
        there = others.get(spec.other)
        if there is None:
            itself = " is this database itself" if spec.other == plan.name else " is no entry of `databases:`"
            yield Problem(at, path, f"{spec.other}{itself}{did_you_mean(spec.other, others)}")
        elif there.location.dialect != plan.location.dialect:
            why = "their types and defaults cannot be compared word by word; compare two of one engine"
            yield Problem(at, path, f"{spec.other} is {there.engine}, and {plan.name} is {plan.engine}: {why}")
        else:
            yield Expectation(PARITY, made, Pair(plan, there))


PARITY = Kind("database.parity", SameAsSpec, ParityObservation, target, probe, judge_parity, contacts)
