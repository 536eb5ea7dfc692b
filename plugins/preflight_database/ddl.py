"""The statements that drop, repair and bring back an index, as each engine wants them."""

from __future__ import annotations

import re

from preflight_database import sql
from preflight_database.catalogue.model import Engine, Index, Part, Table


def bring_back(engine: Engine, table: Table, index: Index) -> str:
    """An index as it was."""
    if index.definition:
        # CONCURRENTLY is no part of a definition, and not to be had for a partitioned table.
        concurrently = r"\1 CONCURRENTLY" if engine == "postgresql" and not index.partitioned else r"\1"
        return re.sub(r"^(CREATE (?:UNIQUE )?INDEX)", concurrently, index.definition, count=1)
    keys = ", ".join(_key(engine, part) for part in index.parts)
    return make(engine, table, index.name, index.unique, index.method, keys, "")


def drop(engine: Engine, table: Table, index: Index) -> str:
    if engine in ("mysql", "mariadb"):
        return f"ALTER TABLE {place(engine, table)} DROP INDEX {quoted(engine, index.name)}"
    if index.constraint:
        name = quoted(engine, index.constraint_name or index.name)
        return f"ALTER TABLE {place(engine, table)} DROP CONSTRAINT {name}"
    if engine == "sqlite":
        return f"DROP INDEX {quoted(engine, index.name)}"
    concurrently = "" if index.partitioned else " CONCURRENTLY"
    return f"DROP INDEX{concurrently} {quoted(engine, table.schema)}.{quoted(engine, index.name)}"


def reindex(engine: Engine, table: Table, index: Index) -> str:
    return f"REINDEX INDEX CONCURRENTLY {quoted(engine, table.schema)}.{quoted(engine, index.name)}"


def show(engine: Engine, table: Table, index: Index) -> str:
    """Let the planner see an index again."""
    word = "NOT IGNORED" if engine == "mariadb" else "VISIBLE"
    return f"ALTER TABLE {place(engine, table)} ALTER INDEX {quoted(engine, index.name)} {word}"


def place(engine: Engine, table: Table) -> str:
    name = quoted(engine, table.name)
    return f"{quoted(engine, table.schema)}.{name}" if engine == "postgresql" and table.schema != "public" else name


def make(engine: Engine, table: Table, name: str, unique: bool, method: str, keys: str, tail: str) -> str:
    if engine in ("mysql", "mariadb"):
        kind = f"{method.upper()} " if method in ("fulltext", "spatial") else "UNIQUE " if unique else ""
        using = " USING HASH" if method == "hash" else ""
        return f"ALTER TABLE {place(engine, table)} ADD {kind}INDEX {quoted(engine, name)} ({keys}){using}"
    concurrently = " CONCURRENTLY" if engine == "postgresql" and not table.partitioned else ""
    using = "" if method == "btree" else f" USING {method}"
    what = f"CREATE {'UNIQUE ' if unique else ''}INDEX{concurrently} {quoted(engine, name)}"
    return f"{what} ON {place(engine, table)}{using} ({keys}){tail}"


def quoted(engine: Engine, name: str) -> str:
    return sql.quoted(name, "`" if engine in ("mysql", "mariadb") else '"')


def _key(engine: Engine, part: Part) -> str:
    text = quoted(engine, part.column) if part.column else f"({part.expression})"
    return text + (f"({part.prefix})" if part.prefix else "") + (" DESC" if part.descending else "")
