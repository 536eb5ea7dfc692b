"""PostgreSQL's catalogue, from version 12 on: ten queries whatever the size, joined here.

https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, lru_cache
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
_CARRIED: dict[str, Literal["", "unique", "primary key", "exclude"]] = {
    "": "", "u": "unique", "p": "primary key", "x": "exclude",
}  # fmt: skip
_KINDS: dict[str, Literal["check", "unique", "primary key", "exclude"]] = {
    "c": "check", "u": "unique", "p": "primary key", "x": "exclude",
}  # fmt: skip
_IDENTITY = {"": "", "a": "always", "d": "by default"}
_TYPES: dict[str, Literal["bool", "integer", "real", "enum", "string"]] = {
    "bool": "bool", "integer": "integer", "real": "real", "enum": "enum", "string": "string",
}  # fmt: skip
# pg_index.indoption
_DESC, _NULLS_FIRST = 1, 2
# pg_type.oid: varchar has no operators of its own, but those of text.
_TEXT, _VARCHAR = 25, 1043


def read(session: Session) -> Catalogue:
    number, version, user, path, recovery = session.rows(queries.SERVER)[0]
    sequences = session.rows(queries.SEQUENCES)
    columns = _Columns(session, sequences)
    indexes = _indexes(session, columns, number)
    constraints, foreign_keys = _constraints(session, columns)
    triggers: dict[int, list[Trigger]] = defaultdict(list)
    for table, name, enabled in session.rows(queries.TRIGGERS):
        triggers[table].append(Trigger(name, enabled in ("O", "A")))
    relations = session.rows(queries.TABLES)
    tables = tuple(
        Table(schema, name, tuple(columns.of[oid].values()), tuple(indexes.get(oid, ())),
              tuple(constraints.get(oid, ())), tuple(foreign_keys.get(oid, ())), tuple(triggers.get(oid, ())),
              rows, statistics, kind == "p")
        for oid, schema, name, kind, rows, statistics in relations
    )  # fmt: skip
    places = {oid: (schema, name) for oid, schema, name, *_ in relations}
    found = tuple(
        Sequence(schema, name, type_, last, maximum, step, cycles,
                 (*places[table], columns.of[table][column].name) if table in places else None)
        for schema, name, type_, last, maximum, step, cycles, table, column in sequences
    )  # fmt: skip
    return Catalogue(Server("postgresql", version, user), tuple(path), tables, found, recovery)


def server(session: Session) -> Server:
    version, user = session.rows("select split_part(current_setting('server_version'), ' ', 1), current_user::text")[0]
    return Server("postgresql", version, user)


def settings(session: Session) -> list[Setting]:
    return [
        Setting(name, value or "", unit or "", _TYPES.get(type_, "string"), tuple(choices or ()), pending)
        for name, value, unit, type_, choices, pending in session.rows(queries.SETTINGS)
    ]


class _Columns:
    """Columns, by their table's oid and their number; `kinds` are the oids of their type and collation."""

    def __init__(self, session: Session, sequences: Iterable[Any]) -> None:
        self.of: dict[int, dict[int, Column]] = defaultdict(dict)
        self.kinds: dict[tuple[int, int], tuple[int, int]] = {}
        self.collations = {oid: str(name) for oid, name in session.rows(queries.COLLATIONS)}
        owned: dict[tuple[int, int], str] = {}
        for schema, name, *_, table, number in sequences:
            owned.setdefault((table, number), f"{schema}.{name}")
        for row in session.rows(queries.COLUMNS):
            table, number, name, type_, nullable, default, identity, generated, kind, collation, usual = row
            said = self.collations.get(collation, "") if collation != usual else ""
            plain, made = ("", default) if generated else (default, "")
            sequence = owned.get((table, number), "")
            self.of[table][number] = Column(name, type_, nullable, plain, _IDENTITY[identity], made, sequence, said)
            self.kinds[table, number] = kind, collation

    def names(self, table: int, numbers: Iterable[int] | None) -> tuple[str, ...]:
        columns = self.of[table]
        return tuple([columns[number].name if number in columns else "" for number in numbers or ()])


