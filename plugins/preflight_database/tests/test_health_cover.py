"""What one index does for another or for a foreign key, as a table: also what the lab's servers do not have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preflight_database.catalogue.model import Engine, ForeignKey, Index, Part, Table
from preflight_database.health.case import Case, Counter
from preflight_database.health.check import Limits, registry
from preflight_database.health.checks.bloat import needed_bytes
from preflight_database.health.cover import (
    ROWID_KEY,
    conjuncts,
    covers,
    identical,
    needless,
    not_null_columns,
    preferred,
)
from preflight_database.health.numbers import range_of

PG, MYSQL, SQLITE = "postgresql", "mysql", "sqlite"
A, B, C = Part("a"), Part("b"), Part("c")
ID = Part("id")


def index(*parts: Part, **more: object) -> Index:
    return Index("i", parts, **more)  # type: ignore[arg-type]  # as the table says


@pytest.mark.parametrize(
    ("one", "columns", "engine", "does"),
    [
        (index(A), "a", PG, True),
        (index(A, B), "a", PG, True),
        (index(B, A), "a", PG, False),
        (index(A, B), "a b", PG, True),
        (index(B, A), "a b", PG, True),
        (index(B, A, C), "a b", PG, True),
        (index(A, C, B), "a b", PG, False),
        (index(A), "a b", PG, False),
        (index(Part("a", descending=True)), "a", PG, True),
        (index(A, unique=True), "a", PG, True),
        (index(A, include=("b",)), "a b", PG, False),
        (index(A, valid=False), "a", PG, False),
        (index(A, ready=False), "a", PG, False),
        (index(A, live=False), "a", PG, False),
        (index(A, where="(a IS NOT NULL)"), "a", PG, True),
        (index(A, B, where="((a IS NOT NULL) AND (b IS NOT NULL))"), "a b", PG, True),
        (index(A, where="(b IS NOT NULL)"), "a", PG, False),
        (index(A, where="(a > 0)"), "a", PG, False),
        (index(A, where="((a IS NOT NULL) OR (b IS NOT NULL))"), "a", PG, False),
        (index(A, where='("A" IS NOT NULL)'), "a", PG, False),
        (index(A, method="brin"), "a", PG, False),
        (index(A, method="gin"), "a", PG, False),
        (index(A, method="hash"), "a", PG, True),
        (index(A, method="hash"), "a b", PG, False),
        (index(Part(expression="lower(a)")), "a", PG, False),
        (index(Part("a", collation="C")), "a", PG, False),
        (index(Part("a", opclass="text_pattern_ops", usual_opclass=False)), "a", PG, True),
        (index(Part("a", opclass="citext_ops", usual_opclass=False)), "a", PG, False),
        (index(Part("a", prefix=10)), "a", MYSQL, False),
        (index(A, visible=False), "a", MYSQL, True),
        (index(Part("A")), "a", MYSQL, True),
        (index(Part("A")), "a", PG, False),
        (index(A, where="a is not null"), "a", SQLITE, True),
    ],
)  # fmt: skip
def test_a_foreign_key_has_an_index(one: Index, columns: str, engine: Engine, does: bool) -> None:
    assert covers(one, columns.split(), engine) is does


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (index(A), True),
        (replace(index(A), name="j", constraint="unique"), True),
        (index(B), False),
        (index(A, B), False),
        (index(A, unique=True), False),
        (index(A, method="hash"), False),
        (index(A, include=("b",)), False),
        (index(A, where="b > 0"), False),
        (index(A, nulls_not_distinct=True), False),
        (index(A, deferrable=True), False),
        (index(Part("a", descending=True)), False),
        (index(Part("a", nulls_first=True)), False),
        (index(Part("a", opclass="x")), False),
        (index(Part("a", effective_collation="C")), False),
        (index(Part("a", prefix=3)), False),
        (index(Part(expression="a")), False),
    ],
)  # fmt: skip
def test_two_indexes_are_the_same(other: Index, same: bool) -> None:
    assert identical(index(A), other, PG) is same
    assert identical(other, index(A), PG) is same


def test_what_is_included_has_no_order() -> None:
    assert identical(index(A, include=("b", "c")), index(A, include=("c", "b")), PG)


DESC = Part("a", descending=True, nulls_first=True)


@pytest.mark.parametrize(
    ("narrow", "wide", "engine", "is_needless"),
    [
        (index(A), index(A, B), PG, True),
        (index(A), index(B, A), PG, False),
        (index(A, B), index(A), PG, False),
        (index(A), index(A, unique=True), PG, True),
        (index(A, unique=True), index(A, B), PG, False),
        (index(A, constraint="unique"), index(A, B), PG, False),
        (index(A), index(A), PG, False),
        (index(A), index(A, B, valid=False), PG, False),
        (index(A, valid=False), index(A, B), PG, False),
        (index(A), index(A, B, visible=False), MYSQL, False),
        (index(A), index(A, B, where="c > 0"), PG, False),
        (index(A, where="c > 0"), index(A, B), PG, False),
        (index(A, where="c > 0"), index(A, B, where="(c > 0)"), PG, True),
        (index(A, include=("b",)), index(A, B), PG, True),
        (index(A, include=("c",)), index(A, B), PG, False),
        (index(A, include=("c",)), index(A, B, include=("c",)), PG, True),
        (index(A, method="hash"), index(A, B), PG, False),
        (index(A, method="gin"), index(A, B, method="gin"), PG, False),
        (index(DESC), index(A), PG, True),
        (index(DESC), index(A, B), PG, True),
        (index(DESC, B), index(A, B), PG, False),
        (index(Part("a", descending=True)), index(A), PG, False),
        (index(Part("a", nulls_first=True)), index(A, B), PG, False),
        (index(Part("a", opclass="text_pattern_ops")), index(Part("a", opclass="text_ops"), B), PG, False),
        (index(Part("a", effective_collation="C")), index(Part("a", effective_collation="de"), B), PG, False),
        (index(Part(expression="lower(a)")), index(Part(expression="LOWER(a)"), B), PG, True),
        (index(Part(expression="lower(a)")), index(Part("a"), B), PG, False),
        (index(Part("a", prefix=10)), index(Part("a", prefix=20)), MYSQL, True),
        (index(Part("a", prefix=10)), index(A, B), MYSQL, True),
        (index(Part("a", prefix=20)), index(Part("a", prefix=10), B), MYSQL, False),
        (index(A), index(Part("a", prefix=10), B), MYSQL, False),
        (index(Part("a", prefix=10), B), index(A, B), MYSQL, False),
        (index(A, method="fulltext"), index(A, B, method="fulltext"), MYSQL, False),
        # What stands behind every index, unwritten.
        (index(A, ID), index(A), MYSQL, True),
        (index(A, ID), index(A), SQLITE, True),
        (index(A, ID), index(A), PG, False),
        (index(A, ID), index(A, unique=True), MYSQL, False),
        (index(A, ID, B), index(A), MYSQL, False),
        (index(ID), index(ID, unique=True, constraint="primary key"), MYSQL, True),
    ],
)  # fmt: skip
def test_an_index_does_nothing_that_another_does_not(
    narrow: Index, wide: Index, engine: Engine, is_needless: bool
) -> None:
    primary = Index(ROWID_KEY, (ID,), unique=True, constraint="primary key")
    assert needless(narrow, wide, primary, engine) is is_needless


def test_of_two_that_do_the_same_one_is_kept() -> None:
    primary = Index("PRIMARY", (ID,), unique=True, constraint="primary key")
    short, long = index(A), index(A, ID)
    assert needless(short, long, primary, MYSQL)
    assert needless(long, short, primary, MYSQL)
    assert preferred(short, long, primary, MYSQL)
    assert not preferred(long, short, primary, MYSQL)
    assert preferred(index(A), index(DESC), primary, PG)
    assert not preferred(index(DESC), index(A), primary, PG)


@pytest.mark.parametrize(
    ("where", "columns"),
    [
        ("(a IS NOT NULL)", {"a"}),
        ("((a IS NOT NULL) AND ((b IS NOT NULL) AND (c IS NOT NULL)))", {"a", "b", "c"}),
        ('("Odd Name" IS NOT NULL)', {"Odd Name"}),
        ("(a IS NULL)", None),
        ("((a IS NOT NULL) OR (b IS NOT NULL))", None),
        ("(NOT (a IS NOT NULL))", None),
        ("(lower(a) IS NOT NULL)", None),
        ("((a IS NOT NULL) AND (b > 0))", None),
    ],
)
def test_predicates_of_what_is_not_null(where: str, columns: set[str] | None) -> None:
    assert not_null_columns(where, PG) == columns


def test_between_has_an_and_of_its_own() -> None:
    assert conjuncts("a between 1 and 2 and b > 0", PG) == [
        ("a", "between", "1", "and", "2"),
        ("b", ">", "0"),
    ]


@pytest.mark.parametrize(
    ("type_", "bounds"),
    [
        ("smallint", (-(2**15), 2**15 - 1)),
        ("integer", (-(2**31), 2**31 - 1)),
        ("int(11)", (-(2**31), 2**31 - 1)),
        ("int(10) unsigned", (0, 2**32 - 1)),
        ("int unsigned", (0, 2**32 - 1)),
        ("mediumint(9)", (-(2**23), 2**23 - 1)),
        ("tinyint unsigned", (0, 255)),
        ("bigint", (-(2**63), 2**63 - 1)),
        ("bigint(20) unsigned zerofill", (0, 2**64 - 1)),
        ("numeric(5,0)", (-99999, 99999)),
        ("numeric(5,2)", (-999, 999)),
        ("numeric", None),
        ("text", None),
        ("double precision", None),
    ],
)
def test_how_far_numbers_go(type_: str, bounds: tuple[int, int] | None) -> None:
    assert range_of(type_) == bounds


@pytest.mark.parametrize(
    ("counter", "wrong"),
    [
        (Counter("id", "integer", 2**31 - 1, "s", "bigint", 1, 2**63 - 1), True),
        (Counter("id", "integer", 2**30, "s", "bigint", 1, 2**63 - 1), False),
        (Counter("id", "bigint", 2**31, "s", "integer", 1, 2**31 - 1), True),
        (Counter("id", "bigint", 91, "s", "bigint", 1, 100), True),
        (Counter("id", "bigint", 90, "s", "bigint", 1, 100), False),
        (Counter("id", "bigint", 99, "s", "bigint", 1, 100, cycles=True), False),
        # One that begins at the lowest number has twice as many.
        (Counter("id", "integer", 0, "s", "integer", -(2**31), 2**31 - 1), False),
        (Counter("id", "text", 2**40, "s", "bigint", 1, 2**63 - 1), False),
        (Counter("id", "integer", -(2**31), "s", "bigint", -1, -(2**63), -1), True),
        (Counter("id", "int unsigned", 4294967295), True),
        (Counter("id", "int", 4294967295), True),
        (Counter("id", "bigint unsigned", 2**63), False),
    ],
)
def test_numbers_run_out(counter: Counter, wrong: bool) -> None:
    case = Case(Table("public", "t"), "t", counter=counter)
    assert bool(list(registry()["sequence-overflow"].flaws(case, PG, Limits()))) is wrong


def test_an_invisible_index_of_mysql() -> None:
    case = Case(Table("shop", "t", indexes=(index(A, visible=False),)), "t")
    (flaw,) = registry()["ignored-index"].flaws(case, "mysql", Limits())
    assert flaw.observed == "i on t is invisible"
    assert flaw.next_step == "ALTER TABLE t ALTER INDEX i VISIBLE; or, if nobody missed it: ALTER TABLE t DROP INDEX i;"


def test_a_check_constraint_of_mysql_that_is_not_enforced() -> None:
    from preflight_database.catalogue.model import Constraint

    case = Case(Table("shop", "t", constraints=(Constraint("k", "check", enforced=False),)), "t")
    (flaw,) = registry()["not-validated"].flaws(case, "mysql", Limits())
    assert (flaw.observed, flaw.next_step) == ("k on t is NOT ENFORCED", "ALTER TABLE t ALTER CHECK k ENFORCED;")


def test_foreign_keys_share_a_column_and_say_different_things() -> None:
    billing = ForeignKey("f", ("tenant", "billing"), "public", "address", ("tenant", "id"))
    shipping = ForeignKey("g", ("tenant", "shipping"), "public", "address", ("tenant", "id"))
    case = Case(Table("public", "t", foreign_keys=(billing, shipping)), "t")
    for check in ("fk-duplicate", "fk-overlapping"):
        assert list(registry()[check].flaws(case, PG, Limits())) == []


def test_rows_take_at_least_what_they_take() -> None:
    # 1,000,000 rows of two integers: PostgreSQL writes 36 MB, and 22 MB of an index of one.
    assert 36e6 < needed_bytes(1e6, 8, btree=False) < 46e6
    assert 22e6 < needed_bytes(1e6, 4, btree=True) < 27e6
    assert needed_bytes(1e6, 8, btree=False, fill=50) > 1.9 * needed_bytes(1e6, 8, btree=False)
