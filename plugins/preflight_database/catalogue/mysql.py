"""MySQL's and MariaDB's catalogue: three queries, and one for as many tables as the server keeps open.

MariaDB has a table open to tell its indexes, and again to tell its constraints, and so on. Five times 10,000 tables
are 50,000 that it opens, unless it is asked for all that is of some tables before the next, while they are open.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from preflight_database.catalogue import mysql_queries as queries
from preflight_database.catalogue.model import (
    Catalogue,
    Column,
    Constraint,
    Engine,
    ForeignKey,
    Index,
    Part,
    Server,
    Setting,
    Table,
    Trigger,
)

if TYPE_CHECKING:
    from preflight_database.session import Session

# More tables than that are too many for one answer, fewer than that are not worth another question.
_MOST_AT_ONCE, _FEWEST_AT_ONCE = 20_000, 500
_SWITCHES = frozenset({"on", "off"})


def _engine(version: str) -> Engine:
    return "mariadb" if "mariadb" in version.lower() else "mysql"


def read(session: Session) -> Catalogue:
    version, user, schema, cache = session.rows(queries.SERVER)[0]
    engine = _engine(version)
    names = [name for (name,) in session.rows(queries.NAMES)]
    triggers: dict[str, list[Trigger]] = defaultdict(list)
    for table, name in session.rows(queries.TRIGGERS):
        triggers[table].append(Trigger(name))
    # MySQL has a catalogue that it need not open tables for.
    at_once = max(_FEWEST_AT_ONCE, min(_MOST_AT_ONCE, cache * 3 // 4)) if engine == "mariadb" else _MOST_AT_ONCE
    tables: list[Table] = []
    for first in range(0, len(names), at_once):
        some = names[first : first + at_once]
        rows = session.rows(queries.tables(engine), *(some[0], some[-1]) * queries.PARTS)
        parts = {(what, table): array for what, table, array in rows}
        tables += (_table(schema, name, parts, triggers) for name in some if ("rows", name) in parts)
    return Catalogue(Server(engine, version, user), (schema,), tuple(tables))


def server(session: Session) -> Server:
    version, user, *_ = session.rows(queries.SERVER)[0]
    return Server(_engine(version), version, user)


def settings(session: Session) -> list[Setting]:
    return [_setting(name, value) for name, value in session.rows(queries.SETTINGS)]


def _setting(name: str, value: str) -> Setting:
    if value.lower() in _SWITCHES:
        return Setting(name, value, type="bool")
    # Sizes are in bytes, though nothing says which of the numbers are sizes.
    number = re.fullmatch(r"-?\d+(\.\d+)?", value)
    return Setting(name, value, "B", "integer") if number else Setting(name, value)


def _table(schema: str, name: str, parts: dict[tuple[str, str], str], triggers: dict[str, list[Trigger]]) -> Table:
    """`parts`: what of which table, to a JSON array."""

    def of(what: str) -> list[Any]:
        array = parts.get((what, name))
        return json.loads(array) if array else []

    indexes = _indexes(of("index"))
    unique = [Constraint(index.name, index.constraint, tuple([part.column for part in index.parts]))
              for index in indexes if index.constraint]  # fmt: skip
    checks = [Constraint(check, "check", expression=clause, enforced=enforced == "YES")
              for check, clause, enforced in sorted(of("check"))]  # fmt: skip
    (rows,) = of("rows")
    return Table(
        schema, name, _columns(of("column")), indexes, (*unique, *checks), _foreign_keys(of("key"), of("action")),
        tuple(triggers.get(name, ())), None if rows is None else int(rows),
    )  # fmt: skip


def _columns(rows: list[Any]) -> tuple[Column, ...]:
    found = []
    for _, name, type_, nullable, default, extra, generated, collation in sorted(rows):
        identity = "auto_increment" if "auto_increment" in extra.lower() else ""
        # MariaDB writes out that there is no default.
        default = "" if default == "NULL" else default
        found.append(Column(name, type_, nullable == "YES", default, identity, generated, "", collation))
    return tuple(found)


def _indexes(rows: list[Any]) -> tuple[Index, ...]:
    found = []
    for name, group in groupby(sorted(rows), key=itemgetter(0)):
        keys = list(group)
        _, _, non_unique, method, *_, visible, _ = keys[0]
        parts = tuple([
            _part(column, expression, collation == "D", prefix)
            for _, _, _, _, column, collation, prefix, _, expression in keys
        ])  # fmt: skip
        kind: Literal["", "primary key", "unique"] = (
            "primary key" if name == "PRIMARY" else "" if non_unique else "unique"
        )
        found.append(Index(name, parts, not non_unique, method, constraint=kind, visible=visible == "YES"))
    return tuple(found)


@lru_cache(maxsize=4096)
def _part(column: str, expression: str, descending: bool, prefix: int) -> Part:
    # MySQL gives quotes of a functional key part with backslashes.
    text = expression.replace("\\'", "'")
    # NULLs are the smallest value: Reference Manual 5.3.4.6, "Working with NULL Values".
    return Part(column, text, descending, not descending, prefix=prefix)


def _foreign_keys(rows: list[Any], actions: list[Any]) -> tuple[ForeignKey, ...]:
    rules = {name: (update, delete) for name, update, delete in actions}
    found = []
    for name, group in groupby(sorted(rows), key=itemgetter(0)):
        _, _, here, schemas, others, there = zip(*group, strict=True)
        found.append(ForeignKey(name, here, schemas[0], others[0], there, *rules[name]))
    return tuple(found)
