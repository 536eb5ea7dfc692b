"""Hosts that a command on this machine gets into: this machine itself, and containers."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

from preflight.stream import GRACE, POLL, TroubleError

if TYPE_CHECKING:
    from preflight.model import Host

_CHUNK = 1 << 16
_REMEMBERED = 4096  # bytes of stderr


def argv(name: str, host: Host) -> tuple[str, ...]:
    """What a command for the host's shell is appended to. Raises TroubleError when its program is not here."""
    target = host.address or name
    if host.connection == "local":
        return ("sh", "-c")
    if shutil.which(host.connection) is None:
        raise TroubleError(
            f"{host.connection} is not installed on this machine",
            f"install {host.connection}, or mend its `connection:`",
        )
    if host.connection == "kubectl":
        namespace, _, pod = target.rpartition("/")
        where = (*(("-n", namespace) if namespace else ()), *(("-c", host.container) if host.container else ()))
        return ("kubectl", "exec", "-i", *where, pod, "--", "sh", "-c")
    user = ("-u", host.user) if host.user else ()
    return (host.connection, "exec", "-i", *user, target, "sh", "-c")


def contacts(name: str, host: Host) -> str:
    """The host as `--plan` names it: `the container web-1 through docker`."""
    target = host.address or name
    if host.connection == "local":
        return "this machine"
    if host.connection == "kubectl":
        namespace, _, pod = target.rpartition("/")
        container = f"the container {host.container} of " if host.container else ""
        return f"{container}the pod {pod}{f' in {namespace}' if namespace else ''} through kubectl"
    return f"the container {target}{f' as {host.user}' if host.user else ''} through {host.connection}"


class Process:
    """A `preflight.stream.Stream` of a process of this machine."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = argv
        self._started = threading.Event()
        self._complaint = b""

    def start(self, command: str) -> None:
        try:
            # A session of its own: Ctrl-C is ours to pass on, and what it started can be ended with it.
            self._process = subprocess.Popen(
                [*self._argv, command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise TroubleError(f"{self._argv[0]} cannot be run: {error.strerror}") from None
        pipes = self._process.stdin, self._process.stdout, self._process.stderr
        self._stdin, self._stdout, self._stderr = (cast("IO[bytes]", pipe) for pipe in pipes)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._selector.register(self._stderr, selectors.EVENT_READ)
        self._started.set()

    def send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._stdin.write(view) :]

    def close(self) -> None:
        if not self._started.is_set():
            return
        self._stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        self.abandon()
        self._process.wait()
        self._selector.close()
        self._stdout.close()
        self._stderr.close()

    def abandon(self) -> None:
        if self._started.is_set():
            with suppress(ProcessLookupError, PermissionError):  # the latter: it became somebody else by sudo
                os.killpg(self._process.pid, signal.SIGKILL)

    def receive(self) -> bytes | None:
        if not self._started.wait(POLL):
            return None
        for key, _ in self._selector.select(POLL):
            if key.fileobj is self._stdout:
                return os.read(self._stdout.fileno(), _CHUNK)
            self._hear()
        return None

    def _hear(self) -> None:
        said = os.read(self._stderr.fileno(), _CHUNK)
        if not said:
            self._selector.unregister(self._stderr)
        self._complaint = (self._complaint + said)[-_REMEMBERED:]

    def ended(self) -> str:
        try:
            status = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return "closed its output and went on"
        self._selector.unregister(self._stdout)
        while self._selector.select(0):
            self._hear()
        if status < 0:
            return f"was ended by {signal.Signals(-status).name}"
        return f"ended with {status}" if status else ""

    @property
    def complaint(self) -> str:
        return self._complaint.decode(errors="replace")
