"""Name servers as child processes: ready when they say who they are, and gone when we are gone."""

import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from .nameserver import NameServer
from .ports import LOOPBACK, free_port

# Debian keeps daemons where a user's PATH does not look.
_DAEMON_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin", "/sbin"])
# TXT CH id.server. (RFC 4892): which of the processes that could be listening there is this?
_WHO_ARE_YOU = b"\x50\x46\0\0\0\1\0\0\0\0\0\0" + b"\x02id\x06server\0" + b"\0\x10\0\3"


class NotInstalledError(RuntimeError):
    """A real server the lab needs is not on this machine."""


class DidNotStartError(RuntimeError):
    """A daemon ended, or did not answer, instead of starting; says what it logged."""


def executable(name: str) -> str:
    """The path of a daemon; raises NotInstalledError naming the cure."""
    found = shutil.which(name, path=_DAEMON_PATH)
    if found is None:
        raise NotInstalledError(f"{name} is not installed: run tests/lab/install-packages")
    return found


@contextmanager
def daemon(argv: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a daemon in the foreground, its output in `log`; end it and all it forked on leaving.

    A session of its own keeps the terminal's Ctrl-C from it, so that it lives until fixtures are torn down. Should
    this process be killed instead, the kernel ends the daemon: when the *thread* that started it ends, to be exact,
    so start daemons from a thread that lives as long as they are needed.
    """
    with log.open("wb") as output:
        child = subprocess.Popen(
            [executable("setpriv"), "--pdeathsig", "TERM", "--", *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=5)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@contextmanager
def name_server(
    configure: Callable[[NameServer, str], Sequence[str]], log: Path, also: Sequence[str] = ()
) -> Iterator[NameServer]:
    """Run a name server on a free port of 127.0.0.1 (and of the addresses in `also`) and wait until it answers.

    `configure(server, identity)` writes its configuration and returns its command line. Raises DidNotStartError.
    """
    with ExitStack() as stack:
        for attempts_left in (2, 1, 0):
            server = NameServer(LOOPBACK, free_port(LOOPBACK, *also))
            identity = secrets.token_hex(8)
            try:
                with ExitStack() as attempt:
                    child = attempt.enter_context(daemon(configure(server, identity), log))
                    _wait_until_it_answers(server, identity, child, log)
                    stack.push(attempt.pop_all())
                break
            except DidNotStartError as error:
                # Somebody may take a free port before the daemon does.
                if not attempts_left or "in use" not in str(error):
                    raise
        yield server


def _wait_until_it_answers(
    server: NameServer, identity: str, child: subprocess.Popen[bytes], log: Path, timeout: float = 20.0
) -> None:
    """Ask who answers, not only whether something does: a stranger may have the port the daemon could not bind."""
    deadline = time.monotonic() + timeout
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((server.address, server.port))
        sock.settimeout(0.2)
        while time.monotonic() < deadline:
            if child.poll() is not None:
                raise DidNotStartError(f"{_name(child)} ended with {child.returncode}: {_last_lines(log)}")
            try:
                sock.send(_WHO_ARE_YOU)
                if identity.encode() in sock.recv(4096):
                    return
            except (TimeoutError, ConnectionRefusedError):
                time.sleep(0.002)
    raise DidNotStartError(f"{_name(child)} did not answer on {server} within {timeout:g} s: {_last_lines(log)}")


def _name(child: subprocess.Popen[bytes]) -> str:
    return shlex.join(child.args) if isinstance(child.args, list) else str(child.args)


def _last_lines(log: Path) -> str:
    return " / ".join(log.read_text(errors="replace").splitlines()[-5:])
