"""What goes on the wire: each record asked of every server it must be right on, along its CNAME chain.

All checks of a batch are one event loop's tasks, so that a server that does not answer holds up only the records
that are asked of it.
"""

from __future__ import annotations

import asyncio
import time

import dns.name
import dns.rdatatype

from preflight.finding import NotChecked, bug
from preflight.kind import Batch, Key, Sink
from preflight_dns.chain import follow
from preflight_dns.delegation import Delegation, Servers, Unfound
from preflight_dns.exchange import Exchange, Server
from preflight_dns.line import NoReply
from preflight_dns.observation import Answer, Hop, Lookup, Observation
from preflight_dns.spec import RecordSpec
from preflight_dns.wire import Message

LONGEST_CHAIN = 16
WATCH = 0.2  # seconds between looks at whether anybody still waits


def probe(batch: Batch[RecordSpec], sink: Sink) -> None:
    asyncio.run(_probe(batch, sink))


async def _probe(batch: Batch[RecordSpec], sink: Sink) -> None:
    deadline = None if batch.deadline is None else time.monotonic() + batch.deadline - time.time()
    async with Exchange(deadline=deadline) as exchange:
        asking = _Asking(exchange, Delegation(exchange, batch.shared))
        tasks = [asyncio.create_task(_observe(asking, key, spec, sink)) for key, spec in batch.checks]
        watch = asyncio.create_task(_cancel_when_stopped(sink, tasks))
        await asyncio.gather(*tasks, return_exceptions=True)
        watch.cancel()


async def _cancel_when_stopped(sink: Sink, tasks: list[asyncio.Task[None]]) -> None:
    while not sink.stopped:
        await asyncio.sleep(WATCH)
    for task in tasks:
        task.cancel()


async def _observe(asking: _Asking, key: Key, spec: RecordSpec, sink: Sink) -> None:
    try:
        async with asyncio.timeout(spec.timeout):
            seen: Observation | NotChecked = await asking.record(spec)
    except TimeoutError:
        seen = NotChecked(
            f"no answer from all servers within its own timeout of {spec.timeout:g} s",
            next_step="raise its `timeout:`, or leave it out",
        )
    except Exception as error:  # one check's bug is not the others'
        seen = bug("the probe of dns.record raised", error)
    sink(key, seen)


class _Asking:
    """Looks records up with one exchange and one memory of who serves what."""

    def __init__(self, exchange: Exchange, delegation: Delegation) -> None:
        self._exchange = exchange
        self._delegation = delegation

    async def record(self, spec: RecordSpec) -> Observation:
        types = (spec.type, *(("A", "AAAA") if spec.final is not None else ()))
        name = dns.name.from_text(spec.name)
        return Observation(tuple([await self._lookup(name, rdtype, spec) for rdtype in types]))

    async def _lookup(self, name: dns.name.Name, rdtype: str, spec: RecordSpec) -> Lookup:
        """The name and every name that an answer leads to outside of what the answering server knows."""
        hops: list[Hop] = []
        to_ask, asked = [name.canonicalize()], set[dns.name.Name]()
        while to_ask and len(hops) < LONGEST_CHAIN:
            at = to_ask.pop(0)
            asked.add(at)
            hop = await self._hop(at, rdtype, spec)
            hops.append(hop)
            followed = [follow(hop, answer, rdtype) for answer in hop.answers]
            ends = dict.fromkeys(dns.name.from_text(f.end) for f in followed if f.ask_on)
            to_ask += [end for end in ends if end not in asked and end not in to_ask]
        return Lookup(rdtype, tuple(hops))

    async def _hop(self, name: dns.name.Name, rdtype: str, spec: RecordSpec) -> Hop:
        question = dns.rdatatype.from_text(rdtype)
        found = await self._servers(name, rdtype, spec)
        while isinstance(found, Servers):
            replies = await self._ask_all(found, name, question)
            deeper = await self._deeper(found, replies) if found.zone else None
            if deeper is None:
                answers = [_answer(server, reply) for server, reply in zip(found.servers, replies, strict=True)]
                answers += [Answer(name, unanswered=why, dead=True) for name, why in found.unreachable]
                return Hop(name.to_text(), found.zone, tuple(answers))
            found = deeper
        return Hop(name.to_text(), "", (), unasked=found.reason, advice=found.next_step)

    async def _servers(self, name: dns.name.Name, rdtype: str, spec: RecordSpec) -> Servers | Unfound:
        if spec.ask == "authoritative":
            above = rdtype == "DS" and name != dns.name.root  # it stands in the parent zone (RFC 4035 section 3.1.4.1)
            return await self._delegation.authoritative(name.parent() if above else name)
        if spec.ask == "resolvers":
            return await self._delegation.resolvers()
        return await self._delegation.named(spec.ask)

    async def _ask_all(
        self, found: Servers, name: dns.name.Name, question: dns.rdatatype.RdataType
    ) -> list[Message | NoReply]:
        ask = self._exchange.ask
        recursion = not found.zone
        if len(found.servers) == 1:
            return [await ask(found.servers[0], name, question, recursion=recursion)]
        return await asyncio.gather(*(ask(server, name, question, recursion=recursion) for server in found.servers))

    async def _deeper(self, found: Servers, replies: list[Message | NoReply]) -> Servers | None:
        """The servers of a zone further down, if any reply refers to it."""
        for reply in replies:
            if isinstance(reply, Message) and not reply.answer and not reply.authoritative and reply.authority:
                deeper = await self._delegation.follow(reply, found)
                if deeper is not None:
                    return deeper
        return None


def _answer(server: Server, reply: Message | NoReply) -> Answer:
    if isinstance(reply, NoReply):
        return Answer(str(server), unanswered=reply.reason, dead=reply.unanswered_server)
    types = {rr.type for rr in reply.authority}
    refers = not reply.answer and not reply.authoritative and "NS" in types and "SOA" not in types
    referral = next(rr.name for rr in reply.authority if rr.type == "NS") if refers else ""
    return Answer(str(server), reply.rcode, reply.authoritative, reply.answer, referral)
