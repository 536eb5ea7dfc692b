"""index-needless-where: a partial index whose predicate every row satisfies."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl, sql
from preflight_database.catalogue.model import Engine
from preflight_database.catalogue.words import index_words
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.cover import conjuncts
from preflight_database.health.facts.base import Facts


def candidates(facts: Facts) -> Iterator[Case]:
    """A partial index, with the columns that are never NULL."""
    for table in facts.catalogue.tables:
        columns = tuple(column for column in table.columns if not column.nullable)
        for index in table.indexes:
            if index.where and not index.parent:
                cut = part_of(table, columns=columns, indexes=(index,))
                yield facts.case(cut)


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    any_case = engine != "postgresql"
    never = {name.lower() if any_case else name for name in (column.name for column in case.table.columns)}
    for index in case.table.indexes:
        needless = [
            sql.name(one[0])
            for one in conjuncts(index.where, engine)
            if one[1:] == ("is", "not", "null") and sql.name(one[0]) in never
        ]
        if needless:
            observed = f"{index_words(index)} on {case.name}: {' and '.join(needless)} is never NULL anyway"
            step = f"make it without that condition, under another name; then {ddl.drop(engine, case.table, index)};"
            yield Flaw(case.of_index(index), observed, step)


CHECK = HealthCheck(
    "index-needless-where",
    "the predicate of every partial index leaves rows out",
    "partial indexes of all rows",
    "a query that does not say IS NOT NULL may not use it, though it has every row",
    "warning",
    candidates,
    flaws,
    ("postgresql", "sqlite"),
    "it has no partial indexes",
)
