"""Asks the servers of a zone, those of the zone above, and the resolvers; everything once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import dns.rdatatype

from preflight.finding import NotChecked
from preflight_dns.delegation import Delegation, Servers, Unfound
from preflight_dns.exchange import Exchange, Server
from preflight_dns.line import NoReply
from preflight_dns.names import absolute, parent
from preflight_dns.wire import Message
from preflight_dns.zone.asked import Asked, Reply, Traits
from preflight_dns.zone.aspect import Columns
from preflight_dns.zone.aspects import aspect
from preflight_dns.zone.comparison import Column
from preflight_dns.zone.known import Known, RrsetName, Sources, Transfer, at_the_top, written
from preflight_dns.zone.serving import heard
from preflight_dns.zone.shared import Zone
from preflight_dns.zone.spec import ZoneSpec
from preflight_dns.zone.sweep import sweep
from preflight_dns.zone.traits import traits
from preflight_dns.zone.transfer import transfer
from preflight_dns.zone.zonefile import says

T = TypeVar("T")
Tell = Callable[[float, str], None]
DEEPEST = 16  # zones between a name and the first one known above it


class ZoneAsker:
    """See `preflight_dns.zone.aspect.Asker`; one per batch."""

    def __init__(
        self, zone: Zone, exchange: Exchange, delegation: Delegation, specs: Sequence[ZoneSpec], tell: Tell
    ) -> None:
        self.zone = absolute(zone.name)
        self._shared = zone
        self._specs = specs
        self._tell = tell
        self.at = datetime.now(UTC)
        self.records, self.absent = zone.records, zone.absent
        self._exchange = exchange
        self._delegation = delegation
        self._known: dict[Any, asyncio.Task[Any]] = {}

    async def ask(self, name: str, rdtype: str, *, dnssec: bool = False) -> Asked:
        return await self._once(
            ("zone", name, rdtype, dnssec),
            lambda: self._ask(self._delegation.authoritative(self.zone), name, rdtype, dnssec),
        )

    async def ask_above(self, name: str, rdtype: str, *, dnssec: bool = False) -> Asked:
        return await self._once(("above", name, rdtype, dnssec), lambda: self._ask(self.above(), name, rdtype, dnssec))

    async def resolve(self, name: str, rdtype: str, *, dnssec: bool = False, unchecked: bool = False) -> Asked:
        return await self._once(
            ("resolvers", name, rdtype, dnssec, unchecked),
            lambda: self._ask(self._delegation.resolvers(), name, rdtype, dnssec, unchecked),
        )

    async def ask_at(self, servers: Sequence[tuple[str, str]], name: str, rdtype: str) -> Asked:
        port = self._shared.ways.port
        return await self._ask_found(
            Servers(self.zone, tuple(Server(label, address, port) for label, address in servers)), name, rdtype, False
        )

    async def traits(self) -> tuple[Traits, ...]:
        return await self._once("traits", self._traits)

    async def _traits(self) -> tuple[Traits, ...]:
        serving = await self._serving()
        if isinstance(serving, NotChecked):
            return ()
        columns, servers = serving
        own = [servers[at] for at in columns.own]
        return tuple(await asyncio.gather(*(traits(server, self.zone) for server in own)))

    async def known(self) -> Known:
        return await self._once("known", self._known_rrsets)

    async def swept(self, aspect: str) -> Any:
        seen = await self._once("swept", self._sweep)
        return seen if isinstance(seen, NotChecked) else seen[aspect]

    async def above(self) -> Servers | Unfound:
        """The servers of the zone above, found by referral from the first zone above that is known."""
        return await self._once("above", self._above)

    async def _serving(self) -> tuple[Columns, tuple[Server, ...]] | NotChecked:
        """Those that have the zone: whoever has not is told of once, and asked no more."""
        return await self._once("serving", self._find_serving)

    async def _find_serving(self) -> tuple[Columns, tuple[Server, ...]] | NotChecked:
        found = await self._delegation.authoritative(self.zone)
        soa = await self.ask(self.zone, "SOA")
        if isinstance(found, Unfound):
            return NotChecked(found.reason, next_step=found.next_step)
        servers = _with_zone(soa, found)
        old_soa, old = await self._old()
        columns = [Column(str(server)) for server in servers] + [Column(str(server), old=True) for server in old]
        return Columns(self.zone, soa, old_soa, tuple(columns), self._shared.file), (*servers, *old)

    async def _old(self) -> tuple[Asked | None, tuple[Server, ...]]:
        """The servers that the zone is compared with, if it is."""
        same_as = next((spec.same_as for spec in self._specs if spec.aspect == "same_as"), None)
        if same_as is None:
            return None, ()
        found = await self._delegation.named(same_as.servers)
        if isinstance(found, Servers):
            found = replace(found, zone=self.zone)
        soa = await self._ask_found(found, self.zone, "SOA", False)
        return soa, () if isinstance(found, Unfound) else _with_zone(soa, found)

    async def _known_rrsets(self) -> Known:
        serving = await self._serving()
        servers = () if isinstance(serving, NotChecked) else serving[1]
        spec = self._specs[0]
        found: dict[RrsetName, None] = {}
        transfers: Sequence[Transfer] = ()
        if spec.transfer:
            transfers = await asyncio.gather(
                *(transfer(server, self.zone, spec.tsig, lambda one: found.setdefault(one)) for server in servers)
            )
        named = tuple(written(spec.names))
        file = says(self._shared.file, self.zone).rrsets if self._shared.file is not None else {}
        sources = Sources(tuple(transfers), len(self._shared.records), len(named), len(file))
        rrsets = dict.fromkeys((*at_the_top(self.zone), *found, *self._shared.records, *named, *file))
        return Known(tuple(sorted(rrsets, key=lambda one: (one[0] != self.zone, *one))), sources)

    async def _sweep(self) -> dict[str, Any] | NotChecked:
        serving = await self._serving()
        if isinstance(serving, NotChecked):
            return serving
        columns, servers = serving
        known = await self.known()
        followers = {
            spec.aspect: follow(spec, columns) for spec in self._specs if (follow := aspect(spec.aspect).follow)
        }
        rrsets = names = 0
        if servers:

            def ask(name: str, rdtype: dns.rdatatype.RdataType) -> Awaitable[list[Message | NoReply]]:
                return self._replies(Servers(self.zone, servers), name, rdtype, False)

            takers = [follower.take for follower in followers.values()]
            rrsets, names = await sweep(known.rrsets, ask, takers, self._tell)
        sources = replace(known.sources, rrsets=rrsets, names=names)
        return {name: follower.seen(sources) for name, follower in followers.items()}

    async def _above(self) -> Servers | Unfound:
        found = await self._delegation.authoritative(parent(self.zone))
        for _ in range(DEEPEST):
            if isinstance(found, Unfound):
                break
            replies = await self._replies(found, self.zone, dns.rdatatype.NS, False)
            deeper = [await self._between(reply, found) for reply in replies if isinstance(reply, Message)]
            onward = next(filter(None, deeper), None)
            if onward is None:
                break
            found = onward
        return found

    async def _between(self, reply: Message, known: Servers) -> Servers | None:
        """The servers of a zone between a zone above and this one, if a reply refers to it."""
        cut = next((rr.name for rr in reply.authority if rr.type == "NS"), self.zone)
        if reply.answer or reply.authoritative or cut == self.zone or not self.zone.endswith(f".{cut}"):
            return None
        return await self._delegation.follow(reply, known)

    async def _ask(
        self,
        whom: Coroutine[Any, Any, Servers | Unfound],
        name: str,
        rdtype: str,
        dnssec: bool,
        unchecked: bool = False,
    ) -> Asked:
        return await self._ask_found(await whom, name, rdtype, dnssec, unchecked)

    async def _ask_found(
        self, found: Servers | Unfound, name: str, rdtype: str, dnssec: bool, unchecked: bool = False
    ) -> Asked:
        if isinstance(found, Unfound):
            return Asked(name, rdtype, unasked=found.reason, advice=found.next_step)
        said = await self._replies(found, name, dns.rdatatype.from_text(rdtype), dnssec, unchecked)
        replies = [reply_of(server, message) for server, message in zip(found.servers, said, strict=True)]
        replies += [Reply(server, unanswered=why, dead=True) for server, why in found.unreachable]
        return Asked(name, rdtype, tuple(replies))

    async def _replies(
        self, found: Servers, name: str, rdtype: dns.rdatatype.RdataType, dnssec: bool, unchecked: bool = False
    ) -> list[Message | NoReply]:
        ask = partial(self._exchange.ask, recursion=not found.zone, dnssec=dnssec, unchecked=unchecked)
        return await asyncio.gather(*(ask(server, name, rdtype) for server in found.servers))

    async def _once(self, key: Any, find: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if key not in self._known:
            self._known[key] = asyncio.create_task(find())
        found: T = await asyncio.shield(self._known[key])
        return found


def _with_zone(soa: Asked, found: Servers) -> tuple[Server, ...]:
    good = {reply.server for reply in heard(soa.name, soa).replies}
    return tuple(server for server in found.servers if str(server) in good)


def reply_of(server: Server, said: Message | NoReply) -> Reply:
    if isinstance(said, NoReply):
        return Reply(str(server), unanswered=said.reason, dead=said.unanswered_server)
    return Reply(
        str(server),
        said.rcode,
        said.authoritative,
        said.recursion_available,
        said.answer,
        said.authority,
        said.additional,
        authenticated=said.authenticated,
        ede=said.ede,
    )
