"""`--replay RUN`: what was seen then is judged again. Nothing is asked, and nothing is needed but the ledger."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from preflight.ledger.reading import Run, read
from tests.conftest import ROOT, Site, verdict_line
from tests.ledgers import folders, the_run
from tests.test_ledger_edits import written_anew

THINGS = [
    "name: ok",
    "name: wrong, mode: wrong, owner: network",
    "name: warned, mode: wrong, severity: warning",
    "name: dead, mode: dead, box: one",
    "name: half, mode: half",
    "name: raises, mode: raises, box: two",
    "name: needs, needs: ['toy.thing[dead]']",
]


def became(run: Run) -> dict[str, Any]:
    """What was said of each check and test."""
    return {nodeid: (each["outcome"], each.get("observed"), each.get("reasons")) for nodeid, each in run.checks.items()}


@pytest.mark.parametrize("args", [[], ["-n2"]], ids=str)
def test_it_comes_to_the_same_and_asks_nobody(site: Site, args: list[str]) -> None:
    site.things(*THINGS, file="inventories/toy/a.yaml")
    site.write(
        """
        import os
        import pytest

        def test_own(): open(os.environ["TOY_LOG"], "a").write("own\\n")
        def test_bad(): assert 0, "so it is"
        def test_skips(): pytest.skip("not today")
        @pytest.mark.xfail(reason="known")
        def test_known(): assert 0
        @pytest.fixture
        def broken(): raise OSError("no way")
        def test_broken(broken): pass
        """,
        "inventories/toy/test_own.py",
    )
    first = site.check()
    seen = site.observed()
    (folder,) = folders(site)
    again = site.check("--replay", str(folder), *args)
    assert site.observed() == seen
    assert verdict_line(again) == verdict_line(first)
    assert again.ret == first.ret == 1
    run, replay = read(folder), read(folders(site)[-1])
    assert replay.folder.name.endswith("-toy.replay")
    assert {nodeid: outcome for nodeid, (outcome, _, _) in became(replay).items()} == {
        nodeid: outcome for nodeid, (outcome, _, _) in became(run).items()
    }
    checks = [nodeid for nodeid in run.checks if "::toy.thing[" in nodeid and "raises" not in nodeid]
    assert {nodeid: became(replay)[nodeid] for nodeid in checks} == {nodeid: became(run)[nodeid] for nodeid in checks}
    assert (replay.plan["replay"], replay.plan["replay_head"]) == (run.folder.name, run.head)


def test_a_changed_expectation_is_judged_against_what_was_seen(site: Site) -> None:
    site.things("name: a, says: '7'", "name: b, mode: wrong")
    assert site.check().ret == 1
    site.things("name: a, says: whatever, expect: '7'", "name: b, mode: wrong, severity: warning")
    result = site.check("--replay", "last")
    assert verdict_line(result).startswith("PREFLIGHT verdict=GO-WITH-CONDITIONS inventory=toy passed=1 failed=0")
    site.things("name: a, expect: '8'", "name: b, mode: wrong")
    result = site.check("--replay", "last")
    result.stdout.fnmatch_lines(["expected      8", "observed      7, by the toy"])
    assert site.observed() == ["a", "b"]


def test_a_waiver_that_was_given_since_counts(site: Site) -> None:
    path = site.things("name: a, mode: wrong", "name: b")
    site.check()
    entry = {"check": "toy.thing[a]", "reason": "r", "approver": "me", "ticket": "T", "expires": "2100-01-01T00:00Z"}
    path.write_text(path.read_text() + f"waivers: [{json.dumps(entry)}]\n")
    assert "verdict=GO-WITH-CONDITIONS" in verdict_line(site.check("--replay", "toy"))


def test_what_the_run_has_no_record_of_is_not_checked(site: Site) -> None:
    site.things("name: a", "name: later, phase: after")
    site.check()
    (folder,) = folders(site)
    site.things("name: a", "name: new", "name: later, phase: after")
    result = site.check("--replay", "last")
    assert "verdict=INCOMPLETE inventory=toy passed=1 failed=0 not-checked=1" in verdict_line(result)
    told = f"the run {folder.name} has no record of it"
    assert told in result.stdout.str()
    assert "next step     run it without --replay" in result.outlines
    result = site.check("--replay", "last", "--phase", "after")
    assert "passed=1 failed=0 not-checked=2" in verdict_line(result)


def test_of_a_run_that_was_killed_the_rest_is_not_checked(site: Site) -> None:
    site.things("name: first", "name: later, delay: 0.5, box: slow")
    site.check()
    run = the_run(site)
    lines = run.file.read_bytes().splitlines(keepends=True)
    run.file.write_bytes(b"".join(lines[:3]) + lines[3][:20])
    result = site.check("--replay", "last")
    assert "passed=1 failed=0 not-checked=1" in verdict_line(result)


SECRETS = """
    vars: {url: "db://u:${env:WORD}@h", pin: "${env:PIN}"}
    toy:
    - {name: "a ${env:WORD}", says: "${vars.url}", expect: "${vars.url}", password: "${file:word}"}
    - {name: b, says: "${env:PIN}", expect: "${vars.pin}"}
    - {name: c, says: "${env:WORD}", expect: "no ${env:WORD}"}
    - {name: d, timeout: "${env:TIME}"}
