"""Where a load is rehearsed: tables with names of their own in a scratch database, dropped whatever happens.

A lock of the server's (or a lock file, for SQLite) says that somebody is at it. It goes with the connection, so that
whoever gets the lock knows that tables with such names are left over: by a rehearsal that was killed.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from preflight.finding import NotChecked
from preflight_database.catalogue.model import Table
from preflight_database.load.blueprint import Blueprint
from preflight_database.plan import Plan
from preflight_database.session import Session
from preflight_database.sql import surely_quoted

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

PREFIX = "preflight_rehearsal_"
POLL = 0.2  # s
# A server that is there cancels a statement within this; from one that is not, no answer will come.
SEVER = 30.0
# A row goes near one of so many before it, as a share of all, and finds its page in memory.
NEAR = 0.01
# How far from its place we look for these: next to it, and a little further, all of it on its page.
AROUND = (1, 13)
_ATTEMPTS = 3
ROW = "preflight_row"  # the column that numbers the rows of the sample


class GivenUpError(Exception):
    """The rehearsal ended before it had measured anything; `reason` is what its check is told."""

    def __init__(self, reason: NotChecked) -> None:
        super().__init__(reason.reason)
        self.reason = reason


class Workbench(ABC):
    """A connection to scratch. Statements raise sqlalchemy.exc.DBAPIError; each is a transaction of its own."""

    quote = '"'  # of names

    def __init__(self, plan: Plan, connection: Connection, over: Callable[[], NotChecked | None]) -> None:
        """`over()` is why the rehearsal should end now, if it should."""
        self.plan = plan
        self.connection = connection
        self.over = over
        self.name = f"{PREFIX}{secrets.token_hex(4)}"
        self.flushes = True

    def run(self, statement: str) -> Sequence[Any]:
        """The rows of a statement, if it has any."""
        result = self.connection.execution_options(no_parameters=True).exec_driver_sql(statement)
        return result.fetchall() if result.returns_rows else ()

    def go_on(self) -> None:
        """Raises GivenUpError once it should end."""
        if reason := self.over():
            raise GivenUpError(reason)

    def timed(self, statement: str) -> float:
        """Seconds that a statement takes."""
        began = time.perf_counter()
        self.run(statement)
        return time.perf_counter() - began

    def claim(self, waiting: Callable[[], object]) -> None:
        """Be the only one to rehearse in this database. Raises GivenUpError."""
        while not self.lock():
            if self.over():
                what = f"another rehearsal is going on in {self.plan.location}"
                raise GivenUpError(NotChecked(what, what, "wait for its end, or give each its own scratch database"))
            waiting()
            time.sleep(POLL)

    def clear(self) -> None:
        """Drop all that is ours, even if a cancellation of what ran before arrives only now."""
        from sqlalchemy.exc import DBAPIError

        for left in reversed(range(_ATTEMPTS)):
            try:
                self.drop()
            except DBAPIError:
                if not left:
                    raise
                time.sleep(POLL)
            else:
                return

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """What runs meanwhile is cancelled as soon as nobody waits for it."""
        over = threading.Event()

        def watch() -> None:
            since = 0.0
            while not over.wait(POLL):
                if self.over():
                    since = since or time.monotonic()
                    with suppress(Exception):  # it has ended just now, or the server is gone
                        self.cancel() if time.monotonic() - since < SEVER else self.sever()

        watcher = threading.Thread(target=watch, name="preflight-rehearsal-watch", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def insert(self, blueprint: Blueprint, first: int, last: int) -> float:
        """Seconds to insert the rows of the sample from number `first` to before `last`, in one transaction."""
        columns = ", ".join(blueprint.columns)
        return self.timed(
            f"insert into {self.rehearsed} ({columns}) select {columns} from {self.sample} "
            f"where {ROW} >= {first} and {ROW} < {last} order by {ROW}"
        )

    def scattered(self, keys: Sequence[str]) -> float:
        """The share of the sample's rows near whose place in the order of an index no row arrived shortly before.

        So neither rows that come in order are scattered, up or down, nor those that are a little out of it, nor those
        that have one of a few values. Groups that belong together are, if each goes anywhere; so are chunks that are
        sorted each by itself, as soon as they overlap.
        """
        near = max(round(self.count(self.sample) * NEAR), 1)
        chosen = ", ".join(f"{key} as k{number}" for number, key in enumerate(keys))
        order = f"over (order by {', '.join(f'k{number}' for number in range(len(keys)))}, r)"
        around = [f"{which}(r, {steps}) {order}" for which in ("lag", "lead") for steps in AROUND]
        places = ", ".join(f"{place} as p{number}" for number, place in enumerate(around))
        warm = " or ".join(f"(p{number} < r and r - p{number} <= {near})" for number in range(len(around)))
        [[far, all_]] = self.run(
            f"select sum(case when {warm} then 0 else 1 end), count(*) from (select r, {places} "
            f"from (select {ROW} as r, {chosen} from {self.sample}) as s) as t where r > {near}"
        )
        return int(far) / int(all_) if all_ else 0.0

    def count(self, table: str) -> int:
        """Rows of a table of ours, quoted."""
        return int(self.run(f"select count(*) from {table}")[0][0])

    @abstractmethod
    def prepare(self, settings: Mapping[str, str], pragmas: Mapping[str, str | int]) -> None:
        """Make the connection fit for work; `settings` are the real server's that count (likeness.py)."""

    @property
    def rehearsed(self) -> str:
        """The table that rows are inserted into, quoted."""
        return surely_quoted(f"{self.name}_rehearsed", self.quote)

    @property
    def sample(self) -> str:
        """The table with the rows to insert, numbered from 1 on by ROW, quoted."""
        return surely_quoted(f"{self.name}_sample", self.quote)

    @abstractmethod
    def lock(self) -> bool:
        """Whether we have the lock now."""

    @abstractmethod
    def cancel(self) -> None:
        """Cancel the running statement, from another thread."""

    @abstractmethod
    def sweep(self) -> tuple[str, ...]:
        """Drop what an earlier rehearsal left, and tell its names."""

    @abstractmethod
    def drop(self) -> None:
        """Drop all that is ours."""

    @abstractmethod
    def same_as(self, real: Session) -> bool:
        """Whether scratch is the real database itself, by whatever name."""

    @abstractmethod
    def blueprint(self, real: Session, table: Table, tables: dict[str, Table]) -> Blueprint:
        """How to make the table; `tables` are all of the real database."""

    @abstractmethod
    def take_sample(self, real: Session, source: Table, blueprint: Blueprint, rows: int) -> int:
        """Copy up to so many rows of the real database's table `source` into the sample, in its order; how many."""

    @abstractmethod
    def make(self, blueprint: Blueprint) -> None:
        """The rehearsed table, empty, in place of the one before."""

    @abstractmethod
    def bytes(self) -> tuple[int, int]:
        """Sizes on disk of the rehearsed table and of all its indexes."""

    def sizes(self) -> dict[str, int]:
        """Bytes of each of its indexes, as far as the server tells them apart."""
        return {}

    @abstractmethod
    def analyze(self) -> float:
        """Seconds to gather statistics of the rehearsed table."""

    @abstractmethod
    def flush(self) -> float:
        """Seconds to bring to disk what is still in memory; 0, and `flushes` is False, if we may not ask for that."""

    def sever(self) -> None:
        """Cut the connection, from another thread: the server does not answer any more."""
        end = socket.socket(fileno=os.dup(self.descriptor()))
        with end:
            end.shutdown(socket.SHUT_RDWR)

    def descriptor(self) -> int:
        """Of the connection's socket. Raises OSError if it has none."""
        raise OSError("no socket")

    def squeeze(self, share: float) -> bool:  # noqa: ARG002  what engines without such a setting do
        """Give index builds only this share of the memory they have otherwise; 1 for all. Whether that can be had."""
        return False
