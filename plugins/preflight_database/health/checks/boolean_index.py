"""boolean-index: an index of two values."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Column, Engine
from preflight_database.catalogue.words import index_words
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import Facts

# MySQL's BOOLEAN is a tinyint(1); bit(1) has two values as well.
_TYPES = {"boolean", "bool", "tinyint(1)", "bit(1)"}


def candidates(facts: Facts) -> Iterator[Case]:
    """An index of one boolean column, with that column."""
    for table in facts.catalogue.tables:
        booleans = {column.name: column for column in table.columns if is_boolean(column)}
        for index in table.indexes if booleans else ():
            if len(index.parts) == 1 and not index.parent and index.parts[0].column in booleans:
                yield facts.case(part_of(table, columns=(booleans[index.parts[0].column],), indexes=(index,)))


def is_boolean(column: Column) -> bool:
    return column.type.lower() in _TYPES


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    """A partial one may be of few rows; a unique one keeps something."""
    boolean = {column.name for column in case.table.columns if is_boolean(column)}
    for index in case.table.indexes:
        if index.unique or index.where or index.include or index.parts[0].column not in boolean:
            continue
        column = ddl.quoted(engine, index.parts[0].column)
        step = f"{ddl.drop(engine, case.table, index)};"
        if engine in ("postgresql", "sqlite"):
            step += f" where queries ask for the rarer value, make a partial one: ... (id) WHERE {column}"
        observed = f"{index_words(index)} on {case.name} tells two values apart"
        yield Flaw((*case.of_index(index), *case.of_columns((index.parts[0].column,))), observed, step)


CHECK = HealthCheck(
    "boolean-index",
    "no index is of a boolean column alone",
    "indexes of booleans",
    "to find half of the rows by an index is slower than to read them all: it is seldom used, and every write pays for "
    "it",
    "warning",
    candidates,
    flaws,
)
