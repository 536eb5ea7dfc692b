"""What may be written under `progress:`, and what is refused, at its very place."""

from __future__ import annotations

import pickle

import pytest

from preflight.kind import Check
from preflight.testing import assert_refused, parse
from preflight_database.progress.query import counts_rows, one_select, table_of
from preflight_database.progress.spec import ProgressSpec
from preflight_database.sql import shortened
from preflight_database.tests.said import DOMAIN

PG = "postgresql://me@db-1/orders"
CUTOVER = "cutover: {opens: 2026-12-04T17:00-05:00, closes: 2026-12-05T08:00-05:00}\n"
DONE = "done: select count(*) from orders_new"


def inventory(entry: str, url: str = PG, cutover: str = CUTOVER) -> str:
    return f"{cutover}databases:\n  orders:\n    url: {url}\n    progress: {entry}\n"


def progress(entry: str, url: str = PG) -> Check:
    (check,) = parse(DOMAIN, inventory(f"{{{entry}}}", url))
    return check


def spec_of(entry: str) -> ProgressSpec:
    spec = progress(entry).spec
    assert isinstance(spec, ProgressSpec)
    return spec


@pytest.mark.parametrize(
    ("written", "total"),
    [
        ("120000000", 120_000_000),
        ("120_000_000", 120_000_000),
        ("'120_000_000'", 120_000_000),
        ("1.2e8", 120_000_000),
        ("select count(*) from orders;", "select count(*) from orders"),
    ],
)
def test_totals(written: str, total: int | str) -> None:
    assert spec_of(f"{DONE}, total: {written}").total == total


def test_what_is_left_out() -> None:
    check = progress(f"{DONE}, total: 9")
    spec: ProgressSpec = check.spec
    assert check.id == "database.progress[orders/orders_new:during]"
    assert check.counts_in("during")
    assert not check.counts_in("before")
    assert spec.began.isoformat() == "2026-12-04T17:00:00-05:00"
    assert spec.decide_by == spec.ends
    assert spec.ends.isoformat() == "2026-12-05T08:00:00-05:00"
    assert spec.sample == 20
    assert pickle.loads(pickle.dumps((spec, check.shared))) == (spec, check.shared)
    assert pickle.loads(pickle.dumps(spec)).ends == spec.ends


def test_until_when_one_decides() -> None:
    spec = spec_of(
        f"{DONE}, total: 9, abort_by: 2026-12-05T06:00-05:00, time_to_go_back: 1h30m, phase: [during, after]"
    )
    assert spec.decide_by.isoformat() == "2026-12-05T04:30:00-05:00"
    assert spec.phase == ("during", "after")


def test_several() -> None:
    text = inventory(f"[{{{DONE}, total: 9}}, {{table: items_new, total: 9, phase: after}}]")
    ids = [check.id for check in parse(DOMAIN, text)]
    assert ids == ["database.progress[orders/orders_new:during]", "database.progress[orders/items_new:after]"]


def test_plan_says_that_it_takes_a_while() -> None:
    check = progress(f"{DONE}, total: 9, sample: 2m")
    assert check.kind.contacts(check.spec, check.shared).endswith("from this machine; counts what is done, for 2m")


