"""`rehearse_on: standby`: what has not passed there does not count here, by the ledgers of the runs there."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from preflight.ledger.chain import FIRST, sealed
from preflight.ledger.reading import read
from tests.conftest import Site, verdict_line


@pytest.fixture
def both(site: Site) -> Site:
    """toy and standby check the same by `extends`; toy's word is its own."""
    write(site, "{name: a, says: '${vars.word}', expect: '${vars.word}', rehearse_on: standby}")
    site.write("{extends: ../all.yaml, vars: {word: there}}", "inventories/standby.yaml")
    site.write("{extends: ../all.yaml, vars: {word: here}}")
    return site


def write(site: Site, *things: str) -> None:
    site.write("toy:\n" + "".join(f"- {thing}\n" for thing in things), "all.yaml")


def rehearse(site: Site, *args: str) -> pytest.RunResult:
    return site.pytest("--inventory", "standby", *args)


def runs(site: Site, name: str) -> list[Path]:
    return sorted((site.path / ".preflight/runs").glob(f"*-{name}*"))


def record(run: Path) -> dict[str, Any]:
    """Of the one check of a run."""
    (found,) = read(run).checks.values()
    return found


def rewrite(run: Path, change: Any) -> Path:
    """A ledger with other records, sealed as if they had been written so."""
    lines, head = [], FIRST
    for number, line in enumerate((run / "ledger.jsonl").read_text().splitlines()):
        body = {key: value for key, value in json.loads(line).items() if key not in ("number", "before", "seal")}
        text, head = sealed(number, head, change(body))
        lines.append(text)
    (run / "ledger.jsonl").write_bytes(b"".join(lines))
    return run


def aged(run: Path, **by: float) -> Path:
    def change(body: dict[str, Any]) -> dict[str, Any]:
        return body | {"at": (datetime.fromisoformat(body["at"]) - timedelta(**by)).isoformat()}

    return rewrite(run, change)


def reason(result: pytest.RunResult) -> str:
    """Why the one check was not checked, and what to do, on one line."""
    assert result.ret == 11, result.stdout.str()
    text = " ".join(line.strip() for line in result.outlines)
    return text.partition("not checked   ")[2].partition(" inventory ")[0]


def test_what_passed_there_counts_here(both: Site) -> None:
    assert rehearse(both).ret == 0
    assert both.check().ret == 0


def test_the_record_says_on_what_it_rests(both: Site) -> None:
    rehearse(both)
    both.check()
    (there,) = runs(both, "standby")
    (here,) = runs(both, "toy")
    rests_on = record(here)["rehearsed"]
    said = record(there)
    assert rests_on == {"inventory": "standby", "run": there.name, "seal": said["seal"], "at": said["at"]}
    assert "rehearsed" not in said


def test_what_was_never_tried_there_does_not_count(both: Site) -> None:
    result = both.check()
    assert reason(result) == (
        "was not rehearsed on standby: no run of it there in the last 7 days "
        "next step     try it there first: `pytest --inventory standby -k 'toy.thing[a]'`"
    )
    assert both.observed() == ["a"]
    assert verdict_line(result).startswith("PREFLIGHT verdict=INCOMPLETE inventory=toy passed=0 failed=0 not-checked=1")


def test_what_failed_here_stays_failed(both: Site) -> None:
    write(both, "{name: a, mode: wrong, rehearse_on: standby}")
    result = both.check()
    assert result.ret == 1
    assert "rehearsed" not in result.stdout.str()


def test_what_failed_there_last_does_not_count(both: Site) -> None:
    rehearse(both)
    aged(runs(both, "standby")[0], hours=1)
    both.write("{extends: ../all.yaml, vars: {word: '${env:WORD}'}}", "inventories/standby.yaml")
    write(both, "{name: a, says: '${vars.word}', expect: '${vars.expected}', rehearse_on: standby}")
    both.write("{extends: ../all.yaml, vars: {word: here, expected: here}}")
    both.write("{extends: ../all.yaml, vars: {word: x, expected: there}}", "inventories/standby.yaml")
    assert rehearse(both).ret == 1
    failed = runs(both, "standby")[-1]
    said = reason(both.check())
    assert said.startswith("was not rehearsed on standby: it failed there at 20")
    assert failed.name in said
    assert "mend it on standby first, then `pytest --inventory standby" in said
    both.write("{extends: ../all.yaml, vars: {word: there, expected: there}}", "inventories/standby.yaml")
    assert rehearse(both).ret == 0
    assert both.check().ret == 0


@pytest.mark.parametrize("outcome", ["waived", "warned"])
def test_what_was_wrong_there_and_let_pass_does_not_count(both: Site, outcome: str) -> None:
    rehearse(both)
    rewrite(runs(both, "standby")[0], lambda body: body | ({"outcome": outcome} if "outcome" in body else {}))
    assert reason(both.check()).startswith("was not rehearsed on standby: it was wrong there, ")


