"""Two environments under rules, as tables: what is the same, what differs, what is hidden, and what is not known."""

from __future__ import annotations

import pytest

from preflight_drift.comparing import compare
from preflight_drift.comparison import Comparison, Side
from preflight_drift.model import Document, Fact, HostFacts, Value
from preflight_drift.rules import Rule, RuleName, Rules

FILE = "/etc/phoenix/app.yaml"
Content = dict[str, Value]


def document(content: Content, name: str = FILE, **more: object) -> Document:
    facts = tuple(Fact(tuple(path.split(".")), value, line) for line, (path, value) in enumerate(content.items(), 1))
    return Document("files", name, "yaml", facts, **more)  # type: ignore[arg-type]


def host(name: str, *documents: Document, trouble: str = "") -> HostFacts:
    return HostFacts(name, documents, trouble)


def between(ours: list[HostFacts], theirs: list[HostFacts], *rules: Rule, words: bool = False) -> Comparison:
    sides = [
        Side("prod", tuple(ours), (("token", "prd"),) if words else ()),
        Side("staging", tuple(theirs), (("token", "stg"),) if words else ()),
    ]
    return compare(*sides, Rules(rules))


def one_each(ours: Content, theirs: Content, *rules: Rule, words: bool = False) -> Comparison:
    return between([host("web-1", document(ours))], [host("stg-1", document(theirs))], *rules, words=words)


def rule(at: str, name: RuleName, **more: object) -> Rule:
    return Rule(at, name, "because", **more)  # type: ignore[arg-type]


def told(found: Comparison) -> list[tuple[str, str]]:
    return [(one.state, one.path.removeprefix(f"files.{FILE}.")) for one in found.differences]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("differs", "a")]),
        ({"a": 1, "b": 2}, {"a": 1}, [("only here", "b")]),
        ({"a": 1}, {"a": 1, "b": 2}, [("only there", "b")]),
        # What a consumer tells apart is not the same: a number, a text, and a truth.
        ({"a": 1}, {"a": "1"}, [("differs", "a")]),
        ({"a": True}, {"a": 1}, [("differs", "a")]),
        ({"a": None}, {}, [("only here", "a")]),
        ({"a": None}, {"a": "null"}, [("differs", "a")]),
    ],
)
def test_facts(ours: Content, theirs: Content, expected: list[tuple[str, str]]) -> None:
    assert told(one_each(ours, theirs)) == expected


@pytest.mark.parametrize(
    ("name", "ours", "theirs", "expected"),
    [
        ("must-differ", "x", "y", []),
        ("must-differ", "x", "x", [("breaks its rule", "a")]),
        ("must-differ", "x", None, [("only here", "a")]),
        ("keys-only", "x", "y", []),
        ("keys-only", "x", None, [("only here", "a")]),
        ("ignore", "x", "y", []),
        ("ignore", "x", None, []),
        ("at-least", 20, 10, []),
        ("at-least", 10, 10, []),
        ("at-least", 5, 10, [("breaks its rule", "a")]),
        ("at-least", "2GB", "1500MB", []),
        ("at-least", "512k", "1m", [("breaks its rule", "a")]),
        ("at-least", "90s", "1min", []),
        ("at-least", "1.10.2", "1.9.14", []),
        ("at-least", "1.0~rc1", "1.0.0", [("breaks its rule", "a")]),
        ("same", "x", "y", [("differs", "a")]),
    ],
)
def test_rules(name: RuleName, ours: Value, theirs: Value, expected: list[tuple[str, str]]) -> None:
    sides = [{} if value is None else {"a": value} for value in (ours, theirs)]
    found = one_each(sides[0] | {"z": 0}, sides[1] | {"z": 0}, rule(f"files.{FILE}.a", name))
    assert told(found) == expected
    assert found.unknown == []


def test_what_a_rule_cannot_tell_is_not_known() -> None:
    found = one_each({"a": "much"}, {"a": 10}, rule(f"files.{FILE}.a", "at-least"))
    assert told(found) == []
    assert "at-least does not apply" in found.unknown[0].why


@pytest.mark.parametrize(
    ("values", "broken"),
    [
        ({"prod": "^db-prod", "staging": "^db-stg"}, False),
        ({"prod": "^db-prod"}, False),
        ({"prod": "^db-stg"}, True),
        ({"prod": "^db-prod", "staging": "^db-prod"}, True),
    ],
)
def test_matches(values: dict[str, str], broken: bool) -> None:
    made = rule(f"files.{FILE}.a", "matches", values=tuple(values.items()))
    assert bool(told(one_each({"a": "db-prod-1"}, {"a": "db-stg-1"}, made))) is broken


