"""A check that takes long says how far it is: on a terminal only, on a line that is gone afterwards."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from tests.conftest import Site, verdict_line


def on_a_terminal(site: Site, *args: str) -> str:
    """What `pytest --inventory toy` writes to a terminal of 80 columns."""
    terminal, side = pty.openpty()
    command = [sys.executable, "-m", "pytest", "--inventory", "toy", "--color=no", *args]
    environ = {**os.environ, "COLUMNS": "80", "TERM": "xterm"}
    with subprocess.Popen(command, cwd=site.path, env=environ, stdin=subprocess.DEVNULL, stdout=side, stderr=side):
        os.close(side)
        written = b""
        while True:
            try:
                data = os.read(terminal, 65536)
            except OSError:  # EIO: the other side is closed
                break
            if not data:
                break
            written += data
    os.close(terminal)
    return written.decode()


def lines(written: str) -> list[str]:
    """What is left to be seen of it."""
    return [line.rpartition("\x1b[K")[2].rstrip() for line in written.replace("\r\n", "\n").split("\n")]


def test_it_says_how_far_it_is_and_leaves_nothing_behind(site: Site) -> None:
    site.things("name: quick", "name: slow, delay: 0.5, tells: counting the rows")
    written = on_a_terminal(site)
    bar = "\r\x1b[K[########............]  40% toy.thing[slow]: counting the rows"
    assert bar in written
    assert written.count(bar) == 1
    assert written.index(bar) < written.index("preflight: GO")
    left = lines(written)
    assert [line for line in left if "[####" in line] == []
    # The results of before and after stand on lines of their own, each with the name of its file.
    assert [line for line in left if line.startswith("inventories/toy.yaml")] != []
    assert left[-2].startswith("PREFLIGHT verdict=GO inventory=toy passed=2")


def test_a_line_fits_the_terminal_and_does_not_steer_it(site: Site) -> None:
    site.things('name: slow, delay: 0.5, tells: "a\\x1b[2Jb%s"' % ("x" * 100))
    shown = next(line for line in on_a_terminal(site).split("\r\x1b[K") if line.startswith("["))
    assert "a\\x1b[2Jb" in shown
    assert len(shown) == 79


def test_secrets_are_masked_there_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "Zebra/9")
    site.things('name: "a ${env:PASSWORD}", delay: 0.5, tells: "rows of ${env:PASSWORD}"')
    written = on_a_terminal(site)
    assert "toy.thing[a ***]: rows of ***" in written
    assert "ebra" not in written


@pytest.mark.parametrize("args", [(), ("-v",), ("-q",), ("-n", "1")])
def test_no_terminal_no_progress(site: Site, args: tuple[str, ...]) -> None:
    site.things("name: slow, delay: 0.2, tells: counting the rows")
    result = site.check_apart(*args)
    result.stdout.no_fnmatch_line("*counting*")
    assert "verdict=GO" in verdict_line(result)