def test_which_entries_forbid_indexes() -> None:
    text = inventory("{done: select count(*) from public.orders_new, total: 9}") + (
        "    indexes:\n"
        "    - {table: orders_new, only: [], phase: [before, during], id: a}\n"
        "    - {table: public.Orders_New, columns: [x], forbidden: true, id: b}\n"
        "    - {table: orders_new, only: [], phase: after, id: c}\n"
        "    - {table: orders_new, columns: [x], id: d}\n"
        "    - {table: orders, only: [], id: e}\n"
        "    - {table: other.orders_new, only: [], id: f}\n"
    )
    (check,) = (check for check in parse(DOMAIN, text) if check.kind.name == "database.progress")
    assert [index.id for index in check.spec.forbidding] == ["a", "b"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("»{total: 9}", "should have `done` (a SELECT that gives how much is done) or `table`"),
        (f"»{{{DONE}}}", '"total" is missing'),
        ("{done: »delete from orders, total: 9}", "should be one SELECT that gives one number, such as"),
        ("{done: »select 1; select 2, total: 9}", "should be one SELECT that gives one number, without ;"),
        ("{done: »select 1 -- all, total: 9}", "without ;, comments"),
        ("{done: »select count(* from a, total: 9}", "a bracket is not closed"),
        ("{done: »'', total: 9}", "should be one SELECT"),
        (f"{{{DONE}, total: »many}}", "should be one SELECT that gives one number"),
        (f"{{{DONE}, total: »0}}", "should be a number above 0"),
        (f"{{{DONE}, total: »-5}}", "should be a number above 0"),
        (f"{{{DONE}, total: »true}}", "should be a number above 0"),
        (f"{{{DONE}, total: 9, sample: »100ms}}", "should be a length of time"),
        (f"{{{DONE}, total: 9, sample: »0.5}}", "should be between 1s and 1h"),
        (f"{{{DONE}, total: 9, sample: »2h}}", "should be between 1s and 1h"),
        (f"»{{{DONE}, total: 9, sample: 1m, timeout: 30s}}", "its `timeout` is not longer than its `sample`"),
        (f"{{{DONE}, total: 9, abort_by: »close}}", 'did you mean "closes"?'),
        (f"{{{DONE}, total: 9, abort_by: »2026-12-05T04:00}}", "with its offset"),
        (f"{{{DONE}, total: 9, abort_by: »point_of_no_return}}", "`cutover.point_of_no_return` is not set"),
        (f"{{{DONE}, total: 9, abort_by: »opens}}", "is not after it began"),
        (f"{{{DONE}, total: 9, abort_by: »closes, time_to_go_back: 16h}}", ", less 16h to go back, is not after"),
        (f"{{{DONE}, total: 9, »abort: closes}}", 'did you mean "abort_by"?'),
    ],
)
def test_what_is_refused(entry: str, message: str) -> None:
    assert_refused(DOMAIN, inventory(entry), message)


def test_without_a_cutover_the_moments_have_to_be_written() -> None:
    assert_refused(
        DOMAIN,
        inventory(f"»{{{DONE}, total: 9, abort_by: »closes}}", cutover=""),
        "`cutover.opens` is not set",
        "`cutover.closes` is not set",
    )
    moments = "started: 2026-12-04T17:00Z, abort_by: 2026-12-05T08:00Z"
    assert parse(DOMAIN, inventory(f"{{{DONE}, total: 9, {moments}}}", cutover=""))


def test_mysql_only_estimates_rows() -> None:
    text = inventory("{table: »orders_new, total: 9}", "mysql://me@db-1/orders")
    assert_refused(DOMAIN, text, "write `done: select count(*) from orders_new`")


@pytest.mark.parametrize(
    ("select", "table", "rows"),
    [
        ("select count(*) from orders_new", "orders_new", True),
        ("SELECT COUNT(*) FROM sales.orders_new", "sales.orders_new", True),
        ('select count(*) from "Orders New"', "Orders New", True),
        ("select count(*) from orders_new where a > 1", "orders_new", False),
        ("select max(id) from orders_new", "orders_new", False),
        ("select count(*) from a, b", "", False),
        ("select count(*) from a join b using (id)", "", False),
        ("select count(*) from (select a from b) c", "", False),
        ("select 5", "", False),
    ],
)
def test_the_table_of_a_question(select: str, table: str, rows: bool) -> None:
    assert table_of(one_select(select)) == table
    assert (counts_rows(select) and bool(table)) is rows


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("create  index late\n on orders_new (a)", "create index late on orders_new (a)"),
        ("update users set password = 'secret'", "update users set password = ..."),
        ("do $$ secret $$", "do ..."),
        ('set password = "secret"', "set password = ..."),
        ("select " + "a, " * 50, ("select " + "a, " * 50)[:80].rstrip() + " ..."),
    ],
)
def test_statements_of_others_are_cut_before_their_texts(statement: str, shown: str) -> None:
    assert shortened(statement) == shown
