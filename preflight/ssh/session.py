"""SSH, by paramiko: hop by hop to a host, the key of each verified.

Only what reaches a host imports this module. paramiko waits for ever in places, so each of its calls that can block
runs under `Limits.call`, or in the thread that feeds a command.
"""

from __future__ import annotations

import logging
import random
import socket
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import paramiko

from preflight.ssh import dial, login
from preflight.ssh.command import Command
from preflight.ssh.config import Hop, route
from preflight.ssh.forward import Forwarding, Transport
from preflight.ssh.hostkeys import HostKey, known, verify
from preflight.stream import Limits, TroubleError

if TYPE_CHECKING:
    from preflight.model import Host

BANNER_TIMEOUT = 10.0  # s; from the TCP connection to the server's first line
EXCHANGE_TIMEOUT = 15.0  # s; the key exchange
PATIENCE = 15.0  # s; how long a server that hangs up at once is asked again

# paramiko's threads log tracebacks of what is reported here in a sentence; logging prints them where nobody listens,
# and pytest shows them. `logging.getLogger("preflight.ssh").setLevel("DEBUG")` has them back.
LOG = "preflight.ssh"
logging.getLogger(LOG).setLevel(logging.CRITICAL + 1)


class _HungUpError(Exception):
    """The server closed the connection before it said who it is: it may have too many (`MaxStartups`)."""


def reach(name: str, host: Host, limits: Limits) -> Session:
    """A connection to a host of the inventory. Raises TroubleError."""
    with ExitStack() as opened:
        transport = _open(route(name, host), limits, opened)
        opened.callback(_hang_up, transport)
        return Session(transport, opened.pop_all())


class Session:
    """The way to a host, for any number of commands, or to what lies behind it."""

    def __init__(self, transport: Transport, opened: ExitStack) -> None:
        self._transport = transport
        self._opened = opened

    def stream(self) -> Command:
        return Command(self._transport)

    def forward(self, name: str, address: str, port: int, limits: Limits) -> Forwarding:
        """Closing what this gives closes the session, too. Raises TroubleError."""
        return Forwarding(name, self._transport, (address, port), limits, self.close)

    def close(self) -> None:
        self._opened.close()


def _open(hop: Hop, limits: Limits, opened: ExitStack, jump: bool = False) -> Transport:
    outer = _open(hop.through, limits, opened, jump=True) if hop.through else None
    try:
        transport = _greeted(hop, outer, limits, opened)
        key = transport.get_remote_server_key()
        shown = HostKey(key.get_name(), key.asbytes())
        verify(
            shown, hop.host_key, hop.known_as, hop.known_hosts, hop.address.lower() if hop.known_as[0] == "[" else ""
        )
        login.authenticate(hop, transport, limits)
    except TroubleError as trouble:
        trouble.jump = hop.label if jump else ""
        raise
    return transport


def _greeted(hop: Hop, outer: Transport | None, limits: Limits, opened: ExitStack) -> Transport:
    """A transport whose key exchange is done. Tries again while the server hangs up at once."""
    until, pause = time.monotonic() + PATIENCE, 0.2
    while True:
        with ExitStack() as attempt:
            try:
                transport = _exchange(hop, dial.connected(hop, outer, limits, attempt), limits, attempt)
            except _HungUpError as hung_up:
                why = str(hung_up)
            else:
                opened.push(attempt.pop_all())
                return transport
        if time.monotonic() + pause > until:
            raise TroubleError(
                f"{hop} hung up before its SSH banner, again and again for {PATIENCE:g} s{why}",
                "it has too many connections, or refuses this address: look at MaxStartups and PerSourcePenalties in "
                "its sshd_config, at hosts.deny and its log",
            )
        # Those that were turned away together must not come again together.
        limits.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(pause * 1.6, 3.0)


def _exchange(hop: Hop, sock: dial.Socket, limits: Limits, opened: ExitStack) -> Transport:
    said = _first_words(hop, sock, limits) if isinstance(sock, socket.socket) else ""
    transport = Transport(sock)
    opened.callback(_close, transport)
    transport.set_log_channel(LOG)
    transport.banner_timeout = BANNER_TIMEOUT
    transport.auth_timeout = login.TIMEOUT
    transport.handshake_timeout = 60.0  # s; EXCHANGE_TIMEOUT comes first, and says what happened
    _prefer_known_keys(transport, hop)
    try:
        limits.call(EXCHANGE_TIMEOUT if said else BANNER_TIMEOUT + EXCHANGE_TIMEOUT, transport.start_client)
    except TimeoutError:
        raise TroubleError(
            f"{hop} sent its SSH banner, and then nothing for {EXCHANGE_TIMEOUT:g} s",
            "it is overloaded or hangs: log in on its console",
        ) from None
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise TroubleError(
            f"{hop} has no algorithm in common with paramiko: {error}", "bring its sshd up to date"
        ) from None
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise _failed_exchange(hop, error, transport, said) from None
    transport.set_keepalive(dial.VANISHED // 2)
    return transport


def _first_words(hop: Hop, sock: socket.socket, limits: Limits) -> str:
    """What the server says first, which is left in the socket. Before a banner, a server may say why there is none."""
    sock.settimeout(BANNER_TIMEOUT)
    try:
        said = limits.call(BANNER_TIMEOUT + 1, lambda: sock.recv(100, socket.MSG_PEEK))
    except TimeoutError:
        raise TroubleError(
            f"{hop} takes the connection, and sends no SSH banner within {BANNER_TIMEOUT:g} s",
            "it is overloaded or hangs, or is no SSH server: log in on its console",
        ) from None
    except OSError:
        said = b""
    if not said:
        raise _HungUpError("")
    return said.decode(errors="replace").splitlines()[0]


def _failed_exchange(hop: Hop, error: Exception, transport: paramiko.Transport, said: str) -> Exception:
    if transport.remote_version:
        return TroubleError(
            f"{hop} hung up during the key exchange: {error or 'end of file'}", "look at its log: `journalctl -u ssh`"
        )
    if isinstance(error.__context__, (EOFError, ConnectionError)):
        return _HungUpError(f": {said}" if said else "")
    if isinstance(error.__context__, TimeoutError) and not said:
        return TroubleError(f"{hop} sends no SSH banner within {BANNER_TIMEOUT:g} s", "is it an SSH server?")
    return TroubleError(f"{hop} is no SSH server: it says {said!r}", "mend its `port:`")


def _prefer_known_keys(transport: paramiko.Transport, hop: Hop) -> None:
    """Have the server show the key that is known, of the several it has."""
    options = transport.get_security_options()
    types = [entry.key.type for entry in known(hop.known_hosts, hop.known_as) if not entry.marker]
    rsa = ["rsa-sha2-512", "rsa-sha2-256"] if "ssh-rsa" in types else []
    first = [type_ for type_ in dict.fromkeys([*types, *rsa]) if type_ in options.key_types]
    options.key_types = tuple(dict.fromkeys([*first, *options.key_types]))


def _hang_up(transport: paramiko.Transport) -> None:
    """End the connection at its root: the goodbyes of what lies in it could wait for a machine that hangs."""
    sock = transport.sock
    while isinstance(sock, dial.Tunnel):
        sock = sock.transport.sock
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _close(transport: paramiko.Transport) -> None:
    transport.packetizer.complete_handshake()  # its timer is a thread that keeps Python from ending
    transport.close()
    if transport.is_alive():
        transport.join(1)
