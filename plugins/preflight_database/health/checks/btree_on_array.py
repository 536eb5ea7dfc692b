"""btree-on-array: a B-tree of arrays, which finds equal arrays and no elements."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Column, Engine
from preflight_database.catalogue.words import index_words
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import Facts


def candidates(facts: Facts) -> Iterator[Case]:
    """An index that begins with an array, with that column."""
    for table in facts.catalogue.tables:
        arrays = {column.name: column for column in table.columns if is_array(column)}
        for index in table.indexes if arrays else ():
            if not index.parent and index.parts[0].column in arrays:
                yield facts.case(part_of(table, columns=(arrays[index.parts[0].column],), indexes=(index,)))


def is_array(column: Column) -> bool:
    return column.type.endswith("]")


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    arrays = {column.name for column in case.table.columns if is_array(column)}
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
