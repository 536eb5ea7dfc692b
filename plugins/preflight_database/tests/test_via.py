"""Databases behind a host: real servers, whose name only a real sshd knows."""

from __future__ import annotations

import os
import pickle
import pwd
import shlex
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from preflight.finding import NotChecked
from preflight.kind import Batch
from preflight.observe import Handover
from preflight.remote import Unreachable, connect
from preflight.testing import assert_refused, observe_all, parse
from preflight_database.load.observation import LoadObservation
from preflight_database.session import CannotReadError, Session, opened, reached
from preflight_database.tests.said import DOMAIN, execute, reasons
from tests import test_remote_ssh
from tests.lab.authority import Authority
from tests.lab.databases import USER, DatabaseServer
from tests.lab.mariadb import MariaDB
from tests.lab.ports import LOOPBACK, free_port
from tests.lab.postgres import Postgres
from tests.lab.process import executable
from tests.lab.sshd import Sshd, running
from tests.test_forward import end
from tests.test_remote import wait_until

# No test leaves a thread behind, or has a word on the terminal.
home, _nothing_stays = test_remote_ssh.home, test_remote_ssh._nothing_stays

SERVERS = ["postgres", "mariadb"]
THERE = "db-1.internal"  # no name that this machine knows
ENTRY = "table: t, columns: [a]"
SLEEP = {Postgres: "select pg_sleep(25)", MariaDB: "select sleep(25)"}
RUNNING = {Postgres: "select count(*) from pg_stat_activity where query = 'select pg_sleep(25)'",
           MariaDB: "select count(*) from information_schema.processlist where info = 'select sleep(25)'"}  # fmt: skip

CANCEL = {Postgres: ("select pg_backend_pid()", "select pg_cancel_backend({})"),
          MariaDB: ("select connection_id()", "kill query {}")}  # fmt: skip


def knowing(folder: Path) -> list[str]:
    """A prefix: the command sees a hosts(5) that has THERE, and nobody else does. Needs root."""
    hosts = folder / "hosts"
    hosts.write_text(f"{LOOPBACK} localhost {THERE}\n")
    script = f'mount --bind {shlex.quote(str(hosts))} /etc/hosts && exec "$@"'
    return [executable("unshare"), "--mount", "--propagation", "private", "sh", "-c", script, "sh"]


@contextmanager
def bastion_with(settings: str = "") -> Iterator[Sshd]:
    with (
        TemporaryDirectory(prefix="bastion-") as folder,
        running(Path(folder), settings, prefix=knowing(Path(folder))) as sshd,
    ):
        yield sshd


@pytest.fixture(scope="module")
def bastion() -> Iterator[Sshd]:
    with bastion_with() as sshd:
        yield sshd


@pytest.fixture
def doomed() -> Iterator[Sshd]:
    """One of its own, for a test that ends it."""
    with bastion_with() as sshd:
        yield sshd


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> DatabaseServer:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, DatabaseServer)
    return found


@pytest.fixture
def url(server: DatabaseServer, fresh_database: Callable[[DatabaseServer], str]) -> str:
    """That of a database with a table, as the bastion sees it."""
    found = fresh_database(server)
    execute(found, "create table t (a int, b int)", "create index i on t (a)")
    return found.replace(LOOPBACK, THERE)


def hosts(sshd: Sshd) -> str:
    keys = f"port: {sshd.port}, user: {sshd.user}, identity_file: {sshd.identity}, host_key: '{sshd.fingerprint}'"
    return f"hosts:\n  bastion: {{address: {sshd.address}, {keys}}}\n"


def database(url: str, *entries: str, settings: str = "", name: str = "orders") -> str:
    lines = "".join(f"    - {{{entry}}}\n" for entry in entries)
    text = f"  {name}:\n    url: '{url}'\n    via: host:bastion\n"
    return text + (f"    indexes:\n{lines}" if lines else "") + (f"    settings: {{{settings}}}\n" if settings else "")


