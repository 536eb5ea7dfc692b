"""Runs a program on a host of the inventory, in one round trip: what a probe uses that looks into a machine.

    with connect("web-1", host, deadline=batch.deadline, stopped=lambda: sink.stopped) as connection:
        with connection.run([Rung("python3", source, request)], timeout=10) as running:
            for line in running.lines(): ...

What goes wrong is for the operator, and ready to be handed in for each check it concerns:

    Unreachable     the host cannot be reached; `not_checked` says why, and has one cause for all its checks
    └── Lost        it was reached, but the program did not run to its end

What is not on the host but behind it, such as a database, a client of this machine reaches by `forward`.

Everything that is specific to a way there is in `ssh/` (with paramiko, imported when a host is reached by SSH) and
in `commandline.py` (this machine, docker, podman, kubectl); the wire format in `bootstrap.py`.
"""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Protocol

from preflight import commandline
from preflight.bootstrap import Rung, opening
from preflight.finding import NotChecked
from preflight.stream import NOBODY_WAITS, Limits, Stream, TroubleError

if TYPE_CHECKING:
    from preflight.model import Host
    from preflight.ssh.forward import Forwarding as Forwarding  # what `forward` gives, for those who use it

__all__ = ["Connection", "Lost", "Rung", "Running", "Unreachable", "connect", "contacts", "forward"]

STARTS = 60.0  # s; from the command to the first sign that a program was found to run
GRACE = 2.0  # s; how long leaving a run may take


class Unreachable(Exception):  # noqa: N818  it says what the host is
    """The host cannot be reached."""

    def __init__(self, not_checked: NotChecked) -> None:
        super().__init__(not_checked.reason)
        self.not_checked = not_checked


class Lost(Unreachable):
    """The host was reached, but the program did not run to its end: what it printed may be half of it."""


@contextmanager
def connect(
    name: str, host: Host, *, deadline: float | None = None, stopped: Callable[[], bool] = lambda: False
) -> Iterator[Connection]:
    """A connection to the host called `name` in the inventory, for as many runs as wanted, also at once.

    Waits until `deadline` (`time.time()`) or `stopped()` at most. Raises Unreachable.
    """
    limits = Limits(deadline, stopped)
    try:
        way = _way(name, host, limits)
    except TroubleError as trouble:
        raise Unreachable(_unreachable(name, trouble)) from None
    try:
        yield Connection(name, host, way, limits)
    finally:
        way.close()


@contextmanager
def forward(
    name: str,
    host: Host,
    address: str,
    port: int,
    *,
    deadline: float | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Forwarding]:
    """A port of 127.0.0.1 that leads to a port of `address`, which is a name or address as `host` sees it.

    The host is one over SSH, and is logged in to for this alone. All connections are cut at `deadline`
    (`time.time()`) or when `stopped()`. Raises Unreachable: for the host, or for what it cannot connect to. What
    breaks later a client only sees as the end of its connection; `trouble` of what is given then says why. The client
    must let other threads run while it waits, since they lead it: psycopg's `Connection.cancel()` does not.
    """
    from preflight.ssh import forward as forwarding
    from preflight.ssh import session

    limits = Limits(deadline, stopped)
    try:
        way = session.reach(name, host, limits)
    except TroubleError as trouble:
        raise Unreachable(_unreachable(name, trouble)) from None
    with closing(way):
        try:
            forwarded = way.forward(name, address, port, limits)
        except TroubleError as trouble:
            raise Unreachable(forwarding.not_checked(name, trouble)) from None
        with closing(forwarded):
            yield forwarded


def contacts(name: str, host: Host) -> str:
    """How a host is reached, for `--plan`: `web-1 over SSH as deploy at 10.0.1.11 port 22, with sudo`."""
    if host.connection == "ssh":
        from preflight.ssh import config

        how = config.contacts(name, host)
    else:
        how = commandline.contacts(name, host)
    return f"{how}, with sudo" if host.sudo else how


class Way(Protocol):
    """A way to a host: gives a stream for each command."""

    def stream(self) -> Stream: ...
    def close(self) -> None: ...


class _CommandLine:
    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = argv

    def stream(self) -> Stream:
        return commandline.Process(self._argv)

    def close(self) -> None:
        """There is nothing that outlives a command."""


def _way(name: str, host: Host, limits: Limits) -> Way:
    if host.connection == "ssh":
        from preflight.ssh import session

        return session.reach(name, host, limits)
    return _CommandLine(commandline.argv(name, host))


def _unreachable(name: str, trouble: TroubleError) -> NotChecked:
    # All hosts behind a jump host that is down have one root.
    whom = f"jump host {trouble.jump}" if trouble.jump else f"host {name}"
    cause = f"{whom} cannot be reached: {trouble}"
    return NotChecked(f"host {name}: {cause}" if trouble.jump else cause, cause, trouble.next_step)


