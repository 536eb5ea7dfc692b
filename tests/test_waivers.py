"""`waivers:`: what is wrong in spite of which somebody has decided to go. It still runs, and it still shows."""

import json
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Site, verdict_line
from tests.ledgers import records, the_run

LATER = "2100-01-01T00:00Z"


def waiver(check: str, *, expires: str = LATER, **fields: str) -> str:
    entry = {"check": check, "reason": "the vendor mends it", "approver": "Ada", "expires": expires, "ticket": "T-1"}
    return json.dumps(entry | fields)


def waived(site: Site, things: list[str], *waivers: str) -> None:
    """An inventory of things, and waivers below them: waiver n stands on line n + 2 after the things."""
    site.things(*things)
    with (site.path / "inventories/toy.yaml").open("a") as file:
        file.write("waivers:\n" + "".join(f"- {each}\n" for each in waivers))


def text(result: pytest.RunResult) -> str:
    return " ".join(" ".join(result.outlines).split())


def test_a_waived_failure_runs_shows_and_is_a_condition(site: Site) -> None:
    waived(site, ["name: a, mode: wrong, owner: network", "name: b"], waiver("toy.thing[a]"))
    result = site.check("-v")
    assert result.ret == 0
    assert verdict_line(result) == (
        "PREFLIGHT verdict=GO-WITH-CONDITIONS inventory=toy passed=1 failed=0 not-checked=0 waived=1 warned=0"
    )
    assert site.observed() == ["a", "b"]
    result.stdout.fnmatch_lines(
        [
            "*toy.thing[[]a] WAIVED *",
            "waived       toy.thing[[]a]  [[]network]  inventories/toy.yaml:2",
            "             expected 1; observed 2, by the toy",
            "             the vendor mends it: Ada, T-1, until 2100-01-01T00:00:00+00:00",
        ]
    )


def test_what_could_not_be_checked_can_be_waived(site: Site) -> None:
    waived(site, ["name: a, mode: dead, box: x", "name: b"], waiver("toy.thing[a]"))
    result = site.check()
    assert "verdict=GO-WITH-CONDITIONS inventory=toy passed=1 failed=0 not-checked=0 waived=1" in verdict_line(result)
    assert "waived box x is off: 1 check the vendor mends it: Ada, T-1, until" in text(result)


def test_what_never_got_its_turn_is_not_waived(site: Site) -> None:
    waived(site, ["name: first, mode: wrong", "name: a, delay: 1, box: x"], waiver("toy.thing[a]"))
    assert "failed=1 not-checked=1 waived=0" in verdict_line(site.check("-x"))


def test_strict_makes_conditions_no_go_for_a_script(site: Site) -> None:
    waived(site, ["name: a, mode: wrong", "name: b"], waiver("toy.thing[a]"))
    assert site.check("--strict").ret == 10
    run = the_run(site)
    assert run.verdict is not None
    assert (run.verdict["verdict"], run.verdict["exit"]) == ("GO-WITH-CONDITIONS", 10)
    assert site.check("--strict", "-n2").ret == 10
    site.things("name: a")
    assert site.check("--strict").ret == 0
    site.things("name: a, mode: wrong")
    assert site.check("--strict").ret == 1


def test_with_a_star_it_waives_what_fits(site: Site) -> None:
    things = ["name: web-1, mode: wrong", "name: web-2, mode: dead, box: x", "name: db, mode: wrong"]
    waived(site, things, waiver("toy.thing[web-*]"))
    assert "failed=1 not-checked=0 waived=2" in verdict_line(site.check())


def test_a_check_with_a_star_of_its_own_is_meant_alone(site: Site) -> None:
    things = ["name: '*.example.com', mode: wrong", "name: shop.example.com, mode: wrong"]
    waived(site, things, waiver("toy.thing[*.example.com]"))
    assert "failed=1 not-checked=0 waived=1" in verdict_line(site.check())


def test_of_a_phase_it_waives_that_phase(site: Site) -> None:
    things = ["name: a, id: a, mode: wrong, phase: before", "name: b, phase: after, mode: wrong"]
    waived(site, things, waiver("toy.thing[b:after]"))
    assert "failed=1 not-checked=0 waived=0" in verdict_line(site.check())
    result = site.check("--phase", "after")
    assert "failed=0 not-checked=0 waived=1" in verdict_line(result)
    assert "no longer needed" not in text(result)


@pytest.mark.parametrize(("observed", "counts"), [("2, by", "failed=0 not-checked=0 waived=1"),
                                                  ("3, by", "failed=1 not-checked=0 waived=0")])  # fmt: skip
