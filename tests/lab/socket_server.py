"""A UDP and TCP server in a thread: sends what a function of the query says, and remembers what it was asked."""

import asyncio
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socket import socket
from typing import Any, Literal

from .nameserver import NameServer
from .ports import bound_pair

Transport = Literal["udp", "tcp"]
# What comes after connecting over TCP: an answer; no connection; a length of 61, 20 bytes and the end; nothing.
OverTCP = Literal["answer", "refuse", "half", "silent"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A query that came in: when (time.monotonic), how, and its bytes."""

    at: float
    transport: Transport
    wire: bytes


@dataclass(frozen=True)
class FaultyServer(NameServer):
    """A name server that tells what it was asked, in the order it came in."""

    arrivals: list[Arrival] = field(default_factory=list, compare=False, repr=False)

    @property
    def udp(self) -> int:
        """How many datagrams came in."""
        return sum(arrival.transport == "udp" for arrival in self.arrivals)

    @property
    def tcp(self) -> int:
        """How many queries came in over TCP."""
        return sum(arrival.transport == "tcp" for arrival in self.arrivals)


@dataclass(frozen=True, slots=True)
class Send:
    """One message to send back: after how many seconds, over UDP perhaps from another port, over TCP as the last."""

    wire: bytes
    after: float = 0.0
    elsewhere: bool = False
    then_close: bool = False


Respond = Callable[[bytes, Transport], Iterable[Send]]


@contextmanager
def serving(respond: Respond, over_tcp: OverTCP = "answer") -> Iterator[FaultyServer]:
    """Run the server in a thread until the block is left."""
    with bound_pair() as (address, udp, tcp), bound_pair() as (_, elsewhere, _):
        server = FaultyServer(address.address, address.port)
        running = _Running(server, respond, over_tcp)
        thread = threading.Thread(target=asyncio.run, args=(running.until_stopped(udp, tcp, elsewhere),), daemon=True)
        thread.start()
        if not running.ready.wait(timeout=10):
            raise RuntimeError(f"the thread of {server} did not start")
        try:
            yield server
        finally:
            running.loop.call_soon_threadsafe(running.stop.set)
            thread.join()


class _Running(asyncio.DatagramProtocol):
    def __init__(self, server: FaultyServer, respond: Respond, over_tcp: OverTCP) -> None:
        self.server, self.respond, self.over_tcp = server, respond, over_tcp
        self.ready = threading.Event()
        self.stop = asyncio.Event()

    async def until_stopped(self, udp: socket, tcp: socket, elsewhere: socket) -> None:
        self.loop = asyncio.get_running_loop()
        self.elsewhere, _ = await self.loop.create_datagram_endpoint(asyncio.DatagramProtocol, sock=elsewhere)
        self.here, _ = await self.loop.create_datagram_endpoint(lambda: self, sock=udp)
        listener = None if self.over_tcp == "refuse" else await asyncio.start_server(self._connected, sock=tcp)
        self.ready.set()
        await self.stop.wait()
        self.here.close()
        self.elsewhere.close()
        if listener is not None:
            listener.close()

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._arrived("udp", data)
        for message in self.respond(data, "udp"):
            transport = self.elsewhere if message.elsewhere else self.here
            self.loop.call_later(message.after, transport.sendto, message.wire, addr)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    (length,) = struct.unpack(">H", await reader.readexactly(2))
                    query = await reader.readexactly(length)
                    self._arrived("tcp", query)
                    for message in () if self.over_tcp == "silent" else self.respond(query, "tcp"):
                        await asyncio.sleep(message.after)
                        if self.over_tcp == "half":
                            writer.write(struct.pack(">H", 61) + message.wire[:20])
                            return
                        writer.write(struct.pack(">H", len(message.wire)) + message.wire)
                        if message.then_close:
                            return
        finally:
            writer.close()

    def _arrived(self, transport: Transport, wire: bytes) -> None:
        self.server.arrivals.append(Arrival(time.monotonic(), transport, wire))
