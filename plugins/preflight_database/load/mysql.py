"""Rehearsing in MySQL and MariaDB: tables with a prefix of our own, from what SHOW CREATE TABLE says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from preflight.finding import NotChecked
from preflight_database.catalogue.model import Table
from preflight_database.load.blueprint import Blueprint, Made, Reference
from preflight_database.load.foreign_key import references
from preflight_database.load.workbench import PREFIX, ROW, GivenUpError, Workbench
from preflight_database.session import Session
from preflight_database.sql import surely_quoted

_BATCH = 1000  # rows a statement, of the sample on its way
_NAME = r"`((?:[^`]|``)+)`"
_KEY = re.compile(rf"^(?:(?P<kind>FULLTEXT|SPATIAL|VECTOR) )?KEY {_NAME} (?P<keys>\(.*)$")
_DENIED = frozenset({1044, 1142, 1227})  # https://mariadb.com/kb/en/mariadb-error-codes/
_IDENTITY = "select @@hostname, @@port, @@datadir, database()"
# Estimates that are fresh, where a server keeps old ones (MySQL 8).
_FRESH = "set session information_schema_stats_expiry = 0"
_BYTES = """select data_length, index_length from information_schema.tables
    where table_schema = database() and table_name = '{table}'"""


class MySQLWorkbench(Workbench):
    quote = "`"

    def prepare(self, settings: Mapping[str, str], pragmas: Mapping[str, str | int]) -> None:  # noqa: ARG002
        from sqlalchemy.exc import DBAPIError

        for statement in ("set session innodb_lock_wait_timeout = 10", "set session lock_wait_timeout = 10"):
            self.run(statement)
        # Or rows would be locked between the sample and the rehearsed table.
        self.run("set session transaction isolation level read committed")
        with suppress(DBAPIError):
            self.run(_FRESH)
        self._id = int(self.run("select connection_id()")[0][0])

    def lock(self) -> bool:
        # Such locks are the server's, not the database's.
        return bool(self.run(f"select get_lock(left(concat('{PREFIX}', database()), 64), 0)")[0][0])

    def descriptor(self) -> int:
        return int(self.connection.connection.driver_connection._sock.fileno())  # type: ignore[union-attr]  # PyMySQL's

    def cancel(self) -> None:
        with self.connection.engine.connect() as another:
            another.exec_driver_sql(f"kill query {self._id}")

    def sweep(self) -> tuple[str, ...]:
        found = tuple(name for (name,) in self.run(
            "select table_name from information_schema.tables where table_schema = database() "
            f"and left(table_name, {len(PREFIX)}) = '{PREFIX}'"
        ))  # fmt: skip
        self._drop(found)
        return found

    def drop(self) -> None:
        references = (name for (name,) in self.run(
            "select table_name from information_schema.tables where table_schema = database() "
            f"and left(table_name, {len(self.name)}) = '{self.name}'"
        ))  # fmt: skip
        self._drop(tuple(references))

    def _drop(self, tables: tuple[str, ...]) -> None:
        if tables:
            self.run("set session foreign_key_checks = 0")
            self.run(f"drop table if exists {', '.join(map(quoted, tables))}")
            self.run("set session foreign_key_checks = 1")

    def same_as(self, real: Session) -> bool:
        return tuple(self.run(_IDENTITY)[0]) == tuple(real.rows(_IDENTITY)[0])

    def blueprint(self, real: Session, table: Table, tables: dict[str, Table]) -> Blueprint:
        real.connection.exec_driver_sql("set session sql_mode = ''")  # or names may stand in other quotes
        [[_, shown]] = real.rows(f"show create table {quoted(table.name)}")
        statement, bracket, tail = shown.rpartition("\n)")
        if "PARTITION BY" in tail.upper() or not bracket:
            what = f"{table.name} is partitioned: that is not rehearsed yet"
            raise GivenUpError(NotChecked(what, what, "leave `load:` out for it, or time a real load of a part"))
        head, *body = statement.splitlines()
        lines = [line.strip().removesuffix(",") for line in body]
        kept, deferred = [], []
        primary: tuple[str, ...] = ()
        for line in list(lines):
            if line.startswith("CONSTRAINT ") and " FOREIGN KEY " in line:
                lines.remove(line)
            elif found := _KEY.match(line):
                lines.remove(line)
                inside = bracketed(found["keys"])
                deferred.append(self._index(found[2].replace("``", "`"), line, found["kind"] or "", inside))
        for index in table.indexes:
            keys = tuple(quoted(part.column) for part in index.parts if part.column)
            if index.constraint == "primary key":
                primary = keys  # that is the table itself
            elif index.constraint:
                kept.append(Made(index.name, "", "", keys))
        # A number is given by the server only to a row that brings none, and a sequence may be another database's.
        numbered = re.compile(r" AUTO_INCREMENT\b| DEFAULT nextval\([^)]*\)")
        create = f"create table {self.rehearsed} (\n" + ",\n".join(numbered.sub("", line) for line in lines)
        assert head.startswith("CREATE TABLE"), head
        return Blueprint(
            (f"{create}\n)" + re.sub(r" AUTO_INCREMENT=\d+", "", tail),),
            tuple(quoted(column.name) for column in table.columns if not column.generated),
            tuple(kept),
            tuple(deferred),
            tuple(references("mysql", table, tables, self.rehearsed, lambda it: quoted(f"{self.name}_{it}"), quoted)),
            primary,
            tuple(f"trigger {trigger.name}" for trigger in table.triggers),
            # Their words are in tables of their own: https://mariadb.com/kb/en/full-text-index-overview/
            tuple(index.name for index in table.indexes if index.method == "fulltext"),
        )

    def _index(self, name: str, line: str, kind: str, keys: str) -> Made:
        make, drop = (f"alter table {self.rehearsed} {what}" for what in (f"add {line}", f"drop index {quoted(name)}"))
        plain = tuple(name.replace("``", "`") for name in re.findall(_NAME, keys))
        return Made(name, make, drop, tuple(map(quoted, plain)) if not kind and "(`" not in keys[1:] else ())

    def take_sample(self, real: Session, source: Table, blueprint: Blueprint, rows: int) -> int:
        columns = ", ".join(blueprint.columns)
        self.run(blueprint.create[0])
        self.run(f"create table {self.sample} as select {columns} from {self.rehearsed}")
        self.run(f"drop table {self.rehearsed}")
        self.run(f"alter table {self.sample} add {ROW} bigint not null auto_increment primary key")
        values = ", ".join(["%s"] * len(blueprint.columns))
        insert = f"insert into {self.sample} ({columns.replace('%', '%%')}) values ({values})"
        # In the table's own order; not in that of an index which has all columns.
        chosen = f"select {columns} from {quoted(source.name)} use index () limit {rows}"
        limit = "max_statement_time" if real.connection.dialect.is_mariadb else "max_execution_time"  # type: ignore[attr-defined]
        real.connection.exec_driver_sql(f"set session {limit} = 0")
        self.run("set session sql_mode = ''")  # or what an older server took would be refused
        with real.connection.execution_options(stream_results=True, no_parameters=True).exec_driver_sql(chosen) as read:
            while some := read.fetchmany(_BATCH):
                self.go_on()
                self.connection.exec_driver_sql(insert, [tuple(row) for row in some])
        self.run("set session sql_mode = default")
        for reference in blueprint.references:
            self._stand_in(reference)
        return int(self.run(f"select count(*) from {self.sample}")[0][0])

    def _stand_in(self, reference: Reference) -> None:
        columns = ", ".join(reference.columns)
        given = " and ".join(f"{column} is not null" for column in reference.columns)
        chosen = f"select distinct {columns} from {self.sample} where {given}"
        self.run(f"create table {reference.table} as {chosen}")
        self.run(f"alter table {reference.table} add primary key ({columns})")

    def make(self, blueprint: Blueprint) -> None:
        self.run(f"drop table if exists {self.rehearsed}")
        self.run(blueprint.create[0])

    def bytes(self) -> tuple[int, int]:
        # Sizes are of the last time that statistics were made.
        self.analyze()
        [[table, indexes]] = self.run(_BYTES.format(table=f"{self.name}_rehearsed"))
        return int(table), int(indexes)

    def analyze(self) -> float:
        return self.timed(f"analyze table {self.rehearsed}")

    def flush(self) -> float:
        """Pages are written before a table can be copied as a file. That takes the right to RELOAD."""
        from sqlalchemy.exc import DBAPIError

        try:
            return self.timed(f"flush tables {self.rehearsed} for export")
        except DBAPIError as error:
            if not error.orig or error.orig.args[0] not in _DENIED:
                raise
            self.flushes = False
            return 0.0
        finally:
            self.run("unlock tables")


def quoted(name: str) -> str:
    return surely_quoted(name, "`")


def bracketed(text: str) -> str:
    """From `((a), b) rest`: `(a), b`. A bracket in a name or a text is none."""
    depth = 0
    for token in re.finditer(rf"{_NAME}|'(?:[^'\\]|''|\\.)*'|[()]", text):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return text[1 : token.start()]
    return text