def test_with_an_observed_value_it_covers_that_only(site: Site, observed: str, counts: str) -> None:
    waived(site, ["name: a, mode: wrong", "name: b"], waiver("toy.thing[a]", observed=observed))
    result = site.check()
    assert counts in verdict_line(result)
    told = "the waiver of toy.thing[a] by Ada holds only while `3, by` is observed: now it is something else"
    assert (f"{told}, and not waived" in text(result)) == (observed == "3, by")


def test_an_observed_value_has_to_be_in_all_that_is_wrong(site: Site) -> None:
    waived(site, ["name: a, mode: half", "name: b"], waiver("toy.thing[a]", observed="2, by its half"))
    assert "failed=1 not-checked=0 waived=0" in verdict_line(site.check())


def test_one_that_has_expired_waives_nothing_and_is_said_first(site: Site) -> None:
    waived(site, ["name: a, mode: wrong", "name: b"], waiver("toy.thing[a]", expires="2020-01-01T00:00Z"))
    for args in ([], ["-q"]):
        result = site.check(*args)
        assert result.ret == 1
        told = (
            "the waiver of toy.thing[a] has expired (2020-01-01 00:00+00:00), and waives nothing (inventories/toy.yaml"
        )
        summary = text(result).partition("preflight: NO-GO")[2]
        assert summary.index(told) < summary.index("failed toy.thing[a]")
        assert (f"preflight: {told}" in text(result)) == (not args)


def test_one_that_matches_nothing_is_said(site: Site) -> None:
    waived(site, ["name: a", "name: b"], waiver("toy.thing[web-*]"))
    result = site.check()
    assert result.ret == 0
    assert "the waiver of toy.thing[web-*] matches no check (inventories/toy.yaml:5:3)" in text(result)


def test_one_whose_checks_all_pass_is_no_longer_needed(site: Site) -> None:
    things = ["name: web-1", "name: web-2", "name: db-1", "name: db-2, mode: wrong", "name: c"]
    waived(site, things, waiver("toy.thing[web-*]"), waiver("toy.thing[db-*]"))
    result = site.check()
    told = "the waiver of toy.thing[web-*] by Ada is no longer needed: what it waives passes (inventories/toy.yaml:8:3)"
    assert told in text(result)
    assert text(result).count("no longer needed") == 1


def test_one_that_ends_within_a_week_is_said(site: Site) -> None:
    soon, late = (datetime.now(UTC) + timedelta(days=days, minutes=30) for days in (2, 8))
    ends = [waiver("toy.thing[a]", expires=soon.isoformat()), waiver("toy.thing[b]", expires=late.isoformat())]
    waived(site, ["name: a, mode: wrong", "name: b, mode: wrong", "name: c"], *ends)
    result = site.check()
    told = f"the waiver of toy.thing[a] by Ada expires {soon.isoformat(' ', 'minutes')}, in 2 days (inventories"
    assert told in text(result)
    assert text(result).count(" expires ") == 1


def test_who_has_to_act_is_said_with_how_many(site: Site) -> None:
    things = ["name: a, mode: wrong, owner: network", "name: b, mode: dead, box: x, owner: dba", "name: d, mode: wrong"]
    waived(site, [*things, "name: c, mode: wrong, owner: network"], waiver("toy.thing[c]"))
    assert "to act: network 1, dba 1, nobody named 1 evidence" in text(site.check())


BAD = [
    (
        {"check": "toy.thing[shop]"},
        'waivers[0].check: there is no check toy.thing[shop]; did you mean "toy.thing[shop-1]"?',
    ),
    ({"check": "toy.thing[*]"}, "waivers[0].check: would waive whatever there is: name a check, such as"),
    ({"check": "*"}, "waivers[0].check: would waive whatever there is"),
    ({"check": "*[*]"}, "waivers[0].check: would waive whatever there is"),
    ({"check": "toy.thing"}, "waivers[0].check: would waive whatever there is"),
    ({"check": "*[*1]"}, "waivers[0].check: would waive every check of this inventory: name those you mean"),
    ({"approver": " "}, "waivers[0].approver: says nothing"),
    ({"expires": "2026-12-04"}, "waivers[0].expires: should"),
    ({"expires": "soon"}, "waivers[0].expires: should"),
    ({"until": "2026"}, "waivers[0].until: unknown key"),
]


@pytest.mark.parametrize(("fields", "message"), BAD, ids=lambda value: str(value)[:40])
def test_one_that_cannot_be_used_stops_the_run(site: Site, fields: dict[str, str], message: str) -> None:
    waived(site, ["name: shop-1", "name: web-1"], waiver(**({"check": "toy.thing[shop-1]"} | fields)))
    result = site.check()
    assert result.ret == 4
    (line,) = [line for line in result.errlines if "waivers[" in line]
    assert message in line
    assert "inventories/toy.yaml:5:" in line
    assert site.observed() == []


