"""Two catalogues compared: what the lab's servers cannot show, and what goes with what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preflight_database.catalogue.model import (
    Catalogue,
    Column,
    Constraint,
    Engine,
    ForeignKey,
    Index,
    Part,
    Sequence,
    Server,
    Table,
)
from preflight_database.parity.compare import Difference, differences

A = Index("a", (Part("x"),))
TABLE = Table("public", "t", (Column("x", "integer", False),), (A,))


def catalogue(*tables: Table, engine: Engine = "postgresql", schema: str = "public", **more: object) -> Catalogue:
    return Catalogue(Server(engine, "8", "me"), (schema,), tables, **more)  # type: ignore[arg-type]  # sequences


def compared(one: Table, other: Table, engine: Engine = "postgresql") -> list[Difference]:
    return differences(catalogue(one, engine=engine), catalogue(other, engine=engine))


def with_indexes(*indexes: Index) -> Table:
    return replace(TABLE, indexes=indexes)


def test_nothing_differs() -> None:
    assert compared(TABLE, TABLE) == []
    assert differences(catalogue(), catalogue()) == []


def test_those_of_one_name_go_together() -> None:
    b = replace(A, name="b")
    assert compared(with_indexes(A, b), with_indexes(b, A)) == []
    assert [each.names for each in compared(with_indexes(A, b), with_indexes(A))] == [("b", "")]
    assert [each.names for each in compared(with_indexes(A, b), with_indexes(b))] == [("a", "")]


def test_one_name_and_two_definitions_are_one_difference() -> None:
    (found,) = compared(with_indexes(A), with_indexes(replace(A, parts=(Part("y"),))))
    assert (found.what, found.names, found.here, found.there) == ("index", ("a", "a"), "(x)", "(y)")
    assert found.change_here == "DROP INDEX CONCURRENTLY public.a; CREATE INDEX CONCURRENTLY a ON t (x)".replace(
        "x", "y"
    )


def test_a_name_for_one_definition_here_and_another_there() -> None:
    """`a` here is what `b` is there: that is no difference, but for what else is called so."""
    other = replace(A, parts=(Part("y"),))
    found = compared(with_indexes(A), with_indexes(replace(A, name="b"), replace(other, name="a")))
    assert [(each.names, each.there) for each in found] == [(("", "a"), "(y)")]


@pytest.mark.parametrize(
    ("engine", "state", "words", "mended"),
    [
        ("mysql", {"visible": False}, "(x), invisible", "ALTER TABLE t ALTER INDEX a VISIBLE"),
        ("mariadb", {"visible": False}, "(x), ignored", "ALTER TABLE t ALTER INDEX a NOT IGNORED"),
        ("postgresql", {"valid": False}, "(x), invalid", "REINDEX INDEX CONCURRENTLY public.a"),
        ("postgresql", {"live": False}, "(x), invalid", "REINDEX INDEX CONCURRENTLY public.a"),
        ("postgresql", {"valid": False, "partitioned": True}, "(x), invalid", ""),
    ],
)
def test_an_index_that_does_not_work_on_one_side_or_both(
    engine: Engine, state: dict[str, bool], words: str, mended: str
) -> None:
    nulls = (Part("x", nulls_first=engine != "postgresql"),)
    good = replace(A, parts=nulls)
    broken = replace(good, **state)  # type: ignore[arg-type]  # all of these are flags
    (one,) = compared(with_indexes(broken), with_indexes(good), engine)
    assert (one.what, one.here, one.there) == ("invalid index", words, "(x)")
    assert (one.change_here, one.change_there) == (mended, "")
    (both,) = compared(with_indexes(broken), with_indexes(broken), engine)
    assert (both.change_here, both.change_there) == (mended, mended)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("(x > 0)", "x > 0", True),
        ("x > 0", "X  >  0", True),
        ("x > 0", "x > 1", False),
        ("f(')", "f(')", True),
    ],
)
def test_predicates(one: str, other: str, same: bool) -> None:
    assert (compared(with_indexes(replace(A, where=one)), with_indexes(replace(A, where=other))) == []) is same


def test_constraints_by_definition() -> None:
    def table(*constraints: Constraint) -> Table:
        return replace(TABLE, constraints=constraints)

    check = Constraint("t_check", "check", expression="(x > 0)")
    assert compared(table(check), table(replace(check, name="t_check1"))) == []
    assert [each.what for each in compared(table(check), table(replace(check, enforced=False)))] == ["constraint"]
    # Unique and primary keys differ where their indexes do.
    assert compared(table(Constraint("k", "unique", ("x",))), table()) == []


def test_a_database_of_mysqls_is_its_own_schema() -> None:
    def of(name: str, referred: str) -> Catalogue:
        key = ForeignKey("k", ("x",), referred, "other", ("y",), "restrict", "no action")
        return catalogue(Table(name, "t", foreign_keys=(key,)), engine="mysql", schema=name)

    assert differences(of("prod", "prod"), of("staging", "staging")) == []
    (found,) = differences(of("prod", "prod"), of("staging", "elsewhere"))
    assert found.there == "(x) references elsewhere.other (y)"


def test_schemas_of_postgresql() -> None:
    found = differences(catalogue(Table("sales", "t")), catalogue(Table("public", "t")))
    assert [(each.what, each.table) for each in found] == [("table", "sales.t"), ("table", "t")]
    assert found[0].known_as() == {"sales.t", "t"}


def test_how_one_may_name_a_difference() -> None:
    difference = Difference("index", "sales.t", ("a", "b"))
    assert difference.known_as() == {"sales.t", "t", "a", "b", "sales.t.a", "sales.t.b", "t.a", "t.b"}


def test_the_sequence_of_a_table_that_is_missing_is_not_missed_by_itself() -> None:
    free, owned = (
        Sequence("public", "s", "bigint", 7, 9),
        Sequence("public", "t_x_seq", "bigint", 7, 9, owner=("public", "t", "x")),
    )
    found = differences(catalogue(TABLE, sequences=(free, owned)), catalogue())
    assert [(each.what, each.table) for each in found] == [("table", "t"), ("sequence", "s")]
    # Where they stand is no matter.
    used = replace(free, last=8)
    assert differences(catalogue(sequences=(free,)), catalogue(sequences=(used,))) == []
