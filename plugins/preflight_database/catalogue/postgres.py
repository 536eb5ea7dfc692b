"""PostgreSQL's catalogue, from version 12 on: nine queries whatever the size, joined here.

https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal

from preflight_database.catalogue import postgres_queries as queries
from preflight_database.catalogue.model import (
    Catalogue,
    Column,
    Constraint,
    ForeignKey,
    Index,
    Part,
    Sequence,
    Server,
    Setting,
    Table,
    Trigger,
)

if TYPE_CHECKING:
    from preflight_database.session import Session

_ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
_CARRIED: dict[str, Literal["unique", "primary key", "exclude"]] = {"u": "unique", "p": "primary key", "x": "exclude"}
_KINDS: dict[str, Literal["check", "unique", "primary key", "exclude"]] = {"c": "check", **_CARRIED}
_TYPES: dict[str, Literal["bool", "integer", "real", "enum", "string"]] = {
    "bool": "bool", "integer": "integer", "real": "real", "enum": "enum", "string": "string",
}  # fmt: skip
# pg_index.indoption
_DESC, _NULLS_FIRST = 1, 2


def read(session: Session) -> Catalogue:
    number, version, user, path, recovery = session.rows(queries.SERVER)[0]
    columns = _Columns(session)
    indexes = _indexes(session, columns, number)
    constraints, foreign_keys = _constraints(session, columns)
    triggers: dict[int, list[Trigger]] = defaultdict(list)
    for table, name, enabled in session.rows(queries.TRIGGERS):
        triggers[table].append(Trigger(name, enabled in ("O", "A")))
    tables = tuple(
        Table(schema, name, tuple(columns.of[oid].values()), tuple(indexes[oid]), tuple(constraints[oid]),
              tuple(foreign_keys[oid]), tuple(triggers[oid]), rows, statistics, kind == "p")
        for oid, schema, name, kind, rows, statistics in session.rows(queries.TABLES)
    )  # fmt: skip
    sequences = tuple(
        Sequence(schema, name, type_, last, maximum, step, cycles, (owner[0], owner[1], owner[2]) if owner else None)
        for schema, name, type_, last, maximum, step, cycles, owner in session.rows(queries.SEQUENCES)
    )  # fmt: skip
    return Catalogue(Server("postgresql", version, user), tuple(path), tables, sequences, recovery)


def server(session: Session) -> Server:
    version, user = session.rows("select split_part(current_setting('server_version'), ' ', 1), current_user::text")[0]
    return Server("postgresql", version, user)


def settings(session: Session) -> list[Setting]:
    return [
        Setting(name, value or "", unit or "", _TYPES.get(type_, "string"), tuple(choices or ()), pending)
        for name, value, unit, type_, choices, pending in session.rows(queries.SETTINGS)
    ]


class _Columns:
    """Columns by their table's oid and their number, and what is said of their collations."""

    def __init__(self, session: Session) -> None:
        self.of: dict[int, dict[int, Column]] = defaultdict(dict)
        self.collation: dict[tuple[int, int], int] = {}
        self.collations = {oid: str(name) for oid, name in session.rows(queries.COLLATIONS)}
        for row in session.rows(queries.COLUMNS):
            table, number, name, type_, notnull, default, identity, generated, owned, collation, usual = row
            said = self.collations.get(collation, "") if collation != usual else ""
            how = {"a": "always", "d": "by default"}.get(identity, "")
            plain, made = ("", default) if generated else (default, "")
            self.of[table][number] = Column(name, type_, not notnull, plain, how, made, owned, said)
            self.collation[table, number] = collation

    def names(self, table: int, numbers: list[int]) -> tuple[str, ...]:
        return tuple(self.of[table][number].name if number in self.of[table] else "" for number in numbers or ())


def _indexes(session: Session, columns: _Columns, version: int) -> dict[int, list[Index]]:
    opclasses = {oid: (name, default) for oid, name, default in session.rows(queries.OPCLASSES)}
    nulls = "i.indnullsnotdistinct" if version >= 150000 else "false"
    found: dict[int, list[Index]] = defaultdict(list)
    for row in session.rows(queries.INDEXES.replace("{nulls_not_distinct}", nulls)):
        table, keys = row.indrelid, _numbers(row.keys)
        options, classes, collations = _numbers(row.options), _numbers(row.opclasses), _numbers(row.collations)
        expressions = iter(row.expressions or ())
        parts = []
        for at in range(row.indnkeyatts):
            number, collation, option = keys[at], collations[at], options[at]
            own = collation and collation != columns.collation.get((table, number), 0) and number
            name = columns.collations.get(collation, "")
            parts.append(
                Part(
                    columns.of[table][number].name if number else "",
                    "" if number else next(expressions),
                    bool(option & _DESC),
                    bool(option & _NULLS_FIRST),
                    *opclasses.get(classes[at], ("", True)),
                    name if own else "",
                    name,
                )
            )
        found[table].append(_index(row, tuple(parts), columns.names(table, keys[row.indnkeyatts :])))
    return found


def _numbers(vector: str) -> list[int]:
    """An int2vector or oidvector as text, which is several times as fast as an array for the driver."""
    return [int(word) for word in vector.split()]


def _index(row: Any, parts: tuple[Part, ...], include: tuple[str, ...]) -> Index:
    return Index(
        row.relname,
        parts,
        row.indisunique,
        row.amname,
        include,
        row.predicate or "",
        row.nulls_not_distinct,
        not row.indimmediate,
        _CARRIED.get(row.contype or "", ""),
        row.conname or "",
        row.indisvalid,
        row.indisready,
        row.indislive,
        partitioned=row.relkind == "I",
        parent=row.parent or "",
        definition=row.definition,
        bytes=row.bytes,
    )


def _constraints(
    session: Session, columns: _Columns
) -> tuple[dict[int, list[Constraint]], dict[int, list[ForeignKey]]]:
    constraints: dict[int, list[Constraint]] = defaultdict(list)
    foreign_keys: dict[int, list[ForeignKey]] = defaultdict(list)
    for row in session.rows(queries.CONSTRAINTS):
        keys = columns.names(row.conrelid, row.conkey)
        if row.contype == "f":
            there = columns.names(row.confrelid, row.confkey)
            actions = _ACTIONS.get(row.confupdtype, ""), _ACTIONS.get(row.confdeltype, "")
            where = row.schema, row.referenced
            key = ForeignKey(row.conname, keys, *where, there, *actions, row.convalidated, row.condeferrable)
            foreign_keys[row.conrelid].append(key)
        else:
            kind = _KINDS[row.contype]
            made = Constraint(row.conname, kind, keys, row.expression or "", row.convalidated, True, row.condeferrable)
            constraints[row.conrelid].append(made)
    return constraints, foreign_keys
