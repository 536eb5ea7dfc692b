"""no-primary-key: a table whose rows cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine
from preflight_database.catalogue.words import index_words
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.cover import works
from preflight_database.health.facts.base import Facts


def candidates(facts: Facts) -> Iterator[Case]:
    """A table with what could be its key. A partition has the key of its table, and a materialised view has none."""
    for place, table in facts.tables.items():
        if facts.parents.get(place) in facts.tables or place in facts.materialised:
            continue
        mandatory = {column.name for column in table.columns if not column.nullable}
        unique = tuple(
            index for index in table.indexes
            if index.unique and not index.where and not index.deferrable and works(index)
            and all(part.column in mandatory for part in index.parts)
        )  # fmt: skip
        cut = part_of(table, indexes=unique)
        yield facts.case(cut, figures={"key": ", ".join(facts.key(table))})


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    if case.text("key"):
        return
    table = ddl.place(engine, case.table)
    step = f"ALTER TABLE {table} ADD PRIMARY KEY (...);"
    observed = f"{case.name} has no primary key"
    if engine == "sqlite":
        step = f"make {case.name} anew with one: SQLite adds no primary key to a table"
    if case.table.indexes:
        index = case.table.indexes[0]
        observed += f"; {index_words(index)} could be it"
        columns = ", ".join(ddl.quoted(engine, part.column) for part in index.parts)
        if engine == "postgresql" and not index.constraint and not case.table.partitioned:
            step = f"ALTER TABLE {table} ADD PRIMARY KEY USING INDEX {ddl.quoted(engine, index.name)};"
        elif engine != "sqlite":
            step = f"ALTER TABLE {table} ADD PRIMARY KEY ({columns});"
    yield Flaw(case.of_table(), observed, step)


CHECK = HealthCheck(
    "no-primary-key",
    "every table has a primary key",
    "tables without a primary key",
    "replication cannot find the row that was changed or deleted, a copy of it cannot be compared, and a row that was "
    "loaded twice stays twice",
    "blocker",
    candidates,
    flaws,
)
