"""The lab's database servers: real ones, each test's databases its own, and nothing left of them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy
from sqlalchemy.exc import DBAPIError

from . import databases, ports, process
from .databases import DatabaseServer, execute

ROOT = Path(__file__).parents[2]
Fresh = Callable[[DatabaseServer], str]
Start = Callable[[Mapping[str, str]], DatabaseServer]

ENGINES = pytest.mark.parametrize("engine", ["postgres", "mariadb"])
WHO_AND_WHERE = {"postgres": "SELECT session_user, current_database()", "mariadb": "SELECT current_user(), database()"}


@pytest.fixture
def server(engine: str, request: pytest.FixtureRequest) -> DatabaseServer:
    """The engine's server; the other engine's is not started."""
    server = request.getfixturevalue(engine)
    assert isinstance(server, DatabaseServer)
    return server


@ENGINES
def test_a_table_and_its_index_are_read_back(server: DatabaseServer, fresh_database: Fresh) -> None:
    url = fresh_database(server)
    execute(
        url, "CREATE TABLE orders (id int PRIMARY KEY, customer int)", "CREATE INDEX by_customer ON orders (customer)"
    )
    assert execute(url, "INSERT INTO orders VALUES (1, 7)", "SELECT * FROM orders WHERE '%s' <> '%'") == [(1, 7)]
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    assert [index["name"] for index in sqlalchemy.inspect(engine).get_indexes("orders")] == ["by_customer"]


@ENGINES
def test_fresh_databases_are_empty_and_apart(server: DatabaseServer, fresh_database: Fresh) -> None:
    first, second = fresh_database(server), fresh_database(server)
    execute(first, "CREATE TABLE orders (id int)")
    assert _tables(first) == ["orders"]
    assert _tables(second) == []


def _tables(url: str) -> list[str]:
    return sqlalchemy.inspect(sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)).get_table_names()


@ENGINES
def test_a_fresh_database_goes_with_whoever_is_in_it(server: DatabaseServer) -> None:
    with databases.fresh_database(server) as url:
        execute(url, "CREATE TABLE orders (id int)")
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        lost = engine.connect()
        lost.exec_driver_sql("SELECT * FROM orders")  # in a transaction from here on
    with pytest.raises(DBAPIError):
        lost.exec_driver_sql("SELECT * FROM orders")
    lost.close()
    with pytest.raises(DBAPIError, match=r"Unknown database|does not exist"):
        execute(url, "SELECT 1")


@ENGINES
def test_users_are_let_in_with_their_passwords_only(engine: str, server: DatabaseServer, fresh_database: Fresh) -> None:
    name = sqlalchemy.make_url(fresh_database(server)).database or ""
    for user in ("preflight", server.superuser):
        [[who, where]] = execute(server.url(name, user), WHO_AND_WHERE[engine])
        assert (who.removesuffix("@%"), where) == (user, name)
        for wrong in ("wrong", ""):
            with pytest.raises(DBAPIError, match=r"(?i)password"):
                execute(server.url(name, user, wrong), "SELECT 1")
    assert not [password for password in server.passwords.values() if password in repr(server)]


@ENGINES
def test_preflight_has_no_rights_elsewhere(server: DatabaseServer) -> None:
    with pytest.raises(DBAPIError, match="denied"):
        execute(server.url(), "CREATE DATABASE mine")


def test_postgres_takes_settings(start_postgres: Start) -> None:
    server = start_postgres({"wal_level": "logical", "shared_buffers": "1MB"})
    assert server.execute("SHOW wal_level") == [("logical",)]
    assert server.execute("SHOW shared_buffers") == [("1MB",)]
    assert server.execute("SHOW fsync") == [("off",)]


def test_mariadb_takes_settings(start_mariadb: Start) -> None:
    server = start_mariadb({"performance_schema": "ON", "innodb_buffer_pool_size": "8M"})
    seen = server.execute("SELECT @@performance_schema, @@innodb_buffer_pool_size, @@innodb_flush_method")
    assert seen == [(1, 8 << 20, "nosync")]


@pytest.mark.parametrize(
    ("start", "settings", "complaint"),
    [
        ("start_postgres", {"wal_level": "nonsense"}, 'invalid value for parameter "wal_level": "nonsense"'),
        ("start_mariadb", {"nonsense": "1"}, "unknown variable 'nonsense=1'"),
    ],
)
def test_a_server_that_does_not_start_says_why(
    start: str, settings: dict[str, str], complaint: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(process.DidNotStartError, match=complaint):
        request.getfixturevalue(start)(settings)


def test_a_port_that_another_server_took_is_given_up(
    postgres: DatabaseServer, start_postgres: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    _offer(monkeypatch, postgres.port)
    server = start_postgres({})
    assert server.port != postgres.port
    assert Path(server.execute("SHOW data_directory")[0][0]) == server.data


def test_a_port_that_a_silent_stranger_took_is_given_up(start_mariadb: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    with ports.blackhole() as taken:
        _offer(monkeypatch, taken.port)
        assert start_mariadb({}).port != taken.port


def _offer(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    choices = iter([taken, ports.free_port()])
    monkeypatch.setattr(databases, "free_port", lambda *_: next(choices))


@ENGINES
def test_a_server_is_not_root_and_is_reached_over_loopback_only(server: DatabaseServer) -> None:
    status = Path(f"/proc/{server.pid}/status").read_text()
    assert "\nUid:\t0" not in status
    # Its sockets that listen; the tables name local addresses in hexadecimal.
    inodes = {str(link.readlink()) for link in Path(f"/proc/{server.pid}/fd").iterdir()}
    lines = [line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()]
    listening = [line[1] for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in inodes]
    assert listening == [f"0100007F:{server.port:04X}"]


@ENGINES
def test_nothing_is_left_of_a_killed_test_run(engine: str, open_folder: Path) -> None:
    code = (
        f"import pathlib, sys, time; from tests.lab import {engine}\n"
        f"with {engine}.running(pathlib.Path(sys.argv[1])) as server:\n"
        "    print(server.port, server.pid, server.url(user=server.superuser), flush=True); time.sleep(60)"
    )
    # Files do stay behind: here, not in everybody's folder for them.
    env = {**os.environ, "TMPDIR": str(open_folder)}
    with subprocess.Popen([sys.executable, "-c", code, open_folder], cwd=ROOT, env=env, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        port, pid, url = run.stdout.readline().decode().split()
        shared = _shared_memory(pid)
        assert bool(shared) == (engine == "postgres")
        # A client stays: no reason for the server to do so.
        client = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool).connect()
        client.exec_driver_sql("SELECT 1")
        assert _processes_in(open_folder / "data")
        run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while (left := _processes_in(open_folder / "data")) or _listens(int(port)):
        assert time.monotonic() < deadline, f"still there: {left or port}"
        time.sleep(0.01)
    client.invalidate()
    client.close()
    assert not [path for path in shared if path.startswith("/dev/shm/") and Path(path).exists()]
    segments = {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()}
    assert not segments & set(shared)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that other users can get to."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex((ports.LOOPBACK, port)) == 0


def _processes_in(folder: Path) -> list[str]:
    """Servers' processes work in the folder of their data; one that has ended, and waits for its parent, does not."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if link.readlink() == folder:
                found.append(link.parent.name)
    return found


def _shared_memory(pid: str) -> list[str]:
    """Paths of POSIX segments, numbers of System V segments."""
    maps = [line.split(maxsplit=5) for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    mapped = [(line[4], line[5]) for line in maps if len(line) == 6]
    return [
        number if path.startswith("/SYSV") else path
        for number, path in mapped
        if path.startswith(("/SYSV", "/dev/shm/"))
    ]


def test_a_missing_server_fails_with_its_cure(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_DAEMON_PATH", "/nonexistent")
    pytester.makepyfile("def test_it(mariadb): pass")
    result = pytester.runpytest_inprocess("-p", "tests.lab.fixtures")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["mariadbd is not installed: run tests/lab/install-packages"])