@pytest.mark.parametrize(("there", "broken"), [("10", False), ("11", True)])
def test_mapped(there: str, broken: bool) -> None:
    made = rule(f"files.{FILE}.a", "mapped", values=(("prod", "20"), ("staging", "10")))
    assert bool(told(one_each({"a": 20}, {"a": int(there)}, made))) is broken


def test_a_default_stands_where_nothing_is_written() -> None:
    made = rule(f"files.{FILE}.a", "same", default="on")
    assert told(one_each({"a": "on"}, {"z": 0}, made, rule(f"files.{FILE}.z", "ignore"))) == []
    assert told(one_each({"a": "off"}, {"z": 0}, made, rule(f"files.{FILE}.z", "ignore"))) == [("differs", "a")]


def test_the_most_specific_rule_counts() -> None:
    rules = rule("files.*", "ignore"), rule(f"files.{FILE}.db.*", "same"), rule(f"files.{FILE}.db.host", "must-differ")
    content: Content = {"a": 1, "db.port": 1, "db.host": "x"}
    found = one_each(content, content | {"a": 2, "db.port": 2}, *rules)
    assert sorted(told(found)) == [("breaks its rule", "db.host"), ("differs", "db.port")]
    assert found.hidden == {"files.*": 1}
    # The file itself, and one fact.
    assert found.matched["files.*"] == 2


def test_two_equally_specific_rules_are_no_rule() -> None:
    found = one_each({"ab": 1}, {"ab": 2}, rule(f"files.{FILE}.a*", "ignore"), rule(f"files.{FILE}.*b", "same"))
    assert told(found) == []
    assert "equally specific" in found.unknown[0].why


def test_an_expired_rule_hides_nothing() -> None:
    assert told(one_each({"a": 1}, {"a": 2}, rule(f"files.{FILE}.a", "ignore", expired=True))) == [("differs", "a")]


def test_words_of_either_environment_are_the_same() -> None:
    ours: Content = {"host": "db.prd.example", "prd": 1, "note": "prds"}
    theirs: Content = {"host": "db.stg.example", "stg": 1, "note": "prds"}
    assert told(one_each(ours, theirs, words=True)) == []
    assert len(told(one_each(ours, theirs))) == 3
    # A rule that says that they differ means what is written.
    assert told(one_each(ours, theirs, rule(f"files.{FILE}.host", "must-differ"), words=True)) == []


def test_words_count_in_names_of_files_too() -> None:
    ours, theirs = document({"a": 1}, "/etc/app/prd.yaml"), document({"a": 2}, "/etc/app/stg.yaml")
    (found,) = between([host("w", ours)], [host("s", theirs)], words=True).differences
    assert (found.state, found.path) == ("differs", "files./etc/app/${token}.yaml.a")


def test_a_whole_file_is_one_difference() -> None:
    found = between([host("web-1", document({"a": 1, "b": 2}))], [host("stg-1")])
    assert [(one.state, one.path, one.whole) for one in found.differences] == [("only here", f"files.{FILE}", True)]


def test_a_file_known_to_be_missing_on_both_sides_is_the_same() -> None:
    gone = document({}, missing=True)
    found = between([host("web-1", gone)], [host("stg-1", gone)])
    assert (found.differences, found.unknown, found.documents) == ([], [], 0)


def test_what_could_not_be_read_is_neither_the_same_nor_missing() -> None:
    found = between([host("web-1", document({}, trouble="permission denied"))], [host("stg-1", document({"a": 1}))])
    assert found.differences == []
    assert [(one.hosts, one.document, one.why) for one in found.unknown] == [(("web-1",), FILE, "permission denied")]


def test_nothing_is_missing_below_what_could_not_be_looked_into() -> None:
    shut = document({}, "/srv/prd", trouble="permission denied", closed=True)
    there = [host("stg-1", document({"a": 1}, "/srv/stg/app.yaml"), document({}, "/srv/stg-old"))]
    found = between([host("web-1", shut)], there, words=True)
    assert [(one.state, one.path) for one in found.differences] == [("only there", "files./srv/${token}-old")]
    assert [(one.hosts, one.document) for one in found.unknown] == [(("web-1",), "/srv/prd")]


