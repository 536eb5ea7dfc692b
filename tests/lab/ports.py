"""Free ports on loopback, and two servers that never answer: one refuses, one is silent."""

import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from .nameserver import NameServer

LOOPBACK = "127.0.0.1"
LOOPBACK6 = "::1"

# The global generator is seeded alike in every xdist worker when pytest-randomly is on: all would want one port.
_random = random.SystemRandom()


def has_ipv6() -> bool:
    """Whether this machine has an IPv6 loopback address."""
    with suppress(OSError), _bound(LOOPBACK6, 0, socket.SOCK_DGRAM):
        return True
    return False


def free_port(*addresses: str) -> int:
    """A port that is free over UDP and TCP on every one of the addresses (127.0.0.1 when none is given).

    Taken from below the range the kernel hands out itself, so that no client's socket lands on it before the
    server that wants it has started.
    """
    wanted = addresses or (LOOPBACK,)
    for _ in range(200):
        port = _random.randrange(10_000, _first_ephemeral_port())
        with suppress(OSError), ExitStack() as stack:
            for address in wanted:
                stack.enter_context(_bound(address, port, socket.SOCK_DGRAM))
                stack.enter_context(_bound(address, port, socket.SOCK_STREAM))
            return port
    raise OSError(f"no free port on {', '.join(wanted)}")


@contextmanager
def bound_pair() -> Iterator[tuple[NameServer, socket.socket, socket.socket]]:
    """A UDP and a TCP socket on one port of 127.0.0.1, bound and no more: unread, not listening."""
    for _ in range(200):
        with suppress(OSError), ExitStack() as stack:
            server = NameServer(LOOPBACK, free_port())
            udp = stack.enter_context(_bound(LOOPBACK, server.port, socket.SOCK_DGRAM))
            tcp = stack.enter_context(_bound(LOOPBACK, server.port, socket.SOCK_STREAM))
            held = stack.pop_all()
            break
    else:
        raise OSError(f"no free port on {LOOPBACK}")
    with held:
        yield server, udp, tcp


@contextmanager
def dead() -> Iterator[NameServer]:
    """A name server that is not there: UDP and TCP are refused, and nobody else can take the port meanwhile."""
    with bound_pair() as (server, udp, _):
        # A connected UDP socket holds the port, yet only its peer reaches it: all others are told "port unreachable".
        udp.connect((LOOPBACK, 9))
        yield server


@contextmanager
def blackhole() -> Iterator[NameServer]:
    """A silent name server: takes datagrams and connections and says nothing, so that only a timeout ends it."""
    with bound_pair() as (server, _, tcp):
        tcp.listen(4096)
        yield server


def _bound(address: str, port: int, kind: socket.SocketKind) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    try:
        if kind is socket.SOCK_STREAM:
            # As servers do: connections of an earlier one in TIME_WAIT do not make a port taken.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock


def _first_ephemeral_port() -> int:
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        return 32_768
    return first if first > 12_000 else 32_768
