"""Through the front door: `pytest --inventory` with racks."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

import preflight.run  # noqa: F401  what is imported here is not imported again in every run inside this process
from preflight_racks.tests.planned import FED, FEEDS, TIGHT, section

PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
PLAIN += ["-W", "error", "--junitxml", "junit.xml"]
ROOM = f"name: R1, units: 4, {FED}"
APPS = "name: app, type: app, count: 3"
# What a search must never do, and one that has no time.
STACKED = """
from dataclasses import replace
from preflight_racks import probe
real = probe.search
def search(*args, **how):
    answer = real(*args, **how)
    return replace(answer, places=tuple(replace(place, position=2) for place in answer.places))
probe.search = search
"""
HASTY = "from preflight_racks import probe\nprobe.SEARCH_SECONDS = 0.0"


class Run:
    """`pytest --inventory prod.yaml` in a folder: what it printed, and what became of each check."""

    def __init__(self, folder: Path, result: pytest.RunResult) -> None:
        self.code, self.out = int(result.ret), f"{result.stdout}\n{result.stderr}"
        self.last_line = result.outlines[-1] if result.outlines else ""
        self.outcomes: dict[str, str] = {}
        self.told: dict[str, str] = {}
        if (folder / "junit.xml").exists():
            for case in ET.parse(folder / "junit.xml").iter("testcase"):
                name = case.attrib["name"].removeprefix("racks.")
                self.outcomes[name] = next((child.tag for child in case if child.tag != "properties"), "passed")
                self.told[name] = "".join(case.itertext())


Check = Callable[..., Run]


@pytest.fixture
def check(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Check:
    """`check(inventory, *args)`; with `conftest` in a process of its own, which that changes."""

    def check(inventory: str, *args: str, conftest: str = "", columns: int = 300) -> Run:
        monkeypatch.setenv("COLUMNS", str(columns))
        pytester.path.joinpath("prod.yaml").write_text(inventory)
        argv = [*PLAIN, "--inventory", "prod.yaml", *args]
        if not conftest:
            return Run(pytester.path, pytester.runpytest_inprocess(*argv))
        pytester.makeconftest(conftest)
        return Run(pytester.path, pytester.run(sys.executable, "-m", "pytest", *argv))

    return check


@pytest.mark.parametrize(
    ("inventory", "verdict", "code", "said"),
    [
        (section(ROOM, APPS), "GO", 0, "R1  U1-3  app-1 to -3  feeds A+B"),
        (section(ROOM, "name: app, type: app, count: 5"), "NO-GO", 1, "1 of 5 app has no place in any rack: 1 check"),
        (
            section(ROOM, "name: app, type: app, count: 5, severity: warning"),
            "GO-WITH-CONDITIONS",
            0,
            "1 of 5 app cannot be installed",
        ),
        (section(f"name: R1, units: 4, {FEEDS}", APPS), "INCOMPLETE", 11, "R1: no max_weight"),
        # What is wrong is wrong, whatever else is not known.
        (section(f"name: R1, units: 2, {FEEDS}", APPS), "NO-GO", 1, "only 2 of 3:"),
    ],
)
def test_verdicts(inventory: str, verdict: str, code: int, said: str, check: Check) -> None:
    run = check(inventory)
    assert run.last_line.startswith(f"PREFLIGHT verdict={verdict} "), run.out
    assert run.code == code
    assert said in run.out


def test_racks_are_audited_unless_it_says_otherwise(check: Check) -> None:
    text = section(f"name: R1, units: 4, reserved: [{{units: 4, for: lab, until: 2020-01-01}}], {FED}", APPS)
    assert check(text).outcomes == {"placement[app]": "passed"}
    run = check(text.replace("  audit: []\n", ""))
    assert run.outcomes == {"placement[app]": "passed", "audit[R1]": "failure"}
    assert "reservations for lab are past their time" in run.out


def test_places_that_do_not_hold_are_neither_shown_nor_written(check: Check, pytester: pytest.Pytester) -> None:
    run = check(section(ROOM, APPS), "-v", "--placement", "places.csv", conftest=STACKED)
    assert (run.code, run.outcomes) == (11, {"placement[app]": "error"})
    assert "the places that were found for app do not hold: app-2 at U1 (front) of R1: app-1 is there" in run.out
    assert "U1  app" not in run.out
    assert "--placement places.csv: nothing has a place, and nothing is written" in run.out
    assert "NOT CHECKED: app: none of it is written" in run.out
    assert not (pytester.path / "places.csv").exists()


def test_a_search_that_runs_out_of_time_is_not_checked(check: Check) -> None:
    assert set(check(TIGHT).outcomes.values()) == {"passed"}
    run = check(TIGHT, conftest=HASTY)
    assert run.last_line.startswith("PREFLIGHT verdict=INCOMPLETE "), run.out
    assert "neither places for all that is planned nor a proof that there are none were found in time" in run.out


def test_timeout_is_how_long_the_search_may_take(check: Check) -> None:
    """The shortest of all groups counts, and `SEARCH_SECONDS` where there is none."""
    assert check(TIGHT.replace("count: 7", "count: 7, timeout: 20s"), conftest=HASTY).code == 0


def test_under_xdist_all_is_as_without(check: Check) -> None:
    text = section(f"{ROOM}\nname: R2, units: 1, {FED}", f"{APPS}\nname: db, type: db, count: 2")
    alone, many = check(text), check(text, "-n2")
    assert alone.outcomes == many.outcomes == {"placement[app]": "passed", "placement[db]": "failure"}
    assert alone.last_line == many.last_line
    assert alone.told["placement[db]"] == many.told["placement[db]"]
    shown = [[line for line in run.out.splitlines() if line.endswith("feeds A+B")] for run in (alone, many)]
    assert shown[0] == shown[1] != []


def test_a_group_that_is_not_part_of_the_run_takes_its_places_all_the_same(check: Check) -> None:
    text = section(ROOM, f"{APPS}\nname: db, type: db, count: 1")
    run = check(text, "-k", "db")
    assert run.outcomes == {"placement[db]": "failure"}
    assert "no room for it beside app; without, there is" in run.out
    assert check(text.replace("    - {name: app, type: app, count: 3}\n", "")).code == 0


@pytest.mark.parametrize(("until", "outcome"), [("2020-01-01", "error"), ("2999-01-01", "passed")])
def test_a_check_that_needs_an_audit_waits_for_it(until: str, outcome: str, check: Check) -> None:
    room = f"name: R1, units: 4, reserved: [{{units: 4, for: lab, until: {until}}}], {FED}"
    text = section(room, f"{APPS}, needs: ['racks.audit[R1]']").replace("  audit: []\n", "")
    assert check(text).outcomes["placement[app]"] == outcome


def test_plan_says_whom_it_would_ask(check: Check) -> None:
    assert "contacts nobody: looks at the racks as the inventory lists them" in check(section(ROOM, APPS), "--plan").out
    text = "racks:\n  from: {netbox: 'https://netbox.example', token: hush-hush}\n  audit: [{racks: R1}]\n"
    run = check(text, "--plan")
    assert "from https://netbox.example, as the owner of the token" in " ".join(run.out.split())
    assert "hush" not in run.out


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_lines_are_told_apart_however_narrow_the_terminal(columns: int, check: Check) -> None:
    racks = f"name: R1, units: 9, max_weight: 70 kg, {FEEDS}\nname: R2, units: 1, blocked: 1, {FED}"
    out = check(section(racks, "name: app, type: app, count: 4"), columns=columns).out
    told = out.partition("FAILURES")[2].partition("preflight: NO-GO")[0].splitlines()
    assert max(map(len, told)) <= columns
    assert [line.split()[1] for line in told if line.startswith(" " * 16 + "- ")] == ["R1:", "R2:", "that"]
