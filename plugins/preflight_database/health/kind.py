"""The kind `database.health`: each health check that `health:` asks for becomes a check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Cell, Expectation, Kind
from preflight.source import Mark
from preflight_database.health.check import registry
from preflight_database.health.judge import judge_health, summary
from preflight_database.health.observation import HealthObservation
from preflight_database.health.spec import HealthSpec
from preflight_database.plan import Plan, reads_catalogue
from preflight_database.probe import probe
from preflight_database.spec import DatabaseSpec


def target(spec: HealthSpec) -> str:
    """`orders/fk-without-index`."""
    return f"{spec.database}/{spec.check.name}"


def expectations(plan: Plan, database: DatabaseSpec, _: Ground) -> Iterator[Expectation[Any] | Problem]:
    dialect = plan.location.dialect
    for number, entry in enumerate(database.health):
        several = len(database.health) > 1
        place = database.place("health", number) if several else database.place("health")
        path = f"databases.{plan.name}.health" + (f"[{number}]" if several else "")
        made = entry.named(dialect)
        yield from _unfit(entry, made, plan, path, place)
        others = [other for at, other in enumerate(database.health) if at != number]
        for name in made:
            # Who names a check and has `all` beside it means to say more of that check, not to have it twice.
            if name not in entry.checks and any(
                name in other.checks and _counts_when(other, entry) for other in others
            ):
                continue
            if dialect in registry()[name].dialects:
                yield Expectation(HEALTH, entry.only(name, place).of(plan), plan)


def _counts_when(other: HealthSpec, entry: HealthSpec) -> bool:
    """Whether an entry counts in every phase in which another does."""
    return not other.phase or (bool(entry.phase) and set(entry.phase) <= set(other.phase))


def _unfit(entry: HealthSpec, made: tuple[str, ...], plan: Plan, path: str, place: Mark) -> Iterator[Problem]:
    for name in made:
        check = registry()[name]
        if plan.location.dialect not in check.dialects:
            at = entry.place("checks", entry.checks.index(name)) if entry.mark.file else place
            yield Problem(at, f"{path}.checks", f"{plan.engine} has no {name}: {check.absent}")
    for name in entry.allow:
        if name not in made:
            why = f"allows something to {name}, which is not among the checks made here"
            yield Problem(entry.place("allow"), f"{path}.allow.{name}", why)


def cell(spec: HealthSpec, observation: HealthObservation | None) -> Cell:
    """A row for each health check, a column for each database."""
    text = "" if observation is None else summary(spec, observation)
    return Cell(spec.check.name, spec.database, text)


HEALTH = Kind("database.health", HealthSpec, HealthObservation, target, probe, judge_health, reads_catalogue, cell)
