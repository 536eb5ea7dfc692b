"""sequence-type-mismatch: a sequence that goes on where its column ends."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine
from preflight_database.health.case import Case, Flaw
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.checks.sequence_overflow import candidates
from preflight_database.health.numbers import range_of


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    counter = case.counter
    bounds = None if counter is None else range_of(counter.column_type)
    if counter is None or bounds is None or counter.maximum is None:
        return
    if bounds[0] <= counter.maximum <= bounds[1]:
        return
    table, column = ddl.place(engine, case.table), ddl.quoted(engine, counter.column)
    observed = (
        f"{counter.name} is {counter.type} and goes to {counter.maximum:,}; {case.name}.{counter.column} is "
        f"{counter.column_type}"
    )
    step = f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {counter.type}; it writes the table anew and locks it"
    yield Flaw((*case.of_columns((counter.column,)), counter.name), observed, step)


CHECK = HealthCheck(
    "sequence-type-mismatch",
    "no sequence hands out numbers that its column cannot hold",
    "sequences of larger numbers than their columns",
    "what watches the sequence sees no end coming, and the column has one",
    "warning",
    candidates,
    flaws,
    ("postgresql",),
    "a column there is numbered by its own table",
)
