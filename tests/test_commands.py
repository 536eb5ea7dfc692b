"""`preflight status|verify|board RUN`: from the ledger alone, whatever has become of the run."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from preflight.cli import main
from preflight.ledger.writing import Ledger, new_folder, record_now
from tests.conftest import Site
from tests.ledgers import folders, has_a_check, the_run
from tests.test_ledger_edits import written_anew

Capture = pytest.CaptureFixture[str]

CUTOVER = """
    cutover: {name: Phoenix, point_of_no_return: 2026-12-04T21:00-05:00}
    toy:
    - {name: ok}
    - {name: wrong, mode: wrong, owner: network}
    - {name: a, mode: dead, box: one, owner: dba}
    - {name: b, mode: dead, box: one, owner: ops}
    - {name: warned, mode: wrong, severity: warning}
"""


@pytest.fixture
def here(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.chdir(site.path)
    return site


def said(capsys: Capture) -> list[str]:
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out.splitlines()


def test_status_is_five_lines_for_a_chat(here: Site, capsys: Capture) -> None:
    here.write(CUTOVER)
    here.check()
    capsys.readouterr()
    assert main(["status", "last"]) == 0
    run = the_run(here)
    decision, deadline, counts, causes, evidence = said(capsys)
    assert re.fullmatch(
        r"NO-GO: toy \(Phoenix\), phase before, run of \d{4}-\d\d-\d\d \d\d:\d\d UTC by \w+@\S+", decision
    )
    assert re.fullmatch(r"point of no return 2026-12-04 21:00-05:00, (in )?\d+ [\w ]+( ago)?", deadline)
    assert counts == "1 failed, 2 not checked, 1 warned, 1 passed"
    assert causes == "in the way: toy.thing[wrong] (network), box one is off (2 checks, dba, ops)"
    assert evidence == f"evidence {run.folder.name}, last seal {run.head}, as it was written"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pytest.ini", "[pytest]\naddopts = -p tests.toy\npreflight_runs = kept/here\n"),
        ("pyproject.toml", "[tool.pytest]\naddopts = ['-ptests.toy']\npreflight_runs = 'kept/here'\n"),
    ],
)
def test_a_run_is_found_where_the_ini_option_has_put_it(
    here: Site, monkeypatch: pytest.MonkeyPatch, capsys: Capture, file: str, text: str
) -> None:
    (here.path / "pytest.ini").unlink()
    (here.path / file).write_text(text)
    here.things("name: ok")
    assert here.check().ret == 0
    (here.path / "further/down").mkdir(parents=True)
    monkeypatch.chdir(here.path / "further/down")
    capsys.readouterr()
    assert main(["status", "toy"]) == 0
    assert said(capsys)[0].startswith("GO: toy")


def test_a_configuration_that_cannot_be_read_is_said(here: Site, capsys: Capture) -> None:
    (here.path / "pytest.ini").unlink()
    (here.path / "pytest.toml").write_text("[pytest")
    assert main(["status", "last"]) == 4
    assert capsys.readouterr().err.startswith(f"preflight status: {here.path / 'pytest.toml'}: ")


@pytest.mark.parametrize("command", ["status", "verify", "board"])
def test_a_terminal_that_has_not_all_letters_is_no_obstacle(
    here: Site, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    here.write("cutover: {name: שבת}\ntoy: [{name: خادم, mode: wrong, owner: 運用}]\n")
    here.check()
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    code = "import sys; from preflight.cli import main; sys.exit(main())"
    ended = subprocess.run([sys.executable, "-c", code, command, "last"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0 if command != "board" else 1, "")
    assert "NO-GO" in ended.stdout
    assert command == "verify" or r"toy.thing[\u062e\u0627\u062f\u0645] (\u904b\u7528)" in ended.stdout


def test_status_of_a_run_that_was_killed(here: Site, capsys: Capture) -> None:
    here.things("name: ok", "name: slow, delay: 60, box: s", "name: slower, delay: 60, box: t")
    with subprocess.Popen([sys.executable, "-m", "pytest", "--inventory", "toy"], stdout=subprocess.DEVNULL) as run:
        while not folders(here) or not has_a_check(folders(here)[0]):
            time.sleep(0.01)
        assert main(["status", "toy"]) == 11
        assert said(capsys)[0].startswith("RUNNING: toy, phase before, run of ")
        run.kill()
    assert main(["status", "toy"]) == 11
    decision, deadline, counts, causes, evidence = said(capsys)
    assert decision.startswith("UNFINISHED: toy, phase before, run of ")
    assert deadline == "no point of no return is written down"
    assert counts == "1 passed, 2 of 3 not reported"
    assert causes == "in the way: nothing that was found"
    assert evidence.endswith("as it was written so far")


def test_status_of_a_ledger_that_was_changed_does_not_repeat_its_verdict(here: Site, capsys: Capture) -> None:
    here.write(CUTOVER)
    here.check()
    ledger = the_run(here).file
    ledger.write_bytes(ledger.read_bytes().replace(b'"NO-GO"', b'"GO"'))
    capsys.readouterr()
    assert main(["status", "last"]) == 1
    lines = said(capsys)
    assert lines[0].startswith("CHANGED: toy (Phoenix), ")
    assert lines[-1].endswith("not what the run wrote: line 8: was changed: its seal is not that of what it says")


def test_status_of_a_replay_says_of_what(here: Site, capsys: Capture) -> None:
    here.things("name: ok")
    here.check()
    here.check("--replay", "last")
    first, replay = folders(here)
    capsys.readouterr()
    assert main(["status", replay.name]) == 0
    assert said(capsys)[0].endswith(f"judged again from {first.name}")
    assert main(["status", "last"]) == 0
    assert first.name in said(capsys)[-1]


def test_what_a_stranger_wrote_into_a_ledger_cannot_steer_the_terminal(here: Site, capsys: Capture) -> None:
    here.things("name: wrong, mode: wrong")
    here.check()

    def hostile(body: dict[str, object]) -> None:
        body.update(
            {name: "\x1b[2J\x07\nGO: prod\u202e" for name in ("operator", "owner", "phase", "id") if name in body}
        )

    written_anew(the_run(here).file, hostile)
    capsys.readouterr()
    for command in ("status", "verify", "board"):
        main([command, "last"])
        shown = capsys.readouterr().out
        assert not set("\x1b\x07\u202e") & set(shown)
        assert not [line for line in shown.splitlines() if line.startswith("GO")]


@pytest.mark.parametrize("command", ["status", "verify", "board"])
def test_a_run_is_named_as_it_comes_to_hand(here: Site, command: str, capsys: Capture) -> None:
    here.things("name: ok", file="inventories/prod.yaml")
    here.things("name: a", file="inventories/dr.yaml")
    for names in (["prod"], ["prod", "dr"], ["dr"]):
        here.pytest(*(f"--inventory={name}" for name in names))
    by_inventories = {run.name.partition("-")[2]: run for run in folders(here)}
    prod, both, dr = (by_inventories[name] for name in ("prod", "prod+dr", "dr"))
    (here.path / "below").mkdir()
    os.chdir(here.path / "below")
    ways = {
        str(prod): prod, f"../{prod.relative_to(here.path)}": prod, f"{prod}/ledger.jsonl": prod, prod.name: prod,
        "prod": both, "dr": dr, "last": dr,
    }  # fmt: skip
    for way, run in ways.items():
        capsys.readouterr()
        assert main([command, way]) == 0
        assert run.name in capsys.readouterr().out.replace("\n", ""), way
    assert main([command, "--runs", str(here.path / ".preflight/runs"), "prod"]) == 0


@pytest.mark.parametrize(("args", "told"), [
    (["prodd"], "there is no run 'prodd' in .preflight/runs; did you mean \"prod\"?"),
    (["nothing"], "there is no run 'nothing' in .preflight/runs; there are: prod"),
    (["last", "--runs", "inventories"], "there is no run 'last': no run has been kept in inventories yet"),
    ([""], "there is no run '' in .preflight/runs; there are: prod"),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("command", ["status", "verify", "board"])
def test_a_run_that_is_not_there(here: Site, command: str, args: list[str], told: str, capsys: Capture) -> None:
    here.things("name: ok", file="inventories/prod.yaml")
    here.pytest("--inventory", "prod")
    capsys.readouterr()
    assert main([command, *args]) == 12
    assert capsys.readouterr().err == f"preflight {command}: {told}\n"


def test_a_team_that_keeps_its_runs_elsewhere_names_them_the_same_way_for_a_replay(here: Site) -> None:
    here.things("name: ok")
    here.check("--runs", "kept")
    assert here.check("--runs", "kept", "--replay", "toy").ret == 0
    result = here.check("--replay", "toy")
    assert result.ret == 12
    told = "--replay: there is no run 'toy': no run has been kept in .preflight/runs yet"
    assert [line for line in result.outlines if told in line]


Seen = Callable[[str], str]


def hears_ctrl_c() -> None:
    """A shell makes what it starts in the background deaf to it, and CI may have started us so."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A program at a terminal of 100 columns."""

    def __init__(self, *command: str, cwd: Path) -> None:
        self.ours, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
        self.process = subprocess.Popen(
            command, cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
            preexec_fn=hears_ctrl_c,
        )  # fmt: skip
        os.close(theirs)
        self.shown = ""

    def until(self, text: str) -> str:
        """What it has shown up to that text, from the last time on."""
        while text not in self.shown:
            self._more()
        before, _, self.shown = self.shown.partition(text)
        return before + text

    def rest(self) -> str:
        try:
            while True:
                self._more()
        except OSError:  # the terminal is gone with its last program
            return self.shown

    def _more(self) -> None:
        read = os.read(self.ours, 65536).decode(errors="replace")
        if not read:
            raise OSError
        self.shown += read


