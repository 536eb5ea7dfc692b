"""SQLite's catalogue: `sqlite_master` and the table-valued pragma functions, at most seven queries whatever the size.

https://www.sqlite.org/pragma.html#pragfunc
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Literal

from preflight_database import sql
from preflight_database.catalogue.model import (
    Catalogue,
    Column,
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

# Those that the file has. All others are of each connection, so that ours says nothing of the application's.
SETTINGS: dict[str, Literal["integer", "enum"]] = {
    "application_id": "integer",
    "auto_vacuum": "integer",
    "encoding": "enum",
    "journal_mode": "enum",
    "page_size": "integer",
    "user_version": "integer",
}
SCHEMA = "main"
_CARRIED: dict[str, Literal["", "primary key", "unique"]] = {"c": "", "pk": "primary key", "u": "unique"}
_EXPRESSION = -2  # in place of a column's number

_MASTER = "select type, name, tbl_name, coalesce(sql, '') from sqlite_master"
_COLUMNS = """
    select m.name, c.name, c.type, c."notnull", coalesce(c.dflt_value, ''), c.pk, c.hidden
    from sqlite_master m, pragma_table_xinfo(m.name) c where m.type = 'table' order by m.name, c.cid"""
_INDEXES = """
    select m.name, l.name, l."unique", l.origin, l.partial, x.cid, coalesce(x.name, ''), x."desc", coalesce(x.coll, '')
    from sqlite_master m, pragma_index_list(m.name) l, pragma_index_xinfo(l.name) x
    where m.type = 'table' and x.key order by m.name, l.seq, x.seqno"""
_FOREIGN_KEYS = """
    select m.name, f.id, f."table", f."from", coalesce(f."to", ''), lower(f.on_update), lower(f.on_delete)
    from sqlite_master m, pragma_foreign_key_list(m.name) f where m.type = 'table' order by m.name, f.id, f.seq"""


def read(session: Session) -> Catalogue:
    master = session.rows(_MASTER)
    written = {name: text for type_, name, _, text in master if type_ == "index"}
    present = {name for _, name, _, _ in master}
    columns: dict[str, list[Column]] = defaultdict(list)
    for table, name, type_, notnull, default, pk, hidden in session.rows(_COLUMNS):
        # Of a key, only INTEGER PRIMARY KEY is never NULL without saying so.
        rowid = pk == 1 and type_.upper() == "INTEGER"
        generated = "generated" if hidden in (2, 3) else ""
        columns[table].append(Column(name, type_, not (notnull or rowid), default, generated=generated))
    indexes = _indexes(session, written)
    foreign_keys = _foreign_keys(session)
    triggers: dict[str, list[Trigger]] = defaultdict(list)
    for type_, name, table, _ in master:
        if type_ == "trigger":
            triggers[table].append(Trigger(name))
    # What ANALYZE found: the first word of `stat` is the number of rows.
    stat = session.rows("select tbl, max(cast(stat as integer)) from sqlite_stat1 group by tbl") if (
        "sqlite_stat1" in present) else []  # fmt: skip
    rows = {table: int(number) for table, number in stat if number is not None}
    tables = tuple(
        Table(SCHEMA, name, tuple(columns[name]), tuple(indexes.get(name, ())), foreign_keys=foreign_keys.get(name, ()),
              triggers=tuple(triggers[name]), rows=rows.get(name), has_statistics=name in rows)
        for type_, name, _, _ in master if type_ == "table" and not name.startswith("sqlite_")
    )  # fmt: skip
    used = session.rows("select name, seq from sqlite_sequence") if "sqlite_sequence" in present else []
    sequences = tuple(Sequence(SCHEMA, name, "bigint", int(last), 2**63 - 1) for name, last in used)
    return Catalogue(server(session), (SCHEMA,), tables, sequences)


def server(session: Session) -> Server:
    return Server("sqlite", str(session.rows("select sqlite_version()")[0][0]))


def settings(session: Session) -> list[Setting]:
    return [Setting(name, str(session.rows(f"pragma {name}")[0][0]), "B" if name == "page_size" else "", type_)
            for name, type_ in SETTINGS.items()]  # fmt: skip


def _indexes(session: Session, written: dict[str, str]) -> dict[str, list[Index]]:
    found: dict[str, list[Index]] = defaultdict(list)
    for (table, name), group in groupby(session.rows(_INDEXES), key=itemgetter(0, 1)):
        rows = list(group)
        _, _, unique, origin, partial, *_ = rows[0]
        text = written.get(name, "")
        # Most are columns and no more, and need not be taken apart.
        plain = not partial and all(row[5] != _EXPRESSION for row in rows) and "collate" not in text.lower()
        keys, where = ([], "") if plain else _keys_and_predicate(text)
        made = tuple([_part(cid, column, bool(desc), coll, keys[number] if number < len(keys) else "")
                      for number, (*_, cid, column, desc, coll) in enumerate(rows)])  # fmt: skip
        carried = _CARRIED[origin]
        found[table].append(Index(name, made, bool(unique), where=where, constraint=carried, definition=text))
    return found


def _keys_and_predicate(text: str) -> tuple[list[str], str]:
    """What stands in the brackets of a CREATE INDEX, and behind its WHERE: no pragma says either."""
    start = _ON.search(text)
    if start is None:
        return [], ""
    inside, rest = _bracketed(text[start.end() - 1 :])
    where = _WHERE.match(rest)
    return sql.split(inside), where[1].strip().rstrip(";") if where else ""


def _bracketed(text: str) -> tuple[str, str]:
    """From `(a, (b)) rest`: `a, (b)` and ` rest`."""
    depth = 0
    for token, at in sql.places(text):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0:
            return text[1:at], text[at + 1 :]
    return text[1:], ""


_ON = re.compile(r"\bon\s+(\"(?:[^\"]|\"\")*\"|\[[^\]]*\]|`[^`]*`|\w+)\s*\(", re.I)
_WHERE = re.compile(r"\s*where\s+(.*)", re.I | re.S)
_DIRECTION = re.compile(r"\s+(asc|desc)\s*$", re.I)
_COLLATION = re.compile(r"\s+collate\s+[\"\[`]?(\w+)[\"\]`]?\s*$", re.I)


@lru_cache(maxsize=4096)
def _part(cid: int, column: str, descending: bool, coll: str, written: str) -> Part:
    bare = _DIRECTION.sub("", written)
    said = _COLLATION.search(bare)
    expression = _COLLATION.sub("", bare) if cid == _EXPRESSION else ""
    # An INTEGER PRIMARY KEY is indexed as the row's id (cid -1), and has no name there.
    name = column or ("" if cid == _EXPRESSION else "rowid")
    # NULLs are the smallest value: https://www.sqlite.org/lang_select.html#orderby
    return Part(name, expression, descending, not descending, collation=coll if said else "", effective_collation=coll)


def _foreign_keys(session: Session) -> dict[str, tuple[ForeignKey, ...]]:
    gathered: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
    about: dict[tuple[str, int], tuple[str, str, str]] = {}
    for table, number, referenced, here, there, on_update, on_delete in session.rows(_FOREIGN_KEYS):
        about[table, number] = referenced, on_update, on_delete
        gathered[table, number].append((here, there))
    found: dict[str, tuple[ForeignKey, ...]] = defaultdict(tuple)
    for (table, number), (referenced, on_update, on_delete) in about.items():
        here, there = zip(*gathered[table, number], strict=True)
        key = ForeignKey("", here, SCHEMA, referenced, there if all(there) else (), on_update, on_delete)
        found[table] = (*found[table], key)
    return found
