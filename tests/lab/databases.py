"""Database servers: where one is and who may in, how it is started on a free port, and fresh databases on it.

They run as `nobody` where the tests run as root: PostgreSQL refuses to be root, and a superuser of either can write
files. So that user has to get to the server's folder: pytest's own are closed to all others.
"""

from __future__ import annotations

import os
import pwd
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import sqlalchemy
from sqlalchemy.exc import DBAPIError

from .ports import LOOPBACK, free_port
from .process import DidNotStartError, daemon, executable

USER = "preflight"


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """A server that lets in `preflight`, who owns fresh databases and has no other rights, and a superuser."""

    driver: ClassVar[str]  # as SQLAlchemy names it
    superuser: ClassVar[str]
    home: ClassVar[str]  # the database that the superuser works from; "" for none
    where_is_your_data: ClassVar[str]  # tells this server from a stranger on its port
    patience: ClassVar[Mapping[str, int]]  # the driver's arguments for not waiting on a stranger that says nothing
    stop: ClassVar[signal.Signals]  # at once, as nobody will need the data

    folder: Path
    address: str = LOOPBACK
    port: int = 0
    pid: int = 0
    # Each server's own: who knows a superuser's can run commands as the user that the tests run as.
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    def url(self, database: str = "", user: str = USER, password: str | None = None) -> str:
        """For SQLAlchemy; with the user's true password unless another is given."""
        password = self.passwords.get(user) if password is None else password
        place = (self.address, self.port, database or self.home or None)
        return sqlalchemy.URL.create(self.driver, user, password, *place).render_as_string(hide_password=False)

    def execute(self, *statements: str, database: str = "") -> list[tuple[Any, ...]]:
        """Run statements as the superuser, as `databases.execute` does."""
        return execute(self.url(database, self.superuser), *statements)

    def create(self, database: str) -> None:
        raise NotImplementedError

    def drop(self, database: str) -> None:
        """Drop it, whoever is still connected to it."""
        raise NotImplementedError

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


AnyServer = TypeVar("AnyServer", bound=DatabaseServer)


def execute(url: str, *statements: str, **driver: Any) -> list[tuple[Any, ...]]:
    """Run statements over a connection of their own, each committed by itself; the rows of the last one.

    `driver` are arguments of the driver's own.
    """
    rows: list[tuple[Any, ...]] = []
    engine = sqlalchemy.create_engine(
        url, poolclass=sqlalchemy.NullPool, isolation_level="AUTOCOMMIT", connect_args=driver
    )
    with engine.connect() as connection:
        # Or the driver would take each % for a parameter.
        connection = connection.execution_options(no_parameters=True)
        for statement in statements:
            result = connection.exec_driver_sql(statement)
            rows = [tuple(row) for row in result] if result.returns_rows else []
    return rows


@contextmanager
def fresh_database(server: DatabaseServer) -> Iterator[str]:
    """The URL of a new, empty database with all rights in it, dropped on leaving.

    `server.url(name, server.superuser)` leads into it as the superuser.
    """
    name = f"fresh_{secrets.token_hex(4)}"
    server.create(name)
    try:
        yield server.url(name)
    finally:
        server.drop(name)


@contextmanager
def serving(server: AnyServer, command: Callable[[AnyServer], Sequence[str]]) -> Iterator[AnyServer]:
    """Run `command(server)` with a free port filled in and wait until that very server answers.

    Raises DidNotStartError.
    """
    with ExitStack() as stack:
        for attempts_left in (2, 1, 0):
            server = replace(server, port=free_port())
            argv = unprivileged(command(server), "--pdeathsig", server.stop.name.removeprefix("SIG"))
            try:
                with ExitStack() as attempt:
                    child = attempt.enter_context(daemon(argv, server.folder / "log"))
                    attempt.callback(child.send_signal, server.stop)
                    _wait_until_it_answers(server, child)
                    stack.push(attempt.pop_all())
                break
            except DidNotStartError as error:
                # Somebody may take a free port before the server does.
                if not attempts_left or "in use" not in str(error):
                    raise
        yield replace(server, pid=child.pid)


def _wait_until_it_answers(server: DatabaseServer, child: subprocess.Popen[bytes], timeout: float = 30.0) -> None:
    deadline = time.monotonic() + timeout
    while True:
        if child.poll() is not None:
            raise DidNotStartError(f"{server.driver} server ended with {child.returncode}: {server.log[-1000:]}")
        try:
            [[data]] = execute(server.url(user=server.superuser), server.where_is_your_data, **server.patience)
            if Path(data).resolve() == server.data.resolve():
                return
            seen = f"another server, of {data}"
        except DBAPIError as error:
            seen = str(error.orig)
        if time.monotonic() > deadline:
            raise DidNotStartError(
                f"no answer on port {server.port} within {timeout:g} s: {seen}; {server.log[-1000:]}"
            )
        time.sleep(0.01)


def own_folder(folder: Path) -> Path:
    """Make `folder`/data of the user that servers run as, in a folder which that user may look into."""
    data = folder / "data"
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        folder.chmod(0o755)
        nobody = pwd.getpwnam("nobody")
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
    return data


def unprivileged(argv: Sequence[str], *options: str) -> list[str]:
    """The command as `nobody` where we are root; `options` are more of setpriv(1).

    A change of user clears the signal that a parent's death brings: setpriv sets it after that, so it is set here anew.
    """
    user: list[str] = []
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        user = ["--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups"]
    return [executable("setpriv"), *user, *options, "--", *argv]


def prepare(argv: Sequence[str], statements: Sequence[str] = (), script: str = "") -> None:
    """Run a command that makes a server's data, as the server's user; it reads `script`, then `statements`, one a line.

    Raises DidNotStartError.
    """
    text = script + "".join(f"{statement}\n" for statement in statements)
    done = subprocess.run(unprivileged(argv), input=text, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise DidNotStartError(
            f"{Path(argv[0]).name} ended with {done.returncode}: {(done.stdout + done.stderr)[-1000:]}"
        )
