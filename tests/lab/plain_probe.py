"""What the kernel says to a plain socket that connects or sends: the errno and the error queue, nothing concluded.

It knows no states on purpose: the lab's facts are not to rest on the prober that is tested in it.
"""

import errno
import os
import select
import socket
import struct
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field

from .netns import Namespace

# <linux/in.h>, <linux/in6.h>, <linux/errqueue.h>; Python has no names for them.
_IP_RECVERR = 11
_IPV6_RECVERR = 25
_EXTENDED_ERR = struct.Struct("=IBBBBII")  # errno, origin, type, code, padding, info, data
_ORIGINS = {1: "local", 2: "icmp", 3: "icmp"}
_UNDER_WAY = {errno.EINPROGRESS, errno.EAGAIN, 0}


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect (tcp) or send one datagram (udp), perhaps for a few hops only."""

    protocol: str
    address: str
    port: int
    hops: int | None = None


@dataclass(frozen=True, slots=True)
class QueuedError:
    """One entry of the error queue: who says it ("icmp" or "local"), type and code as "3/13", the sender's address."""

    errno: str
    origin: str
    icmp: str
    sender: str | None


@dataclass(slots=True)
class Seen:
    """What came of a target.

    error    the errno's name, "" for success, None for no answer at all
    at_once  whether connect() or send() itself said it
    queue    the error queue, oldest first; what came several times (each datagram has its own error) stands once
    """

    error: str | None = None
    at_once: bool = False
    queue: list[QueuedError] = field(default_factory=list)


def probe(machine: Namespace, targets: Iterable[Target], expected: int, patience: float = 4.0) -> dict[Target, Seen]:
    """Try all targets at once from a machine; ends when `expected` have an answer and `patience` seconds are over.

    A slow machine makes it take longer, up to 30 s, not fail. Datagrams are sent again each second, as SYNs are.
    """
    seen: dict[Target, Seen] = {}
    waiting: dict[int, tuple[socket.socket, Target]] = {}
    started = sent = time.monotonic()
    with ExitStack() as stack:
        poll = stack.enter_context(select.epoll())
        for target in targets:
            with machine.entered():
                sock = stack.enter_context(opened(target))
            code = _start(sock, target)
            seen[target] = Seen()
            if code in _UNDER_WAY:
                waiting[sock.fileno()] = (sock, target)
                poll.register(sock, select.EPOLLOUT if target.protocol == "tcp" else select.EPOLLIN)
            else:
                seen[target] = Seen(_name(code), True, error_queue(sock))
        while waiting and (now := time.monotonic()) < started + 30:
            if len(seen) - len(waiting) >= expected and now >= started + patience:
                break
            for descriptor, _ in poll.poll(0.05):
                sock, target = waiting.pop(descriptor)
                poll.unregister(sock)
                seen[target] = Seen(_name(_outcome(sock, target)), False, error_queue(sock))
            if now >= sent + 1:
                sent = now
                for sock, target in waiting.values():
                    # What came since the poll stays for the next one.
                    if target.protocol == "udp" and not select.select([sock], [], [], 0)[0]:
                        _send(sock)
    return seen


def opened(target: Target) -> socket.socket:
    """A socket for the target that keeps its errors in a queue, in the calling thread's namespace."""
    family = socket.AF_INET6 if ":" in target.address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM if target.protocol == "tcp" else socket.SOCK_DGRAM)
    sock.setblocking(False)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    if target.hops is not None and family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, target.hops)
    elif target.hops is not None:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, target.hops)
    return sock


def _start(sock: socket.socket, target: Target) -> int:
    code = sock.connect_ex((target.address, target.port))
    return code if code or target.protocol == "tcp" else _send(sock)


def _send(sock: socket.socket) -> int:
    try:
        sock.send(b"anybody there?")
    except OSError as error:
        return error.errno or errno.EIO
    return 0


def _outcome(sock: socket.socket, target: Target) -> int:
    # Before the error queue: reading that clears the pending error, and a failed connect() would look like success.
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if not code and target.protocol == "udp":
        try:
            sock.recv(100)
        except OSError as error:
            return error.errno or errno.EIO
    return code


def error_queue(sock: socket.socket) -> list[QueuedError]:
    """Read the error queue empty: the different errors, oldest first."""
    errors: list[QueuedError] = []
    while True:
        try:
            _, ancillary, _, _ = sock.recvmsg(512, 512, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            return list(dict.fromkeys(errors))
        for level, kind, data in ancillary:
            if (level, kind) in ((socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)):
                code, origin, icmp_type, icmp_code, *_ = _EXTENDED_ERR.unpack_from(data)
                icmp = f"{icmp_type}/{icmp_code}"
                errors.append(QueuedError(_name(code), _ORIGINS.get(origin, str(origin)), icmp, _offender(data)))


def _offender(data: bytes) -> str | None:
    """The address behind the error: a sockaddr_in or sockaddr_in6, of no family where nobody sent it."""
    address = data[_EXTENDED_ERR.size :]
    (family,) = struct.unpack_from("=H", address)
    if family == socket.AF_INET:
        return socket.inet_ntop(family, address[4:8])
    return socket.inet_ntop(family, address[8:24]) if family == socket.AF_INET6 else None


def _name(code: int) -> str:
    return errno.errorcode.get(code, "") or (os.strerror(code) if code else "")
