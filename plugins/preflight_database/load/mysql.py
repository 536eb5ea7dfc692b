"""Rehearsing in MySQL and MariaDB: tables with a prefix of our own, from what SHOW CREATE TABLE says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from preflight_database.catalogue.model import Table
from preflight_database.load.blueprint import Blueprint, Made, Reference
from preflight_database.load.workbench import PREFIX, ROW, Workbench
from preflight_database.session import Session
from preflight_database.sql import surely_quoted

_BATCH = 1000  # rows a statement, of the sample on its way
_NAME = r"`((?:[^`]|``)+)`"
_KEY = re.compile(rf"^(?:(?P<kind>FULLTEXT|SPATIAL) )?KEY {_NAME} \((?P<keys>.*?)\)(?P<rest>[^()]*)$")
_IDENTITY = "select @@hostname, @@port, @@datadir, database()"
# Estimates that are fresh, where a server keeps old ones (MySQL 8).
_FRESH = "set session information_schema_stats_expiry = 0"
_BYTES = """select data_length, index_length from information_schema.tables
    where table_schema = database() and table_name = '{table}'"""


class MySQLWorkbench(Workbench):
    def prepare(self, settings: Mapping[str, str], pragmas: Mapping[str, str | int]) -> None:  # noqa: ARG002
        from sqlalchemy.exc import DBAPIError

        for statement in ("set session innodb_lock_wait_timeout = 10", "set session lock_wait_timeout = 10"):
            self.run(statement)
        # Or rows would be locked between the sample and the rehearsed table.
        self.run("set session transaction isolation level read committed")
        with suppress(DBAPIError):
            self.run(_FRESH)
        self._id = int(self.run("select connection_id()")[0][0])

    @property
    def rehearsed(self) -> str:
        return quoted(f"{self.name}_rehearsed")

    @property
    def sample(self) -> str:
        return quoted(f"{self.name}_sample")

    def lock(self) -> bool:
        # Such locks are the server's, not the database's.
        return bool(self.run(f"select get_lock(left(concat('{PREFIX}', database()), 64), 0)")[0][0])

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
        [[_, shown]] = real.rows(f"show create table {quoted(table.name)}")
        head, *body, tail = shown.splitlines()
        lines = [line.strip().removesuffix(",") for line in body]
        kept, deferred = [], []
        primary: tuple[str, ...] = ()
        for line in list(lines):
            if line.startswith("CONSTRAINT ") and " FOREIGN KEY " in line:
                lines.remove(line)
            elif found := _KEY.match(line):
                lines.remove(line)
                deferred.append(self._index(found[2].replace("``", "`"), line, found["kind"] or "", found["keys"]))
        for index in table.indexes:
            keys = tuple(quoted(part.column) for part in index.parts if part.column)
            if index.constraint:
                kept.append(Made(index.name, "", "", keys))
                primary = keys if index.constraint == "primary key" else primary
        # A number is given by the server only to a row that brings none, and a sequence may be another database's.
        numbered = re.compile(r" AUTO_INCREMENT\b| DEFAULT nextval\([^)]*\)")
        create = f"create table {self.rehearsed} (\n" + ",\n".join(numbered.sub("", line) for line in lines)
        assert head.startswith("CREATE TABLE"), head
        return Blueprint(
            (f"{create}\n" + re.sub(r" AUTO_INCREMENT=\d+", "", tail),),
            tuple(quoted(column.name) for column in table.columns if not column.generated),
            tuple(kept),
            tuple(deferred),
            self._references(table, tables),
            primary,
            tuple(f"trigger {trigger.name}" for trigger in table.triggers),
        )

    def _index(self, name: str, line: str, kind: str, keys: str) -> Made:
        make, drop = (f"alter table {self.rehearsed} {what}" for what in (f"add {line}", f"drop index {quoted(name)}"))
        plain = tuple(re.sub(r"(`)\(\d+\)", r"\1", key) for key in re.findall(rf"{_NAME}(?:\(\d+\))?", keys))
        return Made(name, make, drop, tuple(map(quoted, plain)) if not kind and "(`" not in keys else ())

    def _references(self, table: Table, tables: dict[str, Table]) -> tuple[Reference, ...]:
        found = []
        for number, key in enumerate(table.foreign_keys):
            columns, stand_in = ", ".join(map(quoted, key.columns)), quoted(f"{self.name}_referenced_{number}")
            name = quoted(f"{self.name}_{number}")  # unique in the database
            what = f"add constraint {name} foreign key ({columns}) references {stand_in} ({columns})"
            make, drop = f"alter table {self.rehearsed} {what}", f"alter table {self.rehearsed} drop foreign key {name}"
            there = tables.get(f"{key.schema}.{key.table}")
            estimate = there.rows if there else None
            found.append(Reference(key.name, tuple(map(quoted, key.columns)), stand_in, make, drop, estimate))
        return tuple(found)

    def take_sample(self, real: Session, source: Table, blueprint: Blueprint, rows: int) -> int:
        columns = ", ".join(blueprint.columns)
        self.run(blueprint.create[0])
        self.run(f"create table {self.sample} as select {columns} from {self.rehearsed}")
        self.run(f"drop table {self.rehearsed}")
        self.run(f"alter table {self.sample} add {ROW} bigint not null auto_increment primary key")
        insert = f"insert into {self.sample} ({columns}) values ({', '.join(['%s'] * len(blueprint.columns))})"
        chosen = f"select {columns} from {quoted(source.name)} limit {rows}"
        with real.connection.execution_options(stream_results=True, no_parameters=True).exec_driver_sql(chosen) as read:
            while some := read.fetchmany(_BATCH):
                self.go_on()
                self.connection.exec_driver_sql(insert, [tuple(row) for row in some])
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


def quoted(name: str) -> str:
    return surely_quoted(name, "`")
