"""A port of this machine that leads to one which an SSH server sees (`direct-tcpip`, RFC 4254 section 7.2)."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import paramiko

from preflight.finding import NotChecked
from preflight.ssh.command import connection_lost
from preflight.stream import NOBODY_WAITS, POLL, Limits, TroubleError

OPEN_TIMEOUT = 10.0  # s; until the server has connected to the target
GRACE = 5.0  # s; how long what was sent may take to arrive, and threads to end
# A client has one connection. libpq makes another where the server refuses TLS, and a query is cancelled by a second.
MOST_AT_ONCE = 2
_LOOPBACK = "127.0.0.1"
_CHUNK = 1 << 15
_PROHIBITED = 1  # SSH_OPEN_ADMINISTRATIVELY_PROHIBITED, RFC 4254 section 5.1
_GONE = (OSError, EOFError, paramiko.SSHException)


class Transport(paramiko.Transport):
    """Keeps the words in which the server refuses a channel: paramiko's exception has but its number.

    They are all that tells a port that is closed from a name that does not exist (connect_to_helper in OpenSSH's
    channels.c).
    """

    said = ""

    def _parse_channel_open_failure(self, message: paramiko.Message) -> None:
        message.get_int(), message.get_int()  # the channel and the number
        self.said = " ".join(message.get_text().split())[:200]
        message.rewind()
        super()._parse_channel_open_failure(message)  # type: ignore[misc]  # it is no part of the published types


class Forwarding:
    """Leads to `target` until it is closed.

    The first connection to the target is made at once, so that what is in the way is known before any client is.

    Attributes:
        address: where it listens, of this machine alone.
        trouble: what became of a connection that a client only saw end.
    """

    def __init__(
        self, name: str, transport: Transport, target: tuple[str, int], limits: Limits, hang_up: Callable[[], None]
    ) -> None:
        """`hang_up` ends the transport. Raises TroubleError when the server does not connect to the target."""
        self.trouble: NotChecked | None = None
        self._name, self._transport, self._target, self._hang_up = name, transport, target, hang_up
        self._left = threading.Event()
        self._limits = Limits(limits.deadline, lambda: self._left.is_set() or limits.stopped())
        self._ready = [self._channel()]
        self._connections: list[_Connection] = []
        self._listener = socket.create_server((_LOOPBACK, 0), backlog=MOST_AT_ONCE)
        self._listener.settimeout(POLL)
        self._listening = True
        self.address, self.port = self._listener.getsockname()
        self._thread = threading.Thread(target=self._serve, name=f"preflight-forward-{name}", daemon=True)
        self._thread.start()

    def stop_listening(self) -> None:
        """Take no more connections: other users of this machine could make one, too. What there is goes on."""
        self._listening = False
        with suppress(OSError):  # it wakes who waits for one, where the system lets it
            self._listener.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let what was sent arrive, then end all there is."""
        nobody_waits = self._limits.over
        self.stop_listening()
        self._left.set()
        until = time.monotonic() + (0 if nobody_waits else GRACE)
        for connection in list(self._connections):
            connection.join(until)
        self._hang_up()
        self._thread.join(GRACE)
        for connection in self._connections:
            connection.cut()
            connection.join(time.monotonic() + GRACE)
            connection.close()
        self._listener.close()

    def _channel(self) -> paramiko.Channel:
        self._transport.said = ""
        ask = partial(self._transport.open_channel, "direct-tcpip", self._target, (_LOOPBACK, 0), timeout=OPEN_TIMEOUT)
        try:
            return self._limits.call(OPEN_TIMEOUT + 1, ask)
        except paramiko.ChannelException as error:
            raise _refused(error, self._transport.said, self._name, self._target) from None
        except _GONE:
            if not self._transport.is_active():
                raise connection_lost() from None
            raise _silent(self._name, self._target) from None

    def _serve(self) -> None:
        while not self._left.is_set():
            if self._limits.over:
                self.trouble = self.trouble or not_checked(self._name, TroubleError(NOBODY_WAITS))
                for connection in self._connections:
                    connection.cut()
                self.stop_listening()
                return
            for ended in [connection for connection in self._connections if not connection.alive]:
                ended.close()
                self._connections.remove(ended)
            if self._listening and len(self._connections) < MOST_AT_ONCE:
                self._take()
            else:
                self._left.wait(POLL)

    def _take(self) -> None:
        try:
            local, _ = self._listener.accept()
        except TimeoutError:
            return
        except OSError:  # it has been shut down, or there are no more file descriptors
            self._left.wait(POLL)
            return
        try:
            channel = self._ready.pop() if self._ready else self._channel()
        except TroubleError as trouble:
            self.trouble = self.trouble or not_checked(self._name, trouble)
            local.close()
        else:
            self._connections.append(_Connection(local, channel, self._look_at_the_transport))

    def _look_at_the_transport(self) -> None:
        self._transport.join(0.5)  # when the connection goes, its channels go first
        if not self._transport.is_active() and not self._left.is_set():
            self.trouble = self.trouble or not_checked(self._name, connection_lost())


