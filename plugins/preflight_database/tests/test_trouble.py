"""What keeps a database from being read: one cause, what to do, and never the password."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from preflight.finding import NotChecked
from preflight.kind import Batch
from preflight.observe import Handover
from preflight.testing import observe_all, parse
from preflight_database.plan import Plan
from preflight_database.tests.said import DOMAIN, checks, execute, inventory, judged, unknown
from preflight_database.trouble import explained
from preflight_database.url import parse as parse_url
from tests.lab.databases import USER, DatabaseServer
from tests.lab.ports import free_port
from tests.lab.postgres import Postgres

Fresh = Callable[[str], str]
SERVERS = ["postgres", "mariadb"]
ENTRY = "table: t, columns: [a]"
WRONG = "Zebra%2F9%26Zebra"


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> DatabaseServer:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, DatabaseServer)
    return found


def without_password(reason: NotChecked, *passwords: str) -> NotChecked:
    for password in (*passwords, "Zebra", WRONG):
        assert password not in repr(reason)
    return reason


def test_a_wrong_password(server: DatabaseServer) -> None:
    name = "postgres" if isinstance(server, Postgres) else "mysql"
    url = server.url(name, USER, "Zebra/9&Zebra")
    reason = without_password(unknown(url, ENTRY))
    assert reason.cause.startswith("database orders cannot be read: ")
    assert USER in reason.reason
    assert "see to `password:`" in reason.next_step
    # Both kinds have one root.
    assert without_password(unknown(url, settings="max_connections: 1")).cause == reason.cause


def test_no_such_database(server: DatabaseServer) -> None:
    reason = without_password(unknown(server.url("fresh_none"), ENTRY), server.passwords[USER])
    assert "fresh_none" in reason.reason
    assert "the name of the database at the end of `url`" in reason.next_step


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_nobody_there(scheme: str) -> None:
    port = free_port()
    reason = without_password(unknown(f"{scheme}://me:{WRONG}@127.0.0.1:{port}/shop", ENTRY))
    assert "refused" in reason.reason
    assert f"the server of shop at 127.0.0.1 port {port} runs" in reason.next_step


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_name_that_is_not_resolved(scheme: str) -> None:
    reason = without_password(unknown(f"{scheme}://me:{WRONG}@db-1.invalid/shop", ENTRY))
    assert reason.next_step == (
        "see to the name of the host in `url`: this machine cannot resolve it (`getent hosts db-1.invalid`)"
    )


@pytest.mark.parametrize(
    ("module", "url", "extra"),
    [
        ("psycopg", "postgresql://me@127.0.0.1/shop", "postgres"),
        ("pymysql", "mariadb://me@127.0.0.1/shop", "mysql"),
        ("sqlalchemy", "sqlite:///shop.db", "sqlite"),
        ("sqlalchemy", "mysql://me@127.0.0.1/shop", "mysql"),
    ],
)
def test_no_driver(monkeypatch: pytest.MonkeyPatch, module: str, url: str, extra: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    reason = unknown(url, ENTRY)
    assert reason.cause == f"database orders cannot be read: {module} is not installed"
    assert reason.next_step == f"pip install 'pytest-preflight[{extra}]'"


def test_no_such_file(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    assert "unable to open database file" in unknown(f"sqlite:///{file}", ENTRY).cause
    assert not file.exists()


def test_no_database_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "text.db"
    file.write_text("this is a text that is long enough to be no database" * 20)
    assert "not a database" in unknown(f"sqlite:///{file}", settings="page_size: 4096").cause


def test_a_file_that_somebody_writes_is_read_all_the_same(tmp_path: Path, fresh: Fresh) -> None:
    import sqlite3

    url = fresh("sqlite")
    execute(url, "create table t (a)", "create index i on t (a)")
    writer = sqlite3.connect(tmp_path / "fresh.db", isolation_level=None)
    writer.execute("begin immediate")
    writer.execute("insert into t values (1)")
    assert judged(url, ENTRY) == [[]]
    writer.close()


def test_a_server_that_says_nothing_is_given_up_on() -> None:
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        (check,) = checks(f"postgresql://me:{WRONG}@127.0.0.1:{silent.getsockname()[1]}/shop", ENTRY)
        seen: list[tuple[object, NotChecked]] = []
        batch = Batch(check.kind, ((check.key, check.spec),), check.shared, time.time() + 2)
        started = time.monotonic()
        check.kind.probe(batch, Handover([check.key], seen.append))
        assert time.monotonic() - started < 8
        assert "timeout" in without_password(seen[0][1]).cause


def test_a_statement_that_waits_for_a_lock_is_given_up_on(fresh: Fresh, postgres: Postgres) -> None:
    url = fresh("postgres")
    execute(url, "create table t (a int)", "create index i on t (a) where a > 0")
    database = url.rpartition("/")[2]
    locked = threading.Event()

    def hold() -> None:
        import sqlalchemy

        engine = sqlalchemy.create_engine(postgres.url(database, postgres.superuser), poolclass=sqlalchemy.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("lock table t in access exclusive mode")
            locked.set()
            connection.exec_driver_sql("select pg_sleep(12)")

    thread = threading.Thread(target=hold)
    thread.start()
    locked.wait(10)
    started = time.monotonic()
    (reasons,) = judged(url, "table: t, columns: [a], where: a > 0")
    assert time.monotonic() - started < 12
    thread.join()
    assert isinstance(reasons[0], NotChecked)
    assert "lock timeout" in reasons[0].cause


def test_the_password_is_not_where_things_are_shown(server: DatabaseServer) -> None:
    password = server.passwords[USER]
    (check,) = parse(DOMAIN, inventory(server.url("fresh_none"), [ENTRY]))
    (seen,) = observe_all(check.kind, check.spec, shared=check.shared)
    for shown in (check.kind.contacts(check.spec, check.shared), check, check.spec, check.shared, seen, check.id):
        assert password not in repr(shown) + str(shown)


def test_a_server_that_repeats_the_password() -> None:
    plan = Plan("orders", parse_url(f"postgresql://me:{WRONG}@db-1/shop"))
    reason = explained(plan, RuntimeError("no user me with Zebra/9&Zebra here"))
    assert without_password(reason).reason == "shop at db-1 port 5432: no user me with *** here"
