"""The statements that make, drop, repair and bring back an index, as each engine wants them."""

from __future__ import annotations

import re

from preflight_database.catalogue import Engine, Index, Part, Table
from preflight_database.keys import KeyPart
from preflight_database.match import same_name
from preflight_database.spec import IndexSpec
from preflight_database.sql import quoted


def create(engine: Engine, table: Table, spec: IndexSpec, name: str = "") -> str:
    """The index of an entry."""
    name = name or spec.name or _usual_name(table, spec)
    keys = ", ".join(_wanted_key(engine, table, part) for part in spec.columns or ())
    if spec.deferrable:
        return f"ALTER TABLE {place(engine, table)} ADD CONSTRAINT {_q(engine, name)} UNIQUE ({keys}) DEFERRABLE"
    tail = f" INCLUDE ({', '.join(_column(engine, table, column) for column in spec.include)})" if spec.include else ""
    tail += " NULLS NOT DISTINCT" if spec.nulls_not_distinct else ""
    tail += f" WHERE {spec.where}" if spec.where else ""
    return _create(engine, table, name, bool(spec.unique), (spec.method or "btree").lower(), keys, tail)


def bring_back(engine: Engine, table: Table, index: Index) -> str:
    """An index as it was."""
    if index.definition:
        # CONCURRENTLY is no part of a definition, and not to be had for a partitioned table.
        concurrently = r"\1 CONCURRENTLY" if engine == "postgresql" and not index.partitioned else r"\1"
        return re.sub(r"^(CREATE (?:UNIQUE )?INDEX)", concurrently, index.definition, count=1)
    keys = ", ".join(_key(engine, part) for part in index.parts)
    return _create(engine, table, index.name, index.unique, index.method, keys, "")


def drop(engine: Engine, table: Table, index: Index) -> str:
    if engine in ("mysql", "mariadb"):
        return f"ALTER TABLE {place(engine, table)} DROP INDEX {_q(engine, index.name)}"
    if index.constraint:
        name = _q(engine, index.constraint_name or index.name)
        return f"ALTER TABLE {place(engine, table)} DROP CONSTRAINT {name}"
    if engine == "sqlite":
        return f"DROP INDEX {_q(engine, index.name)}"
    concurrently = "" if index.partitioned else " CONCURRENTLY"
    return f"DROP INDEX{concurrently} {_q(engine, table.schema)}.{_q(engine, index.name)}"


def reindex(engine: Engine, table: Table, index: Index) -> str:
    return f"REINDEX INDEX CONCURRENTLY {_q(engine, table.schema)}.{_q(engine, index.name)}"


def show(engine: Engine, table: Table, index: Index) -> str:
    """Let the planner see an index again."""
    word = "NOT IGNORED" if engine == "mariadb" else "VISIBLE"
    return f"ALTER TABLE {place(engine, table)} ALTER INDEX {_q(engine, index.name)} {word}"


def place(engine: Engine, table: Table) -> str:
    name = _q(engine, table.name)
    return f"{_q(engine, table.schema)}.{name}" if engine == "postgresql" and table.schema != "public" else name


def _create(engine: Engine, table: Table, name: str, unique: bool, method: str, keys: str, tail: str) -> str:
    if engine in ("mysql", "mariadb"):
        kind = f"{method.upper()} " if method in ("fulltext", "spatial") else "UNIQUE " if unique else ""
        using = " USING HASH" if method == "hash" else ""
        return f"ALTER TABLE {place(engine, table)} ADD {kind}INDEX {_q(engine, name)} ({keys}){using}"
    concurrently = " CONCURRENTLY" if engine == "postgresql" and not table.partitioned else ""
    using = "" if method == "btree" else f" USING {method}"
    what = f"CREATE {'UNIQUE ' if unique else ''}INDEX{concurrently} {_q(engine, name)}"
    return f"{what} ON {place(engine, table)}{using} ({keys}){tail}"


def _column(engine: Engine, table: Table, name: str) -> str:
    """In the server's own spelling, which quotes would otherwise take away."""
    spelled = (column.name for column in table.columns if same_name(name, column.name, engine))
    return _q(engine, next(spelled, name))


def _wanted_key(engine: Engine, table: Table, part: KeyPart) -> str:
    text = _column(engine, table, part.column) if part.column else f"({part.expression})"
    text += f"({part.prefix})" if part.prefix else ""
    text += f" COLLATE {_collation(engine, part.collation)}" if part.collation else ""
    text += f" {part.opclass}" if part.opclass else ""
    text += " DESC" if part.descending else ""
    return text + (f" NULLS {part.nulls.upper()}" if part.nulls else "")


def _key(engine: Engine, part: Part) -> str:
    text = _q(engine, part.column) if part.column else f"({part.expression})"
    return text + (f"({part.prefix})" if part.prefix else "") + (" DESC" if part.descending else "")


def _collation(engine: Engine, name: str) -> str:
    return name if engine == "sqlite" else '"' + name.replace('"', '""') + '"'


def _usual_name(table: Table, spec: IndexSpec) -> str:
    """As PostgreSQL makes one up: with a number, where the name is taken."""
    columns = [part.column or "expr" for part in spec.columns or ()]
    usual = re.sub(r"\W+", "_", "_".join([table.name, *columns, "key" if spec.unique else "idx"]))[:60]
    taken = {index.name.lower() for index in table.indexes}
    numbered = (f"{usual}{number}" for number in range(1, len(taken) + 1))
    return next(name for name in (usual, *numbered) if name.lower() not in taken)


def _q(engine: Engine, name: str) -> str:
    return quoted(name, "`" if engine in ("mysql", "mariadb") else '"')
