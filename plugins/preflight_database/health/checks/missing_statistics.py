"""missing-statistics: a table that was loaded, and not analysed since."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Table
from preflight_database.health.case import Case, Flaw
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import Facts


def candidates(facts: Facts) -> Iterator[Case]:
    """A table in which there are rows, with few or no statistics."""
    for loaded in facts.loaded:
        table = facts.tables.get(loaded.place)
        if table is not None:
            figures = {"bytes": loaded.bytes, "changed": loaded.changed, "of": loaded.of,
                       "statistics": int(loaded.has_statistics), "hidden": int(loaded.hidden)}  # fmt: skip
            yield facts.case(Table(table.schema, table.name), figures=figures)


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    size = f" ({case.number('bytes') / 1e6:,.1f} MB)" if case.number("bytes") else ""
    word = "ANALYZE TABLE" if engine in ("mysql", "mariadb") else "ANALYZE"
    step = f"{word} {ddl.place(engine, case.table)};"
    if case.number("hidden"):
        grant = f"GRANT SELECT ON {ddl.place(engine, case.table)} TO the user of `url`"
        yield Flaw(case.of_table(), "", grant, "the statistics of tables that we may not read are hidden")
    elif not case.number("statistics"):
        yield Flaw(case.of_table(), f"{case.name}{size} has rows and no statistics", step)
    elif changed := case.number("changed"):
        since = f"{changed:,.0f} rows were changed since its statistics were made, of {case.number('of'):,.0f}"
        yield Flaw(case.of_table(), f"{case.name}{size}: {since}", step)


CHECK = HealthCheck(
    "missing-statistics",
    "every table with rows has statistics",
    "tables without statistics",
    "the planner guesses: queries take nested loops or the wrong index, and minutes for what took milliseconds",
    "blocker",
    candidates,
    flaws,
)
