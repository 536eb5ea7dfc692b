"""One connection to one database, for reading only: how it is opened, bounded and closed.

Everything is read in one read-only transaction, with limits for statements and locks that end with it: a connection
pooler such as PgBouncer hands the same session to an application next, which must not find it changed.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from preflight.finding import NotChecked
from preflight.remote import Unreachable
from preflight_database.plan import Plan
from preflight_database.trouble import explained, no_driver
from preflight_database.tunnel import tunnel

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

    from preflight.remote import Forwarding

CONNECT = 10.0  # seconds
STATEMENT = 30.0
LOCK = 5.0
_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
_BEGIN = {
    "postgresql": (
        "begin isolation level repeatable read read only",
        "set local default_transaction_read_only = on",
        "set local statement_timeout = {statement_ms}",
        "set local lock_timeout = {lock_ms}",
        "set local jit = off",  # compiling a query of the catalogue takes longer than it saves
    ),
    "mysql": (
        "set session transaction read only",
        "set session lock_wait_timeout = {lock_s}",
        "set session innodb_lock_wait_timeout = {lock_s}",
        "{limit}",
        "set session group_concat_max_len = 1073741824",  # where MariaDB cuts off a JSON array, too
        "{uncommitted}",
        "start transaction read only",
    ),
    "sqlite": ("pragma query_only = on", "begin"),
}


class CannotReadError(Exception):
    """A database cannot be read; `reason` is what its checks are told."""

    def __init__(self, reason: NotChecked) -> None:
        super().__init__(reason.reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Line:
    """A connection, and what it goes through; further ones of its engine (`connection.engine`) go the same way."""

    plan: Plan
    connection: Connection
    forwarding: Forwarding | None

    def why(self, error: Exception) -> NotChecked:
        """What an error means. Of a way that is lost, a driver sees no more than the end of its connection."""
        return (self.forwarding and self.forwarding.trouble) or explained(self.plan, error)

    def stop_listening(self) -> None:
        """There will be no further connections."""
        if self.forwarding is not None:
            self.forwarding.stop_listening()


@dataclass(slots=True)
class Session:
    """An open connection, in a transaction until `end`. `asked` counts the statements that read something."""

    line: Line
    stopped: Callable[[], bool]
    limit: float = STATEMENT
    asked: int = 0

    @property
    def plan(self) -> Plan:
        return self.line.plan

    @property
    def connection(self) -> Connection:
        return self.line.connection

    def begin(self, *, uncommitted: bool = False) -> None:
        """Begin a transaction, which sees what there is from now on. Raises CannotReadError.

        Args:
            uncommitted: it sees the rows of open transactions as well (MySQL and MariaDB; no other engine can).
        """
        _begin(self, uncommitted)

    def end(self) -> None:
        """Let go of what the transaction holds: locks that keep others from ALTER TABLE, and old rows from VACUUM.

        Raises CannotReadError.
        """
        self.run("rollback")

    def rows(self, statement: str, *parameters: object) -> Sequence[Any]:
        """Raises CannotReadError."""
        from sqlalchemy.exc import DBAPIError

        try:
            return self.attempt(statement, *parameters)
        except DBAPIError as error:
            raise CannotReadError(self.line.why(error)) from None

    def run(self, statement: str) -> None:
        """A statement without rows. Raises CannotReadError."""
        from sqlalchemy.exc import DBAPIError

        try:
            self.connection.exec_driver_sql(statement)
        except DBAPIError as error:
            raise CannotReadError(self.line.why(error)) from None

    def attempt(self, statement: str, *parameters: object) -> Sequence[Any]:
        """As `rows`, but raises sqlalchemy.exc.DBAPIError where the server refuses the statement."""
        from sqlalchemy.exc import DBAPIError

        if self.stopped():
            raise CannotReadError(NotChecked("nobody waited for the database any more", self.plan.trouble("no time")))
        self.asked += 1
        # Without parameters a % is a %.
        bare = self.connection.execution_options(no_parameters=not parameters)
        try:
            return bare.exec_driver_sql(statement, parameters).fetchall()
        except DBAPIError as error:
            if error.connection_invalidated:  # a connection that is lost refuses nothing
                raise CannotReadError(self.line.why(error)) from None
            raise


@contextmanager
def opened(plan: Plan, stopped: Callable[[], bool], deadline: float | None) -> Iterator[Session]:
    """Raises CannotReadError, whose texts have no password in them."""
    left = max(deadline - time.time(), 1.0) if deadline is not None else STATEMENT
    with reached(plan, min(CONNECT, left), stopped, deadline) as line:
        line.stop_listening()
        session = Session(line, stopped, min(STATEMENT, left))
        session.begin()
        yield session


@contextmanager
def reached(
    plan: Plan, connect: float, stopped: Callable[[], bool], deadline: float | None = None, *, writable: bool = False
) -> Iterator[Line]:
    """A connection to a database, from here or through its host, until `stopped` or `deadline`; `writable` as below.

    Raises CannotReadError.
    """
    try:
        from sqlalchemy import exc
    except ImportError as error:
        raise CannotReadError(no_driver(plan, error)) from None
    forwarding: Forwarding | None = None
    with ExitStack() as stack:
        try:
            engine = engine_of(plan, connect, stopped, writable=writable)
            stack.callback(engine.dispose)
            if plan.via is not None:
                forwarding = stack.enter_context(tunnel(plan.via, plan.location, engine, stopped, deadline))
            connection = engine.connect()
        except ImportError as error:
            raise CannotReadError(no_driver(plan, error)) from None
        except Unreachable as error:
            raise CannotReadError(error.not_checked) from None
        except (exc.SQLAlchemyError, OSError, RuntimeError, TypeError, ValueError) as error:
            # The last ones are what drivers say of options that they cannot use.
            why = forwarding and forwarding.trouble
            raise CannotReadError(why or explained(plan, error)) from None
        try:
            yield Line(plan, connection, forwarding)
        finally:
            with suppress(exc.DBAPIError):  # what is lost already need not be closed
                connection.close()


def engine_of(plan: Plan, connect: float, stopped: Callable[[], bool], *, writable: bool = False) -> Engine:
    """Each statement over it is a transaction of its own; if `writable`, one may take as long as it wants.

    A file of SQLite is made, or opened for writing, only if `writable`.
    """
    from sqlalchemy import NullPool, create_engine
    from sqlalchemy.engine import URL

    where = plan.location
    if where.dialect == "sqlite":
        return create_engine("sqlite://", creator=lambda: _file(where.database, stopped, writable), poolclass=NullPool)
    url = URL.create(
        _DRIVERS[where.dialect],
        where.user or None,
        where.password.reveal() or None,
        where.host or None,
        where.port or None,
        where.database,
        dict(where.options),
    )
    arguments: dict[str, Any] = {"connect_timeout": max(int(connect), 1)}
    if where.dialect == "mysql" and not writable:
        arguments |= {"read_timeout": STATEMENT + LOCK, "write_timeout": STATEMENT}
    # Without the transactions that SQLAlchemy would begin: ours is another.
    return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments)


def _file(path: str, stopped: Callable[[], bool], writable: bool) -> sqlite3.Connection:
    # `mode=ro` makes no file where there is none. One thread uses a connection; another may interrupt it.
    address = f"file:{quote(str(Path(path).absolute()))}?mode={'rwc' if writable else 'ro'}"
    connection = sqlite3.connect(address, uri=True, timeout=LOCK, isolation_level=None, check_same_thread=not writable)
    connection.set_progress_handler(stopped, 100_000)
    return connection


def _begin(session: Session, uncommitted: bool) -> None:
    """Both servers also bound what they wait for; MySQL and MariaDB have different words for it."""
    limit, statement = "", session.limit
    if session.plan.location.dialect == "mysql":
        mariadb = getattr(session.connection.dialect, "is_mariadb", False)
        limit = f"max_statement_time = {statement:g}" if mariadb else f"max_execution_time = {statement * 1000:.0f}"
    values = {
        "statement_ms": f"{statement * 1000:.0f}",
        "lock_ms": f"{LOCK * 1000:.0f}",
        "lock_s": f"{LOCK:.0f}",
        "limit": f"set session {limit}",
        "uncommitted": "set transaction isolation level read uncommitted" if uncommitted else "",
    }
    for command in _BEGIN[session.plan.location.dialect]:
        if words := command.format(**values):
            session.run(words)
