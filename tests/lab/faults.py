"""Name servers with a fault, on real sockets: what NSD would not do for us.

Each is a context manager that gives a FaultyServer, and answers from `zone`: the text of a zone file, or a dnspython
zone. Where a fault is not about UDP alone, it is there over TCP too.

with faults.wrong_id() as server:
    ...  # str(server) for an inventory; server.udp, server.tcp, server.arrivals for what it was asked

`then_right` sends the right answer too, that many seconds after the wrong one: a client that is not taken in, and
goes on waiting, gets it.
"""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import cycle

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone

from . import zones
from .answers import Answers
from .socket_server import FaultyServer, OverTCP, Send, Transport, serving

Zone = str | dns.zone.Zone
Message = dns.message.Message
Faulty = AbstractContextManager[FaultyServer]


def counting(zone: Zone = zones.EXAMPLE) -> Faulty:
    """No fault: answers rightly, and counts."""
    return _server(zone, lambda right, transport: [_send(right, transport)])


def silent() -> Faulty:
    """Takes datagrams and connections, counts, and never answers."""
    return serving(lambda _wire, _transport: ())


def truncating(then_tcp: OverTCP = "answer", zone: Zone = zones.EXAMPLE) -> Faulty:
    """Sends one record of the answer and TC over UDP, always; over TCP what `then_tcp` says."""

    def sends(right: Message, transport: Transport) -> list[Send]:
        if transport == "udp":
            right.flags |= dns.flags.TC
            right.answer = [_one(rrset, rrset.ttl, 0) for rrset in right.answer[:1]]
            right.authority = []
        return [_send(right, transport)]

    return _server(zone, sends, then_tcp)


def garbage(zone: Zone = zones.EXAMPLE, then_right: float | None = None) -> Faulty:
    """Sends 60 random bytes."""
    return _spoilt(zone, lambda _right: os.urandom(60), then_right)


def wrong_id(zone: Zone = zones.EXAMPLE, then_right: float | None = None) -> Faulty:
    """Answers with another message id than was asked with."""
    return _spoilt(zone, lambda right: bytes([right[0] ^ 0xFF]) + right[1:], then_right)


def wrong_question(zone: Zone = zones.EXAMPLE, then_right: float | None = None) -> Faulty:
    """Answers with the right id and records, below the question for another name."""

    def other_question(right: bytes) -> bytes:
        reply = dns.message.from_wire(right)
        asked = reply.question[0]
        reply.question = [dns.rrset.RRset(dns.name.from_text("another.example.test"), asked.rdclass, asked.rdtype)]
        return reply.to_wire()

    return _spoilt(zone, other_question, then_right)


def wrong_source(zone: Zone = zones.EXAMPLE, then_right: float | None = None) -> Faulty:
    """Answers rightly over UDP, but from another port than was asked; over TCP all is well."""

    def sends(right: Message, transport: Transport) -> list[Send]:
        send = _send(right, transport)
        if transport == "tcp":
            return [send]
        return [Send(send.wire, elsewhere=True), *_later(send.wire, then_right)]

    return _server(zone, sends)


def dropping(count: int, zone: Zone = zones.EXAMPLE) -> Faulty:
    """Drops the first `count` datagrams of each question (name, class and type) and then answers; TCP is well."""
    dropped: Counter[str] = Counter()

    def sends(right: Message, transport: Transport) -> list[Send]:
        question = right.question[0].to_text().lower()
        if transport == "udp" and dropped[question] < count:
            dropped[question] += 1
            return []
        return [_send(right, transport)]

    return _server(zone, sends)


def slow(seconds: float, zone: Zone = zones.EXAMPLE) -> Faulty:
    """Answers rightly, so many seconds after it was asked; datagrams wait side by side, not in a queue."""
    return _server(zone, lambda right, transport: [Send(_send(right, transport).wire, after=seconds)])


def non_authoritative(zone: Zone = zones.EXAMPLE) -> Faulty:
    """Answers rightly, without AA: a cache, or a server that lost its zone."""

    def sends(right: Message, transport: Transport) -> list[Send]:
        right.flags &= ~dns.flags.AA
        return [_send(right, transport)]

    return _server(zone, sends)


def servfail() -> Faulty:
    """SERVFAIL to everything."""
    return _rcode(dns.rcode.SERVFAIL)


def refused() -> Faulty:
    """REFUSED to everything."""
    return _rcode(dns.rcode.REFUSED)


def mixed_ttl(ttls: Sequence[int] = (60, 86400), zone: Zone = zones.EXAMPLE) -> Faulty:
    """Gives the records of each RRset these TTLs in turn, which RFC 2181 section 5.2 forbids."""

    def sends(right: Message, transport: Transport) -> list[Send]:
        right.answer = [
            _one(rrset, ttl, index) for rrset in right.answer for index, ttl in zip(range(len(rrset)), cycle(ttls))
        ]
        return [_send(right, transport)]

    return _server(zone, sends)


