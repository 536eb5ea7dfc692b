"""Through the front door: pytest, `preflight attest`, and the file between them."""

from __future__ import annotations

import fcntl
import re
import shlex
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import preflight.run  # noqa: F401  what is imported here is not imported again in every run inside this process
import preflight_manual.section  # noqa: F401
from preflight.cli import main
from preflight.ledger.reading import read, runs

INVENTORY = """
manual:
  - {id: rollback, step: going back was rehearsed, owner: dba}
  - {step: the page is up, by: [Ada, Grace], within: 2h}
"""
PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]


class Team:
    """A team's folder, with the inventory prod."""

    def __init__(self, pytester: pytest.Pytester, capfd: pytest.CaptureFixture[str]) -> None:
        self.pytester = pytester
        self.capfd = capfd
        self.path = pytester.path
        self.file = pytester.path / "inventories/prod.attested"
        self.write(INVENTORY)

    def write(self, text: str, file: str = "inventories/prod.yaml") -> None:
        path = self.path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))

    def check(self, *args: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess(*PLAIN, "--inventory", "prod", *args)

    def attest(self, *args: str) -> tuple[int, str]:
        """The exit code, and what was said."""
        self.capfd.readouterr()
        code = main(["attest", "prod", *args])
        said = self.capfd.readouterr()
        return code, said.out + said.err

    def verdict(self, *args: str) -> str:
        return self.check(*args).outlines[-1].split()[1].partition("=")[2]


@pytest.fixture
def team(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Team:
    monkeypatch.setenv("COLUMNS", "400")
    pytester.makefile(".ini", pytest="[pytest]\nfilterwarnings = error\n")
    return Team(pytester, capfd)


def moments(*hours: float) -> list[str]:
    return [(datetime.now(UTC) + timedelta(hours=each)).isoformat(timespec="seconds") for each in hours]


def test_what_nobody_has_attested_is_not_checked(team: Team) -> None:
    result = team.check()
    assert result.ret == 11
    result.stdout.fnmatch_lines_random(
        [
            "not checked   going back was rehearsed: nobody has attested it",
            "next step     when it is done, `preflight attest inventories/prod.yaml rollback --by NAME --for 1d`; *",
            "not checked   the page is up: nobody has attested it",
        ]
    )


def test_what_is_attested_has_passed(team: Team) -> None:
    assert team.attest("rollback", "--by", "Jo", "--for", "12h", "--note", "took 40 m")[0] == 0
    assert team.verdict() == "INCOMPLETE"
    code, said = team.attest("the page is up", "--by", "Ada", "--for", "2h")
    assert code == 0
    assert re.fullmatch(
        r'inventories/prod\.attested: - \{"step": "the page is up", "by": "Ada", "at": ".*", "until": ".*"\}\n', said
    )
    assert team.verdict() == "GO"
    seen = next(
        each for each in read(runs(team.path / ".preflight/runs")[-1]).checks.values() if "[rollback]" in each["id"]
    )
    (attested,) = seen["observed"]["attested"]
    assert (attested["by"], attested["note"], attested["result"]) == ("Jo", "took 40 m", "passed")
    assert attested["place"] == "inventories/prod.attested:4"


def test_the_inventory_is_found_where_the_ini_option_says(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    team.pytester.makefile(".ini", pytest="[pytest]\npreflight_inventories = ops/sites\n")
    team.write(INVENTORY, "ops/sites/prod.yaml")
    (team.path / "inventories/prod.yaml").unlink()
    monkeypatch.chdir(team.path / "ops")
    code, said = team.attest("rollback", "--by", "Jo", "--for", "12h")
    assert (code, said.partition(":")[0]) == (0, "sites/prod.attested")
    assert team.attest("rollback", "--by", "Jo", "--for", "12h", "--inventories", "elsewhere") == (
        4,
        "preflight attest: there is no inventory 'prod' in elsewhere/, and none at that path\n",
    )
    assert team.verdict("-k", "rollback") == "GO"


def test_what_is_attested_to_have_failed_has_failed(team: Team) -> None:
    team.attest("rollback", "--by", "Jo", "--for", "12h")
    team.attest("rollback", "--by", "Jo", "--for", "12h", "--failed", "--note", "index missing")
    result = team.check("-k", "rollback")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["observed      Jo says at * that it failed: index missing"])
    team.attest("rollback", "--by", "Jo", "--for", "12h")
    assert team.verdict("-k", "rollback") == "GO"


def test_the_advised_lines_work_as_they_are_pasted(team: Team) -> None:
    """Both: the command, and the line for the file; but for the name."""
    shown = team.check().stdout.str()
    (command,) = (found for found in re.findall(r"`(preflight attest .*?)`", shown) if "page" in found)
    assert main(shlex.split(command.replace("NAME", "Ada"))[1:]) == 0
    lines = [line.strip() for line in shown.splitlines() if line.strip().startswith("- {step: 'rollback'")]
    with team.file.open("a") as file:
        file.write(f"  {lines[0].replace('NAME', 'Jo')}\n")
    assert team.verdict() == "GO"


def test_an_attestation_that_is_over_is_named(team: Team) -> None:
    at, until = moments(-3, -1)
    team.write(f"attested:\n  - {{step: rollback, by: Jo, at: {at}, until: {until}}}\n", "inventories/prod.attested")
    result = team.check("-k", "rollback")
    assert result.ret == 11
    result.stdout.fnmatch_lines(
        ["not checked   going back was rehearsed: Jo has said at * that it was done, which held*"]
    )


def test_an_attestation_of_no_step_is_named(team: Team) -> None:
    at, until, over = moments(-3, 1, -1)
    team.write(
        f"""
        attested:
          - {{step: rolback, by: Jo, at: {at}, until: {until}}}
          - {{step: of another cutover, by: Jo, at: {at}, until: {over}}}
        """,
        "inventories/prod.attested",
    )
    shown = team.check().stdout.str()
    assert "Jo has attested 'rolback' (inventories/prod.attested:2), and there is no such step; did you mean" in shown
    assert "another cutover" not in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("attested: [", "2:1: not YAML: "),
        ("attested:\n  - {step: rollback, by: Jo}\n", '2:5: attested[0]: "at" is missing (and 1 more)'),
        (
            "attested:\n  - {step: rollback, by: Jo, at: noon, until: noon}\n",
            "2:34: attested[0].at: should be a date and time",
        ),
        ("attestd: []\n", '1:1: attestd: unknown key; did you mean "attested"?'),
        ("- {step: rollback}\n", "1:1: "),
        (
            "attested:\n- {step: a, by: b, at: 2026-01-02T00:00Z, until: 2026-01-01T00:00Z}\n",
            "2:3: attested[0]: `until` (2026-01-01 00:00:00+00:00) is not after",
        ),
        ("attested: [{step: a, by: '', at: 2026-01-01T00:00Z, until: 2026-01-02T00:00Z}]\n", "1:26: attested[0].by: "),
        ("\x00", "1:1: not YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(team: Team, text: str, said: str) -> None:
    team.file.write_text(text)
    result = team.check()
    assert result.ret == 11
    lines = [line for line in result.outlines if line.startswith("not checked   ")]
    assert lines[0].startswith(f"not checked   inventories/prod.attested:{said}")
    result.stdout.fnmatch_lines(
        ["not checked  inventories/prod.attested cannot be read as attestations: blocks 2 checks"]
    )
    code, told = team.attest("rollback", "--by", "Jo", "--for", "1h")
    assert (code, told.count("\n")) == (4, 1)
    assert said in told
    assert team.file.read_text() == text


def test_a_file_that_is_none(team: Team) -> None:
    team.file.mkdir()
    result = team.check()
    assert result.ret == 11
    result.stdout.fnmatch_lines(["not checked   inventories/prod.attested cannot be read: Is a directory"])
    assert team.attest("rollback", "--by", "Jo", "--for", "1h") == (
        4,
        "preflight attest: inventories/prod.attested cannot be written: Is a directory\n",
    )


@pytest.mark.parametrize("before", ["", "# ours\n", "attested:\n", "attested:", "# ours\nattested:\n- {LINE}", "\n\n"])
def test_what_is_added_stands_at_the_end(team: Team, before: str) -> None:
    at, until = moments(-1, 1)
    line = f"{{step: the page is up, by: Ada, at: {at}, until: {until}}}"
    team.file.write_text(before.replace("{LINE}", line))
    assert team.attest("rollback", "--by", "Jo", "--for", "1h")[0] == 0
    assert team.file.read_text().startswith(before.replace("{LINE}", line))
    assert team.verdict("-k", "rollback") == "GO"
    assert "LINE" not in before or team.verdict() == "GO"


def test_where_nothing_can_be_added_at_the_end_the_file_stays_as_it_is(team: Team) -> None:
    team.file.write_text("attested: []\n")
    code, said = team.attest("rollback", "--by", "Jo", "--for", "1h")
    assert (code, team.file.read_text()) == (4, "attested: []\n")
    assert "does not end in a list of `attested:`: write it there yourself: - {" in said


def test_two_may_attest_at_once(team: Team) -> None:
    """The second waits for the first, and then finds the file that the first has begun."""
    code = "import sys; from preflight.cli import main; sys.exit(main())"
    words = ["attest", "prod", "rollback", "--by", "Jo", "--for", "1h"]
    at, until = moments(-1, 1)
    with team.file.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.DEVNULL)
        while second.poll() is None and not waits_for_a_lock(second.pid):
            time.sleep(0.01)
        assert second.poll() is None
        held.write(f"attested:\n  - {{step: the page is up, by: Ada, at: {at}, until: {until}}}\n")
    assert second.wait(60) == 0
    assert team.file.read_text().count("attested:") == 1
    assert team.verdict() == "GO"


def waits_for_a_lock(pid: int) -> bool:
    """By proc_locks(5): `1: -> FLOCK ADVISORY WRITE 1234 ...` is one that waits."""
    fields = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    return any(field[1] == "->" and field[5] == str(pid) for field in fields)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["rolback", "--by", "Jo", "--for", "1h"], "there is no step 'rolback'; did you mean \"rollback\"?"),
        (["the page is up", "--by", "Jo", "--for", "1h"], "Jo may not attest 'the page is up', but Ada, Grace"),
        (["rollback", "--by", " ", "--for", "1h"], "--by: who says so?"),
        (["rollback", "--by", "Jo", "--for", "soon"], "--for soon: should be a length of time above 0"),
    ],
)
def test_what_cannot_be_attested(team: Team, args: list[str], said: str) -> None:
    code, told = team.attest(*args)
    assert code == 4
    assert told.startswith(f"preflight attest: {said}")
    assert not team.file.exists()


