"""What may be written under `health:`, what becomes of it, and what is refused, at its very place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from preflight.finding import NotChecked
from preflight.testing import assert_refused, observe_all
from preflight_database.catalogue.model import Server, Table
from preflight_database.health.case import Case
from preflight_database.health.check import registry
from preflight_database.health.observation import HealthObservation
from preflight_database.tests.diagnosed import diagnosed, health
from preflight_database.tests.said import DOMAIN, execute

Fresh = Callable[[str], str]
PG, MYSQL, SQLITE = "postgresql://me@db-1/shop", "mysql://me@db-1/shop", "sqlite:///shop.db"


def ids(url: str, written: str) -> list[str]:
    return [check.id.removeprefix("database.health[orders/").removesuffix("]") for check in health(url, written)]


def test_all_is_what_the_engine_has() -> None:
    assert set(ids(PG, "all")) == {name for name, check in registry().items() if "postgresql" in check.dialects}
    assert "ignored-index" in ids(MYSQL, "all")
    assert "invalid-index" not in ids(MYSQL, "all")
    assert "sequence-overflow" not in ids(SQLITE, "{except: bloat}")


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("bloat", ["bloat"]),
        ("[bloat, invalid-index]", ["bloat", "invalid-index"]),
        ("{checks: bloat}", ["bloat"]),
        ("{checks: [bloat, bloat]}", ["bloat"]),
        ("[{checks: bloat, phase: after}]", ["bloat:after"]),
        ("[{checks: bloat, phase: [before, after], statistics_age: 7d}]", ["bloat:before+after"]),
    ],
)
def test_checks(written: str, made: list[str]) -> None:
    assert ids(PG, written) == made


def test_who_is_named_beside_all_is_not_made_twice() -> None:
    (unused,) = [c for c in health(PG, "[all, {checks: unused-index, statistics_age: 7d}]") if "unused" in c.id]
    assert unused.spec.statistics_age == 7 * 86400
    in_phases = [c.id for c in health(PG, "[all, {checks: bloat, phase: after}]") if "bloat" in c.id]
    assert in_phases == ["database.health[orders/bloat]", "database.health[orders/bloat:after]"]


def test_one_check_in_two_entries_is_refused() -> None:
    text = f"databases:\n  orders:\n    url: {PG}\n    health: [bloat, »bloat]\n"
    assert_refused(DOMAIN, text, "database.health[orders/bloat] is also at")


def test_each_check_has_a_severity_that_the_entry_may_replace() -> None:
    severities = {check.spec.check.name: check.spec.severity for check in health(PG, "all")}
    assert severities == {name: check.severity for name, check in registry().items() if name in severities}
    assert set(severities.values()) == {"blocker", "warning"}
    (check,) = health(PG, "{checks: bloat, severity: blocker}")
    assert check.spec.severity == "blocker"


def test_an_id_stands_before_the_names_of_its_checks() -> None:
    found = health(PG, "{id: nightly, checks: [bloat, no-primary-key], why: nobody slept, owner: dba}")
    assert [check.id for check in found] == [
        "database.health[nightly/bloat]",
        "database.health[nightly/no-primary-key]",
    ]
    assert found[0].spec.owner == "dba"
    assert found[0].mark.line == 4


@pytest.mark.parametrize(
    ("url", "written", "message"),
    [
        (PG, "»everything", '"everything" is no health check'),
        (PG, "»unused", 'did you mean "unused-index"?'),
        (PG, "[all, »foreign-key-without-index]", 'did you mean "fk-without-index"?'),
        (PG, "{checks: [»fk-without-indexes]}", 'did you mean "fk-without-index"?'),
        (PG, "{except: [»unused]}", 'did you mean "unused-index"?'),
        (PG, "{»excpt: [bloat]}", 'did you mean "except"?'),
        (PG, "»{checks: bloat, except: [unused-index]}", "`except` goes with `checks: all`"),
        (PG, "»{checks: []}", "`checks` is empty"),
        (PG, "{checks: bloat, allow: »{unused-index: [a]}}", "not among the checks made here"),
        (PG, "{except: bloat, allow: »{bloat: [a]}}", "not among the checks made here"),
        (SQLITE, "»invalid-index", "SQLite has no invalid-index: an index there is whole, or is not there"),
        (SQLITE, "{checks: [no-primary-key, »bloat]}", "SQLite has no bloat: there are no statistics"),
        (MYSQL, "[no-primary-key, »btree-on-array]", "MySQL or MariaDB has no btree-on-array: it has no arrays"),
        (PG, "{statistics_age: »soon}", "should be a length of time"),
        (PG, "{nulls: »0}", ""),
        (PG, "{sequence_left: »100}", ""),
    ],
)  # fmt: skip
def test_what_is_refused(url: str, written: str, message: str) -> None:
    assert_refused(DOMAIN, f"databases:\n  orders:\n    url: {url}\n    health: {written}\n", message)


def test_what_is_allowed_for_nothing_is_told_where_all_is_told(fresh: Fresh) -> None:
    url = fresh("sqlite")
    execute(url, "create table a (x)", "create table b (x)", "create table c (x integer primary key)")

    def text(allowed: str) -> str:
        (check,) = health(url, f"{{checks: no-primary-key, allow: {{no-primary-key: [{allowed}]}}}}")
        (seen,) = observe_all(check.kind, check.spec, shared=check.shared)
        assert check.kind.cell is not None
        assert not isinstance(seen, NotChecked)
        cell = check.kind.cell(check.spec, seen)
        assert (cell.row, cell.column) == ("no-primary-key", "orders")
        return cell.text

    assert text("a") == "1 found"
    assert text("'*'") == ""
    assert text("MAIN.A, b") == ""
    assert text("a, b, old") == "allow: old matches nothing"
    assert text("old, older") == "2 found, allow: old, older matches nothing"
    # It is never red for that alone.
    assert diagnosed(url, "no-primary-key", "allow: {no-primary-key: [a, b, old]}") == []


def test_only_what_is_wrong_is_recorded(fresh: Fresh) -> None:
    url = fresh("sqlite")
    execute(url, "create table a (x)", "create table c (x integer primary key)")
    (check,) = health(url, "no-primary-key")
    (seen,) = observe_all(check.kind, check.spec, shared=check.shared)
    assert isinstance(seen, HealthObservation)
    assert seen.tables == 2
    assert [case.name for case in seen.cases] == ["a"]


def test_the_consequence_is_the_inventorys_to_say() -> None:
    (check,) = health(PG, "{checks: no-primary-key, why: the copy cannot be compared}")
    seen = HealthObservation(Server("postgresql", "16", "me"), 1, (Case(Table("public", "a"), "a"),))
    (finding,) = check.kind.judge(check.spec, seen)
    assert finding.consequence == "the copy cannot be compared"
    assert finding.cause == "tables without a primary key in database orders"
    assert finding.expected == "every table has a primary key in database orders (PostgreSQL 16)"
