"""A conversion that really runs: somebody writes while it is watched."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy

from preflight.finding import Finding, NotChecked
from preflight.kind import Batch, Check
from preflight.observe import Handover
from preflight.testing import assert_serialises, observe_all, parse
from preflight_database.progress.observation import ProgressObservation
from preflight_database.tests.said import DOMAIN, Reason, execute
from preflight_database.url import parse as parse_url

ENGINES = ["postgres", "mariadb", "sqlite"]
Fresh = Callable[[str], str]
Do = Callable[[str], object]
DONE = "done: select count(*) from orders_new"


def moment(seconds: float) -> str:
    """So long from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def conversion(
    url: str,
    entry: str = DONE,
    total: object = 1000,
    left: float = 3600,
    ran: float = 5,
    sample: str = "1s",
    **more: str,
) -> Check:
    """The check of a conversion that began `ran` seconds ago and must be done in `left` seconds."""
    when = f"started: '{moment(-ran)}', abort_by: '{moment(left)}'"
    text = f"databases:\n  orders:\n    url: '{url}'\n"
    text += f"    progress: {{{entry}, total: {total}, sample: {sample}, {when}}}\n"
    text += "".join(f"    {key}: {value}\n" for key, value in more.items())
    return next(check for check in parse(DOMAIN, text) if check.kind.name == "database.progress")


def watched(check: Check) -> ProgressObservation:
    (seen,) = observe_all(check.kind, check.spec, shared=check.shared)
    assert isinstance(seen, ProgressObservation), seen
    assert_serialises(check.kind, seen)
    return seen


def judged(check: Check) -> list[Reason]:
    (seen,) = observe_all(check.kind, check.spec, shared=check.shared)
    return [seen] if isinstance(seen, NotChecked) else list(check.kind.judge(check.spec, seen))


def finding(check: Check) -> Finding:
    (reason,) = judged(check)
    assert isinstance(reason, Finding), reason
    return reason


def unknown(check: Check) -> NotChecked:
    (reason,) = judged(check)
    assert isinstance(reason, NotChecked), reason
    return reason


@contextmanager
def session(url: str) -> Iterator[Do]:
    """A connection that commits when it is told to."""
    where = parse_url(url)
    if where.dialect == "sqlite":
        connection = sqlite3.connect(where.database, isolation_level=None, check_same_thread=False)
        yield connection.execute
        connection.close()
        return
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as opened:
        yield opened.exec_driver_sql


@contextmanager
def writing(url: str, insert: str = "insert into orders_new (a) values (1)", every: float = 0.02) -> Iterator[None]:
    """Somebody inserts a row again and again, in a thread."""
    ended = threading.Event()

    def write() -> None:
        with session(url) as do:
            while not ended.wait(every):
                do(insert)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.fixture(params=ENGINES)
def orders(request: pytest.FixtureRequest, fresh: Fresh) -> str:
    """The URL of a database with a table that is to be filled."""
    url = fresh(request.param)
    execute(url, "create table orders_new (a integer)", "insert into orders_new values (1), (2), (3)")
    return url


def test_one_that_makes_it(orders: str) -> None:
    with writing(orders):
        check = conversion(orders)
        seen = watched(check)
    assert check.kind.judge(check.spec, seen) == []
    assert 5 <= len(seen.samples) <= 10
    assert seen.samples[-1].done > seen.samples[0].done >= 3
    assert seen.committed is not None
    assert seen.committed >= seen.samples[-1].done
    assert seen.activities == ()


def test_one_that_does_not(orders: str) -> None:
    with writing(orders):
        reason = finding(conversion(orders, total="120_000_000"))
    assert "of 120 million rows" in reason.observed
    assert re.search(r"; it takes another \d+ days( or later)?$", reason.observed)
    with writing(orders):
        reason = finding(conversion(orders, left=5))
    assert re.search(r"; it ends at \d\d:\d\d \(\+00:00\)( or later)?, \d+m too late$", reason.observed)


def test_one_that_is_done(orders: str) -> None:
    assert judged(conversion(orders, total=3)) == []
    assert judged(conversion(orders, total="'select count(*) from orders_new'")) == []
    # Done is done, whenever it was.
    assert judged(conversion(orders, total=3, left=-60, ran=600)) == []


def test_more_than_there_should_be(orders: str) -> None:
    assert finding(conversion(orders, total=2)).observed == "3 are, 150.0 % of it"


def test_one_that_stands_still(orders: str) -> None:
    reason = finding(conversion(orders))
    assert "0.3 % done (3 of 1,000 rows), and nothing has moved in 1s" in reason.observed
    assert "decide by " in reason.next_step


def test_an_index_made_while_it_runs(orders: str) -> None:
    made = threading.Timer(0.5, execute, (orders, "create index late on orders_new (a)"))
    with writing(orders):
        made.start()
        reason = finding(conversion(orders))
    made.join()
    assert reason.observed.startswith("index late (a) appeared at ")
    execute(orders, reason.next_step.partition(";")[0])
    with writing(orders):
        assert judged(conversion(orders)) == []


def test_an_index_that_was_forbidden_all_the_while(orders: str) -> None:
    execute(orders, "create index early on orders_new (a)")
    with writing(orders):
        reason = finding(conversion(orders, indexes="[{table: orders_new, only: [], phase: during}]"))
        assert judged(conversion(orders, indexes="[{table: orders_new, only: [], phase: after}]")) == []
    assert reason.cause == "indexes that should not be on orders_new in database orders"