def inventory(sshd: Sshd, url: str, *entries: str, settings: str = "") -> str:
    return f"{hosts(sshd)}databases:\n{database(url, *entries, settings=settings)}"


def unknown(sshd: Sshd, url: str, entry: str = ENTRY) -> NotChecked:
    ((reason,),) = reasons(parse(DOMAIN, inventory(sshd, url, entry)))
    assert isinstance(reason, NotChecked), reason
    return reason


@contextmanager
def session(sshd: Sshd, url: str, stopped: Callable[[], bool] = lambda: False) -> Iterator[Session]:
    (check,) = parse(DOMAIN, inventory(sshd, url, ENTRY))
    with opened(check.shared, stopped, None) as found:
        yield found


def test_indexes_and_settings_behind_a_host(url: str, bastion: Sshd) -> None:
    entries = (ENTRY, "table: t, columns: [b]")
    checks = parse(DOMAIN, inventory(bastion, url, *entries, settings="max_connections: '>= 1'"))
    right, missing, setting = reasons(checks)
    assert (right, setting) == ([], [])
    assert [type(reason).__name__ for reason in missing] == ["Finding"]


def test_all_checks_of_a_database_have_one_login(url: str, doomed: Sshd) -> None:
    checks = parse(DOMAIN, inventory(doomed, url, ENTRY, "table: t, columns: [b]", settings="max_connections: 1"))
    (shared,) = {check.shared for check in checks}
    batch = Batch(checks[0].kind, tuple((check.key, check.spec) for check in checks), shared)
    batch = pickle.loads(pickle.dumps(batch))
    seen: list[object] = []
    batch.kind.probe(batch, Handover([check.key for check in checks], seen.append))
    assert len(seen) == 3
    assert doomed.log.count("Accepted publickey") == 1


def test_nobody_else_goes_that_way_once_it_is_read(url: str, bastion: Sshd) -> None:
    with session(bastion, url) as found:
        forwarding = found.line.forwarding
        assert forwarding is not None
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((forwarding.address, forwarding.port))
        assert found.rows("select 1") == [(1,)]


def test_two_databases_at_once(
    postgres: Postgres, mariadb: MariaDB, fresh_database: Callable[[DatabaseServer], str], bastion: Sshd
) -> None:
    urls = [fresh_database(server) for server in (postgres, mariadb)]
    for url in urls:
        execute(url, "create table t (a int)", "create index i on t (a)")
    text = "".join(database(url.replace(LOOPBACK, THERE), ENTRY, name=f"db{at}") for at, url in enumerate(urls))
    checks = parse(DOMAIN, f"{hosts(bastion)}databases:\n{text}")
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(lambda check: reasons([check]), checks * 3)) == [[[]]] * 6


# What is in the way.


def test_the_host_is_not_reached(url: str, bastion: Sshd) -> None:
    text = inventory(bastion, url, ENTRY).replace(f"port: {bastion.port},", f"port: {free_port()},")
    (check,) = parse(DOMAIN, text)
    ((reason,),) = reasons([check])
    with pytest.raises(Unreachable) as caught, connect("bastion", check.shared.via.host):
        pass
    assert reason == caught.value.not_checked


def test_nothing_listens_there(server: DatabaseServer, bastion: Sshd) -> None:
    port = free_port()
    place = server.url("shop").replace(f"{LOOPBACK}:{server.port}", f"{THERE}:{port}")
    reason = unknown(bastion, place)
    assert reason.cause == f"host bastion: it cannot connect to {THERE} port {port}: Connection refused"
    assert server.passwords[USER] not in repr(reason)


@pytest.mark.parametrize(("scheme", "port"), [("postgresql", 5432), ("mysql", 3306)])
def test_the_usual_port(scheme: str, port: int) -> None:
    with bastion_with("PermitOpen 192.0.2.1:1") as forbidding:
        reason = unknown(forbidding, f"{scheme}://me:Zebra@{THERE}/shop")
    assert reason.cause == (
        f"host bastion: its sshd forwards no connection to {THERE} port {port}: administratively prohibited"
    )
    assert "AllowTcpForwarding" in reason.next_step


