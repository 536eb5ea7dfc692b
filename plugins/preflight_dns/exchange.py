"""Asking many DNS questions of many servers at once: one connected UDP socket per server, replies told apart by id.

Being connected, a socket only hands over what came from the very address and port that were asked (RFC 5452
section 9.1), and shows ICMP errors. A question that UDP leaves open, or answers truncated, is asked over TCP
(RFC 7766). What is returned is what was seen: a `Message`, or `NoReply` with the reason there is none.

UDP and TCP to a server are each given up after one question without an answer when there never was any, and after
thirty-two in a row otherwise; with both given up nothing more is sent. So a host that cannot be reached costs one
question's tries however many wait for it, and one that stops answering half-way does not hold up the run.

A server that is asked over TLS or HTTPS has one connection instead (`tls.py`).
"""

from __future__ import annotations

import asyncio
import math
import socket
import time
from dataclasses import dataclass
from importlib.util import find_spec
from types import TracebackType
from typing import Self

import dns.name
import dns.rdatatype

from preflight.finding import BUDGET_SPENT
from preflight_dns import wire
from preflight_dns.line import WINDOW_MAX, Line, NoReply
from preflight_dns.names import Secured
from preflight_dns.tcp import in_words
from preflight_dns.tls import NO_HTTP2, TlsLine
from preflight_dns.wire import Message


@dataclass(frozen=True, slots=True)
class Server:
    """One address of a name server, with the host name it was found by, or ""; and how it is asked, if encrypted."""

    name: str
    address: str
    port: int = 53
    secured: Secured | None = None

    def __str__(self) -> str:
        if self.secured:
            return self.secured.at(self.address, self.port)
        address = self.address
        if self.port != 53:
            address = f"[{address}]:{self.port}" if ":" in address else f"{address}:{self.port}"
        return f"{self.name} {address}".strip()


class Exchange:
    """Asks questions; `async with` it, so that its sockets are closed.

    tries: seconds to wait for an answer over UDP, for each datagram sent.
    tcp_timeout: seconds for connecting, asking and answering over TCP.
    deadline: a `time.monotonic()` after which whatever is unanswered stays so.
    ca: a file with certificates of authorities for encrypted servers, besides those that this machine trusts.
    """

    def __init__(
        self,
        *,
        tries: tuple[float, ...] = (1, 2, 3),
        tcp_timeout: float = 3,
        deadline: float | None = None,
        ca: str = "",
    ) -> None:
        self._tries = tries
        self._tcp_timeout = tcp_timeout
        self._ca = ca
        self._deadline = math.inf if deadline is None else deadline
        self._lines: dict[tuple[str, int, Secured | None], Line | TlsLine | NoReply] = {}
        self._alarm: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        if self._deadline < math.inf:
            left = max(0, self._deadline - time.monotonic())
            self._alarm = asyncio.get_running_loop().call_later(left, self._end, BUDGET_SPENT.reason)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._alarm:
            self._alarm.cancel()
        self._end("the run was stopped before an answer came")
        await asyncio.gather(*(line.close() for line in self._lines.values() if not isinstance(line, NoReply)))

    async def ask(
        self,
        server: Server,
        name: str,
        rdtype: dns.rdatatype.RdataType,
        *,
        recursion: bool,
        dnssec: bool = False,
        unchecked: bool = False,
    ) -> Message | NoReply:
        """The reply of `server`, or why there is none: see `wire.query`. Network errors are never raised.

        `name` is in presentation format; `dns.name.NeedAbsoluteNameOrOrigin` is raised when it has no final dot.
        """
        query = wire.query(name, rdtype, recursion=recursion, dnssec=dnssec, unchecked=unchecked)
        key = server.address, server.port, server.secured
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = self._secured(server) if server.secured else self._connect(server)
        if isinstance(line, NoReply):
            return line
        if time.monotonic() >= self._deadline:
            line.give_up(BUDGET_SPENT.reason)
        return await line.ask(query)

    def _connect(self, server: Server) -> Line | NoReply:
        """Connecting over UDP sends nothing, but finds out whether there is a route."""
        udp = None
        family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
        try:
            address = socket.getaddrinfo(server.address, server.port, family, flags=socket.AI_NUMERICHOST)[0][4]
            udp = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW_MAX * 4096)
            udp.connect(address)
        except OSError as error:
            if udp:
                udp.close()
            return NoReply(in_words(error, family), unanswered_server=True)
        return Line(udp, self._tries, self._tcp_timeout)

    def _secured(self, server: Server) -> TlsLine | NoReply:
        assert server.secured
        if server.secured.scheme == "https" and find_spec("h2") is None:
            return NoReply(NO_HTTP2, unanswered_server=True)
        return TlsLine(server.address, server.port, server.secured, 2 * self._tcp_timeout, self._ca)

    def _end(self, reason: str) -> None:
        for line in self._lines.values():
            if not isinstance(line, NoReply):
                line.give_up(reason)