def without_edns(answer: bool = True, zone: Zone = zones.EXAMPLE) -> Faulty:
    """From before EDNS: FORMERR for a question with an OPT, or nothing at all, over TCP too; others are answered."""

    def sends(right: Message, transport: Transport) -> list[Send]:
        if right.edns < 0:
            return [_send(right, transport)]
        wrong = dns.message.Message(right.id)
        wrong.flags = dns.flags.QR
        wrong.set_rcode(dns.rcode.FORMERR)
        return [Send(wrong.to_wire())] if answer else []

    return _server(zone, sends)


def only_tcp(zone: Zone = zones.EXAMPLE) -> Faulty:
    """Takes datagrams and never answers them; over TCP all is well."""
    return _server(zone, lambda right, transport: [_send(right, transport)] if transport == "tcp" else [])


def changed_case(zone: Zone = zones.EXAMPLE) -> Faulty:
    """Answers rightly, the question in capitals and with it all names that point there."""

    def sends(right: Message, transport: Transport) -> list[Send]:
        send = _send(right, transport)
        end = send.wire.index(b"\0", 12)
        return [Send(send.wire[:12] + send.wire[12:end].upper() + send.wire[end:])]

    return _server(zone, sends)


def error_for(rcode: dns.rcode.Rcode, *types: str, zone: Zone = zones.EXAMPLE) -> Faulty:
    """Answers with an error for these types, rightly for all others: mostly a load balancer."""

    def sends(right: Message, transport: Transport) -> list[Send]:
        if dns.rdatatype.to_text(right.question[0].rdtype) in types:
            right.answer, right.authority = [], []
            right.set_rcode(rcode)
        return [_send(right, transport)]

    return _server(zone, sends)


def nxdomain_for_nodata(zone: Zone = zones.EXAMPLE) -> Faulty:
    """Says that a name does not exist where it has no record of the type."""

    def sends(right: Message, transport: Transport) -> list[Send]:
        if not right.answer:
            right.set_rcode(dns.rcode.NXDOMAIN)
        return [_send(right, transport)]

    return _server(zone, sends)


def alias_at_the_top(target: str, zone: str) -> Faulty:
    """A CNAME beside the SOA and NS of the zone, which real servers refuse to load: some providers make it."""
    answers = Answers(zone)

    def sends(right: Message, transport: Transport) -> list[Send]:
        asked = right.question[0]
        if asked.name == answers.zone.origin and asked.rdtype not in (dns.rdatatype.SOA, dns.rdatatype.NS):
            right.answer = [dns.rrset.from_text(asked.name, 300, "IN", "CNAME", target)]
            right.authority = []
        return [_send(right, transport)]

    return _server(zone, sends)


def one_alias_at_a_time(zone: Zone) -> Faulty:
    """Gives the first of a chain of aliases only."""

    def sends(right: Message, transport: Transport) -> list[Send]:
        right.answer = right.answer[:1]
        return [_send(right, transport)]

    return _server(zone, sends)


def _server(zone: Zone, sends: Callable[[Message, Transport], list[Send]], over_tcp: OverTCP = "answer") -> Faulty:
    answers = Answers(zone)

    def respond(wire: bytes, transport: Transport) -> list[Send]:
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return []
        return sends(answers.to(query), transport)

    return serving(respond, over_tcp)


def _spoilt(zone: Zone, spoil: Callable[[bytes], bytes], then_right: float | None) -> Faulty:
    def sends(right: Message, transport: Transport) -> list[Send]:
        wire = _send(right, transport).wire
        return [Send(spoil(wire)), *_later(wire, then_right)]

    return _server(zone, sends)


def _rcode(rcode: dns.rcode.Rcode) -> Faulty:
    def sends(right: Message, transport: Transport) -> list[Send]:
        right.answer, right.authority = [], []
        right.flags &= ~dns.flags.AA
        right.set_rcode(rcode)
        return [_send(right, transport)]

    return _server(zones.EXAMPLE, sends)


def _send(reply: Message, transport: Transport) -> Send:
    size = 65535 if transport == "tcp" else max(512, reply.request_payload)
    return Send(reply.to_wire(max_size=size, prefer_truncation=True))


def _later(wire: bytes, seconds: float | None) -> list[Send]:
    return [] if seconds is None else [Send(wire, after=seconds)]


def _one(rrset: dns.rrset.RRset, ttl: int, index: int) -> dns.rrset.RRset:
    return dns.rrset.from_rdata(rrset.name, ttl, rrset[index])
