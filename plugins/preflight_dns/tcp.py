"""One DNS question over a TCP connection of its own (RFC 7766), and network errors in words."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Any


async def ask_over_tcp(family: int, address: tuple[Any, ...], query: bytes, seconds: float) -> tuple[bytes, str]:
    """What a connection of its own brings in answer to a query (RFC 7766), and what went wrong, or ""."""
    loop = asyncio.get_running_loop()
    got, size, connected, why = b"", 0, False, ""
    try:
        with socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as tcp:
            async with asyncio.timeout(seconds):
                await loop.sock_connect(tcp, address)
                connected = True
                await loop.sock_sendall(tcp, len(query).to_bytes(2, "big") + query)
                while len(got) < 2 + size:
                    chunk = await loop.sock_recv(tcp, 65535)
                    if not chunk:
                        why = (
                            f"TCP closed after {len(got) - 2} of {size} octets" if got[2:] else "TCP closed unanswered"
                        )
                        break
                    got += chunk
                    size = int.from_bytes(got[:2], "big")
    except TimeoutError:
        what = f"brought only {len(got) - 2} of {size} octets" if got[2:] else "connected, but did not answer"
        why = f"TCP {what if connected else 'did not connect'} in {seconds:g} s"
    except OSError as error:
        why = f"{in_words(error, family)} over TCP"
    return got[2 : 2 + size], why


def in_words(error: OSError, family: int) -> str:
    """A network error, in words for the operator."""
    if isinstance(error, socket.gaierror):
        return "not an IP address"
    protocol = "IPv6" if family == socket.AF_INET6 else "IPv4"
    words = {
        errno.ECONNREFUSED: "connection refused",
        errno.ECONNRESET: "connection reset",
        errno.EHOSTUNREACH: "no route to host",
        errno.ENETUNREACH: f"no {protocol} route from here",
        errno.EADDRNOTAVAIL: f"no {protocol} address here to ask from",
        errno.EAFNOSUPPORT: f"no {protocol} here",
        errno.EACCES: "not permitted to send there (a firewall here?)",
        errno.EPERM: "not permitted to send there (a firewall here?)",
        errno.EMFILE: "too many open files in this process",
        errno.ENFILE: "too many open files on this machine",
    }
    return words.get(error.errno or 0) or error.strerror or str(error)