def _indexes(session: Session, columns: _Columns, version: int) -> dict[int, list[Index]]:
    make = _PartMaker(session, columns.collations).part
    nulls = "i.indnullsnotdistinct" if version >= 150000 else "false"
    found: dict[int, list[Index]] = defaultdict(list)
    to_define: dict[int, tuple[int, int]] = {}
    for row in session.rows(queries.INDEXES.replace("{nulls_not_distinct}", nulls)):
        (oid, table, name, relkind, method, unique, immediate, valid, ready, live, not_distinct, many, keys, options,
         classes, collations, predicate, texts, contype, constraint, parent, size, special) = row  # fmt: skip
        expressions, of, numbers = iter(texts or ()), columns.of[table], _numbers(keys)
        made = [
            make(of[number].name, "", option, opclass, collation, *columns.kinds[table, number])
            if number else make("", next(expressions), option, opclass, collation, 0, 0)
            for number, option, opclass, collation in zip(
                numbers[:many], _numbers(options), _numbers(classes), _numbers(collations), strict=True)
        ]  # fmt: skip
        include = columns.names(table, numbers[many:])
        special = special or predicate or include or not_distinct or method != "btree" or relkind == "I"
        if special or not all(usual for _, usual in made):
            to_define[oid] = table, len(found[table])
        found[table].append(
            Index(name, tuple([part for part, _ in made]), unique, method, include, predicate, not_distinct,
                  not immediate, _CARRIED[contype], constraint, valid, ready, live, True, relkind == "I", parent, "",
                  size)
        )  # fmt: skip
    for oid, definition in session.rows(queries.DEFINITIONS, list(to_define)) if to_define else ():
        table, at = to_define[oid]
        # None for one that has been dropped meanwhile.
        found[table][at] = replace(found[table][at], definition=definition or "")
    return found


class _PartMaker:
    """Most things that the indexes of a large schema sort by are alike: each is made once."""

    def __init__(self, session: Session, collations: dict[int, str]) -> None:
        self._opclasses = {oid: about for oid, *about in session.rows(queries.OPCLASSES)}
        self._collations = collations
        self.part = cache(self._part)

    def _part(
        self, column: str, expression: str, option: int, opclass: int, collation: int, kind: int, own: int
    ) -> tuple[Part, bool]:
        """And whether the column's name and `desc` are all that there is to say of it.

        `kind` and `own` are the column's type and collation. Whose default an operator class is that takes it for
        another type is the server's to say.
        """
        name, default, takes = self._opclasses.get(opclass, ("", True, 0))
        sorts = self._collations.get(collation, "")
        said = sorts if column and collation != own else ""
        descending, nulls_first = bool(option & _DESC), bool(option & _NULLS_FIRST)
        part = Part(column, expression, descending, nulls_first, name, default, said, sorts)
        exact = takes == kind or (takes, kind) == (_TEXT, _VARCHAR)
        return part, bool(column and default and exact and not said and descending == nulls_first)


@lru_cache(maxsize=4096)
def _numbers(vector: str) -> tuple[int, ...]:
    """An int2vector or oidvector, of which a large schema has few different ones."""
    return tuple([int(word) for word in vector.split()])


def _constraints(
    session: Session, columns: _Columns
) -> tuple[dict[int, list[Constraint]], dict[int, list[ForeignKey]]]:
    constraints: dict[int, list[Constraint]] = defaultdict(list)
    foreign_keys: dict[int, list[ForeignKey]] = defaultdict(list)
    for row in session.rows(queries.CONSTRAINTS):
        table, name, contype, keys, other, there, validated, deferrable, update, delete, schema, referenced, text = row
        here = columns.names(table, keys)
        if contype == "f":
            place = schema, referenced, columns.names(other, there)
            actions = _ACTIONS.get(update, ""), _ACTIONS.get(delete, "")
            foreign_keys[table].append(ForeignKey(name, here, *place, *actions, validated, deferrable))
        else:
            constraints[table].append(Constraint(name, _KINDS[contype], here, text, validated, True, deferrable))
    return constraints, foreign_keys
