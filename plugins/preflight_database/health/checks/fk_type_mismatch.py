"""fk-type-mismatch: a column of another type than the one that it refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, ForeignKey, Table
from preflight_database.health import foreign
from preflight_database.health.case import Case, Flaw
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import Facts


def candidates(facts: Facts) -> Iterator[Case]:
    """A foreign key with its columns and those that it refers to, in the same database, if not all types are equal."""
    folded = {(schema.lower(), name.lower()): table for (schema, name), table in facts.tables.items()}
    for table in facts.catalogue.tables:
        for key in facts.own_foreign_keys(table):
            other = facts.tables.get((key.schema, key.table)) or folded.get((key.schema.lower(), key.table.lower()))
            if other is None:
                continue
            written = ForeignKey(key.name, key.columns, key.schema, key.table, key.referenced or facts.key(other))
            if len(written.referenced) != len(written.columns):
                continue
            here, there = _types(table), _types(other)
            if [here.get(name.lower()) for name in key.columns] != [there.get(n.lower()) for n in written.referenced]:
                yield facts.case(_cut(table, written, key.columns), other=_cut(other, None, written.referenced))


def _cut(table: Table, key: ForeignKey | None, columns: tuple[str, ...]) -> Table:
    wanted = {name.lower() for name in columns}
    kept = tuple(column for column in table.columns if column.name.lower() in wanted)
    return Table(table.schema, table.name, kept, foreign_keys=() if key is None else (key,))


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    here, there = _types(case.table), _types(case.other or case.table)
    for key in case.table.foreign_keys:
        for column, to in zip(key.columns, key.referenced, strict=True):
            own, others = here.get(column.lower(), ""), there.get(to.lower(), "")
            if not own or not others or _plain(own, engine) == _plain(others, engine):
                continue
            observed = f"{case.name}.{column} is {own}, and {key.table}.{to}, to which it refers, is {others}"
            yield Flaw(
                (*case.of_columns((column,)), *foreign.names(case, key)), observed, _step(case, engine, column, others)
            )


def _types(table: Table) -> dict[str, str]:
    return {column.name.lower(): column.type for column in table.columns}


def _step(case: Case, engine: Engine, column: str, type_: str) -> str:
    table, name = ddl.place(engine, case.table), ddl.quoted(engine, column)
    if engine == "sqlite":
        return f"make {case.name} anew with {column} {type_}: SQLite changes no type"
    if engine == "postgresql":
        return f"ALTER TABLE {table} ALTER COLUMN {name} TYPE {type_}; it writes the table anew in most cases"
    return f"ALTER TABLE {table} MODIFY {name} {type_} ...; with the rest of its definition"


def _plain(type_: str, engine: Engine) -> str:
    if engine == "sqlite":
        return _affinity(type_)
    # The width that MySQL shows an integer with is no part of what it can hold.
    return re.sub(r"(int)\(\d+\)", r"\1", type_.lower())


def _affinity(type_: str) -> str:
    """https://www.sqlite.org/datatype3.html, 3.1"""
    word = type_.upper()
    for affinity, signs in (("integer", ("INT",)), ("text", ("CHAR", "CLOB", "TEXT")), ("blob", ("BLOB",)),
                            ("real", ("REAL", "FLOA", "DOUB"))):  # fmt: skip
        if any(sign in word for sign in signs):
            return affinity
    return "numeric" if word else "blob"


CHECK = HealthCheck(
    "fk-type-mismatch",
    "every foreign key has the types of what it refers to",
    "foreign keys of another type than what they refer to",
    "numbers or texts that the one can hold do not fit into the other, and each comparison converts",
    "warning",
    candidates,
    flaws,
)
