"""What a run leaves behind, however it ends: every record up to its end, and no GO where one is missing."""

from __future__ import annotations

import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from preflight.cli import main
from preflight.ledger.reading import LedgerError, is_being_written, read, runs
from preflight.ledger.verify import verified
from preflight.ledger.writing import Ledger, new_folder, record_now
from tests.conftest import Site, verdict_line
from tests.ledgers import folders, outcomes, records, the_run

THINGS = [
    "name: ok",
    "name: wrong, mode: wrong, owner: network, why: it matters",
    "name: warned, mode: wrong, severity: warning",
    "name: dead, mode: dead, box: one",
    "name: later, phase: after",
]


def started(site: Site, *args: str, preexec: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pytest", "--inventory", "toy", "-p", "no:cacheprovider", *args]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=site.path, stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.STDOUT, text=True,
        preexec_fn=preexec,
    )  # fmt: skip


def ledger_appears(site: Site, run: subprocess.Popen[str], than: int = 0) -> Path:
    """The newest run's ledger, once there are more runs than that, with its plan written."""
    while len(found := folders(site)) <= than or not (found[-1] / "ledger.jsonl").read_bytes().count(b"\n"):
        assert run.poll() is None, run.communicate()[0]
        time.sleep(0.01)
    return found[-1]


def test_a_run_keeps_its_plan_first_then_what_was_seen_and_the_verdict_last(site: Site) -> None:
    site.things(*THINGS)
    site.check("--phase", "before")
    run = the_run(site)
    types = [record["type"] for record in records(run)]
    assert types == ["plan", "selected", "check", "check", "check", "check", "verdict"]
    assert (run.faults, run.torn, run.phase) == ([], False, "before")
    assert [check["id"] for check in run.inventories["toy"]["checks"]][-1] == "toy.thing[later:after]"
    assert run.selected == [f"inventories/toy.yaml::toy.thing[{name}]" for name in ("ok", "wrong", "warned", "dead")]
    wrong = run.checks["inventories/toy.yaml::toy.thing[wrong]"]
    assert (wrong["observed"], wrong["owner"]) == ({"says": "1", "times": 1}, "network")
    assert wrong["reasons"][0]["observed"] == "2, by the toy"
    assert run.verdict is not None
    assert run.verdict["verdict"] == "NO-GO"
    assert run.verdict["counts"] == {"passed": 1, "failed": 1, "warned": 1, "not-checked": 1}
    assert run.verdict["exit"] == 1


def test_a_ledger_is_for_its_owner_and_not_for_git(site: Site) -> None:
    site.things("name: ok")
    site.check()
    run = the_run(site)
    assert (run.file.stat().st_mode & 0o777, run.folder.stat().st_mode & 0o777) == (0o600, 0o700)
    subprocess.run(["git", "init", "-q"], cwd=site.path, check=True)
    told = subprocess.run(
        ["git", "status", "--short", "-uall"], cwd=site.path, check=True, capture_output=True, text=True
    )
    assert "inventories/toy.yaml" in told.stdout
    assert ".preflight" not in told.stdout


def test_a_folder_of_ones_own_that_is_there_is_not_hidden_from_git(site: Site) -> None:
    site.things("name: ok")
    (site.path / "evidence").mkdir()
    site.check("--runs", "evidence")
    site.check("--runs", "new")
    assert len(runs(site.path / "evidence")) == len(runs(site.path / "new")) == 1
    assert [(site.path / folder / ".gitignore").exists() for folder in ("evidence", "new")] == [False, True]


def test_the_summary_says_where_the_evidence_is_and_its_last_seal(site: Site) -> None:
    site.things("name: ok")
    result = site.check()
    run = the_run(site)
    result.stdout.fnmatch_lines([f"evidence .preflight/runs/{run.folder.name}, last seal {run.head[:16]}"])


@pytest.mark.parametrize("args", [["--co"], ["--plan"], ["nowhere.yaml"]], ids=str)
def test_what_checks_nothing_leaves_no_run(site: Site, args: list[str]) -> None:
    site.things("name: ok")
    site.check(*args)
    assert not (site.path / ".preflight/runs").exists() or list((site.path / ".preflight/runs").iterdir()) == []