class _Connection:
    """A client's connection and its channel; each direction has a thread, since each may have to wait to write."""

    def __init__(self, local: socket.socket, channel: paramiko.Channel, broke_off: Callable[[], None]) -> None:
        self._local, self._channel, self._broke_off = local, channel, broke_off
        self._threads = [
            threading.Thread(target=way, name=f"preflight-forward-{way.__name__}", daemon=True)
            for way in (self._there, self._back)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def join(self, until: float) -> None:
        """Wait for its end, `until` (`time.monotonic()`) at most."""
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def cut(self) -> None:
        with suppress(OSError):
            self._local.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._local.close()
        with suppress(*_GONE):
            self._channel.close()

    def _there(self) -> None:
        with suppress(*_GONE):
            while data := self._local.recv(_CHUNK):
                self._channel.sendall(data)
            self._channel.shutdown_write()

    def _back(self) -> None:
        with suppress(*_GONE):
            while data := self._channel.recv(_CHUNK):
                self._local.sendall(data)
        if not self._channel.eof_received:
            # Before the client hears of it, who will then want to know why.
            self._broke_off()
        with suppress(OSError):
            self._local.shutdown(socket.SHUT_RDWR if self._channel.closed else socket.SHUT_WR)


def not_checked(name: str, trouble: TroubleError) -> NotChecked:
    """What was to be reached through a host was not; the host itself was."""
    what = f"host {name}: {trouble}"
    return NotChecked(what, what, trouble.next_step)


def _refused(error: paramiko.ChannelException, said: str, name: str, target: tuple[str, int]) -> TroubleError:
    """In sshd's words, which are those of strerror(3) and gai_strerror(3) there."""
    address, port = target
    place = f"{address} port {port}"
    if error.code == _PROHIBITED:
        return TroubleError(
            f"its sshd forwards no connection to {place}: {error.text.lower()}",
            f"look on {name} at AllowTcpForwarding, PermitOpen and DisableForwarding in `sshd -T`, and at `restrict` "
            "and `permitopen` before the key in ~/.ssh/authorized_keys",
        )
    trouble = f"it cannot connect to {place}: {said or error.text}"
    if re.search(r"refused", said, re.I):
        step = f"see whether a server listens at {place}, and for others than its own machine (`ss -ltn` there)"
    elif re.search(r"name|resol|address associated", said, re.I):
        step = f"mend the name {address}: it is looked up on {name} (`getent hosts {address}` there)"
    else:
        step = f"see what is in the way from {name} to {place} (`ip route get {address}` there, and its firewalls)"
    return TroubleError(trouble, step)


def _silent(name: str, target: tuple[str, int]) -> TroubleError:
    address, port = target
    return TroubleError(
        f"it did not connect to {address} port {port} within {OPEN_TIMEOUT:g} s",
        f"see whether {address} is up, and whether a firewall lets {name} reach its port {port}",
    )
