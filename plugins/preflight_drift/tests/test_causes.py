"""What has one cause is told together: tables of values, of groups, and of what a check says first."""

from __future__ import annotations

import pytest

from preflight_drift.causes import Replaced, may_be_a_var, one_word, sort_out
from preflight_drift.comparison import Comparison
from preflight_drift.model import Document, Fact
from preflight_drift.tests.test_comparing import Content, between, document, host, one_each, rule, told


@pytest.mark.parametrize(
    ("ours", "theirs", "word"),
    [
        ("db.prd.example", "db.stg.example", ("prd", "stg")),
        ("prd-db.prd.example", "stg-db.stg.example", ("prd", "stg")),
        ("https://shop.live/x", "https://shop.test/x", ("live", "test")),
        ("a.b", "a.c.d", None),
        ("a.b", "c.d", None),
        ("10.0.1.5", "10.0.2.5", None),
        ("port 80", "port 81", None),
        ("same", "same", None),
    ],
)
def test_one_word(ours: str, theirs: str, word: Replaced | None) -> None:
    assert one_word(ours, theirs) == word


@pytest.mark.parametrize(
    ("word", "may"),
    [(("prd", "stg"), True), (("10.0.1.5", "10.0.2.5"), False), (("two words", "one"), False), (("a", "5"), False)],
)
def test_what_may_be_a_var(word: Replaced, may: bool) -> None:
    assert may_be_a_var(word) is may


def replaced(ours: str, theirs: str, places: int = 3) -> list[Replaced]:
    sides: list[Content] = [{f"k{n}": value for n in range(places)} for value in (ours, theirs)]
    return list(sort_out(one_each(*sides).differences).replaced)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("db.prd.x", "db.stg.x", [("prd", "stg")]),
        ("10.0.1.5", "10.0.2.5", [("10.0.1.5", "10.0.2.5")]),
        # What many settings have for reasons of their own has no cause in common.
        ("yes", "no", []),
        ("10", "20", []),
        ("10s", "20s", []),
    ],
)
def test_what_is_replaced_in_three_places(ours: str, theirs: str, expected: list[Replaced]) -> None:
    assert replaced(ours, theirs) == expected
    assert replaced(ours, theirs, 2) == []


def test_every_difference_is_in_one_place() -> None:
    ours = [host("web-1", document({"a": "x.prd", "b": 1}), document({}, "/etc/x")),
            host("web-2", document({"a": "x.prd", "b": 1})),
            host("web-3", document({"a": "x.prd", "b": 7}))]  # fmt: skip
    theirs = [host("stg-1", document({"a": "x.stg", "b": 2, "c": 3}), document({}, "/etc/y"))]
    found = between(ours, theirs, rule("files./etc/phoenix/app.yaml.c", "at-least"))
    causes = sort_out(found.differences)
    groups = (causes.outliers, causes.missing, causes.extra, causes.replaced, causes.others)
    listed = [*causes.broken, *(one for group in groups for some in group.values() for one in some)]
    assert sorted(one.path for one in listed) == sorted(one.path for one in found.differences)
    assert {(environment, hosts) for environment, hosts in causes.outliers} == {
        ("prod", ("web-1",)), ("prod", ("web-3",)),
    }  # fmt: skip
    assert [one.document for one in causes.missing["files"]] == ["/etc/y"]


def test_packages_that_are_not_there_are_listed() -> None:
    def installed(**versions: str) -> Document:
        return Document("packages", "packages", "packages", tuple(Fact((name,), at) for name, at in versions.items()))

    found = between([host("w", installed(a="1", b="1"))], [host("s", installed(a="2", c="1"))])
    causes = sort_out(found.differences)
    assert [one.path for one in causes.missing["packages"]] == ["packages.c"]
    assert [one.path for one in causes.extra["packages"]] == ["packages.b"]
    assert [one.path for one in causes.others["packages"]] == ["packages.a"]


def tie(ours: tuple[Content | None, Content | None], theirs: Content | None) -> Comparison:
    hosts = [host(f"web-{n}", *([] if it is None else [document(it)])) for n, it in enumerate(ours, 1)]
    return between(hosts, [host("stg-1", *([] if theirs is None else [document(theirs)]))])


@pytest.mark.parametrize("theirs", [1, 2])
def test_in_a_tie_the_outlier_is_what_the_other_environment_has_not(theirs: int) -> None:
    (one,) = tie(({"a": 1}, {"a": 2}), {"a": theirs}).differences
    assert one.here is not None
    assert (one.state, one.here.value, one.environment) == ("outlier", 3 - theirs, "prod")


def test_in_a_tie_with_neither_the_first_stands_for_the_group() -> None:
    assert told(tie(({"a": 1}, {"a": 2}), {"a": 3})) == [("outlier", "a"), ("differs", "a")]


def test_a_file_that_one_of_two_has_is_measured_by_the_other_environment() -> None:
    (there,) = tie(({"a": 1}, None), {"a": 1}).differences
    assert there.here is not None
    assert (there.state, there.here.hosts, there.here.lacks) == ("outlier", ("web-2",), True)
    (not_there,) = tie(({"a": 1}, None), None).differences
    assert not_there.here is not None
    assert (not_there.state, not_there.here.hosts, not_there.here.lacks) == ("outlier", ("web-1",), False)


def test_an_outlier_of_the_other_environment_is_its_own() -> None:
    theirs = [host(f"stg-{n}", document({"a": 1 if n < 3 else 9})) for n in (1, 2, 3)]
    (one,) = between([host("web-1", document({"a": 1}))], theirs).differences
    assert (one.state, one.environment) == ("outlier", "staging")
