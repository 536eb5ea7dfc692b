"""PostgreSQL, on a free port and with data of its own.

with postgres.running(folder, {"wal_level": "logical"}) as server:
    ...  # server.url("orders") for SQLAlchemy
"""

from __future__ import annotations

import atexit
import functools
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from .databases import USER, DatabaseServer, own_folder, prepare, serving
from .process import executable

SETTINGS = {
    # A crash may cost the data: nobody will miss them.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Small, so that what tests load outgrows it as real tables do.
    "shared_buffers": "16MB",
    # Statistics appear when a test asks for them, not when a worker comes by.
    "autovacuum": "off",
    "password_encryption": "scram-sha-256",
    "unix_socket_directories": "",
}
HBA = "host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True, slots=True)
class Postgres(DatabaseServer):
    driver: ClassVar[str] = "postgresql+psycopg"
    superuser: ClassVar[str] = "postgres"
    home: ClassVar[str] = "postgres"
    where_is_your_data: ClassVar[str] = "SHOW data_directory"
    patience: ClassVar[Mapping[str, int]] = {"connect_timeout": 2}
    # "Immediate shutdown": on SIGTERM it waits for all to disconnect, after SIGKILL its shared memory stays behind.
    stop: ClassVar[signal.Signals] = signal.SIGQUIT

    def create(self, database: str) -> None:
        self.execute(f"CREATE DATABASE {database} OWNER {USER}")

    def drop(self, database: str) -> None:
        self.execute(f"DROP DATABASE {database} WITH (FORCE)")


@contextmanager
def running(folder: Path, settings: Mapping[str, str] = {}) -> Iterator[Postgres]:
    """Run a server on a free port of 127.0.0.1, with its data in `folder`/data; `settings` win over SETTINGS.

    Where the tests run as root, `nobody` has to get to the folder. Raises NotInstalledError or DidNotStartError.
    """
    binary = _newest("postgres")
    server = Postgres(folder, passwords={user: secrets.token_hex(12) for user in (Postgres.superuser, USER)})
    data = str(own_folder(folder))
    prepare([executable("cp"), "--archive", f"{_template()}/.", data])
    prepare(
        [binary, "--single", "-F", "-D", data, *_options(SETTINGS), Postgres.home],
        [
            f"ALTER ROLE {Postgres.superuser} PASSWORD '{server.passwords[Postgres.superuser]}'",
            f"CREATE ROLE {USER} LOGIN PASSWORD '{server.passwords[USER]}'",
        ],
    )
    (server.data / "pg_hba.conf").write_text(HBA)

    def command(server: Postgres) -> list[str]:
        own = {**SETTINGS, **settings, "listen_addresses": server.address, "port": str(server.port)}
        return [binary, "-D", data, *_options(own)]

    with serving(server, command) as server:
        yield server


@functools.cache
def _template() -> Path:
    """Data as initdb leaves them, made once a process: most of a start's time. Copies share a system identifier."""
    folder = Path(tempfile.mkdtemp(prefix="initdb-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    data = own_folder(folder)
    # Nobody gets in by "trust": this server never listens, and a copy has HBA instead.
    look = ["--username", Postgres.superuser, "--auth=trust", "--locale=C.UTF-8", "--encoding=UTF8"]
    prepare([_newest("initdb"), "--pgdata", str(data), "--no-sync", *look])
    return data


def _options(settings: Mapping[str, str]) -> list[str]:
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _newest(name: str) -> str:
    """Debian keeps the servers, of which there may be several versions, off everybody's PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"[0-9]*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(found[-1]) if found else executable(name)
