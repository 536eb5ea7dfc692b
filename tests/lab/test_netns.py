"""A namespace is one for commands and for threads, says why it cannot be, and is gone when we are."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

from .netns import CommandFailedError, Namespace, NamespacesNotAllowedError, namespace, run
from .process import NotInstalledError, executable


@pytest.fixture(scope="module")
def alone() -> Iterator[Namespace]:
    try:
        with namespace("alone") as made:
            yield made
    except NamespacesNotAllowedError as error:
        if os.environ.get("PREFLIGHT_LAB") == "required":
            raise
        pytest.skip(str(error))


def test_a_command_has_its_own_network_and_our_files(
    alone: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(alone.wrap(["pwd"])) == f"{tmp_path}\n"
    interfaces = alone.run(["ip", "-oneline", "link", "show", "up"]).splitlines()
    assert [line.split(": ")[1] for line in interfaces] == ["lo"]


def test_a_thread_that_entered_opens_sockets_there_alone(alone: Namespace) -> None:
    ours = Path("/proc/thread-self/ns/net").readlink()
    with alone.entered():
        assert Path("/proc/thread-self/ns/net").readlink() == alone.path.readlink()
        listener = socket.create_server(("127.0.0.1", 0))
    assert Path("/proc/thread-self/ns/net").readlink() == ours
    with listener:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(listener.getsockname())
        with alone.entered():
            socket.create_connection(listener.getsockname()).close()


def test_other_threads_stay_where_they_are(alone: Namespace) -> None:
    ours, asked, theirs = Path("/proc/thread-self/ns/net").readlink(), threading.Event(), []

    def look() -> None:
        asked.wait(10)
        theirs.append(Path("/proc/thread-self/ns/net").readlink())

    other = threading.Thread(target=look)
    other.start()
    with alone.entered():
        asked.set()
        other.join()
    assert theirs == [ours]


def test_a_command_that_fails_says_why(alone: Namespace) -> None:
    with pytest.raises(CommandFailedError, match="ip link set nowhere up: Cannot find device"):
        alone.run(["ip", "link", "set", "nowhere", "up"])
    with pytest.raises(NotInstalledError, match="no-such-tool is not installed: run tests/lab/install-packages"):
        alone.run(["no-such-tool"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has the capability to lose")
def test_who_may_not_make_one_is_told() -> None:
    without = [executable("setpriv"), "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin", "--"]
    code = "from tests.lab.netns import namespace\nwith namespace('none'): pass"
    done = subprocess.run([*without, sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "NamespacesNotAllowedError: no network namespaces here: unshare: " in done.stderr


KILLED = """
import socket
from tests.lab import network
from tests.lab.scenarios import scenario

with network.running() as lab:
    hole = scenario("tcp", 4, "open, large segments lost")
    with lab.client.entered():
        # Data on the way when all ends: the kernel would go on sending it, from a namespace of nobody's.
        sock = socket.create_connection((hole.address, hole.port), timeout=10)
    sock.sendall(b"x" * 4000)
    print(*(machine.pid for machine in (lab.client, lab.router1, lab.router2, lab.server)))
    print(*(pair.v4.split(".")[2] for pair in lab.reached_at.values()), flush=True)
    input()
"""


@pytest.mark.usefixtures("alone")
def test_nothing_is_left_when_we_are_killed() -> None:
    argv = [sys.executable, "-c", KILLED]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lab:
        assert lab.stdout is not None
        holders = [Path("/proc", pid) for pid in lab.stdout.readline().split()]
        links = [Path("/sys/class/net", f"pf-lab{block}") for block in lab.stdout.readline().split()]
        assert (len(holders), len(links)) == (4, 2)
        assert all(path.exists() for path in links)
        lab.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while left := [path for path in links if path.exists()] + [path for path in holders if alive(path)]:
        assert time.monotonic() < deadline, f"left behind: {left}"
        time.sleep(0.05)


def alive(process: Path) -> bool:
    """Whether it runs; in a container without an init, nobody may ever take the dead away."""
    try:
        return process.joinpath("stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
