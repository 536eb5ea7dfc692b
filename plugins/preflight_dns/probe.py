"""What goes on the wire: each record asked of every server it must be right on, along its CNAME chain.

All checks of a batch are one event loop's tasks, so that a server that does not answer holds up only the records
that are asked of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime

import dns.rdatatype

from preflight.finding import NotChecked, bug
from preflight.kind import Batch, Key, Sink
from preflight_dns.chain import follow
from preflight_dns.delegation import Delegation, Servers, Unfound
from preflight_dns.drain import Timeline, timelines, told
from preflight_dns.exchange import Exchange, Server
from preflight_dns.host.asking import ask as ask_on_hosts
from preflight_dns.host.plan import Hosts
from preflight_dns.line import NoReply
from preflight_dns.names import absolute, parent
from preflight_dns.observation import Answer, Drain, Hop, Lookup, Observation, Sample
from preflight_dns.spec import RecordSpec
from preflight_dns.wire import Message

LONGEST_CHAIN = 16
WATCH = 0.2  # seconds between looks at whether anybody still waits
AT_A_TIME = 500  # checks begun together
PATIENCE = 0.05  # seconds until the next are begun although these are not done


def probe(batch: Batch[RecordSpec], sink: Sink) -> None:
    if isinstance(batch.shared, Hosts):
        ask_on_hosts(batch, sink)
        return

    def stopped() -> bool:
        return sink.stopped or (batch.deadline is not None and time.time() > batch.deadline)

    asyncio.run(_probe(batch, sink, timelines(batch, datetime.now(UTC), stopped)))


async def _probe(batch: Batch[RecordSpec], sink: Sink, past: Mapping[Key, Timeline]) -> None:
    deadline = None if batch.deadline is None else time.monotonic() + batch.deadline - time.time()
    async with Exchange(deadline=deadline, ca=batch.shared.ca) as exchange:
        asking = _Asking(exchange, Delegation(exchange, batch.shared), past)
        everything = asyncio.create_task(_observe_all(asking, batch, sink))
        while not everything.done() and not sink.stopped:
            await asyncio.wait([everything], timeout=WATCH)
        if not everything.done():
            everything.cancel()
        with suppress(asyncio.CancelledError):
            await everything


async def _observe_all(asking: _Asking, batch: Batch[RecordSpec], sink: Sink) -> None:
    """One task a check, begun some at a time: ten thousand at once keep the garbage collector busier than the network.

    The next ones begin when there is room, and in any case soon: those that wait for a silent server hold up nothing.
    """
    room = asyncio.Event()
    live: set[asyncio.Task[None]] = set()

    def ended(task: asyncio.Task[None]) -> None:
        live.discard(task)
        room.set()

    try:
        for number, (key, spec) in enumerate(batch.checks, start=1):
            task = asyncio.create_task(_observe(asking, key, spec, sink))
            live.add(task)
            task.add_done_callback(ended)
            if number % AT_A_TIME == 0:
                await _until(lambda: len(live) < AT_A_TIME, room)
        if live:
            await asyncio.wait(live)
    finally:
        for task in live:
            task.cancel()


async def _until(condition: Callable[[], bool], changed: asyncio.Event) -> None:
    """Wait for a condition, but not for long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while not condition():
                changed.clear()
                await changed.wait()


