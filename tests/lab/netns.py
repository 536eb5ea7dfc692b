"""Network namespaces: machines of their own as far as sockets, routes and filters are concerned.

A namespace belongs to a process that does nothing but hold it and that dies with us, so that the kernel takes the
namespace back, its devices included, even when we are killed. Nothing has a name in /run/netns.
"""

import ctypes
import errno
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .process import executable

# The holder says when its loopback is up: no polling, and its silence is the failure.
_HOLD = "ip link set lo up && echo ready && exec sleep infinity"
_NOT_ALLOWED = {os.strerror(code) for code in (errno.EPERM, errno.EACCES, errno.ENOSPC, errno.EINVAL, errno.ENOSYS)}
_CLONE_NEWNET = 0x40000000


class NamespacesNotAllowedError(RuntimeError):
    """This machine or this user may not make network namespaces; says why."""


class CommandFailedError(RuntimeError):
    """A command in a namespace ended with an error; says what it wrote."""


class Namespace:
    """A network namespace, its loopback up and nothing else in it. Made by `namespace()`."""

    def __init__(self, name: str, pid: int) -> None:
        self.name = name
        self.pid = pid
        self.path = Path(f"/proc/{pid}/ns/net")

    def __repr__(self) -> str:
        return f"<Namespace {self.name} pid={self.pid}>"

    def wrap(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs `argv` in here: only the network differs, not files, user or directory."""
        return [executable("nsenter"), f"--net={self.path}", "--", *argv]

    def run(self, argv: Sequence[str], input: str | None = None) -> str:
        """Run a command in here to its end and return what it printed; raises CommandFailedError."""
        return run(self.wrap([executable(argv[0]), *argv[1:]]), input)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """The calling thread is in here: what it opens, starts or forks meanwhile belongs here for good.

        A socket stays in the namespace it was opened in, so opening it is all that has to be done inside.
        """
        with Path("/proc/thread-self/ns/net").open("rb") as own, self.path.open("rb") as other:
            _setns(other.fileno())
            try:
                yield
            finally:
                _setns(own.fileno())


@contextmanager
def namespace(name: str) -> Iterator[Namespace]:
    """A new network namespace, gone on leaving or when the thread that made it ends.

    Raises NamespacesNotAllowedError, or NotInstalledError for a missing tool.
    """
    tools = [executable(tool) for tool in ("ip", "nsenter")]
    argv = [executable("setpriv"), "--pdeathsig", "KILL", "--", executable("unshare"), "--net", "--", "sh", "-c", _HOLD]
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *(str(Path(tool).parent) for tool in tools)])
    with subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PATH": path, "LC_ALL": "C"},
        # The terminal's Ctrl-C is for pytest, which tears us down in its own order.
        start_new_session=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stderr is not None
        try:
            if not holder.stdout.readline():
                raise _why_not(holder.stderr.read())
            yield Namespace(name, holder.pid)
        finally:
            holder.send_signal(signal.SIGKILL)


def run(argv: Sequence[str], input: str | None = None) -> str:
    """Run a command to its end and return what it printed; raises CommandFailedError with what it complained of."""
    done = subprocess.run(argv, input=input, capture_output=True, text=True)
    if done.returncode:
        raise CommandFailedError(f"{shlex.join(argv)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def _why_not(complaint: str) -> RuntimeError:
    complaint = complaint.strip() or "the holder of the namespace ended without a word"
    if any(complaint.endswith(reason) for reason in _NOT_ALLOWED):
        return NamespacesNotAllowedError(f"no network namespaces here: {complaint}")
    return CommandFailedError(complaint)


def _setns(descriptor: int) -> None:
    if hasattr(os, "setns"):  # Python 3.12
        os.setns(descriptor, _CLONE_NEWNET)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET):
        code = ctypes.get_errno()
        raise OSError(code, f"setns: {os.strerror(code)}")
