"""What PostgreSQL shows of a conversion besides committed rows: COPY, statistics, locks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from preflight.finding import NotChecked
from preflight_database.tests.said import execute
from preflight_database.tests.test_progress import DONE, conversion, finding, judged, session, unknown, watched, writing
from tests.lab.postgres import Postgres

Fresh = Callable[[str], str]


@pytest.fixture
def orders(fresh: Fresh) -> str:
    url = fresh("postgres")
    execute(url, "create table orders_new (a integer, b text)")
    return url


@contextmanager
def copying(url: str, first: str = "", rows: int = 100) -> Iterator[None]:
    """A COPY that goes on and on, in a transaction that is rolled back."""
    ended, begun = threading.Event(), threading.Event()
    lines = ("1\t" + "x" * 200 + "\n") * rows

    def copy() -> None:
        with psycopg.connect(url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
            if first:
                cursor.execute(first)
            with cursor.copy("copy orders_new from stdin") as copy:
                while not ended.wait(0.02):
                    copy.write(lines)
                    begun.set()
            connection.rollback()

    thread = threading.Thread(target=copy)
    thread.start()
    begun.wait(30)
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("entry", [DONE, "table: orders_new"])
def test_an_uncommitted_copy_is_counted(orders: str, entry: str) -> None:
    with copying(orders):
        seen = watched(check := conversion(orders, entry, total=1_000_000, left=8 * 3600))
    assert seen.samples[-1].done > seen.samples[0].done + 1000
    assert seen.committed == 0
    assert check.kind.judge(check.spec, seen) == []
    with copying(orders):
        assert "; it ends at " in finding(conversion(orders, entry, total=1_000_000, left=10)).observed


def test_a_copy_is_not_counted_where_something_else_than_rows_is(orders: str) -> None:
    with copying(orders):
        reason = unknown(conversion(orders, "done: select max(a) from orders_new"))
    assert "running COPYs have put " in reason.reason
    assert ": it is not stalled" in reason.reason


def test_the_copy_of_somebody_else_takes_a_right(orders: str, postgres: Postgres) -> None:
    database = orders.rpartition("/")[2]
    with copying(postgres.url(database, postgres.superuser)):
        reason = unknown(conversion(orders, "table: orders_new"))
        assert reason.next_step.startswith("GRANT pg_read_all_stats TO preflight;")
        # Who counts sees the table grow, at least.
        assert isinstance(judged(conversion(orders))[0], NotChecked)
        postgres.execute(reason.next_step.partition(";")[0])
        try:
            assert judged(conversion(orders, "table: orders_new", total=1_000_000, left=8 * 3600)) == []
        finally:
            postgres.execute("revoke pg_read_all_stats from preflight")


def test_committed_rows_by_statistics(orders: str) -> None:
    """A session tells of its rows once a second: in one second, that is one large step."""
    with writing(orders, "insert into orders_new values (1), (2)"):
        seen = watched(check := conversion(orders, "table: orders_new", left=8 * 3600, sample="4s"))
        assert "a longer `sample:` sees more of them" in unknown(conversion(orders, "table: orders_new")).next_step
    assert seen.estimated
    assert seen.samples[-1].done > 100
    assert check.kind.judge(check.spec, seen) == []


def test_statistics_are_not_the_last_word(orders: str) -> None:
    execute(orders, "insert into orders_new select i from generate_series(1, 1000) i")
    assert watched(check := conversion(orders, "table: orders_new")).committed == 1000
    assert judged(check) == []
    assert finding(conversion(orders, "table: orders_new", total=999)).observed.startswith("1,000 are")


def test_without_statistics(start_postgres: Callable[..., Postgres]) -> None:
    server = start_postgres({"track_counts": "off"})
    url = server.url("postgres", server.superuser)
    execute(url, "create table orders_new (a integer)")
    reason = unknown(conversion(url, "table: orders_new"))
    assert "keeps no statistics" in reason.reason
    assert "write `done: select count(*)" in reason.next_step


def test_partitions(orders: str) -> None:
    execute(orders, "drop table orders_new", "create table orders_new (a integer, b text) partition by range (a)",
            "create table p1 partition of orders_new for values from (0) to (5)",
            "insert into orders_new select 1 from generate_series(1, 10)")  # fmt: skip
    assert watched(conversion(orders, "table: orders_new", total=10)).samples[0].done == 10
    with copying(orders):
        assert watched(conversion(orders, total=10**6)).samples[-1].done > 1000


def test_a_stall_by_a_lock(orders: str) -> None:
    execute(orders, "insert into orders_new values (1)")
    with session(orders) as holder, session(orders) as writer:
        holder("begin")
        holder("update orders_new set a = 2 where b = 'secret'")
        holder("lock table orders_new in share row exclusive mode")
        (pid,) = holder("select pg_backend_pid()").fetchone()  # type: ignore[attr-defined]  # SQLAlchemy's result
        waiting = threading.Thread(target=writer, args=("insert into orders_new values (1, 'secret')",))
        waiting.start()
        reason = finding(conversion(orders))
        holder("rollback")
        waiting.join()
    assert "of preflight (active: insert into orders_new values (1, ...) waits for Lock relation, held by " in (
        reason.observed
    )
    assert f"process {pid} of preflight (idle in transaction: select pg_backend_pid()) holds it up" in reason.observed
    assert reason.next_step.startswith(f"let whoever it is end it, or: SELECT pg_cancel_backend({pid});")
    assert "secret" not in repr(reason)


def test_an_index_being_built_holds_it_up(orders: str) -> None:
    with session(orders) as builder, session(orders) as writer:
        builder("begin")
        builder("create index late on orders_new (a)")
        waiting = threading.Thread(target=writer, args=("insert into orders_new values (1)",))
        waiting.start()
        reason = finding(conversion(orders))
        builder("rollback")
        waiting.join()
    assert "(idle in transaction: create index late on orders_new (a)) holds it up" in reason.observed


def test_a_table_that_somebody_has_for_himself(orders: str) -> None:
    with copying(orders, "truncate orders_new"):
        reason = unknown(conversion(orders))
        (late,) = (each for each in judged(conversion(orders, left=-1)) if isinstance(each, NotChecked))
    assert "for himself alone" in reason.reason
    assert "copy orders_new from stdin" in reason.reason
    assert late.cause == reason.cause == "table orders_new in database orders is locked"


def test_a_question_that_takes_too_long(orders: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preflight_database.session.STATEMENT", 1.0)
    reason = unknown(conversion(orders, "done: select 1 from pg_sleep(60)"))
    assert reason.reason.startswith("`done` takes longer than 1 s")
    assert "`table:` alone" in reason.next_step


def test_no_right_to_read(orders: str, postgres: Postgres) -> None:
    database = orders.rpartition("/")[2]
    execute(postgres.url(database, postgres.superuser), "create table theirs (a integer)")
    reason = unknown(conversion(orders, "done: select count(*) from theirs"))
    assert "permission denied" in reason.reason
    assert "GRANT SELECT" in reason.next_step


def test_names_with_capitals(orders: str) -> None:
    execute(orders, 'create table "Orders New" (a integer)', 'insert into "Orders New" values (1)')
    with writing(orders, 'insert into "Orders New" values (1)'):
        assert judged(conversion(orders, "done: 'select count(*) from \"Orders New\"'", left=8 * 3600)) == []