@pytest.fixture
def terminal(here: Site) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def at_a_terminal(*args: str) -> Terminal:
        opened.append(Terminal(sys.executable, "-c", "import sys; from preflight.cli import main; sys.exit(main())",
                               *args, cwd=here.path))  # fmt: skip
        return opened[-1]

    yield at_a_terminal
    for each in opened:
        each.process.kill()
        each.process.wait()
        os.close(each.ours)


def running(site: Site) -> subprocess.Popen[bytes]:
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "--inventory", "toy"], cwd=site.path, stdout=subprocess.DEVNULL
    )
    while not folders(site) or not read_plan(site):
        time.sleep(0.01)
    return run


def read_plan(site: Site) -> bool:
    return b"\n" in (folders(site)[0] / "ledger.jsonl").read_bytes()


def test_board_says_what_is_waited_for_and_ends_with_the_verdict(here: Site, terminal: Callable[..., Terminal]) -> None:
    here.things(
        "name: ok", "name: bad, mode: wrong, owner: network", "name: slow, delay: 3, box: s, tells: 'loading orders'"
    )
    run = running(here)
    board = terminal("board", "toy")
    shown = re.sub(r"\x1b\[[\d;]*m", "", board.until("loading orders"))
    assert "RUNNING: toy, phase before" in shown
    assert "2 of 3 reported: 1 passed, 1 failed" in shown
    assert "failed       toy.thing[bad] (network)" in shown
    assert re.search(r"waiting for 1 check, \ds into the run:", shown)
    assert re.search(r"toy\.thing\[slow\]\s+40%", shown)
    rest = board.rest()
    assert "NO-GO: toy, phase before, run of" in rest
    assert board.process.wait(30) == run.wait(30) == 1


