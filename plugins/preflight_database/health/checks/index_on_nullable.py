"""index-on-nullable: an index that is mostly NULLs."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine
from preflight_database.catalogue.words import index_words
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import Facts

LEAST = 1024 * 1024  # bytes of an index that are worth a thought


def candidates(facts: Facts) -> Iterator[Case]:
    """An index of some size that begins with a column that may be NULL; the percentage of NULLs, if it is known."""
    for place, table in facts.tables.items():
        nullable = {column.name for column in table.columns if column.nullable}
        for index in table.indexes:
            column = index.parts[0].column
            if index.parent or index.where or index.unique or column not in nullable or index.method != "btree":
                continue
            if index.partitioned or (index.bytes or 0) >= LEAST:
                cut = part_of(table, indexes=(index,))
                share = facts.null_shares.get((*place, column), 0.0)
                yield facts.case(cut, figures={"nulls": share * 100} if table.has_statistics else {})


def flaws(case: Case, engine: Engine, limits: Limits) -> Iterator[Flaw]:
    for index in case.table.indexes:
        names = (*case.of_index(index), *case.of_columns((index.parts[0].column,)))
        if not case.figures:
            step = f"ANALYZE {ddl.place(engine, case.table)}; or GRANT SELECT ON it, if we may not see its statistics"
            yield Flaw(names, "", step, "tables have no statistics that we may see")
        elif case.number("nulls") >= limits.nulls:
            column = ddl.quoted(engine, index.parts[0].column)
            observed = f"{index_words(index)} on {case.name}: {case.number('nulls'):.0f} % of it are NULLs"
            step = (
                f"unless queries ask for NULLs: {ddl.bring_back(engine, case.table, index)} WHERE {column} IS NOT "
                f"NULL, under another name; then {ddl.drop(engine, case.table, index)};"
            )
            yield Flaw(names, observed, step)


CHECK = HealthCheck(
    "index-on-nullable",
    "no index holds mostly NULLs",
    "indexes of NULLs",
    "it is several times as large as one of the other rows, and every load writes the NULLs into it",
    "warning",
    candidates,
    flaws,
    ("postgresql",),
    "the share of NULLs is not known there",
)