"""


@pytest.fixture
def recorded(site: Site, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run with secrets that are not at hand any more."""
    for name, value in (("WORD", "Zebra-crossing"), ("PIN", "zq"), ("TIME", "1000")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TOY_LOG")
    site.write("Zebra-file\n", "inventories/word")
    site.write(SECRETS)
    site.check()
    return the_run(site)


def test_secrets_need_not_be_there(recorded: Run, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert recorded.verdict is not None
    assert recorded.verdict["counts"] == {"passed": 3, "failed": 1}
    (site.path / "inventories/word").unlink()
    monkeypatch.delenv("WORD")
    result = site.check("--replay", "last")
    assert "passed=3 failed=1" in verdict_line(result)
    result.stdout.fnmatch_lines(["expected      no [*][*][*]", "observed      [*][*][*], by the toy"])


def test_secrets_that_are_there_change_nothing(recorded: Run, site: Site) -> None:
    result = site.check("--replay", "last")
    assert "passed=3 failed=1" in verdict_line(result)
    shown = [result.stdout.str(), *(file.read_text() for file in site.path.rglob("*.jsonl"))]
    assert [text for text in shown if "ebra" in text] == []
    assert became(read(folders(site)[-1])) == became(recorded)


@pytest.mark.usefixtures("recorded")
def test_a_number_from_the_environment_stays_one(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "passed=3 failed=1 not-checked=0" in verdict_line(site.check("--replay", "last"))
    monkeypatch.delenv("TIME")
    result = site.check("--replay", "last")
    assert result.ret == 4  # a mask is no number, and the place says which it would be
    assert "inventories/toy.yaml:6:22: toy[3].timeout: " in "\n".join(result.errlines)


def test_outside_of_a_replay_a_secret_that_is_missing_stops_the_run(
    recorded: Run, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recorded.finished
    monkeypatch.delenv("WORD")
    result = site.check()
    assert result.ret == 4
    assert "the environment variable WORD is not set" in "\n".join(result.errlines)


def damaged(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b'"failed"', b'"passed"'))


@pytest.mark.parametrize(("spoil", "told"), [
    (damaged, "is not as it was written: line 4: was changed: its seal is not that of what it says"),
    (lambda file: written_anew(file, lambda body: body.update(format=2) if body["type"] == "plan" else None),
     "is a ledger of format 2, and this preflight reads 1: read it with the version that wrote it, or a newer one"),
    (lambda file: file.write_bytes(b""), "ledger.jsonl: is empty"),
    (lambda file: file.write_bytes(b"nonsense\n"), "is no ledger of preflight: line 1: is no record of a ledger"),
    (lambda file: file.write_bytes(file.read_bytes()[:50]), "ledger.jsonl: is cut off in its first record"),
    (lambda file: written_anew(file, lambda body: body.update(checks=[1]) if body["type"] == "selected" else None),
     "is not as it was written: line 2: is no record that preflight writes"),
], ids=range(6))  # fmt: skip
@pytest.mark.parametrize("args", [[], ["-n2"]], ids=str)
def test_a_ledger_that_cannot_be_believed_ends_it_in_one_line(
    site: Site, spoil: Any, told: str, args: list[str]
) -> None:
    site.things("name: a", "name: b, mode: wrong")
    site.check()
    spoil(the_run(site).file)
    result = site.check("--replay", str(folders(site)[0]), *args)
    assert result.ret == 12
    assert len([line for line in result.outlines if told in line]) == 1
    assert "verdict=" not in result.stdout.str()


def test_a_run_of_another_inventory_is_refused(site: Site) -> None:
    site.things("name: a")
    site.things("name: a", file="inventories/other.yaml")
    site.pytest("--inventory", "other")
    result = site.check("--replay", "last")
    assert result.ret == 12
    (folder,) = folders(site)
    assert [line for line in result.outlines if f"--replay: {folder.name} is a run of other, not of toy" in line]


def test_it_goes_with_an_inventory(site: Site) -> None:
    result = site.pytest("--replay", "last")
    assert result.ret == 4
    assert "--budget, --replay and --report go with --inventory NAME" in "\n".join(result.errlines)


@pytest.mark.parametrize("args", [[], ["-n2"]], ids=str)
def test_with_reruns_it_comes_to_the_same(site: Site, args: list[str]) -> None:
    site.write("[pytest]\naddopts = -p tests.toy -p no:randomly\n", "pytest.ini")
    site.things("name: heals, mode: heals", "name: dead, mode: dead, box: b", "name: wrong, mode: wrong",
                file="inventories/toy/a.yaml")  # fmt: skip
    site.write("def test_bad(): assert 0\n", "inventories/toy/test_own.py")
    first = site.check("--reruns", "1")
    assert "passed=1 failed=2 not-checked=1" in verdict_line(first)
    seen = site.observed()
    again = site.check("--reruns", "1", "--replay", "last", *args)
    assert verdict_line(again) == verdict_line(first)
    assert site.observed() == seen


def test_it_does_not_wait_for_retries(site: Site) -> None:
    site.things("name: wrong, mode: wrong, retry: 0")
    site.check()
    site.things("name: wrong, mode: wrong, retry: 10")  # they would take an hour
    assert site.check("--replay", "last").ret == 1


def test_the_night_of_the_demo_comes_to_the_same_without_a_network(tmp_path: Path) -> None:
    plugins = ("cacheprovider", "randomly", "rerunfailures", "hypothesispytest", "xdist")
    run = [sys.executable, "-m", "pytest", *(f"-pno:{name}" for name in plugins), "--inventory", "demo"]
    run.append(f"--runs={tmp_path}")
    night = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert night.returncode == 1, night.stdout
    alone = ["unshare", "-n"] if os.getuid() == 0 else ["unshare", "-rn"]
    assert shutil.which("unshare")
    replay = [*alone, *run, "--replay", "demo"]
    again = subprocess.run(replay, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert again.stdout.splitlines()[-1] == night.stdout.splitlines()[-1], again.stdout
    first, second = (read(folder) for folder in sorted(tmp_path.glob("*-demo*")))
    assert became(second) == became(first)


def test_a_test_is_known_again_from_another_root(site: Site) -> None:
    site.things("name: a", file="inventories/toy/a.yaml")
    site.write("def test_own(): pass\n", "inventories/toy/test_own.py")
    assert site.check().ret == 0
    (run,) = folders(site)
    result = site.check("--replay", str(run), f"--rootdir={site.path / 'inventories'}")
    assert result.ret == 0, result.outlines
    assert verdict_line(result).startswith("PREFLIGHT verdict=GO inventory=toy passed=2")