class Connection:
    """A host that was reached."""

    def __init__(self, name: str, host: Host, way: Way, limits: Limits) -> None:
        self._name = name
        self._host = host
        self._way = way
        self._limits = limits

    @contextmanager
    def run(self, rungs: Sequence[Rung], *, timeout: float) -> Iterator[Running]:
        """Run the first of the rungs that the host can run.

        `timeout` is in seconds, from now to the program's end, however much it prints meanwhile. On leaving, the
        program's stdin ends and its connection is closed, whether it has ended or not.
        """
        running = Running(self._name, self._host, self._way.stream(), rungs, timeout, self._limits)
        try:
            yield running
        finally:
            running.leave()


class Running:
    """A program on its way. `rung` is the interpreter that was found, "" until the first line arrived."""

    def __init__(
        self, name: str, host: Host, stream: Stream, rungs: Sequence[Rung], timeout: float, limits: Limits
    ) -> None:
        self.rung = ""
        self._name, self._sudo = name, host.sudo
        self._stream, self._rungs, self._timeout, self._limits = stream, rungs, timeout, limits
        self._began = time.monotonic()
        self._until = self._began + min(timeout, STARTS)
        self._token = secrets.token_hex(8)
        self._noise = ""
        self._trouble: TroubleError | None = None
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        # It does all that can block: sending while nobody reads, above all.
        self._feeder = threading.Thread(target=self._feed, name=f"preflight-feed-{name}", daemon=True)
        self._feeder.start()

    def lines(self) -> Iterator[str]:
        """What the program prints, line by line as it arrives, without the token. Raises Lost.

        It ends when the program ended well. Bytes that are not UTF-8 are replaced.
        """
        lines = self._framed()
        self._choose(next(lines, None))
        yield from lines
        if how := self._ended():
            raise self._lost(f"{self.rung} {how}{self._last_words()}")

    def leave(self) -> None:
        """End the program's stdin and close what leads there; done within `GRACE` seconds or left to a thread."""
        self._outbox.put(None)
        self._feeder.join(GRACE / 2)
        if self._feeder.is_alive():
            self._stream.abandon()
            self._feeder.join(GRACE / 2)

    def _feed(self) -> None:
        command, first = opening(self._rungs, self._token, self._sudo)
        try:
            self._stream.start(command)
            self._stream.send(first)
            while (data := self._outbox.get()) is not None:
                self._stream.send(data)
        except TroubleError as trouble:
            self._trouble = trouble
        except OSError:
            # It reads no more; how it ended will say more than this. Until then its output is being read.
            while self._outbox.get() is not None:
                pass
        finally:
            self._stream.close()

    def _framed(self) -> Iterator[str]:
        led, rest = f"{self._token} ".encode(), b""
        while (data := self._receive()) != b"":
            if data is None:
                continue
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if line.startswith(led):
                    yield line[len(led) :].decode(errors="replace")
                elif line.strip():
                    self._noise = line.decode(errors="replace").strip()
        self._noise = rest.decode(errors="replace").strip() or self._noise

    def _receive(self) -> bytes | None:
        if self._trouble is not None:
            raise self._lost(str(self._trouble), self._trouble.next_step)
        if self._limits.over:
            raise self._lost(NOBODY_WAITS)
        if time.monotonic() > self._until:
            what = f"{self.rung} did not end" if self.rung else "it did not run anything"
            limit = self._until - self._began
            raise self._lost(f"it hung: {what} within {limit:g} s", "log in and see what holds it up (`uptime`)")
        return self._stream.receive()

    def _choose(self, answer: str | None) -> None:
        """The host says which rung it can run; unless it is the first, that one's program is sent now."""
        if answer is None:
            raise self._did_not_start()
        if answer == "no sudo":
            raise self._lost("sudo is not installed there", f"install sudo on {self._name}, or write `sudo: false`")
        if answer == "none":
            wanted = dict.fromkeys(word for rung in self._rungs for word in (rung.interpreter, *rung.requires))
            ways = " or ".join(" with ".join((rung.interpreter, *rung.requires)) for rung in self._rungs)
            raise self._lost(f"none of {', '.join(wanted)} found", f"install {ways} on {self._name}")
        chosen = int(answer.removeprefix("rung "))
        self.rung = self._rungs[chosen].interpreter
        self._until = self._began + self._timeout
        if chosen:
            self._outbox.put(self._rungs[chosen].payload)

    def _did_not_start(self) -> Lost:
        how, complaint = self._ended(), self._stream.complaint.lower()
        if self._sudo and "sudo" in complaint:
            wants = "wants a password" if "password is required" in complaint else "refuses"
            return self._lost(
                f"sudo {wants}{self._last_words()}",
                "let that user run `sh` by sudo without a password (`NOPASSWD:` in sudoers), or write `sudo: false`",
            )
        return self._lost(
            f"it ran nothing: its shell {how or 'ended'}{self._last_words()}", "log in and run `sh` there"
        )

    def _ended(self) -> str:
        try:
            return self._stream.ended()
        except TroubleError as trouble:
            raise self._lost(str(trouble), trouble.next_step) from None

    def _last_words(self) -> str:
        said = self._stream.complaint.strip().splitlines()
        last = said[-1].strip() if said else self._noise
        return f": {last}" if last else ""

    def _lost(self, what: str, next_step: str = "") -> Lost:
        reason = f"host {self._name}: {what}" if self.rung else f"host {self._name} cannot be used: {what}"
        return Lost(NotChecked(reason, reason, next_step))
