"""The night's database: a file of SQLite with orders in it, and with indexes that somebody has turned on too soon."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ORDERS = 24_000
TABLE = """
    create table orders (
        id integer primary key,
        customer_id integer not null,
        article_id integer not null,
        placed_at integer not null,
        reference text not null
    )"""
TOO_SOON = ("customer_id", "article_id", "reference", "customer_id, placed_at", "article_id, customer_id",
            "reference, placed_at")  # fmt: skip


@contextmanager
def database() -> Iterator[Path]:
    """The file, in a folder that is gone afterwards; the rehearsal makes its own beside it."""
    with tempfile.TemporaryDirectory(prefix="phoenix-") as folder:
        file = Path(folder) / "orders.db"
        with closing(sqlite3.connect(file)) as shop:
            shop.execute(TABLE)
            shop.executemany("insert into orders values (?, ?, ?, ?, ?)", _orders())
            for columns in TOO_SOON:
                shop.execute(f"create index orders_{columns.replace(', ', '_')} on orders ({columns})")
            shop.commit()
        yield file


def _orders() -> Iterator[tuple[int, int, int, int, str]]:
    """As they come in: numbered in their order, by anybody, for anything."""
    any_of = random.Random(20261204)
    for number in range(1, ORDERS + 1):
        customer, article, placed = any_of.randrange(10**7), any_of.randrange(10**6), any_of.randrange(10**9)
        yield number, customer, article, placed, f"{any_of.getrandbits(64):016x}"