def test_nothing_is_missing_of_a_pattern_whose_search_was_killed() -> None:
    killed = document({}, "/srv/prd/*.yaml", trouble="killed after 60 s")
    here = host("web-1", killed, document({"a": 1}, "/srv/prd/a.yaml"))
    there = [
        host("stg-1", *(document({"a": 2}, f"/srv/stg/{name}") for name in ("a.yaml", "b.yaml", "b.conf", "c/d.yaml")))
    ]
    found = between([here], there, words=True)
    assert [(one.state, one.path) for one in found.differences] == [
        ("differs", "files./srv/${token}/a.yaml.a"),
        ("only there", "files./srv/${token}/b.conf"),
        ("only there", "files./srv/${token}/c/d.yaml"),
    ]
    assert [(one.hosts, one.document) for one in found.unknown] == [(("web-1",), "/srv/prd/*.yaml")]


def test_a_host_that_was_not_reached_has_nothing_missing() -> None:
    found = between([host("web-1", trouble="host web-1 cannot be reached")], [host("stg-1", document({"a": 1}))])
    assert found.differences == []
    assert found.unknown[0].why == "host web-1 cannot be reached"


def test_one_of_three_hosts_is_the_outlier_and_most_are_compared() -> None:
    ours = [host(f"web-{n}", document({"a": 1 if n < 3 else 9})) for n in (1, 2, 3)]
    found = between(ours, [host("stg-1", document({"a": 1}))])
    (one,) = found.differences
    assert one.state == "outlier"
    assert one.here is not None
    assert one.there is not None
    assert (one.here.hosts, one.here.value, one.there.hosts) == (("web-3",), 9, ("web-1", "web-2"))


def test_a_file_that_one_of_three_lacks_or_one_alone_has() -> None:
    has, lacks = document({"a": 1}), host("web-3")
    found = between([host("web-1", has), host("web-2", has), lacks], [host("stg-1", has)])
    assert [(one.state, one.whole) for one in found.differences] == [("outlier", True)]
    alone = between([host("web-1", has), host("web-2"), host("web-3")], [host("stg-1")])
    assert [(one.state, one.whole) for one in alone.differences] == [("outlier", True)]


def test_secrets_are_compared_by_digest() -> None:
    def side(name: str, digest: str) -> list[HostFacts]:
        return [host(name, Document("files", FILE, "yaml", (Fact(("db", "password"), digest, 3, True),)))]

    made = rule(f"files.{FILE}.db.password", "must-differ")
    assert between(side("w", "aa"), side("s", "bb"), made).differences == []
    (same,) = between(side("w", "aa"), side("s", "aa"), made).differences
    assert same.state == "breaks its rule"
    assert told(between(side("w", "aa"), side("s", "bb"))) == [("differs", "db.password")]


def test_attributes_of_a_file_are_facts() -> None:
    ours, theirs = (document({"a": 1}, attributes=(("mode", mode),)) for mode in ("0600", "0644"))
    assert told(between([host("w", ours)], [host("s", theirs)])) == [("differs", "@mode")]


def listed(*names: str) -> Document:
    facts = [
        Fact(("servers", at, key), value)
        for at, name in enumerate(names) for key, value in (("name", name), ("port", 80))
    ]  # fmt: skip
    return Document("files", FILE, "yaml", tuple(facts))


def test_items_with_names_are_compared_by_them() -> None:
    assert between([host("w", listed("a", "b"))], [host("s", listed("b", "a"))]).differences == []
    found = between([host("w", listed("a", "b"))], [host("s", listed("b", "c", "a"))])
    assert {path for _, path in told(found)} == {"servers.[name=c].name", "servers.[name=c].port"}


def test_items_that_share_a_name_are_compared_in_their_order() -> None:
    found = between([host("w", listed("a", "a"))], [host("s", listed("a", "b"))])
    assert told(found) == [("differs", "servers.1.name")]


def test_what_is_given_once_is_a_list_of_one_where_the_other_has_several() -> None:
    once = Document("effective", "sshd", "sshd", (Fact(("port",), "22"),))
    twice = Document("effective", "sshd", "sshd", (Fact(("port", 0), "22"), Fact(("port", 1), "2222")))
    (found,) = between([host("w", twice)], [host("s", once)]).differences
    assert (found.state, found.path) == ("only here", "effective.sshd.port.1")
