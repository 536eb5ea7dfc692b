"""MariaDB, on a free port and with data of its own.

with mariadb.running(folder, {"performance_schema": "ON"}) as server:
    ...  # server.url("orders") for SQLAlchemy
"""

from __future__ import annotations

import secrets
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from sqlalchemy.exc import DBAPIError

from .databases import USER, DatabaseServer, own_folder, prepare, serving
from .process import NotInstalledError, executable

SETTINGS = {
    # A crash may cost the data: nobody will miss them.
    "innodb_flush_method": "nosync",
    "innodb_flush_log_at_trx_commit": "0",
    "sync_frm": "0",
    # Small, so that what tests load outgrows it as real tables do.
    "innodb_buffer_pool_size": "16M",
    "innodb_log_file_size": "16M",
    "performance_schema": "OFF",
    # Else 127.0.0.1 is looked up, and is or is not "localhost".
    "skip_name_resolve": "ON",
}
# In this order. They are called mysql_* or, in later versions, mariadb_*.
SYSTEM_TABLES = (
    "*_system_tables.sql",
    "*_performance_tables.sql",
    "*_system_tables_data.sql",
    "maria_add_gis_sp_bootstrap.sql",
    "*_sys_schema.sql",
)


@dataclass(frozen=True, slots=True)
class MariaDB(DatabaseServer):
    driver: ClassVar[str] = "mysql+pymysql"
    superuser: ClassVar[str] = "root"
    home: ClassVar[str] = ""
    where_is_your_data: ClassVar[str] = "SELECT @@datadir"
    patience: ClassVar[Mapping[str, int]] = {"connect_timeout": 1, "read_timeout": 1}
    # It has no children and no shared memory, only data that a shutdown would put in order.
    stop: ClassVar[signal.Signals] = signal.SIGKILL

    def create(self, database: str) -> None:
        self.execute(f"CREATE DATABASE {database}")

    def drop(self, database: str) -> None:
        # It waits for transactions that have looked at a table; for a day by default.
        for (connection,) in self.execute(f"SELECT id FROM information_schema.processlist WHERE db = '{database}'"):
            with suppress(DBAPIError):  # one that has ended meanwhile
                self.execute(f"KILL {connection}")
        self.execute("SET lock_wait_timeout = 30", f"DROP DATABASE {database}")


@contextmanager
def running(folder: Path, settings: Mapping[str, str] = {}) -> Iterator[MariaDB]:
    """Run a server on a free port of 127.0.0.1, with its data in `folder`/data; `settings` win over SETTINGS.

    Where the tests run as root, `nobody` has to get to the folder. Raises NotInstalledError or DidNotStartError.
    """
    binary = executable("mariadbd")
    server = MariaDB(folder, passwords={user: secrets.token_hex(12) for user in (MariaDB.superuser, USER)})
    data = own_folder(folder)
    always = [binary, "--no-defaults", f"--datadir={data}", f"--tmpdir={data}"]
    prepare(
        # The tables of rights are to be of the engines that their definitions name, whatever the settings.
        [*always, *_options(SETTINGS), "--bootstrap", "--enforce-storage-engine=", "--innodb-fast-shutdown=2"],
        script=f"CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n{_system_tables()}\n",
        statements=[
            # There are several roots, some for TCP, all without a password.
            "DELETE FROM global_priv WHERE user = 'root' AND host <> 'localhost';",
            "DELETE FROM proxies_priv;",
            "FLUSH PRIVILEGES;",  # from here on there are users
            f"RENAME USER root@localhost TO {MariaDB.superuser};",
            f"ALTER USER {MariaDB.superuser} IDENTIFIED BY '{server.passwords[MariaDB.superuser]}';",
            f"CREATE USER {USER} IDENTIFIED BY '{server.passwords[USER]}';",
            rf"GRANT ALL ON `fresh\_%`.* TO {USER};",
        ],
    )

    def command(server: MariaDB) -> list[str]:
        place = {"bind_address": server.address, "port": str(server.port)}
        # The socket is in the data's folder, where a relative name has no length to exceed.
        return [*always, *_options({**SETTINGS, **settings, **place}), "--socket=socket", "--pid-file=pid"]

    with serving(server, command) as server:
        yield server


def _options(settings: Mapping[str, str]) -> list[str]:
    return [f"--{name}={value}" for name, value in settings.items()]


def _system_tables() -> str:
    """What mariadb-install-db reads; that script also wants tools of the client's package."""
    for folder in map(Path, ("/usr/share/mysql", "/usr/share/mariadb")):
        found = [path for pattern in SYSTEM_TABLES for path in folder.glob(pattern)]
        if found:
            return "".join(path.read_text() for path in found)
    raise NotInstalledError(
        "the definitions of MariaDB's system tables are not installed: run tests/lab/install-packages"
    )
