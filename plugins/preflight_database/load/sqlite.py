"""Rehearsing in SQLite: a file that is gone afterwards if it was not there before."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import quote

from preflight.finding import NotChecked
from preflight_database.catalogue.model import Table
from preflight_database.load.blueprint import Blueprint, Made
from preflight_database.load.workbench import PREFIX, ROW, GivenUpError, Workbench
from preflight_database.session import Session
from preflight_database.sql import surely_quoted as quoted

_NAME = r"(?:\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*'|[^\W\d][\w$]*)"
_HEAD = rf"^\s*create\s+(?P<unique>unique\s+)?(?:table|index)\s+(?:if\s+not\s+exists\s+)?(?:{_NAME}\s*\.\s*)?{_NAME}\s*"
_TABLE = re.compile(rf"{_HEAD}(?=\()", re.I)
_INDEX = re.compile(rf"{_HEAD}on\s+{_NAME}\s*(?=\()", re.I)
_WITHOUT_ROWID = re.compile(r"\)[^()]*\bwithout\s+rowid\b[^()]*$", re.I)
_BESIDE = ("-wal", "-shm", "-journal")


class SQLiteWorkbench(Workbench):
    _held: IO[str] | None = None
    _found = True
    _lazy = False  # it leaves it to the operating system when anything is written
    _keys_count = False
    _counts_pages = False
    _named = ""  # the real table

    def prepare(self, settings: Mapping[str, str], pragmas: Mapping[str, str | int]) -> None:
        """A new file has the pages and the journal of the real one; `pragmas` are those of the program that loads."""
        from sqlalchemy.exc import DBAPIError

        if not self._found:
            for name in ("page_size", "auto_vacuum", "journal_mode"):
                self.run(f"pragma {name} = {settings[name]}")
        for name, value in pragmas.items():
            if name != "foreign_keys":  # there is nothing in scratch that they could refer to
                self.run(f"pragma {name} = {value}")
        self._lazy = self.run("pragma synchronous")[0][0] == 0
        self._keys_count = str(pragmas.get("foreign_keys", "off")).lower() in ("1", "on", "yes", "true")
        try:
            self.run("select name, pgsize from dbstat limit 1")
        except DBAPIError:  # not all are compiled with it: https://www.sqlite.org/dbstat.html
            self._counts_pages = True

    @property
    def file(self) -> Path:
        return Path(self.plan.location.database)

    def lock(self) -> bool:
        """By a file beside it: SQLite's own locks on the database would go if we closed it a second time."""
        import fcntl

        self._found = self.file.exists() and self.file.stat().st_size > 0
        path = self.file.with_name(self.file.name + ".rehearsal")
        held = path.open("w")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            return False
        if not path.exists() or os.fstat(held.fileno()).st_ino != path.stat().st_ino:
            held.close()  # who had it before us has just removed it
            return False
        self._held = held
        return True

    def cancel(self) -> None:
        driver = self.connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.interrupt()

    def sweep(self) -> tuple[str, ...]:
        if not self._found:
            return ()
        like = PREFIX.replace("_", r"\_") + "%"
        chosen = rf"select name from sqlite_master where type = 'table' and name like '{like}' escape '\'"
        found = tuple(name for (name,) in self.run(chosen))
        for name in found:
            self.run(f"drop table {quoted(name)}")
        self._found = bool(self.run(r"select 1 from sqlite_master where name not like 'sqlite\_%' escape '\' limit 1"))
        return found

    def drop(self) -> None:
        if self._found:
            self.run(f"drop table if exists {self.rehearsed}")
            self.run(f"drop table if exists {self.sample}")
        else:
            self.connection.close()
            for name in (self.file.name, *(f"{self.file.name}{end}" for end in _BESIDE)):
                self.file.with_name(name).unlink(missing_ok=True)
        if self._held is not None:
            Path(self._held.name).unlink(missing_ok=True)
            self._held.close()

    def same_as(self, real: Session) -> bool:
        other = Path(real.plan.location.database)
        return self.file.exists() and self.file.samefile(other)

    def blueprint(self, real: Session, table: Table, tables: dict[str, Table]) -> Blueprint:  # noqa: ARG002  see below
        """Foreign keys stay in the table's statement, where they mean nothing: SQLite checks none unless told to."""
        name = table.name.replace("'", "''")
        rows = real.rows(f"select type, name, sql from sqlite_master where tbl_name = '{name}' and sql is not null")
        [create] = [text for type_, _, text in rows if type_ == "table"]
        self._named = table.name
        if not (head := _TABLE.match(create)):
            what = f"{table.name} is no ordinary table"
            raise GivenUpError(NotChecked(f"{what}, and is not rehearsed", what, "leave `load:` out for it"))
        without_rowid = bool(_WITHOUT_ROWID.search(create))
        kept = tuple(
            Made(index.name, "", "", tuple(quoted(part.column) for part in index.parts if part.column))
            for index in table.indexes if index.constraint and not (index.constraint == "primary key" and without_rowid)
        )  # fmt: skip
        deferred = tuple(self._index(name, text, table) for type_, name, text in rows if type_ == "index")
        keys = tuple(f"foreign key to {key.table}" for key in table.foreign_keys if self._keys_count)
        clustered = self._clustered(real, table, without_rowid)
        return Blueprint(
            (f"create table {self.rehearsed} {create[head.end() :]}",),
            tuple(quoted(column.name) for column in table.columns if not column.generated),
            kept,
            deferred,
            clustered=clustered,
            unrehearsed=(*(f"trigger {trigger.name}" for trigger in table.triggers), *keys),
        )

    def _index(self, name: str, text: str, table: Table) -> Made:
        head = _INDEX.match(text)
        assert head is not None, text
        own = quoted(f"{self.name}_{name}")
        make = f"create {head['unique'] or ''}index {own} on {self.rehearsed} {text[head.end() :]}"
        parts = next(index.parts for index in table.indexes if index.name == name)
        return Made(
            name, make, f"drop index {own}", tuple(quoted(p.column) if p.column else p.expression for p in parts)
        )

    def take_sample(self, real: Session, source: Table, blueprint: Blueprint, rows: int) -> int:
        columns = ", ".join(blueprint.columns)
        path = Path(real.plan.location.database).absolute()
        self.run(f"attach 'file:{quote(str(path))}?mode=ro' as real")
        # In the table's own order; not in that of an index which has all columns.
        chosen = f"select {columns} from real.{quoted(source.name)} not indexed limit {rows}"
        self.run(f"create table {self.sample} ({ROW} integer primary key, {columns})")
        self.run(f"insert into {self.sample} ({columns}) {chosen}")
        self.run("detach real")
        return int(self.run(f"select count(*) from {self.sample}")[0][0])

    def make(self, blueprint: Blueprint) -> None:
        self.run(f"drop table if exists {self.rehearsed}")
        self.run(blueprint.create[0])
        self._before = self._pages()
        self._table = 0

    def _pages(self) -> int:
        return int(self.run("pragma page_count")[0][0]) - int(self.run("pragma freelist_count")[0][0])

    def sizes(self) -> dict[str, int]:
        if self._counts_pages:
            return {}
        ours = {name: name.removeprefix(f"{self.name}_") for (name,) in self.run(
            f"select name from sqlite_master where type = 'index' and tbl_name = '{self.name}_rehearsed'")}  # fmt: skip
        # The index of a constraint is called sqlite_autoindex_TABLE_1.
        found = {ours.get(name, ""): int(size) for name, size in self._each() if name in ours}
        return {name.replace(f"{self.name}_rehearsed", self._named): size for name, size in found.items()}

    def _each(self) -> Sequence[tuple[str, int]]:
        return [(name, int(size)) for name, size in self.run("select name, pgsize from dbstat where aggregate = 1")]

    def bytes(self) -> tuple[int, int]:
        """Where a file does not say what of it is whose, what it grew by until the first index came is the table."""
        if not self._counts_pages:
            each, sizes = dict(self._each()), self.sizes()
            return each.get(f"{self.name}_rehearsed", 0), sum(sizes.values())
        grown = (self._pages() - self._before) * int(self.run("pragma page_size")[0][0])
        indexed = self.run(f"select 1 from sqlite_master where type = 'index' and sql is not null "
                           f"and tbl_name = '{self.name}_rehearsed'")  # fmt: skip
        self._table = self._table if indexed else grown
        return self._table, grown - self._table

    def analyze(self) -> float:
        return self.timed(f"analyze {self.rehearsed}")

    def flush(self) -> float:
        """A checkpoint, where there is a WAL; a commit writes all else, unless it leaves that to the system."""
        took = self.timed("pragma wal_checkpoint(truncate)")
        if not self._lazy:
            return took
        began = time.perf_counter()
        os.sync()  # to open the file a second time would lose SQLite's locks
        return took + time.perf_counter() - began

    def _clustered(self, real: Session, table: Table, without_rowid: bool) -> tuple[str, ...]:
        """A table WITHOUT ROWID is sorted by its primary key; so is one whose key is an integer, the row id."""
        place = table.name.replace("'", "''")
        rows = real.rows(f"select name, type, pk from pragma_table_info('{place}') where pk > 0 order by pk")
        integer = len(rows) == 1 and rows[0][1].upper() == "INTEGER" and not any(
            index.constraint == "primary key" for index in table.indexes)  # fmt: skip
        return tuple(quoted(name) for name, _, _ in rows) if integer or without_rowid else ()
