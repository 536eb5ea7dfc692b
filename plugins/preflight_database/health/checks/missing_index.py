"""missing-index: a large table that is read from end to end more often than by an index."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.duration import format_duration
from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Table
from preflight_database.health.case import Case, Flaw
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import Facts

LARGE = 8 * 1024 * 1024  # bytes: less is read faster than any index


def candidates(facts: Facts) -> Iterator[Case]:
    """A table that was often read whole; and the whole database, with how long that has been counted."""
    yield Case(Table("", ""), "", figures={"seconds": facts.scans.seconds or 0.0})
    for scans in facts.table_scans:
        table = facts.tables.get(scans.place)
        if table is not None:
            figures = {"sequential": scans.sequential, "rows": scans.rows, "by_index": scans.by_index,
                       "bytes": scans.bytes}  # fmt: skip
            yield facts.case(Table(table.schema, table.name), figures=figures)


def flaws(case: Case, engine: Engine, limits: Limits) -> Iterator[Flaw]:
    if not case.name:
        if case.number("seconds") < limits.statistics_age:
            wanted = format_duration(limits.statistics_age)
            step = f"look again once it has been counted for {wanted} (`statistics_age:`); or except: missing-index"
            why = f"how tables are read has not been counted for {wanted} yet"
            yield Flaw(("tables that were not read yet",), "", step, why)
        return
    sequential, by_index = case.number("sequential"), case.number("by_index")
    if case.number("bytes") < LARGE or sequential <= by_index:
        return
    observed = (
        f"{case.name} ({case.number('bytes') / 1e6:.0f} MB) was read from end to end {sequential:,.0f} times, "
        f"{case.number('rows') / sequential:,.0f} rows each, and {by_index:,.0f} times by an index"
    )
    step = f"find the queries in pg_stat_statements ({ddl.place(engine, case.table)}), and EXPLAIN them"
    yield Flaw(case.of_table(), observed, step)


CHECK = HealthCheck(
    "missing-index",
    "large tables are read by their indexes",
    "large tables that are read from end to end",
    "what takes long now takes several times as long when everybody comes at once",
    "warning",
    candidates,
    flaws,
    ("postgresql",),
    "how a table was read is counted otherwise there",
)
