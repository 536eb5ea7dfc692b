"""fk-without-index: a foreign key whose rows can only be found by reading the whole table."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, ForeignKey, Index, Table
from preflight_database.catalogue.words import index_words
from preflight_database.health import foreign
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.cover import covers
from preflight_database.health.facts.base import Facts


def candidates(facts: Facts) -> Iterator[Case]:
    """A foreign key that no index covers, with those that have one of its columns; if partitioned, with where."""
    engine = facts.catalogue.server.engine
    for table in facts.catalogue.tables:
        for key in facts.own_foreign_keys(table):
            if _covered(table, key, engine):
                continue
            leaves = facts.partitions((table.schema, table.name)) if table.partitioned else []
            own = _near(table, key)
            if leaves:
                without = [leaf for leaf in leaves if not _covered(leaf, key, engine)]
                if not without:
                    continue
                named = ", ".join(leaf.name for leaf in without[:10]) + (", ..." if len(without) > 10 else "")
                figures = {"partitions": len(leaves), "without": len(without), "named": named}
                yield facts.case(_cut(table, key, own), figures=figures)
            else:
                yield facts.case(_cut(table, key, own))


def _covered(table: Table, key: ForeignKey, engine: Engine) -> bool:
    return any(covers(index, key.columns, engine) for index in table.indexes)


def _near(table: Table, key: ForeignKey) -> tuple[Index, ...]:
    columns = {column.lower() for column in key.columns}
    return tuple(i for i in table.indexes if any(part.column.lower() in columns for part in i.parts))


def _cut(table: Table, key: ForeignKey, indexes: tuple[Index, ...]) -> Table:
    return part_of(table, indexes=indexes, foreign_keys=(key,))


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    for key in case.table.foreign_keys:
        if _covered(case.table, key, engine):
            continue
        near = [index_words(index) for index in case.table.indexes]
        observed = f"{case.name}: no index finds the rows of {foreign.words(key)}"
        if case.figures:
            where = f"{case.text('without')} of {case.text('partitions')} partitions: {case.text('named')}"
            observed += f" in {where}"
        elif near:
            observed += f"; {' and '.join(near[:3])} {'do' if len(near) > 1 else 'does'} not"
        columns = ", ".join(ddl.quoted(engine, column) for column in key.columns)
        name = "_".join((case.table.name, *key.columns, "idx"))[:60]
        step = ddl.make(engine, case.table, name, False, "btree", columns, "")
        yield Flaw((*case.of_columns(key.columns), *foreign.names(case, key)), observed, f"{step};")


CHECK = HealthCheck(
    "fk-without-index",
    "every foreign key has an index",
    "foreign keys without an index",
    "to delete or renumber one row of the table referred to reads all of this one, and locks for as long",
    "warning",
    candidates,
    flaws,
)
