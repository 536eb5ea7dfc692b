"""A UDP relay that delays every datagram, as a network would: for kernels without netem, and without being root.

    python -m tests.lab.relay --to 127.0.0.1:5300 --delay 0.010

It prints the address it listens on and relays DNS messages there and back, each way that many seconds late, until it
is ended. TCP is not relayed.
"""

import argparse
import select
import socket
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .nameserver import NameServer
from .ports import LOOPBACK
from .process import DidNotStartError, daemon

Client = tuple[str, int]
_BUFFER = 8 << 20
_SO_RCVBUFFORCE = 33  # Linux; for root it passes net.core.rmem_max, and a burst of thousands fits


@contextmanager
def running(server: NameServer, delay: float) -> Iterator[NameServer]:
    """Relay to the server in a process of its own; `delay` is seconds each way, so a round trip takes twice that."""
    command = [sys.executable, "-m", __name__, "--to", str(server), "--delay", str(delay)]
    root = Path(__file__).parents[2]
    with tempfile.TemporaryDirectory(prefix="relay-") as folder:
        log = Path(folder) / "log"
        with daemon(["env", f"--chdir={root}", *command], log) as child:
            while not (said := log.read_text()).endswith("\n"):
                if child.poll() is not None:
                    raise DidNotStartError(f"the relay ended with {child.returncode}: {said}")
                time.sleep(0.005)
            yield NameServer(LOOPBACK, int(said.rpartition(":")[2]))


def relay(listening: socket.socket, upstream: socket.socket, delay: float) -> None:
    """Pass datagrams on for ever.

    All clients share the connected socket to the server, so that each sending socket of a client does not cost a
    socket here: messages are told apart by the 16 bits of their id, which is replaced on the way there and put back.
    """
    pending: deque[tuple[float, bytes, Client | None]] = (
        deque()
    )  # both ways; in order, for the delay is the same for all
    asked: list[tuple[Client, bytes] | None] = [None] * 65536
    number = 0
    receive, receive_reply = listening.recvfrom, upstream.recv
    send, send_reply, clock = upstream.send, listening.sendto, time.monotonic
    while True:
        wait = max(0.0, pending[0][0] - clock()) if pending else None
        readable = select.select([listening, upstream], [], [], wait)[0]
        if listening in readable:
            due = clock() + delay
            with suppress(BlockingIOError):
                for _ in range(64):
                    query, client = receive(65535)
                    number = (number + 1) & 0xFFFF
                    asked[number] = (client, query[:2])
                    pending.append((due, number.to_bytes(2) + query[2:], None))
        if upstream in readable:
            due = clock() + delay
            with suppress(BlockingIOError, ConnectionRefusedError):
                for _ in range(64):
                    reply = receive_reply(65535)
                    known = asked[int.from_bytes(reply[:2])]
                    if known is not None:
                        pending.append((due, known[1] + reply[2:], known[0]))
        now = clock()
        while pending and pending[0][0] <= now:
            _, message, to = pending.popleft()
            with suppress(BlockingIOError, ConnectionRefusedError):
                if to is None:
                    send(message)
                else:
                    send_reply(message, to)


def _main() -> None:
    parser = argparse.ArgumentParser(description="Delay DNS datagrams to a server and back.")
    parser.add_argument("--to", required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--delay", required=True, type=float, metavar="SECONDS", help="each way")
    options = parser.parse_args()
    address, _, port = options.to.rpartition(":")
    with socket.socket(type=socket.SOCK_DGRAM) as listening, socket.socket(type=socket.SOCK_DGRAM) as upstream:
        for sock in (listening, upstream):
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        listening.bind((LOOPBACK, 0))
        upstream.connect((address, int(port)))
        print(f"{LOOPBACK}:{listening.getsockname()[1]}", flush=True)
        relay(listening, upstream, options.delay)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        _main()
