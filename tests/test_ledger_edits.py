"""Whatever is changed in a ledger, it is not taken for what the run wrote."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from preflight.cli import main
from preflight.ledger.chain import FIRST, sealed
from preflight.ledger.reading import LedgerError, Run, read
from preflight.ledger.verify import verified
from tests.conftest import Site
from tests.ledgers import the_run

Edit = Callable[[bytes, random.Random], bytes]


@pytest.fixture
def run(site: Site) -> Run:
    site.things("name: ok", "name: wrong, mode: wrong, owner: jürgen", "name: dead, mode: dead, box: b", "name: last")
    site.check()
    assert verified(the_run(site))[0] == 0
    return the_run(site)


def a_byte(ledger: bytes, choice: random.Random) -> bytes:
    at = choice.randrange(len(ledger))
    return ledger[:at] + bytes([choice.choice([byte for byte in range(256) if byte != ledger[at]])]) + ledger[at + 1 :]


def two_lines_swapped(ledger: bytes, choice: random.Random) -> bytes:
    lines = ledger.splitlines(keepends=True)
    one, two = choice.sample(range(len(lines)), 2)
    lines[one], lines[two] = lines[two], lines[one]
    return b"".join(lines)


def a_line_dropped(ledger: bytes, choice: random.Random) -> bytes:
    lines = ledger.splitlines(keepends=True)
    del lines[choice.randrange(len(lines))]
    return b"".join(lines)


def cut_off(ledger: bytes, choice: random.Random) -> bytes:
    return ledger[: choice.randrange(len(ledger))]


def something_appended(ledger: bytes, choice: random.Random) -> bytes:
    head = json.loads(ledger.splitlines()[-1])["seal"]
    number = ledger.count(b"\n")
    fitting, _ = sealed(number, head, {"type": "verdict", "at": "2026-12-04T00:00:00Z", "verdict": "GO", "counts": {}})
    return ledger + choice.choice([b"\n", b"x", b"{}\n", b"\x00", fitting, fitting[:-1], ledger])


def a_line_doubled(ledger: bytes, choice: random.Random) -> bytes:
    lines = ledger.splitlines(keepends=True)
    lines.insert(choice.randrange(len(lines) + 1), choice.choice(lines))
    return b"".join(lines)


def a_byte_put_in(ledger: bytes, choice: random.Random) -> bytes:
    at = choice.randrange(len(ledger) + 1)
    return ledger[:at] + bytes([choice.randrange(256)]) + ledger[at:]


def an_outcome_turned(ledger: bytes, choice: random.Random) -> bytes:
    was, now = choice.choice([(b"failed", b"passed"), (b"NO-GO", b"GO"), (b"not-checked", b"passed"), (b"\n", b"\r\n")])
    return ledger.replace(was, now, choice.choice([1, -1]))


EDITS: list[Edit] = [
    a_byte, two_lines_swapped, a_line_dropped, cut_off, something_appended, a_line_doubled, a_byte_put_in,
    an_outcome_turned,
]  # fmt: skip


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_25_edits_of_each_of_8_sorts_are_found(run: Run, edit: Edit) -> None:
    written = run.file.read_bytes()
    choice = random.Random(edit.__name__)
    missed = []
    for _ in range(25):
        edited = edit(written, choice)
        assert edited != written
        run.file.write_bytes(edited)
        try:
            code, lines = verified(read(run.folder))
        except LedgerError:
            continue
        if code == 0 or lines[-1].startswith("WHOLE"):
            missed.append(edited)
    assert missed == []


def test_what_is_found_is_said_with_its_line(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.file.write_bytes(run.file.read_bytes().replace(b'"outcome":"failed"', b'"outcome":"passed"'))
    assert main(["verify", str(run.folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.startswith("line ")]
    assert line.endswith("was changed: its seal is not that of what it says")
    assert lines[-1] == "CHANGED: this is not what the run wrote"


def test_of_many_faults_ten_are_said(run: Run) -> None:
    first, *rest = run.file.read_bytes().splitlines(keepends=True)
    run.file.write_bytes(first + b"{}\n" * 30 + b"".join(rest))
    _, lines = verified(read(run.folder))
    assert sum(line.startswith("line ") for line in lines) == 10
    assert lines[-2].startswith("and 2")


def written_anew(file: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Every record changed and sealed again, as somebody does who knows how."""
    head, lines = FIRST, []
    for number, line in enumerate(file.read_bytes().splitlines()):
        body = {name: value for name, value in json.loads(line).items() if name not in ("number", "before", "seal")}
        change(body)
        text, head = sealed(number, head, body)
        lines.append(text)
    file.write_bytes(b"".join(lines))


def test_one_that_was_sealed_anew_is_found_by_the_seal_noted_elsewhere(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    written_anew(run.file, lambda body: body.update(verdict="GO") if body["type"] == "verdict" else None)
    assert main(["verify", str(run.folder)]) == 0
    assert main(["verify", str(run.folder), "--head", run.head[:16]]) == 1
    said = capsys.readouterr().out
    assert f"and not {run.head[:16]}: it was written anew, or is another run's" in said
    assert main(["verify", str(run.folder), "--head", read(run.folder).head.upper()]) == 0
    for none in ("abc", "x" * 16):
        assert main(["verify", str(run.folder), "--head", none]) == 4


@pytest.mark.parametrize("change", [
    {"type": "verdict", "verdict": "PERHAPS"}, {"type": "verdict", "counts": []}, {"type": "verdict", "at": "noon"},
    {"type": "check", "outcome": "great"}, {"type": "check", "nodeid": 7}, {"type": "check", "reasons": ["no"]},
    {"type": "check", "outcome": ["passed"]},
    {"type": "selected", "checks": "all"}, {"type": "selected", "checks": [1]},
], ids=str)  # fmt: skip
def test_a_chain_is_right_around_nonsense(run: Run, change: dict[str, object]) -> None:
    written_anew(run.file, lambda body: body.update(change) if body["type"] == change["type"] else None)
    found = read(run.folder)
    assert {fault.what for fault in found.faults} == {"is no record that preflight writes"}
    assert verified(found)[0] == 1


@pytest.mark.parametrize("change", [{"inventories": "toy"}, {"inventories": [{}]}, {"at": 1}], ids=str)
def test_a_plan_that_is_nonsense_is_no_ledger(run: Run, change: dict[str, object]) -> None:
    written_anew(run.file, lambda body: body.update(change) if body["type"] == "plan" else None)
    with pytest.raises(LedgerError, match="is no ledger of preflight: line 1: is no record that preflight writes"):
        read(run.folder)


def test_one_of_a_newer_format_is_not_guessed_at(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    written_anew(run.file, lambda body: body.update(format=2) if body["type"] == "plan" else None)
    assert main(["verify", str(run.folder)]) == 12
    told = capsys.readouterr().err
    assert "is a ledger of format 2, and this preflight reads 1: read it with the version that wrote it" in told
    assert told.count("\n") == 1


def test_what_another_version_adds_is_passed_over(run: Run) -> None:
    written_anew(run.file, lambda body: body.update(type="remark") if body["type"] == "selected" else None)
    found = read(run.folder)
    assert (found.faults, found.selected) == ([], None)
