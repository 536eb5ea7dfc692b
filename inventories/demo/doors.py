"""The night's ports on loopback: one that is open, one that drops like a firewall, and one where nothing listens yet.

Without root there is no firewall to be had. A server that accepts nobody comes closest: once its queue is full, the
kernel drops what else arrives, as a firewall would (listen(2)). What loopback cannot show: a firewall that rejects and
is named for it, a router behind which packets get lost, NAT. The tests have all of these, in network namespaces.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress


@contextmanager
def open_door() -> Iterator[int]:
    """A port that accepts."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield server.getsockname()[1]


@contextmanager
def dropping() -> Iterator[int]:
    """A port that answers nothing: its queue of one is full, and nobody empties it."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as queue:
        for _ in range(4):
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(server.getsockname())
        yield server.getsockname()[1]


def nothing_there() -> int:
    """A port where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
