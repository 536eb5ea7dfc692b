"""The statement that makes the index of an entry, as each engine wants it."""

from __future__ import annotations

import re

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Table, same_name
from preflight_database.index.keys import KeyPart
from preflight_database.index.spec import IndexSpec


def create(engine: Engine, table: Table, spec: IndexSpec, name: str = "") -> str:
    """The index of an entry."""
    name = name or spec.name or _usual_name(table, spec)
    keys = ", ".join(_wanted_key(engine, table, part) for part in spec.columns or ())
    if spec.deferrable:
        constraint = f"{ddl.quoted(engine, name)} UNIQUE ({keys}) DEFERRABLE"
        return f"ALTER TABLE {ddl.place(engine, table)} ADD CONSTRAINT {constraint}"
    tail = f" INCLUDE ({', '.join(_column(engine, table, column) for column in spec.include)})" if spec.include else ""
    tail += " NULLS NOT DISTINCT" if spec.nulls_not_distinct else ""
    tail += f" WHERE {spec.where}" if spec.where else ""
    return ddl.make(engine, table, name, bool(spec.unique), (spec.method or "btree").lower(), keys, tail)


def _wanted_key(engine: Engine, table: Table, part: KeyPart) -> str:
    text = _column(engine, table, part.column) if part.column else f"({part.expression})"
    text += f"({part.prefix})" if part.prefix else ""
    text += f" COLLATE {_collation(engine, part.collation)}" if part.collation else ""
    text += f" {part.opclass}" if part.opclass else ""
    text += " DESC" if part.descending else ""
    return text + (f" NULLS {part.nulls.upper()}" if part.nulls else "")


def _column(engine: Engine, table: Table, name: str) -> str:
    """In the server's own spelling, which quotes would otherwise take away."""
    spelled = (column.name for column in table.columns if same_name(name, column.name, engine))
    return ddl.quoted(engine, next(spelled, name))


def _collation(engine: Engine, name: str) -> str:
    return name if engine == "sqlite" else '"' + name.replace('"', '""') + '"'


def _usual_name(table: Table, spec: IndexSpec) -> str:
    """As PostgreSQL makes one up: with a number, where the name is taken."""
    columns = [part.column or "expr" for part in spec.columns or ()]
    usual = re.sub(r"\W+", "_", "_".join([table.name, *columns, "key" if spec.unique else "idx"]))[:60]
    taken = {index.name.lower() for index in table.indexes}
    numbered = (f"{usual}{number}" for number in range(1, len(taken) + 1))
    return next(name for name in (usual, *numbered) if name.lower() not in taken)