def test_the_host_does_not_know_the_name(bastion: Sshd) -> None:
    reason = unknown(bastion, "postgresql://me:Zebra@db-2.invalid/shop")
    assert reason.cause.startswith("host bastion: it cannot connect to db-2.invalid port 5432: ")
    assert "`getent hosts db-2.invalid` there" in reason.next_step


def test_a_wrong_password(server: DatabaseServer, bastion: Sshd) -> None:
    url = server.url("shop", USER, "Zebra/9&Zebra").replace(LOOPBACK, THERE)
    reason = unknown(bastion, url)
    assert reason.reason.startswith(f"shop at {THERE} port {server.port}: ")
    assert reason.next_step.endswith(f"whether {USER} may log in from bastion")
    assert "Zebra" not in repr(reason)


@pytest.fixture
def silent() -> Iterator[int]:
    """A port where nobody says anything."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_nobody_waits_while_the_driver_connects(scheme: str, silent: int, bastion: Sshd) -> None:
    over = threading.Event()
    threading.Timer(1.5, over.set).start()
    url = f"{scheme}://me:Zebra@{THERE}:{silent}/shop"
    with pytest.raises(CannotReadError) as caught, session(bastion, url, over.is_set):
        pass
    assert caught.value.reason.reason == (
        "host bastion: the run ended, or its time was spent, before the host answered"
    )


def test_the_host_is_lost_in_the_middle_of_a_query(server: DatabaseServer, url: str, doomed: Sshd) -> None:
    def cut() -> None:
        assert wait_until(lambda: server.execute(RUNNING[type(server)]) != [(0,)])
        end(doomed)

    cutting = threading.Thread(target=cut)
    cutting.start()
    with pytest.raises(CannotReadError) as caught, session(doomed, url) as found:
        found.rows(SLEEP[type(server)])
    cutting.join()
    assert caught.value.reason.cause == "host bastion: the connection was lost"
    assert server.passwords[USER] not in repr(caught.value.reason)


def test_a_way_that_is_lost_is_no_refusal_of_a_statement(url: str, doomed: Sshd) -> None:
    """Which may be part of what is observed, as for an expression that the server does not take."""
    with session(doomed, url) as found:
        end(doomed)
        with pytest.raises(CannotReadError) as caught:
            found.attempt("select 1")
    assert caught.value.reason.cause == "host bastion: the connection was lost"


# TLS is with the server that `url` names.


@pytest.fixture
def authority() -> Iterator[Authority]:
    with TemporaryDirectory(prefix="authority-") as folder:
        Path(folder).chmod(0o755)
        yield Authority(Path(folder))


def issued(authority: Authority, name: str) -> str:
    """The file with a certificate and its key, which the user that servers run as may read, and no other."""
    file = authority.issue(name)
    file.chmod(0o600)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(file, nobody.pw_uid, nobody.pw_gid)
    return str(file)


@pytest.mark.parametrize(("name", "message"), [(THERE, ""), ("db-2.internal", "db-2.internal")])
def test_verify_full_on_postgresql(
    name: str, message: str, authority: Authority, bastion: Sshd, start_postgres: Callable[[dict[str, str]], Postgres]
) -> None:
    file = issued(authority, name)
    server = start_postgres({"ssl": "on", "ssl_cert_file": file, "ssl_key_file": file})
    url = f"{server.url().replace(LOOPBACK, THERE)}?sslmode=verify-full&sslrootcert={authority.file}"
    if message:
        reason = unknown(bastion, url)
        assert f'server certificate for "{name}" does not match host name "{THERE}"' in reason.reason
        assert "TLS options" in reason.next_step
        assert LOOPBACK not in reason.reason
        return
    with session(bastion, url) as found:
        assert found.rows("select ssl from pg_stat_ssl where pid = pg_backend_pid()") == [(True,)]
    # libpq asks a second time, without TLS, where nothing forbids that.
    wrong = server.url("", USER, "Zebra").replace(LOOPBACK, THERE)
    assert "password authentication failed" in unknown(bastion, f"{wrong}?sslmode=prefer").reason


@pytest.mark.parametrize(("name", "message"), [(THERE, ""), ("db-2.internal", "Hostname mismatch")])
def test_the_name_is_verified_on_mariadb(
    name: str, message: str, authority: Authority, bastion: Sshd, start_mariadb: Callable[[dict[str, str]], MariaDB]
) -> None:
    file = issued(authority, name)
    server = start_mariadb({"ssl_cert": file, "ssl_key": file})
    server.create("fresh_tls")
    url = f"{server.url('fresh_tls').replace(LOOPBACK, THERE)}?ssl_ca={authority.file}"
    if message:
        reason = unknown(bastion, url)
        assert message in reason.reason
        assert THERE in reason.reason
        assert "TLS options" in reason.next_step
        return
    with session(bastion, url) as found:
        ((_, cipher),) = found.rows("show session status like 'Ssl_cipher'")
        assert cipher


# What is said beforehand.


def test_the_plan_tells_the_way() -> None:
    text = """
