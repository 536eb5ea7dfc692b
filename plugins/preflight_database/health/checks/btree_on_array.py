"""btree-on-array: a B-tree of arrays, which finds equal arrays and no elements."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine
from preflight_database.catalogue.words import index_words
from preflight_database.health.case import Case, Flaw
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.checks.boolean_index import candidates


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    arrays = {column.name for column in case.table.columns if column.type.endswith("]")}
    for index in case.table.indexes:
        if index.method == "btree" and not index.unique and index.parts[0].column in arrays:
            column = ddl.quoted(engine, index.parts[0].column)
            again = ddl.make(engine, case.table, f"{index.name}_gin"[:63], False, "gin", column, "")
            step = f"{again}; then {ddl.drop(engine, case.table, index)};"
            names = (*case.of_index(index), *case.of_columns((index.parts[0].column,)))
            yield Flaw(names, f"{index_words(index)} on {case.name} is a B-tree of arrays", step)


CHECK = HealthCheck(
    "btree-on-array",
    "indexes of arrays can find an element",
    "B-trees of arrays",
    "queries for an element (@>, &&) read the whole table",
    "warning",
    candidates,
    flaws,
    ("postgresql",),
    "it has no arrays",
)
