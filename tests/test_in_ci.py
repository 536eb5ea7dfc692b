"""Where nobody watches: a heartbeat in the log, annotations and a summary under GitHub Actions, JUnit."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from preflight.ledger.reading import read
from preflight.report.github import annotated
from tests.conftest import Site, verdict_line
from tests.ledgers import folders, the_run
from tests.test_report_markdown import parsed

BEAT = ["-o", "preflight_heartbeat=0.3s"]
SLOW = ["name: ok", "name: slow, delay: 1.5, box: s, tells: loading", "name: last, delay: 1.4, box: l"]


def beats(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if line.startswith("still waiting")]


@pytest.mark.parametrize("args", [[], ["-v"], ["-q"]], ids=str)
def test_a_silent_run_says_what_it_waits_for(site: Site, args: list[str]) -> None:
    site.things(*SLOW)
    result = site.check(*BEAT, *args)
    assert result.ret == 0
    assert len(beats(result)) >= 2
    assert re.fullmatch(
        r"still waiting for 2 checks: toy\.thing\[slow\] 40%, toy\.thing\[last\] \(\ds\)", beats(result)[-1]
    )


def test_under_xdist_it_does_so_too(site: Site) -> None:
    site.things(*SLOW)
    result = site.check(*BEAT, "-n2")
    assert [line for line in beats(result) if "toy.thing[slow], toy.thing[last]" in line]


def test_inside_a_test_of_the_team_it_does_so_too(site: Site) -> None:
    site.things("name: ok", file="inventories/toy/a.yaml")
    site.write("import time\ndef test_own():\n    time.sleep(1)\n", "inventories/toy/test_own.py")
    result = site.check(*BEAT)
    assert beats(result)[0].startswith("still waiting for 1 check: test_own (")


def test_of_many_checks_a_few_are_named(site: Site) -> None:
    site.things(*(f"name: t{n}, delay: 1, box: b{n}" for n in range(9)))
    line = beats(site.check(*BEAT))[0]
    assert line.startswith("still waiting for 9 checks: toy.thing[t0], toy.thing[t1], toy.thing[t2], and 6 more (")


def test_a_line_of_it_stands_alone(site: Site) -> None:
    site.things(*(f"name: t{n}, delay: {n / 10}, box: b{n}" for n in range(12)))
    result = site.check("-o", "preflight_heartbeat=0.02s")
    lines = [line for line in result.outlines if "still" in line]
    assert [line for line in lines if not re.fullmatch(r"still waiting for .* \(\ds\)", line)] == []
    dots = (re.fullmatch(r"(?:inventories/toy\.yaml )?(\.+)(?: +\[ *\d+%\])?", line) for line in result.outlines)
    assert sum(len(found[1]) for found in dots if found) == 12


@pytest.mark.parametrize("interval", ["0", "1h"])
def test_who_wants_none_has_none(site: Site, interval: str) -> None:
    site.things(*SLOW)
    assert beats(site.check("-o", f"preflight_heartbeat={interval}")) == []


def test_no_duration_is_refused(site: Site) -> None:
    site.things("name: ok")
    result = site.check("-o", "preflight_heartbeat=often")
    assert result.ret == 4
    assert [line for line in result.errlines if "preflight_heartbeat = often: " in line]


def test_at_a_terminal_there_is_no_heartbeat(site: Site) -> None:
    site.things(*SLOW)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pytest", "--inventory", "toy", *BEAT]
    with subprocess.Popen(command, cwd=site.path, stdout=theirs, stderr=theirs, stdin=theirs) as run:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # the terminal is gone with its last program
            pass
    os.close(ours)
    assert run.returncode == 0
    assert b"still waiting" not in shown


@pytest.fixture
def actions(site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the step's summary."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(site.path / "summary.md"))
    return site.path / "summary.md"


def commands(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if line.startswith("::")]


def test_a_cause_is_annotated_once_at_its_line(site: Site, actions: Path) -> None:
    site.things(
        "name: ok",
        "name: wrong, mode: wrong, owner: network",
        "name: a, mode: dead, box: one, owner: dba",
        "name: b, mode: dead, box: one",
        "name: warned, mode: wrong, severity: warning",
    )
    result = site.check("-n2")
    stop, resume, *lines = commands(result)
    assert re.fullmatch(r"::stop-commands::[0-9a-f]{32}", stop)
    assert resume == f"::{stop.rpartition('::')[2]}::"
    assert lines == [
        "::error file=inventories/toy.yaml,line=3,title=toy.thing[wrong]::"
        "expected 1; observed 2, by the toy%0Aturn it off and on again%0Aowner: network",
        "::error file=inventories/toy.yaml,line=4,title=box one is off%3A 2 checks::"
        "no answer in 3 tries%0Aswitch it on%0Aowner: dba%0Atoy.thing[a]%0Atoy.thing[b]",
        "::warning file=inventories/toy.yaml,line=6,title=toy.thing[warned]::"
        "expected 1; observed 2, by the toy%0Aturn it off and on again",
    ]
    assert result.outlines.index(stop) == 0
    summary = actions.read_text()
    assert summary.startswith("## NO-GO: toy\n\n**Do not go: 1 thing that must be right is wrong. ")
    assert "\n| not checked | **box one is off** | not known | dba | switch it on | 2 |\n" in summary
    assert "<details><summary>failed toy.thing[wrong]</summary>\n" in summary
    assert verdict_line(result).startswith("PREFLIGHT verdict=NO-GO")


@pytest.mark.usefixtures("actions")
def test_ten_annotations_are_the_most(site: Site) -> None:
    site.things(*(f"name: t{n}, mode: wrong" for n in range(12)))
    _, _, *lines = commands(site.check())
    assert len(lines) == 10
    assert lines[-1] == "::notice title=preflight::and 3 causes more: see the end of the log"


@pytest.mark.parametrize("ci", ["", "true"], ids=["short summary", "whole summary"])
def test_what_was_observed_gives_the_runner_no_command(
    site: Site, actions: Path, monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    monkeypatch.setenv("CI", ci)  # where it is set, pytest shortens nothing
    says = r"x\r\n::error title=hacked::y\n::add-mask::NO-GO\n```\n# <b>hi</b>\n%0A::debug::z"
    site.things(f'name: a, says: "{says}", why: "{says}", owner: "{says}"')
    result = site.check("-rA")
    stop, *_, last = commands(result)
    assert last.startswith("::error file=inventories/toy.yaml,line=2,title=toy.thing[a]::expected 1; observed x\\r ::")
    assert "%250A" in last
    resumed = result.outlines.index(f"::{stop.rpartition('::')[2]}::")
    after = result.outlines[resumed + 1 :]
    assert [line for line in after if line.strip().startswith("::")] == [last]
    summary = parsed(actions.read_text())
    assert summary.elements.count("h2") == 1
    assert not {"b", "pre", "img"} & set(summary.elements)
    assert "<b>hi</b>" in summary.text


def test_the_summaries_of_a_step_have_room_beside_each_other(site: Site, actions: Path) -> None:
    """A step's summary may have 1 MiB, of all the runs in it."""
    says = " ".join(["a|b @c"] * 500)
    site.things(*(f'name: t{n}, says: "{says}", expect: "{says}x"' for n in range(300)))
    for _ in range(2):
        site.check("--only", "toy")
    summary = actions.read_text()
    assert summary.count("## NO-GO: toy\n") == 2
    assert 100_000 < len(summary.encode()) < 1024**2 / 8