hosts:
  bastion: {address: 10.0.1.5, user: deploy, sudo: true}
  here: {connection: local}
databases:
  orders: {url: 'postgresql://preflight:Zebra@db-1.internal/orders', via: host:bastion, settings: {wal_level: replica}}
  shop: {url: 'mysql://preflight@127.0.0.1/shop', via: host:here, settings: {autocommit: on}}
"""
    told = [check.kind.contacts(check.spec, check.shared) for check in parse(DOMAIN, text)]
    assert told == [
        "logs in to PostgreSQL as preflight, database orders at db-1.internal port 5432, and reads its catalogue, "
        "through bastion over SSH as deploy at 10.0.1.5 port 22",
        "logs in to MySQL or MariaDB as preflight, database shop at 127.0.0.1 port 3306, and reads its catalogue, "
        "from this machine",
    ]


HOSTS = """
hosts:
  bastion: {address: 10.0.1.5, groups: [db]}
  db-2: {groups: [db]}
  box: {connection: docker}
  pod: {connection: kubectl}
  here: {connection: local}
databases:
  shop:
"""


@pytest.mark.parametrize(
    ("url", "via", "message"),
    [
        ("postgresql://me@db-1/shop", "host:bastoin", 'there is no host "bastoin" here; did you mean "bastion"?'),
        ("postgresql://me@db-1/shop", "host:db", "db is a group, and a database is reached through one host: "
         "host:bastion, host:db-2"),
        ("postgresql://me@db-1/shop", "host:box", "box is reached by docker: a database is reached through a host over "
         "SSH"),
        ("postgresql://me@db-1/shop", "host:pod", "pod is reached by kubectl"),
        ("postgresql:///shop?host=/run/postgresql", "host:bastion", "name one there; localhost is bastion itself"),
        ("postgresql://db-1/shop?host=db-2", "host:bastion", "name one there"),
        ("mysql://me@/shop?unix_socket=/run/mysqld.sock", "host:bastion", "name one there"),
        ("mysql://me@db-1/shop?unix_socket=/run/mysqld.sock", "host:bastion", "name one there"),
        ("sqlite:///shop.db", "host:bastion", "an SQLite database is a file of this machine"),
        ("sqlite:///shop.db", "host:here", "an SQLite database is a file of this machine"),
    ],
)  # fmt: skip
def test_what_cannot_be_reached_so_is_refused(url: str, via: str, message: str) -> None:
    assert_refused(DOMAIN, f"{HOSTS}    url: {url}\n    via: »{via}\n    settings: {{page_size: 1}}\n", message)


# A load is rehearsed over further connections, and ended over one more.

LOAD = """
allow: [rehearsal]
cutover: {{opens: 2026-12-04T17:00-05:00, closes: 2026-12-05T08:00-05:00}}
databases:
  orders:
    url: '{url}'
    via: host:bastion
    load:
    - table: t
      rows: 100_000
      abort_by: closes
      rehearse: {{scratch: '{scratch}', rows: {rows}, batch: 50, limit: {limit}}}
