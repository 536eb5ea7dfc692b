"""From measurements to an interval, a bound and a verdict: pure, in numbers that can be checked by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from preflight.finding import Finding, NotChecked
from preflight.testing import parse
from preflight_database.catalogue.model import Server
from preflight_database.load.advice import about
from preflight_database.load.beyond import scattered_bytes, size
from preflight_database.load.forecast import Forecast, allowance, forecast
from preflight_database.load.judge import deadline, judge_load
from preflight_database.load.observation import (
    Arm,
    Cache,
    Difference,
    LoadObservation,
    Order,
    Referenced,
    Repeat,
    Rung,
    Sorting,
    Step,
)
from preflight_database.load.spec import LoadSpec
from preflight_database.tests.said import DOMAIN

MB = 1024**2
GB = 1024**3
POSTGRES = Server("postgresql", "15.18", "preflight")
DEFERRED = Repeat(
    "deferred",
    (Rung(500, 1000, 1.0, 0.0, MB, 0, 0),),
    (Step("index", "i", 1000, 2.0, MB), Step("analyze", "", 1000, 0.5)),
)
# Ten thousand rows in all, of which the last two thousand are timed.
PRESENT = Repeat("present", (Rung(9000, 2000, 2.0, 0.0, 8 * MB, 10 * MB, 0),), (Step("index", "i", 6250, 1.0, 6 * MB),))
SEEN = LoadObservation(
    POSTGRES,
    table=True,
    sample=10_000,
    rows=10_000,
    indexes=("i",),
    drop=("DROP INDEX i;",),
    bring_back=("CREATE INDEX i ON t (a);",),
    orders=(Order("i", False, 0.9), Order("", True, 0.0)),
    caches=(Cache("shared_buffers", GB), Cache("effective_cache_size", 4 * GB)),
    repeats=(DEFERRED, PRESENT) * 3,
)


def of(seen: LoadObservation, arm: Arm = "present", rows: int = 10_000, supply: int | None = None,
       already: int | None = 0) -> Forecast:  # fmt: skip
    return forecast(arm, seen, rows, supply, already)


def with_rungs(*rungs: Rung, repeat: Repeat = PRESENT) -> LoadObservation:
    return replace(SEEN, repeats=(replace(repeat, rungs=rungs),) * 3)


def spec(load: str = "", rehearse: str = "", rows: int = 10_000, until: str = "16:00") -> LoadSpec:
    text = (
        "allow: [rehearsal]\ndatabases:\n  shop:\n    url: postgresql://a@b/c\n    load:\n      table: t\n"
        f"      rows: {rows}\n      already: 0\n      starts: 2026-12-04T12:00-05:00\n"
        f"      abort_by: 2026-12-04T{until}-05:00\n{load}"
        f"      rehearse: {{scratch: postgresql://a@b/d{rehearse}}}\n"
    )
    (check,) = parse(DOMAIN, text)
    assert isinstance(check.spec, LoadSpec)
    return check.spec


def test_what_was_measured_as_a_whole_is_only_widened() -> None:
    one = of(SEEN, "deferred", 1000)
    assert one.low == pytest.approx((1.0 + 2.0 + 0.5) / 1.15)
    assert one.high == pytest.approx((1.0 + 2.0 + 0.5) * 1.15)
    assert one.after == (pytest.approx(2.5 / 1.15), pytest.approx(2.5 * 1.15))
    assert (one.bounds, one.spread, one.steady) == ((), 1.0, True)


def test_what_came_before_the_first_timed_row_costs_nothing_at_best_and_as_much_at_worst() -> None:
    one = of(SEEN)
    assert one.low == pytest.approx(2.0 / 1.15)  # the timed rows
    assert one.high == pytest.approx(10.0 * 1.15)


def test_ten_times_the_rows_take_at_least_as_long_each() -> None:
    one = of(SEEN, rows=100_000)
    assert one.low == pytest.approx(92.0 / 1.15)
    assert one.high is not None
    assert one.high > 100.0 * 1.15


def test_a_pace_that_falls_goes_on_falling() -> None:
    steady = with_rungs(Rung(2500, 1000, 1.0, 0, MB, MB, 0), Rung(9000, 2000, 2.0, 0, MB, MB, 0))
    falling = with_rungs(Rung(2500, 1000, 0.5, 0, MB, MB, 0), Rung(9000, 2000, 2.0, 0, MB, MB, 0))
    assert (of(falling, rows=10**6).high or 0) > (of(steady, rows=10**6).high or 0)
    assert of(falling, rows=10**6).low < of(steady, rows=10**6).low


def test_a_lucky_rung_is_no_upper_end() -> None:
    lucky = with_rungs(Rung(2500, 1000, 2.0, 0, MB, MB, 0), Rung(9000, 2000, 2.0, 0, MB, MB, 0))
    assert (of(lucky, rows=10**5).high or 0) > 2.0 / 1000 * 10**5


def test_the_disk_has_to_keep_up() -> None:
    flushed = with_rungs(Rung(9000, 2000, 2.0, 2.0, 8 * MB, 10 * MB, 0))
    assert of(flushed).high == pytest.approx(20.0 * 1.15)
    fresh = with_rungs(Rung(8500, 2000, 2.0, 2.0, 8 * MB, 10 * MB, 0, 500, 1.5))
    assert of(fresh).high == pytest.approx(30.0 * 1.15)
    for seen in (flushed, fresh):
        assert of(seen).low <= 2.5 / 1.15


def test_rows_share_fewer_pages_in_a_larger_table() -> None:
    """With one page all rows share it; with many each has its own, at most as many times as many as share one."""
    ordered = replace(SEEN, orders=(Order("i", False, 0.0),))
    few, many = of(replace(SEEN, caches=()), rows=10**6), of(ordered, rows=10**6)
    assert few.low == many.low
    ratio = (few.high or 0) / (many.high or 0)
    pages = 10 * MB / 8192
    assert 1.2 < ratio < 2000 / (pages * (1 - 2.718281828 ** (-2000 / pages)))


@pytest.mark.parametrize(
    ("rows", "reached", "cache", "bound"),
    [
        (50_000, 10, 110, False),  # 50 MB, and half of a cache is for other things
        (50_000, 10, 90, True),
        (50_000, 10, 10, True),  # it was full, but pages did not have to take turns in it
        (50_000, 13, 10, False),
        (10_000, 10, 10, False),  # all of it was rehearsed
    ],
)
def test_beyond_a_cache_that_the_rehearsal_did_not_outgrow_it_is_a_lower_bound(
    rows: int, reached: int, cache: int, bound: bool
) -> None:
    seen = with_rungs(Rung(9000, 2000, 2.0, 0, 8 * MB, reached * MB, 0))
    one = of(replace(seen, caches=(Cache("shared_buffers", cache * MB),)), rows=rows)
    assert (one.high is None) == bool(one.bounds) == bound


def test_with_how_many_rows_a_rehearsal_would_tell_more() -> None:
    small = replace(SEEN, caches=(Cache("shared_buffers", 40 * MB), Cache("effective_cache_size", GB)))
    (bound,) = of(small, rows=10**6).bounds
    assert bound.why == "its indexes will take 1000 MB, shared_buffers is 40 MB, and the rehearsal reached 10 MB"
    assert bound.rows == 80_000
    (bound,) = of(small, rows=70_000).bounds
    assert bound.rows == 70_000  # all of them


def test_indexes_that_rows_arrive_at_in_order_count_nothing() -> None:
    seen = replace(SEEN, caches=(Cache("shared_buffers", MB),), orders=(Order("i", False, 0.005),))
    assert of(seen, rows=10**6).bounds == ()
    assert scattered_bytes(PRESENT, seen, 10**6) == (0, 0)


def test_indexes_that_are_kept_count_in_both_arms() -> None:
    rung = Rung(500, 1000, 1.0, 0.0, MB, 4 * MB, 4 * MB, sizes={"pk": MB, "email": 3 * MB})
    orders = (Order("pk", True, 0.0), Order("email", True, 0.9))
    seen = replace(with_rungs(rung, repeat=DEFERRED), orders=orders, caches=(Cache("shared_buffers", 16 * MB),))
    assert scattered_bytes(seen.repeats[0], seen, 10_000) == (3 * MB, 30 * MB)
    (bound, table) = of(seen, "deferred", rows=40_000).bounds
    assert bound.why.startswith("the indexes that are kept will take 120 MB")
    assert table.why.startswith("the table that indexes are built of will take 40 MB")


def test_where_only_the_sum_of_what_is_kept_is_known_it_may_be_all_or_nothing() -> None:
    rung = Rung(500, 1000, 1.0, 0.0, MB, 4 * MB, 4 * MB)
    mixed = replace(with_rungs(rung, repeat=DEFERRED), orders=(Order("a", True, 0.0), Order("b", True, 0.9)))
    assert scattered_bytes(mixed.repeats[0], mixed, 1000) == (0, 4 * MB)
    all_of_it = replace(mixed, orders=(Order("a", True, 0.9), Order("b", True, 0.9)))
    assert scattered_bytes(mixed.repeats[0], all_of_it, 1000) == (4 * MB, 4 * MB)


def test_a_table_sorted_by_a_scattered_key() -> None:
    seen = replace(SEEN, orders=(Order("", True, 0.9),), indexes=(), caches=(Cache("innodb_buffer_pool_size", 9 * MB),))
    assert scattered_bytes(DEFERRED, seen, 10_000) == (MB, 10 * MB)
    assert of(seen, "deferred").high is None


def test_pages_come_from_disk_ever_more_often() -> None:
    """From half of them to nine tenths: 1.8 times as often."""
    seen = replace(SEEN, caches=(Cache("shared_buffers", 5 * MB),), page=1)  # no two rows share a page
    ordered = replace(seen, orders=(Order("i", False, 0.0),))
    one, other = of(seen, rows=50_000), of(ordered, rows=50_000)
    assert other.high is not None
    assert one.high is not None
    assert 1.2 < one.high / other.high < 1.8


def test_what_a_program_supplies() -> None:
    slow = of(SEEN, supply=100)
    assert slow.low == pytest.approx(100.0)  # it does not wait less than that
    assert slow.high == pytest.approx(100.0 + 10.0 * 1.15)
    assert of(SEEN, supply=10**6).low == of(SEEN).low


def test_rows_that_are_there_already() -> None:
    one = of(SEEN, rows=1000, already=99_000)
    assert one.low == pytest.approx(1.0 / 1.15)
    assert one.high is not None
    assert one.high > 1.0 * 1.15
    built = of(SEEN, "deferred", rows=1000, already=99_000)
    assert built.after[0] == pytest.approx((200.0 + 0.5) / 1.15)
    (bound,) = of(replace(SEEN, now=99_000), rows=1000, already=None).bounds
    assert bound.why == "the table has about 99,000 rows now, and nothing says whether they stay"
    assert of(replace(SEEN, now=9), rows=1000, already=None).bounds == ()
    assert of(replace(SEEN, now=99_000), rows=1000, already=0).bounds == ()


def test_sorting_in_runs_takes_more_than_n_log_n() -> None:
    plain = of(SEEN, "deferred", 10**6)
    in_runs = of(replace(SEEN, sorting=Sorting(MB, 2)), "deferred", 10**6)
    # 1000 runs are merged by twos: ten times more that all is read and written.
    assert in_runs.after[1] == pytest.approx((2.0 * 1000 * 11 + 0.5 * 1000 * 2) * 1.15)
    assert plain.after[1] == pytest.approx((2.0 * 1000 * 2 + 0.5 * 1000 * 2) * 1.15)
    assert in_runs.after[0] == plain.after[0]


def test_workers_may_help() -> None:
    assert of(replace(SEEN, workers=1), "deferred", 1000).after[0] == pytest.approx((1.0 + 0.5) / 1.15)


def test_a_foreign_key_is_validated_against_all_that_it_refers_to() -> None:
    key = Step("foreign key", "fk", 1000, 1.0)
    seen = replace(SEEN, repeats=(replace(DEFERRED, steps=(key,)),) * 3, indexes=())
    for there, most in ((100, 10), (10_000, 10), (100_000, 100)):
        one = of(replace(seen, referenced=(Referenced("fk", there, 1000),)), "deferred")
        assert one.after == (pytest.approx(10 / 1.15), pytest.approx(most * 1.15))
    (bound,) = of(replace(seen, referenced=(Referenced("fk", None, 1000),)), "deferred").bounds
    assert bound.why == "the size of the table that fk refers to is not known"
    outside = replace(SEEN, referenced=(Referenced("fk", 10**9, 1000),))
    assert "its indexes will take 140 GB" in of(outside).bounds[0].why


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"unrehearsed": ("trigger audit",)}, "trigger audit is not in the rehearsal"),
        ({"flushes": False}, "what is written to disk behind the load's back could not be timed"),
        ({"unsized": ("words",)}, "the size of words is not known"),
        ({"sorted_by": ("id", "b")}, "rows came in the order of (id, b), as the table keeps them"),
    ],
)
def test_what_bounds_nothing_from_above(change: dict[str, Any], why: str) -> None:
    (bound,) = of(replace(SEEN, **change)).bounds
    assert bound.why == why


def test_repeats_that_differ_widen_it() -> None:
    slow = replace(PRESENT, rungs=(replace(PRESENT.rungs[0], seconds=6.0),))
    one = of(replace(SEEN, repeats=(PRESENT, slow)))
    assert (one.spread, one.steady, allowance(3.0)) == (pytest.approx(3.0), False, 1.0)
    assert one.low == pytest.approx(2.0 / 2)
    assert one.high == pytest.approx(30.0 * 2)


def judged(seen: LoadObservation, **changes: Any) -> Finding | NotChecked | None:
    (*reasons,) = judge_load(spec(**changes), seen)
    assert len(reasons) < 2
    return reasons[0] if reasons else None


def taking(low: float, high: float) -> LoadObservation:
    """`present` is planned, and is judged to take this long."""
    rung = Rung(5000, 10_000, low * 1.15, high / 1.15 - low * 1.15, MB, MB, 0)
    return replace(SEEN, repeats=(Repeat("present", (rung,), ()),) * 3)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (3600, 14_399, None),
        (3600, 14_401, NotChecked),
        (14_399, 20_000, NotChecked),
        (14_401, 20_000, Finding),
    ],
)
def test_it_passes_only_if_the_pessimistic_end_fits(low: float, high: float, verdict: type | None) -> None:
    reason = judged(taking(low, high), rehearse=", arms: present")
    assert reason is None if verdict is None else isinstance(reason, verdict)


@pytest.mark.parametrize(("high", "hours"), [(3600 * 3, 1), (14_401, 4)])
def test_by_when_to_begin_or_to_give_up(high: float, hours: float) -> None:
    planned = spec(rehearse=", arms: present")
    due = deadline(planned, taking(1800, high))
    assert due is not None
    assert (due.at.timestamp() - planned._begin) / 3600 == pytest.approx(hours)
    assert due.what.startswith("whether to begin the load of t: it may take 3h" if hours == 1 else "whether to give up")


def test_to_the_second() -> None:
    seen, planned = taking(3600, 14_400), spec(rehearse=", arms: present")
    one = of(seen)
    assert one.high is not None
    planned._begin = until = 0.0
    for end, passes in ((one.high, True), (one.high - 1e-6, False), (one.low, False)):
        planned._end = until + end
        found = judge_load(planned, seen)
        assert (found == []) == passes
        assert not any(isinstance(reason, Finding) for reason in found)
    planned._end = until + one.low - 1e-6
    assert isinstance(judge_load(planned, seen)[0], Finding)


def large(present: float, deferred: float) -> LoadObservation:
    """Rates a second."""
    orders = tuple(Order(name, False, 0.9) for name in "abcde")
    in_place = Rung(95_000, 10_000, 10_000 / present, 0, 10 * MB, 20 * MB, 0)
    without = Rung(50_000, 100_000, 100_000 / deferred, 0, 10 * MB, 0, 0)
    steps = tuple(Step("index", name, 100_000, 0.25, 4 * MB) for name in "abcde")
    return replace(
        SEEN,
        rows=100_000,
        indexes=tuple("abcde"),
        drop=tuple(f"DROP INDEX {name};" for name in "abcde"),
        bring_back=tuple(f"CREATE INDEX {name} ON t ({name});" for name in "abcde"),
        orders=orders,
        caches=(Cache("shared_buffers", GB), Cache("effective_cache_size", 1000 * GB)),
        repeats=(Repeat("present", (in_place,), steps), Repeat("deferred", (without,), steps)) * 3,
    )


def test_a_load_that_would_end_days_late_is_told_with_the_way_out() -> None:
    reason = judged(large(400, 40_000), rows=120_000_000, rehearse=", arms: [present, deferred]")
    assert isinstance(reason, Finding)
    assert reason.expected == "120,000,000 rows into t in database shop within 4h, by 2026-12-04 16:00-05:00"
    assert reason.observed == (
        "with the 5 indexes present: 3d or more (lower bound); with the 5 indexes deferred: 1h5m to 2h14m, of it up to "
        "46m27s to build them; you have 4h (its indexes will take 23.4 GB, shared_buffers is 1 GB, and the rehearsal "
        "reached 20 MB)"
    )
    assert reason.next_step == (
        "before the load: DROP INDEX a; DROP INDEX b; DROP INDEX c; DROP INDEX d; DROP INDEX e; Once it is done: "
        "CREATE INDEX a ON t (a); CREATE INDEX b ON t (b); CREATE INDEX c ON t (c); CREATE INDEX d ON t (d); "
        "CREATE INDEX e ON t (e);"
    )
    assert reason.consequence == "the load would be given up half-way, after the time to go back has begun to run"
    # Where the other arm may end in time, and may not, it is still the better plan.
    perhaps = judged(large(400, 40_000), rows=120_000_000, until="13:30", rehearse=", arms: [present, deferred]")
    assert isinstance(perhaps, Finding)
    assert perhaps.next_step == f"{reason.next_step} That may do: rehearse with more `rows:` to know."
    assert judged(large(400, 40_000), rows=120_000_000) is None
    only = judged(large(400, 40_000), rows=120_000_000, rehearse=", arms: present")
    assert isinstance(only, Finding)
    assert only.next_step == "start earlier, load less, or find a faster way to load; rehearse again"
    other = judged(large(40_000, 400), rows=100_000, until="12:02", rehearse=", arms: [deferred, present]")
    assert isinstance(other, Finding)
    assert other.next_step == "leave the indexes on during the load."


def test_what_would_tell_more() -> None:
    small = replace(SEEN, caches=(Cache("shared_buffers", 40 * MB),))
    arms = ", arms: present"

    def step(seen: LoadObservation, **changes: Any) -> str:
        reason = judged(seen, rehearse=arms, **changes)
        assert isinstance(reason, NotChecked), reason
        assert reason.reason.startswith("whether ")
        return reason.next_step

    assert step(small, rows=10**6) == (
        "rehearse with at least 80,000 `rows:`, so that what happens beyond the cache is seen"
    )
    assert step(replace(SEEN, unrehearsed=("trigger a",))) == "time a real load of a part, with all that belongs to it"
    assert step(replace(SEEN, flushes=False)).startswith("let the user of `scratch` ask for checkpoints (GRANT pg_ch")
    assert "GRANT RELOAD" in step(replace(SEEN, flushes=False, server=Server("mariadb", "10.11")))
    assert step(taking(3600, 20_000)) == (
        "rehearse with more `rows:`, which narrows it; leave more time; or see what makes it slow"
    )
    slow = replace(PRESENT, rungs=(replace(PRESENT.rungs[0], seconds=6000.0),))
    unsteady = replace(SEEN, repeats=(PRESENT, slow, PRESENT))
    assert step(unsteady) == "rehearse again while the servers do nothing else"
    reason = judged(unsteady, rehearse=arms)
    assert isinstance(reason, NotChecked)
    assert "(repeats differ by 3000.0x, more than 2x: inconclusive)" in reason.reason


def test_another_way_that_fits_is_told_even_where_the_planned_one_cannot_be() -> None:
    seen = replace(large(40_000, 40_000), unsized=("words",))
    reason = judged(seen, rows=100_000, rehearse=", arms: [present, deferred]")
    assert isinstance(reason, NotChecked)
    assert reason.next_step.startswith("before the load: DROP INDEX a; ")
    assert reason.next_step.endswith("; Or time a real load of a part, with all that belongs to it")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "with the index deferred: "),
        ({"indexes": ("a", "b")}, "with the 2 indexes deferred: "),
        ({"indexes": ("a", "b"), "referenced": (Referenced("k", 1, 1),)},
         "with the 2 indexes and the foreign key deferred: "),
        ({"indexes": (), "referenced": (Referenced("k", 1, 1), Referenced("l", 1, 1))},
         "with the 2 foreign keys deferred: "),
        ({"indexes": ()}, "without further indexes: "),
    ],
)  # fmt: skip
def test_what_is_deferred(change: dict[str, Any], said: str) -> None:
    reason = judged(replace(SEEN, **change), until="12:01", rows=10**5, rehearse=", arms: deferred")
    assert isinstance(reason, Finding)
    assert reason.observed.startswith(said)


def test_what_was_not_rehearsed_at_all() -> None:
    missing = judged(LoadObservation(POSTGRES, table=False, tables=("tt", "x")))
    assert isinstance(missing, Finding)
    assert missing.expected == "a table t in database shop (PostgreSQL 15.18)"
    assert missing.observed == 'there is none; did you mean "tt"?'
    unlike = replace(SEEN, unlike=(Difference("shared_buffers", "8GB", "128MB"), Difference("fsync", "on", "")))
    reason = judged(unlike)
    assert isinstance(reason, NotChecked)
    assert "shared_buffers is 128MB, and 8GB there; fsync is unknown, and on there" in reason.reason
    assert reason.next_step.endswith("write `unlike: [shared_buffers, fsync]`")
    changed = judged(replace(SEEN, changed=("index i",)))
    assert isinstance(changed, NotChecked)
    assert changed.reason == "index i changed in database shop during the rehearsal: it does not count"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0123, "0.012s"), (9.6, "9.6s"), (59.4, "59s"), (3599, "59m59s"), (7260, "2h1m"), (273_600, "3d4h"),
     (2_000_000, "3w2d")],
)  # fmt: skip
def test_two_units_at_most(seconds: float, text: str) -> None:
    assert about(seconds) == text


def test_sizes() -> None:
    told: Callable[[float], str] = size
    assert [told(n) for n in (512, 16 * MB, 3.25 * GB, 2 * 1024 * GB)] == ["0.5 kB", "16 MB", "3.25 GB", "2 TB"]