def test_the_summary_of_a_replay_says_so_and_what_was_left_out(site: Site, actions: Path) -> None:
    site.things("name: a", "name: b", file="inventories/toy/a.yaml")
    site.write("def test_own(): pass\n", "inventories/toy/test_own.py")
    site.check()
    actions.unlink()
    site.check("--replay", "last", "-k", "toy.thing[a]")
    summary = actions.read_text()
    assert f"Judged again from what the run {folders(site)[0].name} had seen." in summary.replace("\\", "")
    assert "1 check and 1 test left out by an option" in summary


@pytest.mark.usefixtures("actions")
def test_what_a_test_of_the_team_says_gives_it_none_either(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    site.things("name: ok", file="inventories/toy/a.yaml")
    site.write("def test_own():\n    raise OSError('x\\n::add-mask::NO-GO')\n", "inventories/toy/test_own.py")
    result = site.check("-rA")
    stop, *_, last = commands(result)
    assert last == "::error title=inventories/toy/test_own.py%3A%3Atest_own::OSError: x"
    resumed = result.outlines.index(f"::{stop.rpartition('::')[2]}::")
    assert [line for line in result.outlines[resumed + 1 :] if line.startswith("::")] == [last]
    assert "::add-mask::NO-GO" in result.outlines[:resumed]


def test_a_summary_that_cannot_be_written_is_a_warning(
    site: Site, actions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(actions.parent / "no" / "folder"))
    site.things("name: ok")
    result = site.check()
    assert result.ret == 0
    assert commands(result)[-1].endswith("/no/folder: No such file or directory")


def test_an_inventory_that_cannot_be_used_leaves_the_runner_listening(site: Site, actions: Path) -> None:
    site.write("toy: [{}]")
    result = site.check()
    assert result.ret == 4
    assert len(commands(result)) in (0, 2)
    assert not actions.exists()


def test_elsewhere_there_is_nothing_of_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    site.things("name: wrong, mode: wrong")
    assert commands(site.check()) == []


def test_what_it_says_follows_from_the_ledger(site: Site) -> None:
    site.things("name: wrong, mode: wrong", "name: d, mode: dead, box: one")
    site.check()
    run = the_run(site)
    again = read(folders(site)[0])
    assert annotated(run) == annotated(again)
    assert len(annotated(run)) == 2


def test_junit_has_failures_and_errors_and_no_skips(site: Site) -> None:
    site.things("name: ok", "name: wrong, mode: wrong", "name: dead, mode: dead, box: b", file="inventories/toy/a.yaml")
    site.write("import pytest\ndef test_skips(): pytest.skip('no')\n", "inventories/toy/test_own.py")
    site.check("--junitxml=junit.xml", "-x")
    site.check("--junitxml=junit.xml")
    (suite,) = ElementTree.parse(site.path / "junit.xml").getroot()
    kinds = {case.get("name"): [child.tag for child in case] for case in suite}
    assert kinds["toy.thing[wrong]"] == ["failure"]
    assert kinds["toy.thing[dead]"] == ["error"]
    assert kinds["toy.thing[ok]"] == []
