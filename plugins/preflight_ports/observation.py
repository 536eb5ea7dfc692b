"""What was seen: plain data, recorded as it is and judged later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# What became of one port. The words are those of the findings and of the README's table.
State = Literal[
    "open",
    "intercepted",
    "mtu-hole",
    "refused",
    "closed",
    "rejected",
    "unreachable",
    "local-policy",
    "filtered",
    "silent",
    "not-checked",
]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server showed of itself. Moments are seconds since the epoch."""

    subject: str
    issuer: str
    not_before: float
    not_after: float


@dataclass(frozen=True, slots=True)
class Tls:
    """A TLS handshake.

    Attributes:
        failed: why there was none; empty if there was one.
        untrusted: why the source does not trust the certificate, in OpenSSL's words; empty if it does, or need not.
        at: when, in seconds since the epoch.
    """

    version: str = ""
    cipher: str = ""
    failed: str = ""
    untrusted: str = ""
    certificate: Certificate | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Neighbouring ports of one address that fared alike.

    Attributes:
        by: who sent the ICMP error; `icmp` is its type and code, such as `3/13`.
        errno: the name of connect()'s error, such as `ECONNREFUSED`.
        hops: for drops, the routers that packets with a limited TTL got to, as (hops away, address).
        peer: the source address that our listener saw.
        lost: for `mtu-hole`, which way full-sized segments are lost: `there` or `back`.
        note: why it is `not-checked`.
    """

    first: int
    last: int
    state: State
    by: str = ""
    icmp: str = ""
    errno: str = ""
    hops: tuple[tuple[int, str], ...] = ()
    peer: str = ""
    lost: str = ""
    tls: Tls | None = None
    note: str = ""

    @property
    def numbers(self) -> range:
        return range(self.first, self.last + 1)


@dataclass(frozen=True, slots=True)
class Address:
    """One address of the destination, as the source resolved it.

    Attributes:
        source: the address that the source sends from; empty where it has no route.
        protocol: `tcp` or `udp`.
        control: for what should be blocked: what shows that this source does reach this address, such as `5432/tcp is
            open`; empty if nothing does.
    """

    address: str
    source: str
    protocol: str
    ports: tuple[Ports, ...]
    control: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """What became of our temporary listener on one port of the destination: see `listener.py` for the states."""

    port: int
    protocol: str
    state: Literal["listening", "in-use", "failed"]
    answers: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """All ports of a flow, from one source to one destination.

    Attributes:
        rung: what probed them on the source: `python3`, `bash` or `nc`.
        error_queue: whether the sender of ICMP errors could be seen.
        timeout: seconds that a port had to answer.
    """

    source: str
    destination: str
    rung: str
    error_queue: bool
    timeout: float
    addresses: tuple[Address, ...]
    listeners: tuple[Listener, ...] = ()