def test_an_inventory_that_is_not_there_or_has_no_steps(team: Team) -> None:
    team.write("environment: x", "inventories/other.yaml")
    assert main(["attest", "nowhere", "x", "--by", "Jo", "--for", "1h"]) == 4
    assert main(["attest", "other", "x", "--by", "Jo", "--for", "1h"]) == 4
    assert team.capfd.readouterr().err.splitlines() == [
        "preflight attest: there is no inventory 'nowhere' in inventories/, and none at that path",
        f"preflight attest: {team.path}/inventories/other.yaml has no manual steps",
    ]


def test_a_folder_has_its_file_beside_it(team: Team) -> None:
    (team.path / "inventories/prod.yaml").unlink()
    team.write(INVENTORY, "inventories/prod/manual.yaml")
    team.attest("rollback", "--by", "Jo", "--for", "1h")
    assert [entry.name for entry in team.file.parent.iterdir() if entry.is_file()] == ["prod.attested"]
    assert team.verdict("-k", "rollback") == "GO"
    assert team.verdict("-k", "rollback", "-n2") == "GO"


def test_steps_by_extension_are_attested_for_each_inventory(team: Team) -> None:
    team.write(INVENTORY, "common.yaml")
    team.write("extends: ../common.yaml")
    team.write("extends: ../common.yaml", "inventories/staging.yaml")
    team.attest("rollback", "--by", "Jo", "--for", "1h")
    assert team.verdict("-k", "rollback") == "GO"
    assert team.pytester.runpytest_inprocess(*PLAIN, "--inventory", "staging", "-k", "rollback").ret == 11