def test_board_survives_the_crash_of_the_run(here: Site, terminal: Callable[..., Terminal]) -> None:
    here.things("name: ok", "name: slow, delay: 60, box: s")
    run = running(here)
    board = terminal("board", "last")
    board.until("waiting for 1 check")
    run.kill()
    run.wait()
    assert "UNFINISHED: toy" in board.rest()
    assert board.process.wait(30) == 11


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_board_can_be_left_while_the_run_goes_on(
    here: Site, terminal: Callable[..., Terminal], sent: signal.Signals
) -> None:
    here.things("name: ok", "name: slow, delay: 60, box: s")
    run = running(here)
    board = terminal("board", "last")
    board.until("waiting for 1 check")
    board.process.send_signal(sent)
    rest = board.rest()
    assert board.process.wait(30) == 2
    assert "the run goes on" in rest
    assert "Traceback" not in rest
    assert rest.rstrip().endswith(folders(here)[0].name)
    assert "\x1b[?25h" in rest  # the cursor is there again
    assert run.poll() is None
    run.kill()
    run.wait()


def test_board_of_a_run_that_is_over_is_its_status(here: Site, capsys: Capture) -> None:
    here.write(CUTOVER)
    here.check()
    capsys.readouterr()
    assert main(["board", "last"]) == 1
    board = said(capsys)
    main(["status", "last"])
    assert board[-5:] == said(capsys)


@pytest.mark.parametrize(("content", "told"), [
    (b"", "is empty"), (b"nonsense\n", "is no ledger of preflight: line 1: is no record of a ledger"),
])  # fmt: skip
@pytest.mark.parametrize("command", ["board", "status", "verify"])
def test_what_is_no_ledger_is_said_in_a_line(
    here: Site, command: str, content: bytes, told: str, capsys: Capture
) -> None:
    file = here.path / "some.jsonl"
    file.write_bytes(content)
    assert main([command, str(file)]) == 12
    captured = capsys.readouterr()
    assert captured.err == f"preflight {command}: {file}: {told}\n"


@pytest.mark.parametrize("given", ["x" * 5000, "~nobody-of-this-name/run", "a\0b"], ids=["long", "home", "NUL"])
def test_what_can_be_no_path_is_no_run(here: Site, given: str, capsys: Capture) -> None:
    here.things("name: ok")
    here.check()
    capsys.readouterr()
    assert main(["status", given]) == 12
    assert "there is no run " in capsys.readouterr().err


def test_board_waits_for_the_plan_of_a_run_that_has_just_begun(here: Site, terminal: Callable[..., Terminal]) -> None:
    ledger = Ledger(new_folder(here.path / ".preflight/runs", "20261204T170000Z-toy"))
    board = terminal("board", "last")
    board.until("waiting for the run's plan")
    ledger.write(record_now("plan", {"format": 1, "inventories": [{"name": "toy"}], "phase": "before"}))
    board.until("waiting for what is to be checked")
    ledger.write(record_now("selected", {"checks": []}))
    ledger.write(record_now("verdict", {"verdict": "GO", "counts": {}}))
    ledger.close()
    assert "GO: toy, phase before" in board.rest()
    assert board.process.wait(30) == 0


def test_board_without_rich_names_the_extra(here: Site) -> None:
    here.things("name: ok")
    here.check()
    code = "import sys; sys.modules['rich'] = None; from preflight.cli import main; sys.exit(main(['board', 'last']))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 4
    assert ended.stdout == ""
    assert re.fullmatch(
        r"preflight board: needs rich\S*, which is not installed: pip install 'pytest-preflight\[board\]'\n",
        ended.stderr,
    )