def test_two_runs_in_one_second_have_a_folder_each(site: Site) -> None:
    site.things("name: ok")
    three = [started(site) for _ in range(3)]
    assert [run.wait(30) for run in three if run.communicate()] == [0, 0, 0]
    assert [verified(read(folder))[0] for folder in folders(site)] == [0, 0, 0]


def test_killed_at_any_moment_every_ledger_can_be_read_to_its_last_record(site: Site) -> None:
    site.things(*(f"name: t{n}, delay: {n / 100}, box: b{n}" for n in range(60)), "name: slow, delay: 60, box: slow")
    said: list[str] = []
    moment = random.Random(20261204)
    for number in range(20):
        run = started(site)
        folder = ledger_appears(site, run, than=number)
        time.sleep(moment.uniform(0, 0.8))
        assert is_being_written(folder)
        run.kill()
        run.communicate()
        found = read(folder)
        assert (found.faults, found.torn, found.verdict) == ([], False, None)
        code, lines = verified(found)
        assert code == 11
        said.append(lines[-1])
    assert all(re.fullmatch(r"UNFINISHED: \d+ of (61|an unknown number of) checks .* no verdict was reached", line)
               for line in said), said  # fmt: skip
    assert len(set(said)) > 5, said


def test_a_run_that_goes_on_is_not_taken_for_one_that_died(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.things("name: ok", "name: slow, delay: 60, box: slow")
    run = started(site)
    folder = ledger_appears(site, run)
    while len(read(folder).checks) < 1:
        time.sleep(0.01)
    assert main(["verify", str(folder)]) == 11
    assert capsys.readouterr().out.endswith("UNFINISHED: 1 of 2 checks and tests were reported, and the run goes on\n")
    run.kill()
    run.communicate()
    main(["verify", str(folder)])
    assert capsys.readouterr().out.endswith("1 of 2 checks and tests were reported, and no verdict was reached\n")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("args", [[], ["-n2"]], ids=str)
def test_an_interrupted_run_has_its_verdict(site: Site, sent: signal.Signals, args: list[str]) -> None:
    site.things("name: ok", "name: slow, delay: 60, box: slow")
    run = started(site, *args, preexec=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None)
    folder = ledger_appears(site, run)
    while len(read(folder).checks) < 1:
        time.sleep(0.01)
    run.send_signal(sent)
    run.communicate(timeout=30)
    found = read(folder)
    assert verified(found)[0] == 0
    assert found.verdict is not None
    assert (found.verdict["verdict"], found.verdict["exit"]) == ("INCOMPLETE", 2)
    assert outcomes(found) == {"toy.thing[ok]": "passed", "toy.thing[slow]": "not-checked"}


def test_what_x_leaves_out_is_in_the_ledger(site: Site) -> None:
    site.things("name: wrong, mode: wrong", "name: slow, delay: 1, box: slow")
    site.check("-x")
    assert outcomes(the_run(site)) == {"toy.thing[wrong]": "failed", "toy.thing[slow]": "not-checked"}


def test_under_xdist_it_is_the_same(site: Site) -> None:
    site.things(*THINGS, file="inventories/toy/a.yaml")
    site.write("import pytest\ndef test_own(): pass\ndef test_bad(): assert 0\ndef test_no(): pytest.skip('so')\n",
               "inventories/toy/test_own.py")  # fmt: skip
    site.check()
    site.check("-n2")
    alone, together = map(read, folders(site))
    assert together.faults == []

    def without_chain(record: dict[str, Any]) -> dict[str, Any]:
        record = {name: value for name, value in record.items() if name not in ("number", "before", "seal", "at")}
        return record | ({"observed": None} if record.get("observed") else {})  # it counts how often it was looked at

    assert sorted(json.dumps(without_chain(each), sort_keys=True) for each in alone.checks.values()) == sorted(
        json.dumps(without_chain(each), sort_keys=True) for each in together.checks.values()
    )
    assert alone.selected == together.selected
    assert len(alone.checks) == 7


def test_a_worker_that_dies_takes_no_record_along(site: Site) -> None:
    site.things("name: ok", "name: crashes, mode: crashes, box: b")
    site.check("-n2")
    assert sorted(outcomes(the_run(site))) == ["toy.thing[crashes]", "toy.thing[ok]"]
    assert verified(the_run(site))[0] == 0


@pytest.mark.parametrize("args", [[], ["-n2"]], ids=str)
def test_an_attempt_before_a_rerun_is_kept_as_what_it_is(site: Site, args: list[str]) -> None:
    site.write("[pytest]\naddopts = -p tests.toy\n", "pytest.ini")
    site.things("name: heals, mode: heals", "name: dead, mode: dead, box: b")
    result = site.pytest("--inventory", "toy", "-p", "no:randomly", "--reruns", "1", *args)
    assert "failed=0 not-checked=1" in verdict_line(result)
    run = the_run(site)
    kept = [(record["id"], record["type"], record["outcome"]) for record in records(run) if "id" in record]
    assert sorted(kept) == [
        ("toy.thing[dead]", "attempt", "not-checked"),
        ("toy.thing[dead]", "check", "not-checked"),
        ("toy.thing[heals]", "attempt", "failed"),
        ("toy.thing[heals]", "check", "passed"),
    ]
    assert verified(run)[0] == 0


@pytest.mark.parametrize("where", ["inventories/toy.yaml", "inventories/toy.yaml/below", "/proc/preflight"])
@pytest.mark.parametrize("args", [[], ["-n2"]], ids=str)
def test_no_place_for_evidence_ends_the_run_before_the_first_probe(site: Site, where: str, args: list[str]) -> None:
    site.things("name: ok")
    result = site.check("--runs", where, *args)
    assert result.ret == 12
    assert site.observed() == []
    (line,) = [line for line in result.outlines if "no evidence" in line]
    assert re.fullmatch(
        rf"!+ _pytest.outcomes.Exit: no evidence can be kept, so nothing was checked: \S*{where}\S*: [A-Z][\w ]+; "
        r"name a folder that can be written to: --runs FOLDER !+", line,
    )  # fmt: skip
    assert "verdict" not in result.stdout.str()


def limited(size: int) -> Callable[[], None]:
    """A disk that is full after so many bytes, as far as one file can tell."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_disk_that_is_full_from_the_start_ends_the_run_before_the_first_probe(site: Site) -> None:
    site.things("name: ok")
    run = started(site, preexec=limited(100))
    output, _ = run.communicate(timeout=30)
    assert run.returncode == 12, output
    assert "no evidence can be kept, so nothing was checked" in output
    assert site.observed() == []
    assert list((site.path / ".preflight/runs").iterdir()) == []


@pytest.mark.parametrize(("mode", "verdict", "code"), [("ok", "INCOMPLETE", 11), ("wrong", "NO-GO", 1)])
def test_a_disk_that_fills_up_in_the_middle_is_no_go_at_all(site: Site, mode: str, verdict: str, code: int) -> None:
    site.things(
        "name: first, mode: " + mode, *(f"name: t{n}, says: '{'x' * 200}', expect: '{'x' * 200}'" for n in range(90))
    )
    run = started(site, preexec=limited(40_000))
    output, _ = run.communicate(timeout=30)
    assert run.returncode == code, output
    last = output.splitlines()[-1]
    assert last.startswith(f"PREFLIGHT verdict={verdict} inventory=toy ")
    assert "not-checked=1 " in last
    assert "the evidence of this run is not whole: .preflight/runs/" in output
    assert "File too large" in output
    found = the_run(site)
    assert (found.faults, found.torn) == ([], False)  # what could not be written as a whole was taken back
    assert found.checks
    assert verified(found)[0] == 11


def test_a_disk_that_is_full_when_the_verdict_is_to_be_written_is_no_go_either(site: Site) -> None:
    site.things("name: ok")
    site.check()
    size = the_run(site).file.stat().st_size
    run = started(site, preexec=limited(size - 40))
    output, _ = run.communicate(timeout=30)
    assert run.returncode == 11, output
    assert "verdict=INCOMPLETE" in output.splitlines()[-1]


def test_only_one_process_writes_a_ledger_under_xdist(site: Site) -> None:
    site.things(*(f"name: t{n}, box: b{n}" for n in range(20)))
    site.check_apart("-n2")
    run = the_run(site)
    assert [record["number"] for record in records(run)] == list(range(23))


def test_how_far_a_long_check_is_stands_in_the_ledger_now_and_then(site: Site) -> None:
    site.things("name: long, tells: 'loading ${env:WORD}', delay: 0.3", "name: quick, tells: loading")
    os.environ["WORD"] = "hush-hush"
    site.check()
    del os.environ["WORD"]
    told = [record for record in records(the_run(site)) if record["type"] == "progress"]
    assert [(each["id"], each["share"], each["doing"]) for each in told] == [
        ("toy.thing[long]", 0.4, "loading ***"),
        ("toy.thing[quick]", 0.4, "loading"),
    ]


def test_short_secrets_given_by_code_are_not_in_the_plan(site: Site) -> None:
    site.things('name: "a${vars.pin}"')
    site.write(
        """
        import pytest
        from preflight.secret import Secret

        @pytest.hookimpl(optionalhook=True)
        def pytest_preflight_vars():
            return {"pin": Secret("zq"), "deep": [{"pin": Secret("zq")}]}
        """,
        "conftest.py",
    )
    site.check()
    assert the_run(site).inventories["toy"]["vars"] == {"pin": "***", "deep": [{"pin": "***"}]}


def test_runs_are_listed_by_time_and_replays_are_none(site: Site) -> None:
    site.things("name: ok")
    site.check()
    (folder,) = folders(site)
    assert site.check("--replay", str(folder)).ret == 0
    assert len(folders(site)) == 2
    assert runs(site.path / ".preflight/runs") == [folder]
    assert runs(site.path / "nowhere") == []


def test_there_is_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "torn").write_bytes(b'{"number":0,')
    (tmp_path / "other").write_bytes(b"hello\n")
    (tmp_path / "deep").write_bytes(b"[" * 100_000 + b',"seal":"\n')
    for name, what in (
        ("empty", "is empty"),
        ("torn", "is cut off in its first record"),
        ("other", "is no ledger of preflight: line 1: is no record of a ledger"),
        ("deep", "is no ledger of preflight: line 1: is no record of a ledger"),
        ("missing", "No such file or directory"),
    ):
        with pytest.raises(LedgerError, match=f"{name}: {what}$"):
            read(tmp_path / name)


def test_whatever_step_an_interrupt_comes_between_a_record_is_there_or_not(tmp_path: Path) -> None:
    ledger = Ledger(new_folder(tmp_path, "20261204T170000Z-toy"))
    plan = {"format": 1, "inventories": [{"name": "toy"}]}
    ledger.write(record_now("plan", plan))
    moment = random.Random(7)
    interrupted = 0
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for number in range(3000):
            try:
                signal.setitimer(signal.ITIMER_REAL, moment.uniform(0.00001, 0.0002))
                ledger.write(record_now("check", {"nodeid": f"t{number}", "outcome": "passed", "why": "x" * 20_000}))
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    ledger.close()
    run = read(ledger.folder)
    assert (run.faults, run.torn) == ([], False)
    assert run.head == ledger.head
    assert 0 < interrupted < 3000
    assert len(run.checks) >= 3000 - interrupted


def test_many_interrupted_runs_end_whole(site: Site) -> None:
    site.things(*(f"name: t{n}, delay: {n / 200}, box: b{n}" for n in range(100)), "name: slow, delay: 60, box: slow")
    moment = random.Random(1)
    for number in range(6):
        run = started(site)
        folder = ledger_appears(site, run, than=number)
        while not read(folder).checks:
            time.sleep(0.01)
        time.sleep(moment.uniform(0, 0.4))
        run.send_signal(signal.SIGTERM)
        output, _ = run.communicate(timeout=30)
        found = read(folder)
        assert verified(found)[0] == 0, output
        assert len(found.checks) == 101
