"""Where a database is: SQLAlchemy's form of a URL, read without SQLAlchemy, which may not be installed.

    dialect://user:password@host:port/database?option=value      sqlite:///path

A URL may hold a password, and a badly written one has it in any of its parts: no message here quotes one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote

from preflight.nearest import did_you_mean
from preflight.secret import Secret

Dialect = Literal["postgresql", "mysql", "sqlite"]
_DIALECTS: dict[str, Dialect] = {
    "postgresql": "postgresql", "postgresql+psycopg": "postgresql",
    "mysql": "mysql", "mysql+pymysql": "mysql", "mariadb": "mysql", "mariadb+pymysql": "mysql",
    "sqlite": "sqlite", "sqlite+pysqlite": "sqlite",
}  # fmt: skip
# libpq's and PyMySQL's options that a check can have a use for; the rest would be refused by the driver, or ignored.
_OPTIONS: dict[Dialect, frozenset[str]] = {
    "postgresql": frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslsni", "sslnegotiation",
                             "ssl_min_protocol_version", "channel_binding", "gssencmode", "krbsrvname", "host",
                             "target_session_attrs", "passfile", "service"}),
    "mysql": frozenset({"ssl_ca", "ssl_capath", "ssl_cert", "ssl_key", "ssl_cipher", "ssl_check_hostname",
                        "unix_socket", "charset"}),
    "sqlite": frozenset(),
}  # fmt: skip
_PORTS: dict[Dialect, int] = {"postgresql": 5432, "mysql": 3306, "sqlite": 0}
_AUTHORITY = re.compile(r"(?:(?P<login>.*)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[\w.-]*)(?::(?P<port>\d{1,5}))?")
NO_PASSWORD = Secret("")
_ENCODE = "characters such as @ / : ? # in a password are percent-encoded in a URL, or write it under `password:`"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a database is and as whom to log in.

    Attributes:
        database: its name; for SQLite the path of its file.
        port: 0 for the usual one.
    """

    dialect: Dialect
    host: str = ""
    port: int = 0
    user: str = ""
    password: Secret = NO_PASSWORD
    database: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        if self.dialect == "sqlite":
            return self.database
        host = self.host or dict(self.options).get("host") or dict(self.options).get("unix_socket") or "localhost"
        return f"{self.database or 'every database'} at {host} port {self.listens_on}"

    @property
    def listens_on(self) -> int:
        """Its port, also where the usual one is meant."""
        return self.port or _PORTS[self.dialect]


def parse(url: str) -> Location:
    """Raises ValueError, with what to write instead, and nothing of what is written."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ValueError("should be a URL, such as postgresql://user@host/database or sqlite:///path")
    dialect = _DIALECTS.get(scheme.lower())
    if dialect is None:
        raise ValueError(f"it cannot be read by its scheme{did_you_mean(scheme, _DIALECTS)}")
    if dialect == "sqlite":
        return _file(rest)
    end = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    authority, path = rest[:end], rest[end:]
    if "@" in path or "#" in rest:
        raise ValueError(f"does not parse: {_ENCODE}")
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise ValueError(f"does not parse: the host or the port is none; {_ENCODE}")
    user, _, password = (found["login"] or "").partition(":")
    port = int(found["port"] or 0)
    if port > 65535:
        raise ValueError("there is no such port; ports are 1 to 65535")
    path, _, query = path.removeprefix("/").partition("?")
    if "/" in path:
        raise ValueError("should end in the name of one database, and has a / in it")
    if not path:
        raise ValueError("should end in the name of a database: scheme://user@host/DATABASE")
    host = found["host"].strip("[]")
    return Location(
        dialect, host, port, unquote(user), Secret(unquote(password)), unquote(path), _options(dialect, query)
    )


def _options(dialect: Dialect, query: str) -> tuple[tuple[str, str], ...]:
    options = tuple(parse_qsl(query, keep_blank_values=True))
    for name, _ in options:
        if name not in _OPTIONS[dialect]:
            raise ValueError(f'there is no option "{name}" after the ?{did_you_mean(name, _OPTIONS[dialect])}')
    return options


def _file(rest: str) -> Location:
    if not rest.startswith("/"):
        raise ValueError("should have three slashes before a path: sqlite:///shop.db, sqlite:////var/lib/shop.db")
    path = unquote(rest[1:])
    if "?" in path or not path or path == ":memory:":
        raise ValueError("should name the file of a database, without options: sqlite:///shop.db")
    return Location("sqlite", database=path)


def below(location: Location, inventory_file: str) -> Location:
    """With a relative path of SQLite's seen from the folder of the inventory's file, as `${file:...}` is."""
    if location.dialect != "sqlite" or not inventory_file:
        return location
    return Location("sqlite", database=str(Path(inventory_file).parent / location.database))
