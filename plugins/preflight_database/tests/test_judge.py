"""Judging is pure: what the lab's servers cannot show, such as an invisible index of MySQL 8, stands in tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preflight.finding import Finding, NotChecked
from preflight_database import sql
from preflight_database.catalogue.model import Catalogue, Column, Engine, Index, Part, Server, Table
from preflight_database.index.judge import judge_index
from preflight_database.index.observation import IndexObservation
from preflight_database.index.spec import IndexSpec
from preflight_database.tests.said import checks

INDEX = Index("i", (Part("a"),))
URLS = {"postgresql": "postgresql://me@h/d", "mysql": "mysql://me@h/d", "sqlite": "sqlite:///d.db"}


def judged(entry: str, index: Index, engine: Engine = "postgresql") -> list[Finding | NotChecked]:
    (check,) = checks(URLS[engine], f"table: t, {entry}")
    spec: IndexSpec = check.spec
    columns = (Column("a", "integer", True), Column("Email", "text", True))
    return judge_index(spec, IndexObservation(Server(engine, "8", "me"), Table("public", "t", columns, (index,))))


@pytest.mark.parametrize(
    ("state", "observed", "step"),
    [
        ({"valid": False}, "i is invalid; it is still being built", "REINDEX INDEX CONCURRENTLY public.i"),
        ({"valid": False, "ready": False}, "i is invalid and not ready: it does not take new rows", "DROP INDEX"),
        ({"live": False, "valid": False}, "i is being dropped", "CREATE INDEX CONCURRENTLY i ON t (a)"),
        ({"valid": False, "partitioned": True}, "a partition of t has no such index", "ATTACH PARTITION"),
    ],
)
def test_states_of_a_postgresql_index(state: dict[str, bool], observed: str, step: str) -> None:
    (reason,) = judged("columns: [a]", replace(INDEX, **state))  # type: ignore[arg-type]  # all of these are flags
    assert isinstance(reason, Finding)
    assert observed in reason.observed
    assert step in reason.next_step


def test_an_invisible_index_of_mysql() -> None:
    (reason,) = judged("columns: [a]", replace(INDEX, visible=False), "mysql")
    assert isinstance(reason, Finding)
    assert (reason.observed, reason.next_step) == ("i is invisible", "ALTER TABLE t ALTER INDEX i VISIBLE;")


def test_a_functional_key_part_of_mysql() -> None:
    index = Index("i", (Part(expression="lower(`Email`)"),))
    assert judged("columns: ['lower(Email)']", index, "mysql") == []
    (reason,) = judged("columns: ['upper(Email)']", index, "mysql")
    assert isinstance(reason, NotChecked)
    assert "lower(`Email`) (in the inventory: upper(Email))" in reason.reason


def test_an_index_that_does_not_work_is_as_forbidden_as_any() -> None:
    assert judged("columns: [a], forbidden: true", replace(INDEX, valid=False))
    assert judged("only: []", replace(INDEX, valid=False))


def test_why_it_matters_is_the_inventorys_to_say() -> None:
    for entry in ("only: []", "columns: [Email]", "columns: [a], forbidden: true"):
        (reason,) = judged(f"{entry}, why: the night is over", INDEX)
        assert isinstance(reason, Finding)
        assert reason.consequence == "the night is over"


def test_names_that_are_not_folded_in_postgresql() -> None:
    (reason,) = judged("columns: [email]", INDEX)
    assert isinstance(reason, Finding)
    assert reason.observed == 'there is none; did you mean "Email"?'


def test_the_search_path_says_which_of_two_tables_is_meant() -> None:
    tables = (Table("a", "t"), Table("b", "t"), Table("c", "u"))
    found = Catalogue(Server("postgresql", "15", "me"), ("b", "a"), tables).by_name()
    assert found["t"].schema == "b"
    assert found["a.t"].schema == "a"
    assert "u" not in found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a  IS null", "(A is NULL)", True),
        ('"a" = 1', "a=1", True),
        ("`a` <> 1", "a != 1", True),
        ("(a) and (b)", "((a) and (b))", True),
        ("(a) and (b)", "a) and (b", False),
        ("a = 'X'", "a = 'x'", False),
        ('"A" = 1', "a = 1", False),
        ("a is null", "a is not null", False),
    ],
)
def test_spelling(one: str, other: str, same: bool) -> None:
    assert (sql.plain(one) == sql.plain(other)) is same
