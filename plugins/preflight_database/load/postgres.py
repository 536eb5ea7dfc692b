"""Rehearsing in PostgreSQL: a schema of our own, and definitions by the server's own functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from preflight_database.catalogue.model import Table
from preflight_database.load.blueprint import Blueprint, Made, Reference
from preflight_database.load.foreign_key import references
from preflight_database.load.workbench import PREFIX, ROW, Workbench
from preflight_database.session import Session
from preflight_database.sql import surely_quoted as quoted

if TYPE_CHECKING:
    import psycopg

_LOCK = 0x70726566  # "pref"; advisory locks are each database's own
_NAME = r'(?:"(?:[^"]|"")*"|[^\s"(.]+)'
_INDEX = re.compile(rf"^CREATE (UNIQUE )?INDEX {_NAME} ON (?:ONLY )?(?:{_NAME}\.)?{_NAME} ")
_COLUMNS = """
    select a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated::text,
           pg_get_expr(d.adbin, d.adrelid),
           case when a.attcollation <> t.typcollation then n.nspname::text end, c.collname::text,
           case when a.attstorage <> t.typstorage then
               case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end
           end
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join pg_collation c on c.oid = a.attcollation left join pg_namespace n on n.oid = c.collnamespace
    where a.attrelid = {table} and a.attnum > 0 and not a.attisdropped order by a.attnum"""
_INDEXES = """
    select c.relname::text, pg_get_indexdef(i.indexrelid), m.amname::text,
           array(select pg_get_indexdef(i.indexrelid, k, true) from generate_series(1, i.indnkeyatts) k)
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
    where i.indrelid = {table} and i.indislive and not exists (
        select from pg_constraint o where o.conindid = i.indexrelid and o.contype in ('p', 'u', 'x'))
    order by c.relname"""
_CONSTRAINTS = """
    select o.conname::text, o.contype::text, pg_get_constraintdef(o.oid),
           array(select a.attname::text from unnest(o.conkey) with ordinality k(n, i)
                 join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.n order by k.i)
    from pg_constraint o where o.conrelid = {table} and o.contype in ('c', 'p', 'u', 'x') order by o.conname"""
_TABLE = """
    select c.relpersistence::text, array_to_string(c.reloptions, ', '),
           array(select r.rulename::text from pg_rewrite r where r.ev_class = c.oid and r.ev_type = '3')
    from pg_class c where c.oid = {table}"""
_BYTES = "select pg_table_size('{table}'), pg_indexes_size('{table}')"
_SIZES = """
    select c.relname::text, pg_relation_size(c.oid) from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = '{table}'::regclass"""
# What a load puts off: https://www.postgresql.org/docs/current/gin-implementation.html
_PENDING = """
    select gin_clean_pending_list(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
    join pg_am m on m.oid = c.relam where i.indrelid = '{table}'::regclass and m.amname = 'gin'"""
_TOASTED = """
    select attname::text from pg_attribute
    where attrelid = '{table}'::regclass and attnum > 0 and attstorage in ('x', 'm')"""
_IDENTITY = """
    select oid, pg_postmaster_start_time()::text from pg_database where datname = current_database()"""


class PostgresWorkbench(Workbench):
    """`memory`: bytes that the server gives an index build."""

    memory = 0

    def prepare(self, settings: Mapping[str, str], pragmas: Mapping[str, str | int]) -> None:  # noqa: ARG002
        """Statements of ours may take long, and end when we are gone."""
        # A role or database may have settings of its own, that would keep us from writing.
        self.run("set default_transaction_read_only = off")
        self._pid = int(self.run("select pg_backend_pid()")[0][0])
        self.run("set statement_timeout = 0")
        self.run("set lock_timeout = '10s'")
        if int(self.run("show server_version_num")[0][0]) >= 140000:
            self.run("set client_connection_check_interval = '1s'")
        self.memory = int(self.run("select setting::bigint * 1024 from pg_settings where name = 'maintenance_work_mem'")
                          [0][0])  # fmt: skip

    @property
    def rehearsed(self) -> str:
        return f"{self.name}.rehearsed"

    @property
    def sample(self) -> str:
        return f"{self.name}.sample"

    def lock(self) -> bool:
        return bool(self.run(f"select pg_try_advisory_lock({_LOCK})")[0][0])

    def cancel(self) -> None:
        # psycopg's own keeps all threads from running until it has its answer: also that which leads through a host.
        with self.connection.engine.connect() as another:
            another.exec_driver_sql(f"select pg_cancel_backend({self._pid})")

    def descriptor(self) -> int:
        driver: psycopg.Connection[Any] = self.connection.connection.driver_connection  # type: ignore[assignment]
        return driver.fileno()

    def sweep(self) -> tuple[str, ...]:
        like = PREFIX.replace("_", r"\_") + "%"
        chosen = f"select nspname::text from pg_namespace where nspname like '{like}'"
        found = tuple(name for (name,) in self.run(chosen))
        for name in found:
            self.run(f"drop schema {quoted(name)} cascade")
        return found

    def drop(self) -> None:
        self.run(f"drop schema if exists {self.name} cascade")

    def same_as(self, real: Session) -> bool:
        return tuple(self.run(_IDENTITY)[0]) == tuple(real.rows(_IDENTITY)[0])

    def blueprint(self, real: Session, table: Table, tables: dict[str, Table]) -> Blueprint:
        place = f"{quoted(table.schema)}.{quoted(table.name)}"
        oid = f"'{place.replace(chr(39), chr(39) * 2)}'::regclass"
        [[persistence, options, rules]] = real.rows(_TABLE.format(table=oid))
        columns, defined, stored = [], [], []
        for name, type_, notnull, generated, made, schema, collation, storage in real.rows(_COLUMNS.format(table=oid)):
            text = f"{quoted(name)} {type_}"
            text += f" collate {quoted(schema)}.{quoted(collation)}" if schema else ""
            text += f" generated always as ({made}) {'virtual' if generated == 'v' else 'stored'}" if generated else ""
            defined.append(text + (" not null" if notnull else ""))
            columns += [] if generated else [quoted(name)]
            if storage:
                stored.append(f"alter table {self.rehearsed} alter column {quoted(name)} set storage {storage}")
        how = "create unlogged table" if persistence == "u" else "create table"
        create = [f"{how} {self.rehearsed} ({', '.join(defined)})" + (f" with ({options})" if options else ""), *stored]
        kept = []
        for name, type_, definition, keys in real.rows(_CONSTRAINTS.format(table=oid)):
            create.append(f"alter table {self.rehearsed} add constraint {quoted(name)} {definition}")
            if type_ != "c":
                kept.append(Made(name, "", "", tuple(map(quoted, keys)) if type_ in "pu" else ()))
        return Blueprint(
            tuple(create),
            tuple(columns),
            tuple(kept),
            tuple(self._index(*row) for row in real.rows(_INDEXES.format(table=oid))),
            tuple(references("postgresql", table, tables, self.rehearsed, lambda it: f"{self.name}.{it}", quoted)),
            unrehearsed=(
                *(f"trigger {trigger.name}" for trigger in table.triggers if trigger.enabled),
                *(f"rule {rule}" for rule in rules),
            ),
        )

    def _index(self, name: str, definition: str, method: str, keys: list[str]) -> Made:
        make = _INDEX.sub(lambda it: f"CREATE {it[1] or ''}INDEX {quoted(name)} ON {self.rehearsed} ", definition)
        drop = f"drop index {self.name}.{quoted(name)}"
        return Made(name, make, drop, tuple(f"({key})" for key in keys) if method == "btree" else ())

    def take_sample(self, real: Session, source: Table, blueprint: Blueprint, rows: int) -> int:
        self.run(f"create schema {self.name}")
        columns = ", ".join(blueprint.columns)
        self.run(blueprint.create[0])
        self.run(f"create unlogged table {self.sample} as select {columns} from {self.rehearsed}")
        self.run(f"drop table {self.rehearsed}")
        # What comes out of it is compressed anew on its way into the rehearsed table, as it will be in the load.
        for (name,) in self.run(_TOASTED.format(table=self.sample)):
            self.run(f"alter table {self.sample} alter column {quoted(name)} set storage external")
        self.run(f"alter table {self.sample} add {ROW} bigint generated always as identity primary key")
        ours: psycopg.Connection[Any] = self.connection.connection.driver_connection  # type: ignore[assignment]
        theirs: psycopg.Connection[Any] = real.connection.connection.driver_connection  # type: ignore[assignment]
        place = f"{quoted(source.schema)}.{quoted(source.name)}"
        out = f"copy (select {columns} from {place} limit {rows}) to stdout"
        real.connection.exec_driver_sql("set local statement_timeout = 0")
        # In the table's own order, from its beginning; not in that of an index which has all columns.
        for setting in ("synchronize_seqscans", "enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan"):
            real.connection.exec_driver_sql(f"set local {setting} = off")
        with ours.cursor() as into, theirs.cursor() as of:
            with into.copy(f"copy {self.sample} ({columns}) from stdin") as written, of.copy(out) as read:
                for data in read:
                    self.go_on()
                    written.write(data)
            count = into.rowcount
        for reference in blueprint.references:
            self._stand_in(reference)
        self.run(f"analyze {self.sample}")
        return count

    def _stand_in(self, reference: Reference) -> None:
        """A table with just the keys that the sample refers to."""
        columns = ", ".join(reference.columns)
        given = " and ".join(f"{column} is not null" for column in reference.columns)
        self.run(f"create table {reference.table} as select distinct {columns} from {self.sample} where {given}")
        self.run(f"alter table {reference.table} add primary key ({columns})")
        self.run(f"analyze {reference.table}")

    def make(self, blueprint: Blueprint) -> None:
        self.run(f"drop table if exists {self.rehearsed}")
        for statement in blueprint.create:
            self.run(statement)

    def bytes(self) -> tuple[int, int]:
        table, indexes = self.run(_BYTES.format(table=self.rehearsed))[0]
        return int(table), int(indexes)

    def analyze(self) -> float:
        return self.timed(f"analyze {self.rehearsed}")

    def sizes(self) -> dict[str, int]:
        return {name: int(size) for name, size in self.run(_SIZES.format(table=self.rehearsed))}

    def flush(self) -> float:
        """A checkpoint: for superusers, and for members of pg_checkpoint from version 15 on."""
        from sqlalchemy.exc import DBAPIError

        pending = self.timed(_PENDING.format(table=self.rehearsed))
        try:
            return pending + self.timed("checkpoint")
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") != "42501":
                raise
            self.flushes = False
            return pending

    def squeeze(self, share: float) -> bool:
        # 1 MB is the least that all versions take.
        self.run(f"set maintenance_work_mem = '{max(int(self.memory * share / 1024), 1024)}kB'")
        return True
