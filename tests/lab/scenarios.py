"""What can befall a probe from client to server: one scenario for each way, and what the kernel then says.

All of them stand in the lab's network at once, each with a port or an address of its own, so that one run of a prober
meets the whole table. `errno`, `icmp` and `sender` are facts of Linux, held by test_network.py; `state` is what a
prober should call it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from errno import EACCES, ECONNREFUSED, EHOSTUNREACH, EINVAL, ENETUNREACH, ENOPROTOOPT, EPERM, errorcode
from typing import Literal, NamedTuple

from .topology import CLIENT, NARROW, ROUTER1, ROUTER2, SERVER, Pair, at

Protocol = Literal["tcp", "udp"]
State = Literal["open", "refused", "rejected", "unreachable", "local-policy", "filtered", "closed", "silent"]
Chain = Literal["prerouting", "input", "forward", "output", "dstnat", "srcnat"]


class Filter(NamedTuple):
    """An nftables statement in a chain of a machine, for the packets of this scenario only (see rules.py)."""

    machine: str
    chain: Chain
    statement: str


class Route(NamedTuple):
    """A route of a machine to the scenario's address: prohibit, blackhole, unreachable or throw."""

    machine: str
    kind: str


class Service(NamedTuple):
    """Who listens: `echo`, `silent` (takes datagrams, says nothing) or `full` (a listener that accepts nobody)."""

    machine: str
    kind: Literal["echo", "silent", "full"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One destination and what probing it from the client brings.

    state     the word for it; a TCP timeout is `filtered`, UDP without an answer `silent`
    errno     of connect() for TCP, of send() or recv() for UDP; 0 for success, None for a timeout
    icmp      type and code found in the socket's error queue, as "3/13"; None when it is empty
    sender    the address that sent the ICMP error; the client's own where its own kernel gives up
    needs     what has to be set up for it
    last_hop  the last router to answer "time exceeded" when hops are limited; None where none does. What drops is
              the machine after it, or that router itself: it counts hops before it filters what it forwards
    """

    name: str
    protocol: Protocol
    family: Literal[4, 6]
    address: str
    port: int
    state: State
    errno: int | None
    icmp: str | None
    sender: str | None
    needs: tuple[Filter | Route | Service, ...]
    last_hop: str | None

    def __str__(self) -> str:
        return f"{self.protocol}{self.family}-{self.name.replace(',', '').replace(' ', '-')}"

    @property
    def error_name(self) -> str | None:
        """The name of the errno: "ECONNREFUSED", "" for success, None for a timeout."""
        return None if self.errno is None else errorcode.get(self.errno, "")


# What connect() says for an ICMP error: icmp_err_convert and tab_unreach in the kernel's icmp.c of either family.
_ERRNO = {
    "3/0": ENETUNREACH,
    "3/1": EHOSTUNREACH,
    "3/2": ENOPROTOOPT,
    "3/3": ECONNREFUSED,
    "3/9": ENETUNREACH,
    "3/10": EHOSTUNREACH,
    "3/13": EHOSTUNREACH,
    "1/0": ENETUNREACH,
    "1/1": EACCES,
    "1/3": EHOSTUNREACH,
    "1/4": ECONNREFUSED,
    "1/5": EACCES,
    "1/6": EACCES,
}
# The type and code of either family; "" where a family has no such thing.
_NO_ROUTE = ("3/0", "1/0")
_HOST = ("3/1", "1/3")
_PORT = ("3/3", "1/4")
_ADMIN = ("3/13", "1/1")

_Needs = Filter | Route | Service
_Plain = tuple[Protocol, str, State, int | None, Pair, tuple[_Needs, ...]]
_Icmp = tuple[Protocol, str, State, tuple[str, str], Pair, Pair, tuple[_Needs, ...]]


def _echo(*needs: _Needs) -> tuple[_Needs, ...]:
    return (Service("server", "echo"), *needs)


def _reject(machine: str, how: str, chain: Chain = "forward") -> tuple[_Needs, ...]:
    return (Filter(machine, chain, f"reject with {how}"),)


def _drop(machine: str, chain: Chain = "forward") -> tuple[_Needs, ...]:
    return (Filter(machine, chain, "drop"),)


# Only success, a reset, silence or an error of the client's own kernel: nothing in the error queue, nobody to name.
_PLAIN: list[_Plain] = [
    ("tcp", "open", "open", 0, SERVER, _echo()),
    ("tcp", "open, first SYN lost", "open", 0, SERVER, _echo(Filter("router2", "forward", "jump lose_one_syn"))),
    ("tcp", "open, large segments lost", "open", 0, NARROW, _echo()),
    ("tcp", "open, source translated", "open", 0, SERVER,
     _echo(Filter("router2", "srcnat", "snat {ip} to {masquerade}"))),
    # A proxy in the way: to connect() it is open, and only a listener of our own at the server could tell.
    ("tcp", "open, intercepted", "open", 0, SERVER,
     (Service("router1", "echo"), Filter("router1", "dstnat", "redirect"))),
    ("tcp", "refused", "refused", ECONNREFUSED, SERVER, ()),
    # A limit: a reset has no sender but the destination, whoever made it.
    ("tcp", "reset by router2", "refused", ECONNREFUSED, SERVER, _reject("router2", "tcp reset")),
    ("tcp", "dropped by router1", "filtered", None, SERVER, _drop("router1")),
    ("tcp", "dropped by router2", "filtered", None, SERVER, _drop("router2")),
    ("tcp", "dropped by router2 before routing", "filtered", None, SERVER, _drop("router2", "prerouting")),
    ("tcp", "dropped by server", "filtered", None, SERVER, _drop("server", "input")),
    ("tcp", "dropped by client", "filtered", None, SERVER, _drop("client", "output")),
    ("tcp", "blackhole route at router1", "filtered", None, at(103, 1), (Route("router1", "blackhole"),)),
    ("tcp", "dead host, router silent", "filtered", None, at(3, 67), _drop("router2")),
    ("tcp", "full backlog", "filtered", None, SERVER, (Service("server", "full"),)),
    ("tcp", "no route at client", "local-policy", ENETUNREACH, Pair("198.51.100.1", "2001:db8::1"), ()),
    ("tcp", "unreachable route at client", "local-policy", EHOSTUNREACH, at(111, 1), (Route("client", "unreachable"),)),
    ("tcp", "prohibit route at client", "local-policy", EACCES, at(112, 1), (Route("client", "prohibit"),)),
    ("tcp", "blackhole route at client", "local-policy", EINVAL, at(113, 1), (Route("client", "blackhole"),)),
    ("tcp", "throw route at client", "local-policy", ENETUNREACH, at(114, 1), (Route("client", "throw"),)),
    ("udp", "reply", "open", 0, SERVER, _echo()),
    ("udp", "silent service", "silent", None, SERVER, (Service("server", "silent"),)),
    ("udp", "dropped by router2", "silent", None, SERVER, _drop("router2")),
    ("udp", "dropped by server", "silent", None, SERVER, _drop("server", "input")),
    ("udp", "dropped by client", "local-policy", EPERM, SERVER, _drop("client", "output")),
    ("udp", "no route at client", "local-policy", ENETUNREACH, Pair("198.51.100.1", "2001:db8::1"), ()),
    ("udp", "prohibit route at client", "local-policy", EACCES, at(115, 1), (Route("client", "prohibit"),)),
]  # fmt: skip

# An ICMP error, and who sent it.
_ICMP: list[_Icmp] = [
    ("tcp", "port-unreachable by router2", "rejected", _PORT, ROUTER2, SERVER,
     _reject("router2", "icmpx type port-unreachable")),
    ("tcp", "port-unreachable by server", "rejected", _PORT, SERVER, SERVER,
     _reject("server", "icmpx type port-unreachable", "input")),
    ("tcp", "host-prohibited by router2", "rejected", ("3/10", ""), ROUTER2, SERVER,
     _reject("router2", "icmp type host-prohibited")),
    ("tcp", "host-prohibited by server", "rejected", ("3/10", ""), SERVER, SERVER,
     _reject("server", "icmp type host-prohibited", "input")),
    ("tcp", "admin-prohibited by router1", "rejected", _ADMIN, ROUTER1, SERVER,
     _reject("router1", "icmpx type admin-prohibited")),
    ("tcp", "admin-prohibited by router2", "rejected", _ADMIN, ROUTER2, SERVER,
     _reject("router2", "icmpx type admin-prohibited")),
    ("tcp", "admin-prohibited by server", "rejected", _ADMIN, SERVER, SERVER,
     _reject("server", "icmpx type admin-prohibited", "input")),
    ("tcp", "net-prohibited by router2", "rejected", ("3/9", ""), ROUTER2, SERVER,
     _reject("router2", "icmp type net-prohibited")),
    ("tcp", "protocol-unreachable by router2", "rejected", ("3/2", ""), ROUTER2, SERVER,
     _reject("router2", "icmp type prot-unreachable")),
    ("tcp", "policy-fail by router2", "rejected", ("", "1/5"), ROUTER2, SERVER,
     _reject("router2", "icmpv6 type policy-fail")),
    ("tcp", "reject-route by router2", "rejected", ("", "1/6"), ROUTER2, SERVER,
     _reject("router2", "icmpv6 type reject-route")),
    ("tcp", "prohibit route at router1", "rejected", _ADMIN, ROUTER1, at(102, 1), (Route("router1", "prohibit"),)),
    ("tcp", "rejected by client", "local-policy", _ADMIN, CLIENT, SERVER,
     _reject("client", "icmpx type admin-prohibited", "output")),
    # A limit: a firewall may lie, and the error of a lie is that of a dead host.
    ("tcp", "host-unreachable by router2", "unreachable", _HOST, ROUTER2, SERVER,
     _reject("router2", "icmpx type host-unreachable")),
    ("tcp", "dead host far away", "unreachable", _HOST, ROUTER2, at(3, 66), ()),
    ("tcp", "dead neighbour", "unreachable", _HOST, CLIENT, at(1, 66), ()),
    ("tcp", "no route at router1", "unreachable", _NO_ROUTE, ROUTER1, at(100, 1), ()),
    ("tcp", "throw route at router1", "unreachable", _NO_ROUTE, ROUTER1, at(104, 1), (Route("router1", "throw"),)),
    # Linux has a code of its own for such a route in IPv4 only.
    ("tcp", "unreachable route at router1", "unreachable", ("3/1", "1/0"), ROUTER1, at(101, 1),
     (Route("router1", "unreachable"),)),
    ("udp", "closed", "closed", _PORT, SERVER, SERVER, ()),
    # A limit: what the server's filter sends for a port is what its kernel sends for a closed one.
    ("udp", "port-unreachable by server", "closed", _PORT, SERVER, SERVER,
     _reject("server", "icmpx type port-unreachable", "input")),
    ("udp", "port-unreachable by router2", "rejected", _PORT, ROUTER2, SERVER,
     _reject("router2", "icmpx type port-unreachable")),
    ("udp", "admin-prohibited by router2", "rejected", _ADMIN, ROUTER2, SERVER,
     _reject("router2", "icmpx type admin-prohibited")),
    ("udp", "admin-prohibited by server", "rejected", _ADMIN, SERVER, SERVER,
     _reject("server", "icmpx type admin-prohibited", "input")),
    ("udp", "dead host far away", "unreachable", _HOST, ROUTER2, at(3, 68), ()),
    ("udp", "dead neighbour", "unreachable", _HOST, CLIENT, at(1, 68), ()),
    ("udp", "no route at router1", "unreachable", _NO_ROUTE, ROUTER1, at(105, 1), ()),
]  # fmt: skip


# Who answers when hops run out, where it is not every router. Linux looks for a route before it counts hops, and
# counts them before it filters what it forwards.
_NO_HOP = {
    "open, intercepted",
    "dropped by client",
    "rejected by client",
    "dead neighbour",
    *(f"{kind} route at router1" for kind in ("no", "blackhole", "throw", "unreachable", "prohibit")),
    *(f"{kind} route at client" for kind in ("no", "blackhole", "throw", "unreachable", "prohibit")),
}
_ONE_HOP = {"dropped by router1", "dropped by router2 before routing", "admin-prohibited by router1"}


def _last_hop(name: str, family: Literal[4, 6]) -> str | None:
    if name in _NO_HOP:
        return None
    return (ROUTER1 if name in _ONE_HOP else ROUTER2).of(family)


def _scenarios() -> Iterator[Scenario]:
    families: tuple[Literal[4, 6], ...] = (4, 6)
    port = 7000
    for protocol, name, state, errno, address, needs in _PLAIN:
        port += 1
        for v in families:
            yield Scenario(name, protocol, v, address.of(v), port, state, errno, None, None, needs, _last_hop(name, v))
    for protocol, name, state, codes, sender, address, needs in _ICMP:
        port += 1
        for v, icmp in zip(families, codes, strict=True):
            if icmp:
                yield Scenario(
                    name,
                    protocol,
                    v,
                    address.of(v),
                    port,
                    state,
                    _ERRNO[icmp],
                    icmp,
                    sender.of(v),
                    needs,
                    _last_hop(name, v),
                )


SCENARIOS = tuple(_scenarios())


def scenario(protocol: Protocol, family: Literal[4, 6], name: str) -> Scenario:
    """The one of that name."""
    (found,) = (each for each in SCENARIOS if (each.protocol, each.family, each.name) == (protocol, family, name))
    return found
