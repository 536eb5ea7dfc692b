"""The connection to an SSH server: over TCP, through a jump host, or through a ProxyCommand."""

from __future__ import annotations

import socket
import subprocess
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any

import paramiko

from preflight.ssh.config import Hop
from preflight.stream import Limits, TroubleError

VANISHED = 30  # s without a sign of life from the other machine
Socket = Any  # a socket or a `Tunnel`: what paramiko makes do with


class Tunnel:
    """A channel as the socket of a connection within. A channel itself raises when it is closed too late.

    That would be in paramiko's thread, hence a traceback on the terminal, whenever a jump host is lost.
    """

    def __init__(self, channel: paramiko.Channel) -> None:
        self.transport = channel.get_transport()
        self.send, self.recv, self.settimeout = channel.send, channel.recv, channel.settimeout
        self._channel = channel

    @property
    def _closed(self) -> bool:  # paramiko asks sockets so
        return self._channel.closed

    def close(self) -> None:
        with suppress(paramiko.SSHException, OSError, EOFError):
            self._channel.close()


def connected(hop: Hop, outer: paramiko.Transport | None, limits: Limits, opened: ExitStack) -> Socket:
    if outer is not None:
        return _through(outer, hop, limits, opened)
    if hop.proxy_command:
        return _proxy(hop.proxy_command, opened)
    try:
        found = limits.call(
            hop.connect_timeout, lambda: socket.getaddrinfo(hop.address, hop.port, type=socket.SOCK_STREAM)
        )
        # A host has few addresses, and one of them may be dead: each has its time.
        sock = limits.call(hop.connect_timeout * len(found) + 1, lambda: _tcp(found, hop.connect_timeout))
    except socket.gaierror as error:
        raise TroubleError(f"its name {hop.address} is not resolved: {error.strerror}", "mend its `address:`") from None
    except ConnectionRefusedError:
        raise TroubleError(f"{hop} refuses connections", "is sshd running there, and on that port? `ss -ltn`") from None
    except TimeoutError:
        raise TroubleError(
            f"{hop} does not answer within {hop.connect_timeout:g} s", "is it up, and does a firewall let SSH pass?"
        ) from None
    except OSError as error:
        raise TroubleError(f"{hop}: {error.strerror or error}", "look at the way there: `ip route get`") from None
    opened.callback(sock.close)
    return sock


def _tcp(found: list[tuple[Any, ...]], timeout: float) -> socket.socket:
    failed: OSError = OSError("it has no address")
    for family, kind, protocol, _, address in found:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(timeout)
            sock.connect(address)
        except OSError as error:
            sock.close()
            failed = error
            continue
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The keep-alives of paramiko do not look for an answer; the kernel's do.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        probed = {"TCP_KEEPIDLE": VANISHED // 2, "TCP_KEEPINTVL": VANISHED // 2, "TCP_USER_TIMEOUT": VANISHED * 1000}
        for option, value in probed.items():
            if hasattr(socket, option):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        return sock
    raise failed


def _through(outer: paramiko.Transport, hop: Hop, limits: Limits, opened: ExitStack) -> Socket:
    target = (hop.address, hop.port)
    ask = partial(outer.open_channel, "direct-tcpip", target, ("127.0.0.1", 0), timeout=hop.connect_timeout)
    try:
        channel = limits.call(hop.connect_timeout + 1, ask)
    except paramiko.ChannelException as error:
        raise TroubleError(
            f"its jump host cannot connect to {hop}: {error.text}", "log in to the jump host, and from there"
        ) from None
    except (paramiko.SSHException, OSError, EOFError):
        raise TroubleError(
            f"its jump host did not connect to {hop} within {hop.connect_timeout:g} s",
            "log in to the jump host, and from there",
        ) from None
    tunnel = Tunnel(channel)
    opened.callback(tunnel.close)
    return tunnel


def _proxy(command: str, opened: ExitStack) -> Socket:
    """A process that stands for the network. paramiko's own spins once the process is gone, and needs no shell."""
    ours, its = socket.socketpair()
    opened.callback(ours.close)
    with its:
        process = subprocess.Popen(
            ["sh", "-c", f"exec {command}"],
            stdin=its.fileno(),
            stdout=its.fileno(),
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    opened.callback(process.wait)
    opened.callback(process.kill)
    return ours
