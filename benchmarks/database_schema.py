"""A large schema for the benchmarks: tables as an application's are, each with a primary key and four more indexes.

Every table numbers its rows itself and has seven columns; every third has a foreign key, every fifth a check
constraint; of the further indexes one is unique, one sorts by two columns, one of them descending.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import sqlalchemy

INDEXES_EACH = 5
_NOUNS = ("account", "invoice", "shipment", "parcel", "ticket", "voucher", "booking", "payment", "return", "address")
_TYPES = {
    "postgresql": {"id": "bigserial", "text": "varchar(80)", "time": "timestamptz"},
    "mysql": {"id": "bigint auto_increment", "text": "varchar(80)", "time": "datetime"},
    "sqlite": {"id": "integer", "text": "varchar(80)", "time": "timestamp"},
}
_BATCH = 50


def table_name(number: int) -> str:
    return f"{_NOUNS[number % len(_NOUNS)]}_{number:05d}"


def statements(dialect: str, number: int) -> list[str]:
    """The table of that number, which refers to none of a higher one."""
    types, table = _TYPES[dialect], table_name(number)
    other = table_name(number // 2)
    lines = [
        f"id {types['id']} primary key",
        f"{other}_id bigint not null",
        "status integer not null default 0",
        f"email {types['text']}",
        "amount numeric(12,2) not null",
        f"created_at {types['time']} not null default current_timestamp",
        f"note_{number % 300} text",
    ]
    if number % 5 == 0:
        lines.append(f"constraint {table}_amount check (amount >= 0)")
    if number % 3 == 0:
        lines.append(f"constraint {table}_other foreign key ({other}_id) references {other} (id) on delete cascade")
    indexes = {
        "other": f"({other}_id)",
        "email": "(email)",
        "status": "(status, created_at desc)",
        "created": "(created_at)",
    }
    if dialect == "mysql":
        # One by one, each of them would copy the table's definition.
        lines += [f"{'unique ' if name == 'email' else ''}key {table}_{name} {keys}" for name, keys in indexes.items()]
        return [f"create table {table} ({', '.join(lines)})"]
    return [f"create table {table} ({', '.join(lines)})"] + [
        f"create {'unique ' if name == 'email' else ''}index {table}_{name} on {table} {keys}"
        for name, keys in indexes.items()
    ]


def make(url: str, tables: int) -> None:
    """Make the schema in an empty database, or in a new file."""
    where = sqlalchemy.make_url(url)
    if where.drivername == "sqlite":
        _make_file(Path(where.database or ""), tables)
        return
    dialect = where.get_backend_name()
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, isolation_level="AUTOCOMMIT")
    with ExitStack() as stack:
        connection = stack.enter_context(engine.connect()).execution_options(no_parameters=True)
        for batch in _batches(dialect, tables):
            if dialect == "postgresql":
                # Together they are one transaction; all tables in one would need more locks than a server has.
                connection.exec_driver_sql("; ".join(batch))
            else:
                for statement in batch:
                    connection.exec_driver_sql(statement)


def _make_file(path: Path, tables: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("begin")
    for batch in _batches("sqlite", tables):
        for statement in batch:
            connection.execute(statement)
    connection.execute("commit")
    connection.close()


def _batches(dialect: str, tables: int) -> Iterator[Sequence[str]]:
    for first in range(0, tables, _BATCH):
        numbers = range(first, min(first + _BATCH, tables))
        yield [statement for number in numbers for statement in statements(dialect, number)]