def test_what_could_not_be_checked_there_takes_nothing_back(both: Site) -> None:
    write(both, "{name: a, mode: '${vars.mode}', rehearse_on: standby}")
    both.write("{extends: ../all.yaml, vars: {mode: ok}}")
    both.write("{extends: ../all.yaml, vars: {mode: dead}}", "inventories/standby.yaml")
    rehearse(both)
    assert reason(both.check()).startswith("was not rehearsed on standby: it could not be checked there at 20")
    both.write("{extends: ../all.yaml, vars: {mode: ok}}", "inventories/standby.yaml")
    rehearse(both)
    both.write("{extends: ../all.yaml, vars: {mode: dead}}", "inventories/standby.yaml")
    rehearse(both)
    assert both.check().ret == 0


def test_what_has_another_entry_since_does_not_count(both: Site) -> None:
    rehearse(both)
    write(both, "{name: a, says: '${vars.word}', expect: '${vars.word}', delay: 0.01, rehearse_on: standby}")
    assert reason(both.check()).startswith(
        "was not rehearsed on standby: its entry is not the one that was tried there"
    )
    rehearse(both)
    assert both.check().ret == 0


def test_that_it_has_to_be_rehearsed_is_no_part_of_what_is_rehearsed(both: Site) -> None:
    write(both, "{name: a, says: '${vars.word}', expect: '${vars.word}'}")
    rehearse(both)
    write(
        both, "{name: a, says: '${vars.word}', expect: '${vars.word}', rehearse_on: {inventory: standby, within: 1h}}"
    )
    assert both.check().ret == 0


def test_what_has_another_id_there_is_named(both: Site) -> None:
    write(both, "{name: 'thing-${vars.word}', rehearse_on: standby}")
    rehearse(both)
    assert reason(both.check()) == (
        "was not rehearsed on standby: has another id there: toy.thing[thing-there] "
        "next step     give both the same `id:`, then `pytest --inventory standby -k 'toy.thing[thing-here]'`"
    )
    write(both, "{name: 'thing-${vars.word}', id: one, rehearse_on: standby}")
    rehearse(both)
    assert both.check().ret == 0


@pytest.mark.parametrize(("within", "code"), [("{inventory: standby, within: 3d}", 11), ("standby", 0)])
def test_it_counts_for_so_long(both: Site, within: str, code: int) -> None:
    write(both, f"{{name: a, rehearse_on: {within}}}")
    rehearse(both)
    aged(runs(both, "standby")[0], days=4)
    result = both.check()
    assert result.ret == code
    assert code == 0 or "no run of it there in the last 3 days" in reason(result)


def test_a_week_is_the_longest_if_nothing_is_said(both: Site) -> None:
    rehearse(both)
    aged(runs(both, "standby")[0], days=7, minutes=1)
    assert "no run of it there in the last 7 days" in reason(both.check())


def test_what_is_recorded_after_the_start_of_this_run_does_not_count(both: Site) -> None:
    """Such as by a run over there that is not over yet."""

    def later(body: dict[str, Any]) -> dict[str, Any]:
        hour = timedelta(hours=1 if body["type"] == "check" else 0)
        return body | {"at": (datetime.fromisoformat(body["at"]) + hour).isoformat()}

    rehearse(both)
    rewrite(runs(both, "standby")[0], later)
    assert "no run of it there" in reason(both.check())


def test_a_run_that_did_not_come_to_its_end_counts(both: Site) -> None:
    rehearse(both)
    ledger = runs(both, "standby")[0] / "ledger.jsonl"
    ledger.write_bytes(b"".join(ledger.read_bytes().splitlines(keepends=True)[:-1]) + b'{"number":3,"befo')
    assert both.check().ret == 0


def test_a_run_that_is_not_as_it_was_written_counts_for_nothing(both: Site) -> None:
    write(both, "{name: a, mode: '${vars.mode}', rehearse_on: standby}")
    both.write("{extends: ../all.yaml, vars: {mode: ok}}")
    both.write("{extends: ../all.yaml, vars: {mode: wrong}}", "inventories/standby.yaml")
    rehearse(both)
    (run,) = runs(both, "standby")
    ledger = run / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace('"outcome":"failed"', '"outcome":"passed"'))
    assert f"the run {run.name} is not as it was written" in reason(both.check())


def test_a_replay_is_no_rehearsal(both: Site) -> None:
    rehearse(both)
    old = aged(runs(both, "standby")[0], days=8)
    assert rehearse(both, "--replay", str(old)).ret == 0
    assert "no run of it there in the last 7 days" in reason(both.check())


def test_what_the_same_run_sees_is_no_rehearsal(both: Site) -> None:
    result = both.check("--inventory", "standby")
    result.stdout.fnmatch_lines(["PREFLIGHT verdict=INCOMPLETE * passed=1 failed=0 not-checked=1 *"])


