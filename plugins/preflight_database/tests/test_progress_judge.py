"""Whether a conversion ends in time, by samples with fixed clocks: a pure function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from preflight.finding import Finding, NotChecked
from preflight.kind import Deadline
from preflight.testing import parse
from preflight_database.catalogue.model import Column, Index, Part, Server, Table
from preflight_database.progress.advice import deadline
from preflight_database.progress.forecast import forecast
from preflight_database.progress.judge import judge_progress
from preflight_database.progress.observation import Activity, ProgressObservation, Sample
from preflight_database.progress.spec import ProgressSpec
from preflight_database.tests.said import DOMAIN

SERVER = Server("postgresql", "15.18", "me")
MILLION = 1_000_000
NOW = datetime.fromisoformat("2026-12-05T03:18-05:00").timestamp()
INVENTORY = """
cutover: {opens: 2026-12-04T17:00-05:00, closes: 2026-12-05T06:30-05:00}
databases:
  orders:
    url: postgresql://me@db-1/orders
    progress: {done: select count(*) from orders_new, total: 120_000_000, abort_by: closes, time_to_go_back: 2h}
    indexes:
    - {table: orders_new, only: [allowed], phase: during}
    - {table: orders_new, only: [], phase: after}
"""


def spec_of(entry: str = "", indexes: str = "") -> ProgressSpec:
    text = INVENTORY.replace("time_to_go_back: 2h", entry or "time_to_go_back: 2h") + indexes
    (spec,) = (check.spec for check in parse(DOMAIN, text) if check.kind.name == "database.progress")
    assert isinstance(spec, ProgressSpec)
    return spec


def samples(*done: float, seconds: float = 20.0, now: float = NOW) -> tuple[Sample, ...]:
    """Evenly spread over the last `seconds`."""
    step = seconds / (len(done) - 1)
    return tuple(Sample(now - (len(done) - 1 - at) * step, rows) for at, rows in enumerate(done))


def steady(last: float, rate: float, now: float = NOW) -> tuple[Sample, ...]:
    return samples(*(last - rate * 2.5 * back for back in range(8, -1, -1)), now=now)


def seen(of: Sequence[Sample], **more: object) -> ProgressObservation:
    made = ProgressObservation(SERVER, 120.0 * MILLION, tuple(of), of[-1].done, table=Table("public", "orders_new"))
    return replace(made, **more)  # type: ignore[arg-type]  # as the fields are


def judged(of: Sequence[Sample], spec: ProgressSpec | None = None, **more: object) -> list[Finding | NotChecked]:
    return judge_progress(spec or spec_of(), seen(of, **more))


def finding(of: Sequence[Sample], **more: object) -> Finding:
    (reason,) = judged(of, **more)  # type: ignore[arg-type]  # as of `judged`
    assert isinstance(reason, Finding), reason
    return reason


def unknown(of: Sequence[Sample], **more: object) -> NotChecked:
    (reason,) = judged(of, **more)  # type: ignore[arg-type]  # as of `judged`
    assert isinstance(reason, NotChecked), reason
    return reason


# It began 10 h 18 min ago, has to be done in 3 h 12 min, and must be decided on in 1 h 12 min.
HOURS = 10.3 * 3600


def test_in_time() -> None:
    # 2,969 rows/s on average and 3,000 now: the 10 million that are left take 56 minutes.
    assert judged(steady(110 * MILLION, 3000)) == []


def test_too_late_in_all_words() -> None:
    reason = finding(steady(56.4 * MILLION, 1600))
    assert reason == Finding(
        "orders_new in database orders (PostgreSQL 15.18) is done by 06:30 (-05:00) (`closes`)",
        "47 % done (56.4 million of 120 million rows), 1,600 rows/s in the last 20s, 1,521 rows/s on average since "
        "2026-12-04 17:00 (-05:00); it ends at 14:54 (-05:00), 8h25m too late",
        "decide by 04:30 (-05:00), in 1h12m, whether to go back; first see what slows it down: "
        "SELECT pid, state, wait_event, pg_blocking_pids(pid), query FROM pg_stat_activity;",
    )


@pytest.mark.parametrize(
    ("recent", "outcome"),
    [
        # The average (2,697/s) ends in time; the rate of the last 20 s has the last word where it is lower.
        (2700, "pass"),
        (2200, "pass"),
        (2100, "unknown"),
        (1800, "unknown"),
        (1700, "late or later"),
        (600, "late or later"),
        # It is the other way round where it has become faster: the average would be too late.
        (90000, "pass"),
    ],
)
def test_the_later_end_of_both_rates(recent: float, outcome: str) -> None:
    reasons = judged(steady(100 * MILLION, recent))
    if outcome == "pass":
        assert reasons == []
    elif outcome == "unknown":
        assert isinstance(reasons[0], NotChecked)
        assert " or later; if it slows down by as much again, it ends at " in reasons[0].reason
    else:
        assert isinstance(reasons[0], Finding)
        assert " or later, " in reasons[0].observed


def test_fast_now_but_the_average_is_too_slow() -> None:
    reason = finding(steady(50 * MILLION, 50_000))
    assert "50,000 rows/s in the last 20s, 1,348 rows/s on average" in reason.observed
    assert "or later" not in reason.observed


def test_it_slows_down_within_the_sample() -> None:
    rates = [4000] * 4 + [1500] * 4
    done = [110.0 * MILLION]
    for rate in rates:
        done.append(done[-1] + rate * 2.5)
    found = forecast(samples(*done), 120 * MILLION, NOW - HOURS)
    assert found.falling
    assert found.recent == pytest.approx(2750)
    assert found.latest > found.earliest
    # It has room enough even so; with less, nobody knows.
    assert judged(samples(*done)) == []
    short = spec_of("time_to_go_back: 5m, started: 2026-12-04T17:00-05:00").between(
        spec_of().began, datetime.fromisoformat("2026-12-05T04:30-05:00"), ()
    )
    reason = unknown(samples(*done), spec=short)
    assert "2,750 rows/s in the last 20s, 1,500 rows/s in the second half of that" in reason.reason


def test_small_differences_are_no_fall() -> None:
    done = [110.0 * MILLION]
    for rate in (3100, 2900, 3050, 2950, 3000, 2800, 2900, 2850):
        done.append(done[-1] + rate * 2.5)
    assert not forecast(samples(*done), 120 * MILLION, NOW - HOURS).falling


def test_large_steps() -> None:
    # Of eight looks, two saw it move by 50,000: the rate may be 2,500 to 7,500.
    base = 100 * MILLION
    of = samples(*(base + step * 50_000 for step in (0, 0, 0, 1, 1, 1, 1, 2, 2)))
    found = forecast(of, 120 * MILLION, NOW - HOURS)
    assert found.in_steps
    assert found.between == pytest.approx((2500, 7500))
    assert not found.falling
    assert judged(of) == []
    once = samples(*(base + step * 40_000 for step in (0, 0, 0, 0, 0, 1, 1, 1, 1)))
    reason = unknown(once)
    assert "it moves in few large steps, and one step less would be too slow" in reason.reason
    assert "a longer `sample:`" in reason.next_step


@pytest.mark.parametrize("rows", [1 * MILLION, 110 * MILLION])
def test_by_when_to_decide(rows: int) -> None:
    due = deadline(spec_of(), seen(steady(rows, 3000)))
    assert due == Deadline(
        datetime.fromisoformat("2026-12-05T04:30-05:00"),
        "whether to go back: orders_new in database orders (PostgreSQL 15.18) has to be done by 06:30 (-05:00)",
    )


def test_what_is_done_or_not_there_is_not_decided_on() -> None:
    assert deadline(spec_of(), seen(samples(120 * MILLION, 120 * MILLION))) is None
    assert deadline(spec_of(), seen((Sample(NOW, 0.0),), missing=True)) is None


def test_all_done() -> None:
    total = 120.0 * MILLION
    assert judged(samples(total, total, total)) == []
    assert judged(steady(total, 3000)) == []
    # Nobody cares any more when it must have been done by, and which indexes are made after it.
    after = steady(total, 3000, now=NOW + 86400)
    assert judged(after, table=Table("public", "orders_new", indexes=(Index("late", (Part("a"),)),))) == []


def test_more_than_all() -> None:
    reason = finding(steady(121 * MILLION, 3000))
    assert reason.observed == "121 million are, 100.8 % of it"
    assert "something has been loaded twice" in reason.next_step


def test_all_done_but_not_committed() -> None:
    reason = unknown(steady(120 * MILLION, 3000), committed=70.0 * MILLION)
    assert reason.reason.startswith("70 million of 120 million of orders_new in database orders")
    assert "in a transaction that is still open" in reason.reason
    late = finding(steady(120 * MILLION, 3000, now=NOW + 86400), committed=70.0 * MILLION)
    assert "that was " in late.observed


def test_an_estimate_is_never_green_by_itself() -> None:
    reason = unknown(steady(121 * MILLION, 3000), estimated=True, committed=None)
    assert "by the server's statistics" in reason.reason
    assert "select count(*) from orders_new" in reason.next_step
    assert judged(steady(119 * MILLION, 3000), estimated=True, committed=120.0 * MILLION) == []
    assert "the statistics say more" in unknown(steady(121 * MILLION, 3000), estimated=True, committed=118e6).reason
    assert isinstance(judged(steady(121 * MILLION, 3000), estimated=True, committed=121e6)[0], Finding)


def test_too_late_already() -> None:
    late = finding(steady(110 * MILLION, 3000, now=NOW + 4 * 3600))
    assert late.observed == "91 % done (110 million of 120 million rows); that was 48m ago"
    assert late.next_step.startswith("decide by 04:30 (-05:00), which was 2h48m ago, whether to go back")


def test_the_time_to_decide_has_passed_and_it_makes_it_all_the_same() -> None:
    assert judged(steady(119 * MILLION, 3000, now=NOW + 2 * 3600)) == []


def test_it_has_not_begun_by_the_inventory() -> None:
    early = NOW - 20 * 3600
    reason = unknown(steady(110 * MILLION, 3000, now=early))
    assert "on average" not in reason.reason
    assert "it begins at 17:00 (-05:00) only" in reason.reason
    assert "too late" in finding(steady(1 * MILLION, 300, now=early)).observed


def test_it_goes_back() -> None:
    reason = finding(samples(110e6, 109e6, 108e6))
    assert reason.observed == "90 % done (108 million of 120 million rows): 2,000,000 less than 20s before"


STILL = samples(*[100.0 * MILLION] * 9)


def test_stalled() -> None:
    reason = finding(STILL)
    assert reason.observed.startswith("83 % done (100 million of 120 million rows), and nothing has moved in 20s")
    assert "no other session has a lock on orders_new" in reason.observed
    assert "decide by 04:30 (-05:00), in 1h12m" in reason.next_step


def test_stalled_by_somebody() -> None:
    writer = Activity(7, "etl", "insert into orders_new", "active", "Lock relation", 60.0, (9,))
    holder = Activity(9, "dba", "lock table orders_new", "idle in transaction")
    reason = finding(STILL, activities=(writer, holder))
    assert (
        "process 7 of etl (active: insert into orders_new) waits for Lock relation, held by 9; "
        "process 9 of dba (idle in transaction: lock table orders_new) holds it up"
    ) in reason.observed
    assert "SELECT pg_cancel_backend(9)" in reason.next_step
    mysql = finding(STILL, activities=(writer, holder), server=Server("mysql", "8.0", "me"))
    assert "KILL 9;" in mysql.next_step


def test_rows_that_cannot_be_seen_are_no_stall() -> None:
    grown = tuple(replace(sample, bytes=number * 1_000_000) for number, sample in enumerate(STILL))
    reason = unknown(grown)
    assert "orders_new has grown by 8.0 MB: it is not stalled" in reason.reason
    other = spec_of().model_copy(update={"done": "select max(a) from orders_new"})
    assert "running COPYs have put 5,000 rows into it" in unknown(STILL, spec=other, copying=5000).reason
    assert "GRANT pg_read_all_stats TO me;" in unknown(STILL, copying=None).next_step


def test_locked() -> None:
    reason = unknown(STILL, locked=True, copying=5000, activities=(Activity(7, "etl", "copy orders_new", "active"),))
    assert "somebody has orders_new in database orders (PostgreSQL 15.18) for himself alone" in reason.reason
    assert "running COPYs have put 5,000 rows into it" in reason.reason
    nothing = judge_progress(spec_of(), ProgressObservation(SERVER, 1.0, locked=True))
    assert isinstance(nothing[0], NotChecked)


def with_index(name: str, after: int, rates: tuple[float, float] = (4000, 4000)) -> tuple[Sample, ...]:
    """It is there from the look `after` on, and the rate is another from then on."""
    made: list[Sample] = []
    done = 110.0 * MILLION
    for number in range(9):
        indexes = ("orders_new_pkey", name) if number >= after else ("orders_new_pkey",)
        made.append(Sample(NOW - 20 + 2.5 * number, done, None, indexes))
        done += 2.5 * rates[number >= after]
    return tuple(made)


def table(*indexes: Index) -> Table:
    key = Index("orders_new_pkey", (Part("a"),), True, constraint="primary key")
    return Table("public", "orders_new", (Column("a", "integer", False),), (key, *indexes))


LATE = Index("late", (Part("a"),), definition="CREATE INDEX late ON public.orders_new USING btree (a)")


def test_an_index_that_appears() -> None:
    reasons = judged(with_index("late", 4, (4000, 600)), table=table(LATE))
    (reason,) = (reason for reason in reasons if isinstance(reason, Finding))
    assert reason.observed == "index late (a) appeared at 03:17:50; the rate fell from 4,000 rows/s to 600 rows/s"
    assert reason.next_step.startswith(
        "DROP INDEX CONCURRENTLY public.late; once the load is done: CREATE INDEX CONCURRENTLY late ON "
    )
    assert reason.cause == "indexes that should not be on orders_new in database orders"
    assert "the rate fell" not in judged(with_index("late", 4), table=table(LATE))[0].observed  # type: ignore[union-attr]  # a Finding


def test_indexes_that_may_be_there() -> None:
    assert judged(with_index("allowed", 4), table=table(replace(LATE, name="allowed"))) == []
    unique = replace(LATE, constraint="unique", unique=True)
    assert judged(with_index("late", 4), table=table(unique)) == []
    # It has come and gone.
    assert judged(with_index("late", 4), table=table()) == []


def test_indexes_that_are_forbidden_while_it_runs() -> None:
    (reason,) = judged(with_index("late", 0), table=table(LATE))
    assert isinstance(reason, Finding)
    assert (
        reason.expected
        == "no indexes on orders_new in database orders (PostgreSQL 15.18) but allowed, those of constraints"
    )
    assert reason.cause == "indexes that should not be on orders_new in database orders"
    by_definition = spec_of(
        indexes="    - {table: orders_new, columns: [a], unique: false, forbidden: true, phase: during}\n"
    )
    assert len(judged(with_index("late", 0), by_definition, table=table(LATE))) == 2
    wrong_column = spec_of(indexes="    - {table: orders_new, columns: [none], forbidden: true, phase: during}\n")
    assert len(judged(with_index("late", 0), wrong_column, table=table(LATE))) == 1


def test_no_total() -> None:
    assert "is 0" in unknown(STILL, total=0.0).reason


def test_no_table() -> None:
    spec = spec_of().model_copy(update={"table": "orders_nwe"})
    (reason,) = judge_progress(spec, ProgressObservation(SERVER, missing=True, tables=("orders_new",)))
    assert isinstance(reason, Finding)
    assert reason.observed == 'there is none; did you mean "orders_new"?'
