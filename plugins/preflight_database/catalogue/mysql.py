"""MySQL's and MariaDB's catalogue: `information_schema`, seven queries whatever the size.

https://dev.mysql.com/doc/refman/8.0/en/information-schema.html, https://mariadb.com/kb/en/information-schema-tables/
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Literal

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

_SERVER = "select version(), substring_index(current_user(), '@', 1), database()"
_TABLES = """select table_name, table_rows from information_schema.tables
    where table_schema = database() and table_type in ('BASE TABLE', 'SYSTEM VERSIONED')"""
_COLUMNS = """select table_name, column_name, column_type, is_nullable, coalesce(column_default, ''), extra,
    coalesce(generation_expression, ''), coalesce(collation_name, '')
    from information_schema.columns where table_schema = database() order by table_name, ordinal_position"""
_INDEXES = """select table_name, index_name, non_unique, index_type, coalesce(column_name, ''), coalesce(collation, ''),
    coalesce(sub_part, 0), {special} from information_schema.statistics
    where table_schema = database() order by table_name, index_name, seq_in_index"""
# Which of the two, and since when: 8.0.13 has functional key parts, 10.6 ignored indexes.
_SPECIAL = {"mysql": "is_visible, coalesce(expression, '')", "mariadb": "if(ignored = 'YES', 'NO', 'YES'), ''"}
_FOREIGN_KEYS = """select k.table_name, k.constraint_name, k.column_name, k.referenced_table_schema,
    k.referenced_table_name, k.referenced_column_name, lower(r.update_rule), lower(r.delete_rule)
    from information_schema.key_column_usage k join information_schema.referential_constraints r
      on r.constraint_schema = k.constraint_schema and r.constraint_name = k.constraint_name
      and r.table_name = k.table_name
    where k.table_schema = database() and k.referenced_table_name is not null
    order by k.table_name, k.constraint_name, k.ordinal_position"""
_CHECKS = {
    "mysql": """select t.table_name, c.constraint_name, c.check_clause, t.enforced
        from information_schema.check_constraints c join information_schema.table_constraints t
          on t.constraint_schema = c.constraint_schema and t.constraint_name = c.constraint_name
        where c.constraint_schema = database() and t.constraint_type = 'CHECK'""",
    "mariadb": """select table_name, constraint_name, check_clause, 'YES'
        from information_schema.check_constraints where constraint_schema = database()""",
}
_TRIGGERS = """select event_object_table, trigger_name from information_schema.triggers
    where trigger_schema = database()"""
_SWITCHES = frozenset({"on", "off"})


def _engine(version: str) -> Engine:
    return "mariadb" if "mariadb" in version.lower() else "mysql"


def read(session: Session) -> Catalogue:
    version, user, schema = session.rows(_SERVER)[0]
    which = _engine(version)
    columns: dict[str, list[Column]] = defaultdict(list)
    for table, name, type_, nullable, default, extra, generated, collation in session.rows(_COLUMNS):
        identity = "auto_increment" if "auto_increment" in extra.lower() else ""
        # MariaDB writes out that there is no default.
        default = "" if default == "NULL" else default
        columns[table].append(Column(name, type_, nullable == "YES", default, identity, generated, collation=collation))
    indexes, constraints = _indexes(session, which)
    for table, name, clause, enforced in session.rows(_CHECKS[which]):
        constraints[table].append(Constraint(name, "check", expression=clause, enforced=enforced == "YES"))
    foreign_keys = _foreign_keys(session)
    triggers: dict[str, list[Trigger]] = defaultdict(list)
    for table, name in session.rows(_TRIGGERS):
        triggers[table].append(Trigger(name))
    tables = tuple(
        Table(schema, name, tuple(columns[name]), tuple(indexes[name]), tuple(constraints[name]),
              foreign_keys.get(name, ()), tuple(triggers[name]), None if rows is None else int(rows))
        for name, rows in session.rows(_TABLES)
    )  # fmt: skip
    return Catalogue(Server(which, version, user), (schema,), tables)


def server(session: Session) -> Server:
    version, user, _ = session.rows(_SERVER)[0]
    return Server(_engine(version), version, user)


def settings(session: Session) -> list[Setting]:
    return [_setting(name, value) for name, value in session.rows("show global variables")]


def _setting(name: str, value: str) -> Setting:
    if value.lower() in _SWITCHES:
        return Setting(name, value, type="bool")
    # Sizes are in bytes, though nothing says which of the numbers are sizes.
    number = re.fullmatch(r"-?\d+(\.\d+)?", value)
    return Setting(name, value, "B", "integer") if number else Setting(name, value)


def _indexes(session: Session, which: Engine) -> tuple[dict[str, list[Index]], dict[str, list[Constraint]]]:
    parts: dict[tuple[str, str], list[Part]] = defaultdict(list)
    about: dict[tuple[str, str], tuple[bool, str, bool]] = {}
    for row in session.rows(_INDEXES.format(special=_SPECIAL[which])):
        table, name, non_unique, method, column, collation, prefix, visible, expression = row
        about[table, name] = not int(non_unique), method.lower(), visible == "YES"
        descending = collation == "D"
        # NULLs are the smallest value: Reference Manual 5.3.4.6, "Working with NULL Values".
        part = Part(column, _unescaped(expression), descending, not descending, prefix=int(prefix))
        parts[table, name].append(part)
    indexes: dict[str, list[Index]] = defaultdict(list)
    constraints: dict[str, list[Constraint]] = defaultdict(list)
    for (table, name), (unique, method, visible) in about.items():
        keys = tuple(parts[table, name])
        kind: Literal["", "primary key", "unique"] = "primary key" if name == "PRIMARY" else "unique" if unique else ""
        indexes[table].append(Index(name, keys, unique, method, constraint=kind, visible=visible))
        if kind:
            constraints[table].append(Constraint(name, kind, tuple(part.column for part in keys)))
    return indexes, constraints


def _unescaped(expression: str) -> str:
    """MySQL gives quotes of a functional key part with backslashes."""
    return expression.replace("\\'", "'")


def _foreign_keys(session: Session) -> dict[str, tuple[ForeignKey, ...]]:
    gathered: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    about: dict[tuple[str, str], tuple[str, str, str, str]] = {}
    for table, name, here, schema, referenced, there, on_update, on_delete in session.rows(_FOREIGN_KEYS):
        about[table, name] = schema, referenced, on_update, on_delete
        gathered[table, name].append((here, there))
    found: dict[str, tuple[ForeignKey, ...]] = defaultdict(tuple)
    for (table, name), (schema, referenced, on_update, on_delete) in about.items():
        here, there = zip(*gathered[table, name], strict=True)
        found[table] = (*found[table], ForeignKey(name, here, schema, referenced, there, on_update, on_delete))
    return found