@pytest.mark.parametrize("tried", [False, True])
def test_workers_agree(both: Site, tried: bool) -> None:
    if tried:
        rehearse(both)
    result = both.check("-n2")
    assert result.ret == (0 if tried else 11)
    rests_on = record(runs(both, "toy")[0]).get("rehearsed")
    assert (rests_on is not None) == tried


def test_a_phase_is_part_of_what_is_rehearsed(both: Site) -> None:
    write(both, "{name: a, phase: after, rehearse_on: standby}")
    assert rehearse(both).ret == 5
    result = both.check("--phase", "after")
    assert "`pytest --inventory standby --phase after -k 'toy.thing[a:after]'`" in reason(result)
    assert rehearse(both, "--phase", "after").ret == 0
    assert both.check("--phase", "after").ret == 0


def test_without_a_phase_it_counts_in_all_of_them(both: Site) -> None:
    assert rehearse(both, "--phase", "after").ret == 0
    assert both.check().ret == 0


def test_the_command_that_is_advised_selects_the_check(both: Site) -> None:
    write(both, "{name: 'web-1->db-1:5432', rehearse_on: standby}", "{name: b}")
    assert "-k 'toy.thing[web-1- and db-1:5432]'`" in reason(both.check())
    rehearse(both, "-k", "toy.thing[web-1- and db-1:5432]").assert_outcomes(passed=1, deselected=1)


def test_several_are_one_root_cause(both: Site) -> None:
    write(both, "{name: a, rehearse_on: standby}", "{name: b, rehearse_on: standby}", "{name: c}")
    both.check().stdout.fnmatch_lines(["not checked  not rehearsed on standby: blocks 2 checks"])


def test_it_can_be_waived(both: Site) -> None:
    both.write(
        """
        extends: ../all.yaml
        vars: {word: here}
        waivers:
          - {check: "toy.thing[a]", reason: none today, approver: Ada, expires: 2099-01-01T00:00Z, ticket: T-1}
        """
    )
    result = both.check()
    assert result.ret == 0
    assert "waived=1" in verdict_line(result)


def test_a_replay_rests_on_what_the_run_rested_on(both: Site) -> None:
    rehearse(both)
    both.check()
    (there,) = runs(both, "standby")
    (here,) = runs(both, "toy")
    (there / "ledger.jsonl").unlink()
    result = both.check("--replay", str(here))
    assert result.ret == 0
    assert record(runs(both, "toy")[-1])["rehearsed"] == record(here)["rehearsed"]


def test_a_replay_of_another_entry_is_not_rehearsed(both: Site) -> None:
    rehearse(both)
    both.check()
    write(both, "{name: a, says: '${vars.word}', expect: '${vars.word}', delay: 0.01, rehearse_on: standby}")
    result = both.check("--replay", str(runs(both, "toy")[0]))
    assert "its entry is not the one that was tried there" in reason(result)


def test_a_replay_knows_nothing_of_what_was_tried_later(both: Site) -> None:
    both.check()
    rehearse(both)
    assert both.check().ret == 0
    assert both.check("--replay", str(runs(both, "toy")[0])).ret == 11


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [
        ("stanby", "28", "there is no inventory 'stanby' in inventories/; did you mean \"standby\"?"),
        ("{inventory: stanby}", "28", "there is no inventory 'stanby'"),
        ("{inventory: standby, within: soon}", "57", "should be a length of time above 0"),
        ("{inventory: standby, wihtin: 3d}", "49", 'unknown key; did you mean "within"?'),
        ("{within: 3d}", "28", "inventory"),
        ("5", "28", "should be"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(both: Site, written: str, place: str, message: str) -> None:
    both.write(f"toy:\n  - {{name: a, rehearse_on: {written}}}\n")
    result = both.check()
    assert result.ret == 4
    assert f"inventories/toy.yaml:2:{place}: " in result.stderr.str()
    assert message in result.stderr.str()


def test_a_check_that_was_not_written_as_one_cannot_be_rehearsed(both: Site) -> None:
    both.write("{drift: {against: local, collect: {mounts: true}, hosts: {a: a}, rehearse_on: standby}, "
               "hosts: {a: {connection: local}}}")  # fmt: skip
    result = both.check()
    assert result.ret == 4
    assert "inventories/toy.yaml:1:9: rehearse_on: its section makes this check out of several" in result.stderr.str()


def test_a_ledger_that_cannot_be_read_counts_for_nothing(both: Site) -> None:
    rehearse(both)
    (run,) = runs(both, "standby")
    newer = run.with_name("29990101T000000Z-standby")
    newer.mkdir()
    (newer / "ledger.jsonl").write_text("{")
    assert both.check().ret == 0
