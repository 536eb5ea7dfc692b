"""Which servers are authoritative for a name? Found as a resolver would, but asking recursors as little as can be.

A recursor that is asked for a name which does not exist yet remembers that it does not (RFC 2308), and would tell
every user so after the cutover. So recursors are asked only for the NS of the shortest names above the one in
question, and for addresses of name servers; from there on the zones' own servers are followed, with RD=0.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from preflight_dns.exchange import Exchange, Server
from preflight_dns.line import NoReply
from preflight_dns.names import WrittenServer, absolute, bare, parent
from preflight_dns.observation import ADDRESS_UNKNOWN, NO_ADDRESS
from preflight_dns.ways import Ways
from preflight_dns.wire import Message, Rr

T = TypeVar("T")
_ADDRESS_TYPES = {"ipv4": dns.rdatatype.A, "ipv6": dns.rdatatype.AAAA}


@dataclass(frozen=True, slots=True)
class Unfound:
    """Why no server could be found, and what to do about it."""

    reason: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of a zone, or those to be asked as resolvers (then `zone` is empty).

    `unreachable` names those of its name servers that cannot be asked at all or at every address, and says why.
    """

    zone: str
    servers: tuple[Server, ...]
    unreachable: tuple[tuple[str, str], ...] = ()


class Delegation:
    """Finds servers and remembers them; one per batch."""

    def __init__(self, exchange: Exchange, ways: Ways) -> None:
        self._exchange = exchange
        self._ways = ways
        self._declared = {absolute(zone): servers for zone, servers in ways.zones}
        self._cuts: dict[str, Servers] = {}  # met on the way, by referral
        self._found: dict[Any, asyncio.Task[Any]] = {}

    async def authoritative(self, name: str) -> Servers | Unfound:
        """The servers of the deepest zone known to hold `name`; a referral from them may lead deeper."""
        zone = name
        while True:
            if zone in self._cuts:
                return self._cuts[zone]
            if zone in self._declared:
                return await self._once(("zone", zone), lambda: self._of_declared_zone(zone))  # noqa: B023  awaited here
            if zone == ".":
                break
            zone = parent(zone)
        return await self._from_above(name)

    async def follow(self, referral: Message, known: Servers) -> Servers | None:
        """The servers a referral points to; None if it does not lead down from `known`."""
        cut = next((rr.name for rr in referral.authority if rr.type == "NS"), None)
        if cut is None or cut == known.zone or not (known.zone == "." or cut.endswith("." + known.zone)):
            return None
        if cut not in self._cuts:
            names = [rr.text for rr in referral.authority if rr.type == "NS" and rr.name == cut]
            self._cuts[cut] = await self._once(
                ("cut", cut), lambda: self._with_addresses(cut, names, referral.additional)
            )
        return self._cuts[cut]

    async def resolvers(self) -> Servers | Unfound:
        """The recursors to ask: those of the inventory, or the system's."""
        return await self._once("resolvers", self._resolvers)

    async def named(self, written: Iterable[WrittenServer]) -> Servers | Unfound:
        """Servers as an inventory names them."""
        return await self._once(("named", tuple(written)), lambda: self._named("", tuple(written)))

    async def _once(self, key: Any, find: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if key not in self._found:
            self._found[key] = asyncio.create_task(find())
        task = self._found[key]
        found: T = task.result() if task.done() else await asyncio.shield(task)
        return found

    async def _of_declared_zone(self, zone: str) -> Servers | Unfound:
        written = self._declared[zone]
        if written:
            return await self._named(zone, written)
        found = await self._name_servers(zone)
        return found or Unfound(f"the resolvers know no name servers of {bare(zone)}", _NAME_THE_SERVERS)

    async def _from_above(self, name: str) -> Servers | Unfound:
        # The top-level domain exists in any case; a name of two labels mostly is the zone's own.
        found: Servers | Unfound | None = None
        whole = dns.name.from_text(name)
        for zone in [whole.split(depth)[1].to_text() for depth in range(2, len(whole))] or [name]:
            further = found is not None
            above = await self._once(("ns", zone), lambda: self._name_servers(zone))  # noqa: B023  awaited here
            if isinstance(above, Unfound):
                return above
            found = above or found
            if further:  # what does not exist yet may begin below: from here on, only referrals are followed
                break
        return found or Unfound(f"the resolvers know no zone above {bare(name)}", _NAME_THE_SERVERS)

    async def _name_servers(self, zone: str) -> Servers | Unfound | None:
        reply = await self._recurse(zone, dns.rdatatype.NS)
        if isinstance(reply, Unfound):
            return reply
        names = [rr.text for rr in reply.answer if rr.type == "NS" and rr.name == zone]
        return await self._with_addresses(zone, names, reply.additional) if names else None

    async def _recurse(self, name: str, rdtype: dns.rdatatype.RdataType) -> Message | Unfound:
        """The first answer of a resolver; errors are no answer."""
        resolvers = await self.resolvers()
        if isinstance(resolvers, Unfound):
            return resolvers
        problems = []
        silent = True
        for server in resolvers.servers:
            reply = await self._exchange.ask(server, name, rdtype, recursion=True)
            if isinstance(reply, Message) and reply.rcode == "SERVFAIL":  # whom to ask is known of a bogus zone as well
                reply = await self._exchange.ask(server, name, rdtype, recursion=True, unchecked=True)
            if isinstance(reply, Message) and reply.rcode in ("NOERROR", "NXDOMAIN"):
                return reply
            silent = silent and isinstance(reply, NoReply)
            problems.append(f"{server}: {reply.reason if isinstance(reply, NoReply) else reply.rcode}")
        if silent:
            next_step = "make a resolver reachable, or set dns.resolvers"
            return Unfound(f"no resolver answers ({'; '.join(problems)})", next_step)
        reason = f"no resolver can say the {rdtype.name} of {bare(name)} ({'; '.join(problems)})"
        return Unfound(reason, f"see why they cannot, or {_NAME_THE_SERVERS}")

    async def _with_addresses(self, zone: str, names: Iterable[str], glue: tuple[Rr, ...]) -> Servers:
        names = sorted({name.lower() for name in names})
        looked_up = await asyncio.gather(*(self._addresses(name, glue) for name in names))
        by_name = dict(zip(map(bare, names), looked_up, strict=True))
        servers = tuple(Server(name, a, self._ways.port) for name, (found, _) in by_name.items() for a in found)
        return Servers(zone, servers, tuple((name, why) for name, (_, why) in by_name.items() if why))

    async def _addresses(self, name: str, glue: tuple[Rr, ...]) -> tuple[list[str], str]:
        """All addresses of a name server, and why there are none or perhaps more: glue may be of one family only."""
        found: list[str] = []
        unknown = ""
        for rdtype in (_ADDRESS_TYPES[family] for family in self._ways.families):
            known = [rr.text for rr in glue if rr.name == name and rr.type == rdtype.name]
            if not known:
                reply = await self._once((name, rdtype), lambda: self._recurse(name, rdtype))  # noqa: B023  awaited here
                if isinstance(reply, Unfound):
                    unknown = f"{ADDRESS_UNKNOWN}: {reply.reason}"
                else:
                    known = [rr.text for rr in reply.answer if rr.type == rdtype.name]
            found += known
        return found, unknown or ("" if found else NO_ADDRESS)

    async def _resolvers(self) -> Servers | Unfound:
        if self._ways.resolvers:
            return await self._named("", self._ways.resolvers)
        try:
            system = dns.resolver.Resolver()
        except dns.exception.DNSException as error:
            return Unfound(f"this system has no resolver ({error})", "set dns.resolvers")
        written = tuple(WrittenServer(str(address), system.port) for address in system.nameservers)
        return await self._named("", written)

    async def _named(self, zone: str, written: tuple[WrittenServer, ...]) -> Servers | Unfound:
        servers: list[Server] = []
        missing: list[tuple[str, str]] = []
        for entry in written:
            addresses = [entry.host] if entry.is_address else await self._system_addresses(entry.host)
            label = entry.label or ("" if entry.is_address else entry.host)
            if entry.secured:  # it is called as it is written
                servers += [Server("", each, entry.port or entry.secured.port, entry.secured) for each in addresses]
            else:
                port = entry.port or (53 if entry.is_address else self._ways.port)
                servers += [Server(label, address, port) for address in addresses]
            if not addresses:
                missing.append((entry.host, NO_ADDRESS))
        if not servers:
            return Unfound(
                f"no address is known for {', '.join(name for name, _ in missing)}",
                "write the servers' addresses instead of names",
            )
        return Servers(zone, tuple(servers), tuple(missing))

    async def _system_addresses(self, host: str) -> list[str]:
        """What this machine itself makes of a host name, /etc/hosts included."""
        try:
            infos = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        except OSError:
            return []
        addresses = dict.fromkeys(str(info[4][0]) for info in infos)
        versions = {int(family[-1]) for family in self._ways.families}
        return [address for address in addresses if ipaddress.ip_address(address.split("%")[0]).version in versions]


_NAME_THE_SERVERS = "name the zone's servers under dns.zones: {name: ..., servers: [...]}"
