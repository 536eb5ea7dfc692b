"""One connection to one database, for reading only: how it is opened, bounded and closed.

Everything is read in one read-only transaction, with limits for statements and locks that end with it: a connection
pooler such as PgBouncer hands the same session to an application next, which must not find it changed.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from preflight.finding import NotChecked
from preflight_database.plan import Plan
from preflight_database.trouble import explained, no_driver

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

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
        "start transaction read only",
    ),
    "sqlite": ("pragma query_only = on", "begin"),
}


class CannotReadError(Exception):
    """A database cannot be read; `reason` is what its checks are told."""

    def __init__(self, reason: NotChecked) -> None:
        super().__init__(reason.reason)
        self.reason = reason


@dataclass(slots=True)
class Session:
    """An open connection. `asked` counts the statements that read something."""

    plan: Plan
    connection: Connection
    stopped: Callable[[], bool]
    asked: int = 0

    def rows(self, statement: str, *parameters: object) -> Sequence[Any]:
        """Raises CannotReadError."""
        from sqlalchemy.exc import DBAPIError

        try:
            return self.attempt(statement, *parameters)
        except DBAPIError as error:
            raise CannotReadError(explained(self.plan, error)) from None

    def attempt(self, statement: str, *parameters: object) -> Sequence[Any]:
        """The same; raises sqlalchemy.exc.DBAPIError where the server refuses the statement."""
        if self.stopped():
            raise CannotReadError(NotChecked("nobody waited for the database any more", self.plan.trouble("no time")))
        self.asked += 1
        # Without parameters a % is a %.
        bare = self.connection.execution_options(no_parameters=not parameters)
        return bare.exec_driver_sql(statement, parameters).fetchall()


@contextmanager
def opened(plan: Plan, stopped: Callable[[], bool], deadline: float | None) -> Iterator[Session]:
    """Raises CannotReadError, whose texts have no password in them."""
    try:
        from sqlalchemy import exc
    except ImportError as error:
        raise CannotReadError(no_driver(plan, error)) from None
    left = max(deadline - time.time(), 1.0) if deadline is not None else STATEMENT
    try:
        engine = _engine(plan, min(CONNECT, left), stopped)
        connection = engine.connect()
    except ImportError as error:
        raise CannotReadError(no_driver(plan, error)) from None
    except (exc.SQLAlchemyError, OSError, RuntimeError, TypeError, ValueError) as error:
        # The last ones are what drivers say of options that they cannot use.
        raise CannotReadError(explained(plan, error)) from None
    try:
        session = Session(plan, connection, stopped)
        _begin(session, min(STATEMENT, left))
        yield session
    finally:
        with suppress(exc.DBAPIError):  # what is lost already need not be closed
            connection.close()
        engine.dispose()


def _engine(plan: Plan, connect: float, stopped: Callable[[], bool]) -> Engine:
    from sqlalchemy import NullPool, create_engine
    from sqlalchemy.engine import URL

    where = plan.location
    if where.dialect == "sqlite":
        return create_engine("sqlite://", creator=lambda: _file(where.database, stopped), poolclass=NullPool)
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
    if where.dialect == "mysql":
        arguments |= {"read_timeout": STATEMENT + LOCK, "write_timeout": STATEMENT}
    # Without the transactions that SQLAlchemy would begin: ours is another.
    return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments)


def _file(path: str, stopped: Callable[[], bool]) -> sqlite3.Connection:
    # `mode=ro` makes no file where there is none; the connection is used and closed in one thread.
    address = f"file:{quote(str(Path(path).absolute()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=LOCK, isolation_level=None)
    connection.set_progress_handler(stopped, 100_000)
    return connection


def _begin(session: Session, statement: float) -> None:
    """Both servers also bound what they wait for; MySQL and MariaDB have different words for it."""
    from sqlalchemy.exc import DBAPIError

    limit = ""
    if session.plan.location.dialect == "mysql":
        mariadb = getattr(session.connection.dialect, "is_mariadb", False)
        limit = f"max_statement_time = {statement:g}" if mariadb else f"max_execution_time = {statement * 1000:.0f}"
    values = {
        "statement_ms": f"{statement * 1000:.0f}",
        "lock_ms": f"{LOCK * 1000:.0f}",
        "lock_s": f"{LOCK:.0f}",
        "limit": f"set session {limit}",
    }
    try:
        for command in _BEGIN[session.plan.location.dialect]:
            session.connection.exec_driver_sql(command.format(**values))
    except DBAPIError as error:
        raise CannotReadError(explained(session.plan, error)) from None