def test_one_open_transaction(orders: str) -> None:
    """MySQL and MariaDB count its rows, and PostgreSQL shows that the table grows; SQLite shows nothing."""
    rows = ", ".join(["(1)"] * 500)
    with session(orders) as do:
        do("begin")
        stop = threading.Event()

        def write() -> None:
            while not stop.wait(0.02):
                do(f"insert into orders_new values {rows}")

        thread = threading.Thread(target=write)
        thread.start()
        (reason,) = judged(conversion(orders, total=1_000_000, left=8 * 3600)) or [None]
        (seen,) = [watched(conversion(orders, total=1_000_000))]
        stop.set()
        thread.join()
        do("rollback")
    if orders.startswith("mysql"):
        assert reason is None
        assert seen.samples[-1].done > 1000
        assert seen.committed == 3
    elif orders.startswith("postgresql"):
        assert isinstance(reason, NotChecked)
        assert "orders_new has grown by " in reason.reason
    else:
        assert isinstance(reason, Finding)


def test_all_rows_in_but_not_committed(fresh: Fresh) -> None:
    url = fresh("mariadb")
    execute(url, "create table orders_new (a integer)")
    with session(url) as do:
        do("begin")
        do("insert into orders_new values (1), (2)")
        reason = unknown(conversion(url, total=2))
        do("rollback")
    assert reason.reason.startswith("0 of 2 of orders_new")


@pytest.mark.parametrize(
    ("entry", "total", "reason", "step"),
    [
        ("done: select count(*) from orders_nwe", 9, "`done` is refused by ", "mend `done:`"),
        ("done: select a from orders_new", 9, "`done` gives 3 rows in database orders", "mend `done:`"),
        ("done: 'select 1, 2'", 9, "`done` gives 2 columns", "mend `done:`"),
        ("done: select -1", 9, "`done` gives -1", "mend `done:`"),
        ("done: \"select 'many'\"", 9, "`done` gives many", "mend `done:`"),
        (DONE, "select sum(b) from orders_new", "`total` is refused by ", "mend `total:`"),
        (DONE, "select count(*) from orders_new where a > 5", "the total of orders_new", "mend `total:`"),
    ],
)
def test_questions_that_give_no_number(orders: str, entry: str, total: object, reason: str, step: str) -> None:
    found = unknown(conversion(orders, entry, total))
    assert found.reason.startswith(reason)
    assert found.next_step.startswith(step)


def test_nothing_yet_is_0(orders: str) -> None:
    execute(orders, "delete from orders_new")
    assert watched(conversion(orders, "done: select max(a) from orders_new")).samples[0].done == 0


def test_nothing_is_written_by_a_question(fresh: Fresh) -> None:
    """PostgreSQL's SELECT can write; the others' cannot."""
    url = fresh("postgres")
    execute(url, "create table orders_new (a integer)")
    entry = "done: with x as (insert into orders_new values (9) returning a) select a from x"
    assert "read-only transaction" in unknown(conversion(url, entry)).reason


IMPATIENT = {"postgresql": "set lock_timeout = '500ms'", "mysql": "set lock_wait_timeout = 1"}


def test_no_transaction_stays_open_between_two_looks(orders: str) -> None:
    """It would keep the conversion from its ALTER TABLE, and in SQLite from its commit."""
    check = conversion(orders, sample="4s")
    thread = threading.Thread(target=judged, args=(check,))
    with session(orders) as do:
        do(IMPATIENT.get(check.shared.location.dialect, "pragma busy_timeout = 500"))
        thread.start()
        changes = 0
        while thread.is_alive():
            do(f"alter table orders_new add column b{changes} integer")
            changes += 1
            time.sleep(0.2)
    thread.join()
    assert changes >= 8


def test_the_end_of_the_run_ends_it(orders: str) -> None:
    check = conversion(orders, sample="10m")
    handed_in: list[object] = []
    sink = Handover([check.key], lambda pair: handed_in.append(pair[1]))
    batch = Batch(check.kind, ((check.key, check.spec),), check.shared, time.time() + 1)
    begun = time.monotonic()
    check.kind.probe(batch, sink)
    assert time.monotonic() - begun < 60
    (seen,) = handed_in
    assert isinstance(seen, NotChecked)
    assert "--budget" in seen.next_step


def test_a_table_that_is_not_there(orders: str) -> None:
    if not orders.startswith("mysql"):
        assert finding(conversion(orders, "table: orders_nwe")).observed == 'there is none; did you mean "orders_new"?'
    both = f"{DONE}, table: order"
    assert finding(conversion(orders, both)).expected.startswith("a table order in database orders")


def test_two_conversions_share_a_connection(orders: str) -> None:
    execute(orders, "create table items_new (a integer)", "insert into items_new values (1)")
    first, second = conversion(orders, total=3), conversion(orders, "done: select count(*) from items_new", total=1)
    assert first.shared == second.shared
    for seen in observe_all(first.kind, first.spec, second.spec, shared=first.shared):
        assert isinstance(seen, ProgressObservation)
        assert seen.samples[-1].done == seen.total
