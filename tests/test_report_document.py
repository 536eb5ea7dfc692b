"""What a report says: made from a run's record, the same from a replay of it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest

from preflight.ledger.reading import read, runs
from preflight.report.making import document_of
from tests.conftest import ROOT, Site

HEAD = """
environment: prod
cutover:
  name: Phoenix
  opens: {opens}
  point_of_no_return: {turn}
  closes: {closes}
"""


def cutover(**left: float) -> str:
    now = datetime.now(UTC)
    at = {name: (now + timedelta(hours=hours)).isoformat() for name, hours in left.items()}
    return HEAD.format(**at)


def report(site: Site, *args: str) -> dict[str, Any]:
    site.check("-p", "tests.shown", "--report", "r.json", *args)
    document: dict[str, Any] = json.loads((site.path / "r.json").read_text())
    return document


def test_the_committed_schema_is_that_of_the_document() -> None:
    command = [sys.executable, "-c", "from preflight.cli import main; main(['schema', '--report'])"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == (ROOT / "docs/report.schema.json").read_text(), "run: make schema"


def test_a_report_keeps_to_the_schema(site: Site) -> None:
    site.write(cutover(opens=1, turn=5, closes=9) + "shown: [{name: a, is_: wrong}, {name: b}, {name: c, is_: unseen}]")
    schema = json.loads((ROOT / "docs/report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(report(site))


def test_the_decision(site: Site) -> None:
    site.write(
        cutover(opens=1, turn=5.01, closes=9)
        + """
        shown:
        - {name: a, is_: wrong, owner: network, cause: the router}
        - {name: b, is_: wrong, owner: network, cause: the router}
        - {name: c, is_: unseen, owner: dba, why: orders are lost}
        - {name: d, is_: wrong, severity: warning}
        - {name: e}
        """.replace("\n        ", "\n")
    )
    said = report(site)
    assert said["verdict"] == "NO-GO"
    assert said["meaning"] == "Do not go: 2 things that must be right are wrong. 1 more check could not be made."
    assert said["counts"] == {"failed": 2, "not_checked": 1, "warned": 1, "waived": 0, "passed": 1}
    (inventory,) = said["inventories"]
    assert (inventory["cutover"], inventory["environment"], inventory["name"]) == ("Phoenix", "prod", "toy")
    assert [round(moment["seconds_left"] / 3600, 1) for moment in inventory["moments"]] == [1, 5, 9]
    assert [(c["outcome"], c["what"], c["owners"], c["checks"]) for c in said["causes"]] == [
        ("failed", "the router", ["network"], [1, 2]),
        ("not-checked", "fine", ["dba"], [3]),
        ("warned", "shown.drawn[d]", [], [4]),
    ]
    assert said["causes"][0]["consequence"] == "fine would be lost"
    assert said["causes"][1]["consequence"] == "not known; if it is wrong: orders are lost"
    assert [(o["name"], o["failed"], o["not_checked"]) for o in said["owners"]] == [
        ("network", 2, 0), ("dba", 0, 1), ("", 0, 0),
    ]  # fmt: skip
    first = said["checks"][0]
    assert first["reasons"][0]["observed"] == "fine"
    assert first["place"] == "inventories/toy.yaml:9"
    assert first["table"]["wrong"] == [0]
    assert "fine" in first["figure"]


@pytest.mark.parametrize(
    ("things", "verdict", "meaning"),
    [
        ("{name: a}", "GO", "You may go. Everything is as it must be, and all of it was checked."),
        (
            "{name: a, is_: unseen}",
            "INCOMPLETE",
            "Nobody knows: nothing was found wrong, but 1 check could not be made. That is not a GO.",
        ),
        (
            "{name: a, is_: wrong, severity: warning}",
            "GO-WITH-CONDITIONS",
            "You may go if you stand by 1 warning: nothing else is wrong.",
        ),
        ("{name: a, is_: wrong}", "NO-GO", "Do not go: 1 thing that must be right is wrong."),
        ("", "INCOMPLETE", "Nobody knows: nothing was checked. That is not a GO."),
    ],
    ids=["go", "incomplete", "conditions", "no-go", "nothing"],
)
def test_the_meaning_of_each_verdict(site: Site, things: str, verdict: str, meaning: str) -> None:
    site.write(f"shown: [{things}]")
    said = report(site)
    assert (said["verdict"], said["meaning"]) == (verdict, meaning)


def test_what_is_to_be_decided_by_when(site: Site) -> None:
    """What checks say of it, passed or not, and when waivers end; in the order of time, what is the same once."""
    at = [(datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds") for hours in range(5)]
    site.write(
        cutover(opens=1, turn=5, closes=9)
        + f"""
        waivers: [{{check: "shown.drawn[w]", reason: it can wait, approver: Kim, ticket: C-1, expires: "{at[2]}"}}]
        shown:
        - {{name: a, due: "{at[3]}", says: go back, owner: dba}}
        - {{name: b, is_: wrong, due: "{at[3]}", says: go back, owner: web}}
        - {{name: c, due: "{at[1]}", says: begin}}
        - {{name: w, is_: wrong}}
        - {{name: d}}
        - {{name: e, due: noon}}
        - {{name: f, is_: unseen, due: "{at[1]}"}}
        """.replace("\n        ", "\n")
    )
    said = report(site)
    assert [(due["at"], due["what"], due["owners"], due["checks"]) for due in said["deadlines"]] == [
        (at[1], "whether to begin", [], [3]),
        (at[2], "a waiver ends, and with it the GO: it can wait", [], [4]),
        (at[3], "whether to go back", ["dba", "web"], [1, 2]),
    ]
    assert [round(due["seconds_left"] / 3600, 1) for due in said["deadlines"]] == [1, 2, 3]
    (bug,) = said["checks"][5]["notes"]
    assert bug.startswith("its deadline cannot be shown: its plugin raised ValueError: ")


def test_what_is_to_be_decided_is_told_where_there_is_no_room_for_figures(site: Site) -> None:
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    things = [f"{{name: t{n}, says: {'x' * 3000}, rows: 60, due: '{at}'}}" for n in range(30)]
    site.write("shown:\n" + "\n".join(f"- {thing}" for thing in things))
    said = report(site)
    assert said["not_drawn"] > 0
    assert [due["checks"] for due in said["deadlines"]] == [list(range(1, 31))]


def test_what_was_left_out_is_told_and_limits_a_go(site: Site) -> None:
    site.write("shown: [{name: a}, {name: b}, {name: c, phase: after}]")
    said = report(site, "-k", "drawn[a")
    assert said["left_out"] == [
        "1 check of other phases",
        "1 check left out by an option (-k, -m, --lf, --only, a path)",
    ]
    assert said["meaning"].startswith("You may go. Of what was part of this run, everything")


def test_a_replay_makes_the_same_report(site: Site) -> None:
    site.write(
        cutover(opens=1, turn=5, closes=9)
        + "shown: [{name: a, is_: wrong, row: x}, {name: b, row: y}, {name: c, is_: unseen, row: y}]"
    )
    first = report(site)
    (run,) = runs(site.path / ".preflight/runs")
    again = report(site, "--replay", str(run))
    assert again["replay_of"] == run.name
    assert again["origin"]["began"] == first["origin"]["began"]
    for name in ("verdict", "counts", "causes", "owners", "matrices", "checks", "since", "left_out"):
        assert again[name] == first[name], name


def test_since_the_run_before(site: Site) -> None:
    site.write("shown: [{name: a}, {name: b, is_: wrong}, {name: c, is_: wrong}]")
    assert report(site)["since"] is None
    site.write("shown: [{name: a, is_: unseen}, {name: b}, {name: c, is_: wrong}]")
    said = report(site)
    assert said["since"]["newly_failing"] == ["shown.drawn[a]"]
    assert said["since"]["newly_passing"] == ["shown.drawn[b]"]
    assert said["since"]["still_failing"] == ["shown.drawn[c]"]
    assert [check["newly"] for check in said["checks"]] == ["failing", "passing", ""]


def test_waivers(site: Site) -> None:
    now = datetime.now(UTC)
    soon, later = ((now + timedelta(days=days)).isoformat() for days in (3, 30))
    site.write(
        f"""
        shown: [{{name: a, is_: wrong}}, {{name: b, is_: wrong}}, {{name: c}}]
        waivers:
        - {{check: "shown.drawn[a]", reason: it waits, approver: Kim, ticket: C-1, expires: "{soon}"}}
        - {{check: "shown.drawn[b]", reason: it is old, approver: Lee, ticket: C-2, expires: "{later}"}}
        - {{check: "shown.drawn[c]", reason: it was, approver: Lee, ticket: C-3, expires: "{later}"}}
        """
    )
    said = report(site)
    assert said["verdict"] == "GO-WITH-CONDITIONS"
    assert [(each["approver"], each["soon"], each["checks"]) for each in said["decided"]] == [
        ("Kim", True, ["shown.drawn[a]"]), ("Lee", False, ["shown.drawn[b]"]),
    ]  # fmt: skip
    assert said["checks"][0]["reasons"][0]["observed"] == "fine"  # what was found all the same
    assert any("shown.drawn[c] is not needed any more: it passes" in warning for warning in said["warnings"])


def test_an_unfinished_record_is_incomplete_and_names_what_had_no_turn(site: Site) -> None:
    site.write("shown: [{name: a}, {name: b}]")
    site.check("-p", "tests.shown")
    (folder,) = runs(site.path / ".preflight/runs")
    ledger = folder / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if b'"type":"plan"' in line or b'"type":"selected"' in line or b"drawn[a]" in line]
    ledger.write_bytes(b"".join(kept[:3]))
    said = document_of(read(folder), [], datetime.now(UTC))
    assert said.verdict == "INCOMPLETE"
    assert [(check.id, check.outcome) for check in said.checks] == [
        ("shown.drawn[a]", "passed"), ("shown.drawn[b]", "not-checked"),
    ]  # fmt: skip
    assert said.checks[1].reasons[0].reason == "the run ended before its turn"
    assert not said.evidence.finished


def test_a_record_that_was_changed_is_told_first(site: Site) -> None:
    site.write("shown: [{name: a, is_: wrong}]")
    site.check("-p", "tests.shown")
    (folder,) = runs(site.path / ".preflight/runs")
    ledger = folder / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b'"observed":"fine"', b'"observed":"five"'))
    said = document_of(read(folder), [], datetime.now(UTC))
    assert said.warnings[0].startswith("the record of this run is not as it was written: line 3")
    assert said.evidence.faults


def test_a_file_that_cannot_be_collected_is_not_checked(site: Site) -> None:
    site.write("shown: [{name: a}]", "inventories/team/a.yaml")
    site.write("import nothing_of_that_name\n", "inventories/team/test_own.py")
    site.pytest("--inventory", "team", "-p", "tests.shown", "--report", "r.json", "--continue-on-collection-errors")
    said = json.loads((site.path / "r.json").read_text())
    assert said["verdict"] == "INCOMPLETE"
    assert ("inventories/team/test_own.py", "not-checked") in [(c["id"], c["outcome"]) for c in said["checks"]]


def test_under_xdist_it_is_the_same(site: Site) -> None:
    site.write("shown: [{name: a, is_: wrong, row: x}, {name: b, row: y}, {name: c, is_: unseen, row: y}]")
    alone, spread = report(site), report(site, "-n2")
    for name in ("verdict", "counts", "causes", "matrices", "checks", "left_out"):
        assert spread[name] == alone[name], name


def test_bugs_of_a_plugin_cost_its_own_exhibit(site: Site) -> None:
    site.write("shown: [{name: a, svg: '<svg'}, {name: b}]")
    said = report(site)
    assert said["checks"][0]["notes"][0].startswith("its figure cannot be shown: it is no XML")
    assert said["checks"][0]["sketch"] == ["fine"]  # in its place
    assert said["checks"][1]["notes"] == []
    assert said["checks"][1]["sketch"] == []


def test_long_tables_keep_what_is_wrong(site: Site) -> None:
    site.write("shown: [{name: a, is_: wrong, rows: 500}]")
    table = report(site)["checks"][0]["table"]
    assert (len(table["rows"]), table["wrong"], table["left_out"]) == (60, [59], 440)
    assert table["rows"][59][0] == "499"


def test_no_secret_is_in_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "Zebra<&>/9")
    site.write(
        'shown: [{name: a, is_: wrong, password: "${env:PASSWORD}"}, {name: b, password: "${env:PASSWORD}", svg: "<svg xmlns=\'http://www.w3.org/2000/svg\'><text>Zebra&lt;&amp;&gt;/9</text></svg>"}]'
    )
    files = [f"--report=r{suffix}" for suffix in (".html", ".md")]
    said = report(site, *files)
    assert said["checks"][0]["reasons"][0]["observed"] == "fine***"
    for file in ("r.json", "r.html", "r.md"):
        assert "Zebra" not in (site.path / file).read_text(), file


def test_checks_are_in_the_order_of_the_inventory_whatever_order_they_ran_in(site: Site) -> None:
    site.write("import time\ndef test_own(): pass\n", "inventories/team/test_own.py")
    site.write("".join(["shown:\n", *(f"- {{name: a{n}}}\n" for n in range(20))]), "inventories/team/a.yaml")
    site.write("def pytest_collection_modifyitems(items): items.reverse()", "conftest.py")
    site.pytest("--inventory", "team", "-p", "tests.shown", "--report", "r.json")
    said = json.loads((site.path / "r.json").read_text())
    names = [f"shown.drawn[a{n}]" for n in range(20)]
    assert [check["id"] for check in said["checks"]] == [*names, "inventories/team/test_own.py::test_own"]


def test_two_inventories_with_one_check_of_the_same_name(site: Site) -> None:
    site.write("shown: [{name: a, is_: wrong}]", "inventories/one.yaml")
    site.write("shown: [{name: a, is_: unseen}]", "inventories/two.yaml")
    site.pytest("--inventory", "one", "--inventory", "two", "-p", "tests.shown", "--report", "r.json")
    said = json.loads((site.path / "r.json").read_text())
    assert [(check["inventory"], check["outcome"]) for check in said["checks"]] == [
        ("one", "failed"), ("two", "not-checked"),
    ]  # fmt: skip


def test_tests_that_an_option_left_out_are_told(site: Site) -> None:
    site.write("def test_one(): pass\ndef test_two(): pass\n", "inventories/team/test_own.py")
    site.write("shown: [{name: a}]", "inventories/team/a.yaml")
    site.pytest("--inventory", "team", "-p", "tests.shown", "--report", "r.json", "-k", "drawn or one")
    said = json.loads((site.path / "r.json").read_text())
    assert said["left_out"] == ["1 test left out by an option (-k, -m, --lf, --only, a path)"]
