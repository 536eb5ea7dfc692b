"""Where a load is rehearsed: tables with names of their own in a scratch database, dropped whatever happens.

A lock of the server's (or a lock file, for SQLite) says that somebody is at it. It goes with the connection, so that
whoever gets the lock knows that tables with such names are left over: by a rehearsal that was killed.
"""

from __future__ import annotations

import secrets
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

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

PREFIX = "preflight_rehearsal_"
WAIT = 30.0  # s; a server takes a while to notice that who had the lock is gone
POLL = 0.2
ROW = "preflight_row"  # the column that numbers the rows of the sample


class GivenUpError(Exception):
    """The rehearsal ended before it had measured anything; `reason` is what its check is told."""

    def __init__(self, reason: NotChecked) -> None:
        super().__init__(reason.reason)
        self.reason = reason


class Workbench(ABC):
    """A connection to scratch. Statements raise sqlalchemy.exc.DBAPIError; each is a transaction of its own."""

    def __init__(self, plan: Plan, connection: Connection, over: Callable[[], NotChecked | None]) -> None:
        """`over()` is why the rehearsal should end now, if it should."""
        self.plan = plan
        self.connection = connection
        self.over = over
        self.name = f"{PREFIX}{secrets.token_hex(4)}"

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

    def claim(self) -> None:
        """Be the only one to rehearse in this database. Raises GivenUpError."""
        until = time.monotonic() + WAIT
        while not self.lock():
            self.go_on()
            if time.monotonic() > until:
                what = f"another rehearsal is going on in {self.plan.location}"
                raise GivenUpError(NotChecked(what, what, "wait for its end, or give each its own scratch database"))
            time.sleep(POLL)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """What runs meanwhile is cancelled as soon as nobody waits for it."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(POLL):
                if self.over():
                    with suppress(Exception):  # it has ended just now, or the server is gone
                        self.cancel()

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
        """The share of the sample's rows that do not follow the one before them in the order of an index."""
        chosen = ", ".join(f"{key} as k{number}" for number, key in enumerate(keys))
        ours, next_one = (", ".join(f"{side}.k{number}" for number in range(len(keys))) for side in "ab")
        side = f"(select {ROW} as r, {chosen} from {self.sample})"
        [[down, up, pairs]] = self.run(
            f"select sum(case when ({next_one}) < ({ours}) then 1 else 0 end), "
            f"sum(case when ({next_one}) > ({ours}) then 1 else 0 end), count(*) "
            f"from {side} a join {side} b on b.r = a.r + 1"
        )
        return min(int(down or 0), int(up or 0)) / int(pairs) if pairs else 0.0

    @abstractmethod
    def prepare(self, settings: Mapping[str, str], pragmas: Mapping[str, str | int]) -> None:
        """Make the connection fit for work; `settings` are the real server's that count (likeness.py)."""

    @property
    @abstractmethod
    def rehearsed(self) -> str:
        """The table that rows are inserted into, quoted."""

    @property
    @abstractmethod
    def sample(self) -> str:
        """The table with the rows to insert, numbered from 1 on by ROW, quoted."""

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

    @abstractmethod
    def analyze(self) -> float:
        """Seconds to gather statistics of the rehearsed table."""

    def flush(self) -> float:
        """Seconds to bring to disk what is still in memory; 0 where that cannot be asked for."""
        return 0.0

    def squeeze(self, share: float) -> bool:  # noqa: ARG002  what engines without such a setting do
        """Give index builds only this share of the memory they have otherwise; 1 for all. Whether that can be had."""
        return False
