"""Ctrl-C and SIGTERM: what is known is reported, the rest is not checked, and the verdict is INCOMPLETE."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import Site

Started = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    """`start("until this text", ...)` runs `pytest --inventory toy -v ...` and reads its output up to that text."""
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")

    runs = []

    def start(until: str, *args: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "pytest", "--inventory", "toy", "-v", *args]
        run = subprocess.Popen(
            command,
            cwd=site.path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=_hear_interrupts,
        )
        runs.append(run)
        assert run.stdout is not None
        read = ""
        while not read.endswith(until):  # by character: pytest ends a line when it starts the next
            character = run.stdout.read(1)
            assert character, read
            read += character
        return run

    yield start
    for run in runs:
        with run:
            run.kill()


def _hear_interrupts() -> None:
    """A shell makes what it starts in the background deaf to SIGINT, and CI may have started us so."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(run: "subprocess.Popen[str]", *signals: signal.Signals) -> list[str]:
    """The lines printed after the signals; exit code 2."""
    for sent in signals:
        run.send_signal(sent)
    output, _ = run.communicate(timeout=30)
    assert run.returncode == pytest.ExitCode.INTERRUPTED
    assert "INTERNALERROR" not in output
    assert "Traceback" not in output
    assert "previous item was not torn down" not in output
    return output.rstrip().splitlines()


@pytest.mark.parametrize(("sent", "mode"), [(signal.SIGINT, "deaf"), (signal.SIGTERM, "ok")])
def test_while_a_slow_probe_runs(site: Site, start: Started, sent: signal.Signals, mode: str) -> None:
    site.things(
        "name: fast",
        "name: wrong, mode: wrong, severity: warning",
        f"name: slow, mode: {mode}, delay: 60, box: b",
        "name: later, needs: ['toy.thing[slow]']",
    )
    lines = interrupted(start("[wrong] WARNED"), sent)
    assert lines[-1] == "PREFLIGHT verdict=INCOMPLETE inventory=toy passed=1 failed=0 not-checked=2 waived=0 warned=1"
    assert "not checked  the run ended before its turn: blocks 2 checks" in lines


def test_a_failure_that_is_known_makes_it_a_no_go(site: Site, start: Started) -> None:
    site.things("name: wrong, mode: wrong", "name: slow, delay: 60, box: b")
    lines = interrupted(start("[wrong] FAILED"), signal.SIGINT)
    assert lines[-1] == "PREFLIGHT verdict=NO-GO inventory=toy passed=0 failed=1 not-checked=1 waived=0 warned=0"
    assert "expected      1" in lines


def test_while_a_test_next_to_the_inventory_runs(site: Site, start: Started) -> None:
    site.things("name: a", file="inventories/toy/a.yaml")
    site.write("import time\ndef test_own():\n    print('HERE')\n    time.sleep(60)\n", "inventories/toy/test_own.py")
    lines = interrupted(start("HERE", "-s"), signal.SIGTERM)
    assert lines[-1] == "PREFLIGHT verdict=INCOMPLETE inventory=toy passed=1 failed=0 not-checked=1 waived=0 warned=0"


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT, signal.SIGINT]], ids=str)
def test_while_many_checks_are_reported(site: Site, start: Started, signals: list[signal.Signals]) -> None:
    site.things(*(f"name: t{n}" for n in range(600)), "name: slow, delay: 60, box: b")
    lines = interrupted(start("[t20] PASSED"), *signals)
    counts = [int(number) for number in re.findall(r"=(\d+)", lines[-1])]
    assert lines[-1].startswith("PREFLIGHT verdict=INCOMPLETE inventory=toy passed=")
    assert sum(counts) == 601
    assert counts[2] > 0


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_under_xdist(site: Site, start: Started, sent: signal.Signals) -> None:
    site.things(*(f"name: t{n}" for n in range(5)), "name: slow, delay: 60, box: b")
    lines = interrupted(start("PASSED", "-n2"), sent)
    assert lines[-1].startswith("PREFLIGHT verdict=INCOMPLETE inventory=toy passed=")