async def _observe(asking: _Asking, key: Key, spec: RecordSpec, sink: Sink) -> None:
    try:
        async with asyncio.timeout(spec.timeout) if spec.timeout else nullcontext():
            seen: Observation | NotChecked = await asking.record(key, spec)
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

    def __init__(self, exchange: Exchange, delegation: Delegation, past: Mapping[Key, Timeline]) -> None:
        self._exchange = exchange
        self._delegation = delegation
        self._past = past

    async def record(self, key: Key, spec: RecordSpec) -> Observation:
        types = (spec.type, *(("A", "AAAA") if spec.final is not None else ()))
        lookups = tuple([await self._lookup(absolute(spec.name), rdtype, spec) for rdtype in types])
        drain = await self._drain(spec, self._past[key], lookups[0]) if key in self._past and spec.opens else None
        return Observation(lookups, drain)

    async def _drain(self, spec: RecordSpec, past: Timeline, found: Lookup) -> Drain:
        now = datetime.now(UTC)
        held = past.held(now)
        there = any(answer.rrs for hop in found.hops for answer in hop.answers)
        # Who asks a recursor for a name that is not there yet makes it remember that.
        if not spec.must_drain or spec.opens is None or told(past.since, held, spec.opens) or not there:
            return Drain(now, past.since, held)
        return Drain(now, past.since, held, await self._samples(spec))

    async def _samples(self, spec: RecordSpec) -> tuple[Sample, ...]:
        resolvers = await self._delegation.resolvers()
        if not isinstance(resolvers, Servers):
            return (Sample("the resolvers", unanswered=resolvers.reason),)
        replies = await self._ask_all(resolvers, absolute(spec.name), dns.rdatatype.from_text(spec.type))
        return tuple(_sample(str(server), reply) for server, reply in zip(resolvers.servers, replies, strict=True))

    async def _lookup(self, name: str, rdtype: str, spec: RecordSpec) -> Lookup:
        """The name and every name that an answer leads to outside of what the answering server knows."""
        hops: list[Hop] = []
        to_ask, asked = [name], set[str]()
        while to_ask and len(hops) < LONGEST_CHAIN:
            at = to_ask.pop(0)
            asked.add(at)
            hop = await self._hop(at, rdtype, spec)
            hops.append(hop)
            followed = [follow(hop, answer, rdtype) for answer in hop.answers]
            ends = dict.fromkeys(way.end for way in followed if way.ask_on)
            to_ask += [end for end in ends if end not in asked and end not in to_ask]
        return Lookup(rdtype, tuple(hops))

    async def _hop(self, name: str, rdtype: str, spec: RecordSpec) -> Hop:
        question = dns.rdatatype.from_text(rdtype)
        found = await self._servers(name, rdtype, spec)
        while isinstance(found, Servers):
            replies = await self._ask_all(found, name, question)
            deeper = await self._deeper(found, replies) if found.zone else None
            if deeper is None:
                answers = [_answer(server, reply) for server, reply in zip(found.servers, replies, strict=True)]
                if not found.zone:
                    pairs = zip(found.servers, answers, strict=True)
                    answers = await asyncio.gather(*(self._unchecked(name, question, *pair) for pair in pairs))
                answers += [Answer(server, unanswered=why, dead=True) for server, why in found.unreachable]
                return Hop(name, found.zone, tuple(answers))
            found = deeper
        return Hop(name, "", (), unasked=found.reason, advice=found.next_step)

    async def _servers(self, name: str, rdtype: str, spec: RecordSpec) -> Servers | Unfound:
        if spec.ask == "authoritative":
            above = rdtype == "DS"  # it stands in the parent zone (RFC 4035 section 3.1.4.1)
            return await self._delegation.authoritative(parent(name) if above else name)
        if spec.ask == "resolvers":
            return await self._delegation.resolvers()
        assert isinstance(spec.ask, tuple), "hosts are asked elsewhere"
        return await self._delegation.named(spec.ask)

    async def _ask_all(self, found: Servers, name: str, question: dns.rdatatype.RdataType) -> list[Message | NoReply]:
        ask = self._exchange.ask
        recursion = not found.zone
        if len(found.servers) == 1:
            return [await ask(found.servers[0], name, question, recursion=recursion)]
        return await asyncio.gather(*(ask(server, name, question, recursion=recursion) for server in found.servers))

    async def _unchecked(self, name: str, question: dns.rdatatype.RdataType, server: Server, answer: Answer) -> Answer:
        """Where a resolver fails: does it without validating, too?"""
        if answer.rcode != "SERVFAIL":
            return answer
        reply = await self._exchange.ask(server, name, question, recursion=True, unchecked=True)
        return replace(answer, unchecked=reply.rcode) if isinstance(reply, Message) else answer

    async def _deeper(self, found: Servers, replies: list[Message | NoReply]) -> Servers | None:
        """The servers of a zone further down, if any reply refers to it."""
        for reply in replies:
            if isinstance(reply, Message) and not reply.answer and not reply.authoritative and reply.authority:
                deeper = await self._delegation.follow(reply, found)
                if deeper is not None:
                    return deeper
        return None


def _sample(resolver: str, reply: Message | NoReply) -> Sample:
    if isinstance(reply, NoReply):
        return Sample(resolver, unanswered=reply.reason)
    if not reply.answer:
        return Sample(resolver, unanswered=f"it has no such record ({reply.rcode})")
    return Sample(resolver, max(rr.ttl for rr in reply.answer))


def _answer(server: Server, reply: Message | NoReply) -> Answer:
    if isinstance(reply, NoReply):
        return Answer(str(server), unanswered=reply.reason, dead=reply.unanswered_server)
    types = {rr.type for rr in reply.authority}
    refers = not reply.answer and not reply.authoritative and "NS" in types and "SOA" not in types
    referral = next(rr.name for rr in reply.authority if rr.type == "NS") if refers else ""
    said = (reply.rcode, reply.authoritative, reply.answer, referral)
    return Answer(str(server), *said, nsid=reply.nsid, ede=reply.ede)