"""


@pytest.fixture
def filled(url: str) -> str:
    again = ["insert into t select a + 1, b from t"] * 14
    execute(url.replace(THERE, LOOPBACK), "insert into t values (1, 1), (2, 2)", *again)
    return url


@pytest.fixture
def scratch(server: DatabaseServer, fresh_database: Callable[[DatabaseServer], str]) -> Iterator[str]:
    """A database that has nothing in it afterwards, either."""
    found = fresh_database(server)
    yield found.replace(LOOPBACK, THERE)
    tables = "select count(*) from information_schema.tables where table_name like 'preflight%'"
    assert server.execute(tables, database=found.rpartition("/")[2]) == [(0,)]


def test_a_query_is_cancelled_over_another_connection(server: DatabaseServer, url: str, bastion: Sshd) -> None:
    from sqlalchemy.exc import DBAPIError

    (check,) = parse(DOMAIN, inventory(bastion, url, ENTRY))
    with reached(check.shared, 10, lambda: False) as line:
        connection = line.connection

        def cancel() -> None:
            assert wait_until(lambda: server.execute(RUNNING[type(server)]) != [(0,)])
            with connection.engine.connect() as another:
                another.exec_driver_sql(ends.format(number))

        which, ends = CANCEL[type(server)]
        number = connection.exec_driver_sql(which).scalar()
        cancelling = threading.Thread(target=cancel)
        cancelling.start()
        # PostgreSQL reports it; sleep() of MariaDB returns 1.
        with suppress(DBAPIError):
            assert connection.exec_driver_sql(SLEEP[type(server)]).scalar() == 1
        cancelling.join()
        assert connection.exec_driver_sql("select 1").scalar() == 1


def rehearsed(sshd: Sshd, url: str, scratch: str, **numbers: object) -> NotChecked | LoadObservation:
    (check,) = parse(DOMAIN, hosts(sshd) + LOAD.format(url=url, scratch=scratch, **numbers))
    assert "database fresh_" in check.kind.contacts(check.spec, check.shared)
    assert f"through bastion over SSH as {sshd.user}" in check.kind.contacts(check.spec, check.shared)
    (seen,) = observe_all(check.kind, check.spec, shared=check.shared)
    return seen


def test_a_load_is_rehearsed_behind_a_host(filled: str, scratch: str, bastion: Sshd) -> None:
    seen = rehearsed(bastion, filled, scratch, rows=2000, limit="5m")
    assert isinstance(seen, LoadObservation), seen
    assert seen.sample == 2000


def test_a_rehearsal_behind_a_host_that_takes_too_long_is_cancelled(filled: str, scratch: str, bastion: Sshd) -> None:
    seen = rehearsed(bastion, filled, scratch, rows=30_000, limit="3s")
    assert isinstance(seen, NotChecked)
    assert "did not end within its limit" in seen.reason


def test_a_scratch_that_the_host_cannot_connect_to_is_refused() -> None:
    text = """
allow: [rehearsal]
cutover: {opens: 2026-12-04T17:00-05:00, closes: 2026-12-05T08:00-05:00}
hosts: {bastion: {address: 10.0.1.5}}
databases:
  orders:
    url: postgresql://me@db-1/orders
    via: host:bastion
    load:
    - {table: t, rows: 1000, abort_by: closes, rehearse: »{scratch: 'postgresql:///x?host=/tmp'}}
"""
    assert_refused(DOMAIN, text, "name one there; localhost is bastion itself")