@pytest.mark.parametrize("missing", ["check", "reason", "approver", "expires", "ticket"])
def test_nothing_of_a_decision_may_be_missing(site: Site, missing: str) -> None:
    entry = json.loads(waiver("toy.thing[a]"))
    del entry[missing]
    waived(site, ["name: a", "name: b"], json.dumps(entry))
    result = site.check()
    assert result.ret == 4
    assert f'inventories/toy.yaml:5:3: waivers[0]: "{missing}" is missing' in result.errlines


def test_a_check_is_waived_once(site: Site) -> None:
    waived(site, ["name: a", "name: b"], waiver("toy.thing[a]"), waiver("toy.thing[a*"))
    result = site.check()
    assert result.ret == 4
    told = "waivers[1].check: toy.thing[a] is waived already (inventories/toy.yaml:5:3): leave one of them"
    assert told in "\n".join(result.errlines)


@pytest.mark.parametrize("args", [[], ["-n2"]], ids=str)
def test_for_junit_it_is_no_failure_and_says_who_decided(site: Site, args: list[str]) -> None:
    things = [
        "name: ok",
        "name: a, mode: wrong",
        "name: b, mode: dead, box: x",
        "name: w, mode: wrong, severity: warning",
    ]
    waived(site, [*things, "name: f, mode: wrong", "name: n, mode: dead, box: y"],
           waiver("toy.thing[a]"), waiver("toy.thing[b]"))  # fmt: skip
    site.check("--junitxml=junit.xml", *args)
    (suite,) = ElementTree.parse(site.path / "junit.xml").getroot()
    assert {name: suite.get(name) for name in ("failures", "errors", "skipped", "tests")} == {
        "failures": "1", "errors": "1", "skipped": "0", "tests": "6"
    }  # fmt: skip
    cases = {case.get("name"): case for case in suite}
    told = {
        name: {each.get("name"): each.get("value") for each in case.iter("property")} for name, case in cases.items()
    }
    decision = "the vendor mends it: Ada, T-1, until 2100-01-01T00:00:00+00:00"
    assert told["toy.thing[a]"] == {
        "preflight": "waived: expected 1; observed 2, by the toy",
        "preflight-waiver": decision,
    }
    assert told["toy.thing[b]"] == {"preflight": "waived: no answer in 3 tries", "preflight-waiver": decision}
    assert told["toy.thing[w]"] == {"preflight": "warned: expected 1; observed 2, by the toy"}
    assert told["toy.thing[ok]"] == {}
    assert [child.tag for child in cases["toy.thing[f]"]] == ["failure"]
    assert [child.tag for child in cases["toy.thing[n]"]] == ["error"]


def test_the_ledger_has_the_decision_and_what_it_covers(site: Site) -> None:
    waived(site, ["name: a, mode: wrong", "name: b"], waiver("toy.thing[a]"), waiver("toy.thing[x*"))
    site.check("-n2")
    run = the_run(site)
    decision = {
        "reason": "the vendor mends it",
        "approver": "Ada",
        "ticket": "T-1",
        "expires": "2100-01-01T00:00:00+00:00",
    }
    first, second = run.inventories["toy"]["waivers"]
    assert first == {"check": "toy.thing[a]", **decision, "observed": "", "place": "inventories/toy.yaml:5"}
    assert second["check"] == "toy.thing[x*"
    record = run.checks["inventories/toy.yaml::toy.thing[a]"]
    assert (record["outcome"], record["waiver"]) == ("waived", decision)
    assert record["reasons"][0]["observed"] == "2, by the toy"


def test_secrets_in_a_decision_are_masked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "Zebra-crossing")
    monkeypatch.delenv("TOY_LOG")
    fields = dict.fromkeys(("reason", "approver", "ticket", "observed"), "so ${env:WORD}")
    waived(site, ["name: 'a ${env:WORD}', mode: wrong", "name: b, mode: wrong", "name: c", "name: d"],
           waiver("toy.thing[a*", **(fields | {"observed": "2"})), waiver("toy.thing[b]", **fields),
           waiver("toy.thing[x ${env:WORD}*", **fields), waiver("toy.thing[c]", **fields))  # fmt: skip
    result = site.check("--junitxml=junit.xml", "-v")
    assert "so ***: so ***, so ***, until" in text(result)
    shown = [
        result.stdout.str(),
        result.stderr.str(),
        (site.path / "junit.xml").read_text(),
        str(records(the_run(site))),
    ]
    assert [part for part in shown if "ebra" in part] == []
