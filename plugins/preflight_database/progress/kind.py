"""The kind `database.progress`: an entry under `progress:` becomes a check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from preflight.duration import format_duration
from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Expectation, Kind
from preflight_database.catalogue.model import same_name
from preflight_database.deadline import resolved
from preflight_database.index.spec import IndexSpec
from preflight_database.plan import Plan, reads_catalogue
from preflight_database.progress import advice
from preflight_database.progress.judge import judge_progress
from preflight_database.progress.observation import ProgressObservation
from preflight_database.progress.probe import probe
from preflight_database.progress.spec import ProgressSpec
from preflight_database.spec import DatabaseSpec
from preflight_database.url import Dialect


def target(spec: ProgressSpec) -> str:
    """`orders/orders_new`."""
    return f"{spec.database}/{spec.watched}" if spec.watched else spec.database


def contacts(spec: ProgressSpec, plan: Plan) -> str:
    return f"{reads_catalogue(spec, plan)}; counts what is done, for {format_duration(spec.sample)}"


def expectations(plan: Plan, database: DatabaseSpec, ground: Ground) -> Iterator[Expectation[Any] | Problem]:
    for number, spec in enumerate(database.progress):
        path = f"databases.{plan.name}.progress" + (f"[{number}]" if len(database.progress) > 1 else "")
        if spec.done is None and plan.location.dialect == "mysql":
            why = "MySQL and MariaDB only estimate how many rows a table has: write `done: select count(*) from"
            yield Problem(spec.place("table"), f"{path}.table", f"{why} {spec.table}`")
        began = resolved(spec.started, ground.cutover, spec.place("started"), f"{path}.started")
        ends = resolved(spec.abort_by, ground.cutover, spec.place("abort_by"), f"{path}.abort_by")
        yield from (each for each in (began, ends) if isinstance(each, Problem))
        if not isinstance(began, datetime) or not isinstance(ends, datetime):
            continue
        made = spec.of(plan).between(began, ends, _forbidding(plan, spec, database.indexes))
        if made.decide_by <= began:
            back = f", less {format_duration(spec.time_to_go_back)} to go back," if spec.time_to_go_back else ""
            message = f"{ends.isoformat()}{back} is not after it began ({began.isoformat()})"
            yield Problem(spec.place("abort_by"), f"{path}.abort_by", message)
        yield Expectation(PROGRESS, made, plan)


def _forbidding(plan: Plan, spec: ProgressSpec, indexes: tuple[IndexSpec, ...]) -> tuple[IndexSpec, ...]:
    """The entries that say which indexes the table must not have while it is filled."""
    return tuple(
        index.of(plan)
        for index in indexes
        if (index.forbidden or index.only is not None)
        and (not index.phase or "during" in index.phase)
        and _same_table(index.table, spec.watched, plan.location.dialect)
    )


def _same_table(one: str, other: str, dialect: Dialect) -> bool:
    """`orders` may be any `schema.orders`. MySQL's dialect is MariaDB's as well, and both take names alike."""
    (here, name), (there, named) = (text.rpartition(".")[::2] for text in (one, other))
    return same_name(name, named, dialect) and (not here or not there or same_name(here, there, dialect))


PROGRESS = Kind(
    "database.progress",
    ProgressSpec,
    ProgressObservation,
    target,
    probe,
    judge_progress,
    contacts,
    deadline=advice.deadline,
)