def test_other_sections_need_not_be_there_to_attest(team: Team) -> None:
    team.write(INVENTORY + "other: {password: '${env:NOT_SET}'}\n")
    assert team.attest("rollback", "--by", "Jo", "--for", "1h")[0] == 0


def test_it_is_found_from_further_down(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    below = team.path / "a/b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert team.attest("rollback", "--by", "Jo", "--for", "1h")[0] == 0
    assert team.file.exists()


def test_phases_have_attestations_of_their_own(team: Team) -> None:
    team.write("manual: [{step: the page is up, phase: [before]}, {step: the page is up, phase: [after]}]")
    team.attest("the page is up:before", "--by", "Jo", "--for", "1h")
    assert team.verdict() == "GO"
    assert team.verdict("--phase", "after") == "INCOMPLETE"


def test_a_replay_comes_to_the_same_verdict(team: Team) -> None:
    team.attest("rollback", "--by", "Jo", "--for", "1h")
    team.attest("the page is up", "--by", "Ada", "--for", "1h")
    assert team.verdict() == "GO"
    (run,) = runs(team.path / ".preflight/runs")
    team.file.unlink()
    assert team.verdict("--replay", str(run)) == "GO"


def test_a_secret_in_a_note_is_masked(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "Zebra/9&Zebra")
    team.write(INVENTORY + "vars: {word: '${env:WORD}'}\n")
    team.attest("rollback", "--by", "Jo", "--for", "1h", "--failed", "--note", "with Zebra/9&Zebra")
    result = team.check("-v", "--junitxml=junit.xml")
    ledger = next((team.path / ".preflight/runs").glob("*/ledger.jsonl"))
    for text in (result.stdout.str(), (team.path / "junit.xml").read_text(), ledger.read_text()):
        assert "Zebra" not in text
    assert "that it failed: with ***" in result.stdout.str()


def test_hostile_text_steers_no_terminal(team: Team) -> None:
    at, until = moments(-1, 1)
    note = r'"\e[31mred\x07 \u202e"'
    line = f"  - {{step: rollback, by: Jo, at: {at}, until: {until}, result: failed, note: {note}}}\n"
    team.write(f"attested:\n{line}", "inventories/prod.attested")
    shown = team.check("-v", "-k", "rollback").stdout.str()
    assert not set("\x1b\x07\u202e") & set(shown)


def test_plan_names_the_file_and_reads_nothing(team: Team) -> None:
    team.file.write_text("{")
    result = team.check("--plan")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*reads inventories/prod.attested, contacts nobody*"])


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{step: ''}", "1:18: manual[0].step: should be one line"),
        ("{step: a, by: Jo}", "1:25: manual[0].by: should be a list"),
        ("{id: a}", '1:11: manual[0]: "step" is missing'),
        ("{step: a, within: 1 day}", "1:29: manual[0].within: should be a length of time"),
        ("{step: a}, {step: a}", "1:22: manual.step[a] is also at"),
    ],
)
def test_what_may_not_be_written(team: Team, entry: str, said: str) -> None:
    team.write(f"manual: [ {entry}]")
    result = team.check()
    assert result.ret == 4
    assert f"inventories/prod.yaml:{said}" in result.stderr.str()
