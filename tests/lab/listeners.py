"""Servers inside the lab's network, all in one thread of this process, and what they saw."""

import asyncio
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import NamedTuple

from .netns import Namespace


class Peer(NamedTuple):
    """Somebody who connected: to which machine and port, and from which address it seemed to come."""

    machine: str
    port: int
    address: str


@contextmanager
def echoing(listeners: Iterable[tuple[str, socket.socket]]) -> Iterator[list[Peer]]:
    """Send back whatever comes, over TCP and UDP; yields the list of TCP peers, which grows as they come."""
    echo = _Echo()
    loop = asyncio.new_event_loop()
    for machine, sock in listeners:
        loop.run_until_complete(echo.serve(machine, sock))
    thread = threading.Thread(target=loop.run_forever, name="echo", daemon=True)
    thread.start()
    try:
        yield echo.peers
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(echo.end())
        loop.close()


class _Echo:
    def __init__(self) -> None:
        self.peers: list[Peer] = []
        self._serving: list[asyncio.Server | asyncio.DatagramTransport] = []
        self._clients: set[asyncio.StreamWriter] = set()

    async def serve(self, machine: str, sock: socket.socket) -> None:
        if sock.type is socket.SOCK_DGRAM:
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(_EchoDatagrams, sock=sock)
            self._serving.append(transport)
        else:
            port = sock.getsockname()[1]
            self._serving.append(
                await asyncio.start_server(lambda r, w: self._echo(machine, port, r, w), sock=sock, backlog=1024)
            )

    async def _echo(self, machine: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.peers.append(Peer(machine, port, writer.get_extra_info("peername")[0].removeprefix("::ffff:")))
        self._clients.add(writer)
        # A client that breaks off is no concern of ours.
        with closing(writer), suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        self._clients.discard(writer)

    async def end(self) -> None:
        for each in self._serving:
            each.close()
        for client in self._clients:
            client.transport.abort()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
        # Closed transports take a turn of the loop to let go of their sockets.
        await asyncio.sleep(0)


class _EchoDatagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data, addr)


@contextmanager
def full_backlog(machine: Namespace, port: int) -> Iterator[None]:
    """A listener that accepts nobody and has nobody's place left: the kernel drops every SYN."""
    with ExitStack() as stack:
        with machine.entered():
            listener = stack.enter_context(dual_stack(socket.SOCK_STREAM, port))
            listener.listen(1)
            # A backlog of n has room for n + 1 (sk_acceptq_is_full).
            for _ in range(2):
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
        yield


def dual_stack(kind: socket.SocketKind, port: int) -> socket.socket:
    """A socket bound to a port of every address of either family, in the calling thread's namespace."""
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind(("::", port))
    return sock
