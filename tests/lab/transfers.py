"""Name servers whose zone transfers (AXFR) go wrong, on real sockets. Other questions are answered rightly."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import dns.message
import dns.rdatatype
import dns.rrset

from . import zones
from .answers import Answers
from .socket_server import FaultyServer, Send, Transport, serving

Make = Callable[[dns.message.Message, list[dns.rrset.RRset]], Sequence[Send]]


def transferring(make: Make, zone: str = zones.EXAMPLE) -> AbstractContextManager[FaultyServer]:
    """`make(query, rrsets)` says what is sent for an AXFR; `rrsets` is the whole of one, an SOA at both ends."""
    answers = Answers(zone)

    def respond(wire: bytes, transport: Transport) -> Sequence[Send]:
        query = dns.message.from_wire(wire, keyring=False)  # signatures are not looked at
        if query.question[0].rdtype == dns.rdatatype.AXFR:
            return make(query, _whole(answers))
        reply = answers.to(query)
        return [Send(reply.to_wire(max_size=65535 if transport == "tcp" else 1232))]

    return serving(respond)


def reply(query: dns.message.Message, rrsets: Sequence[dns.rrset.RRset], *, then_close: bool = False) -> Send:
    """One message of a transfer."""
    message = dns.message.make_response(query)
    message.answer = list(rrsets)
    return Send(message.to_wire(max_size=65535), then_close=then_close)


def rcode(query: dns.message.Message, code: int, *, then_close: bool = False) -> Send:
    message = dns.message.make_response(query)
    message.set_rcode(code)
    return Send(message.to_wire(), then_close=then_close)


def _whole(answers: Answers) -> list[dns.rrset.RRset]:
    zone = answers.zone
    assert zone.origin is not None
    soa = zone.get_rrset(zone.origin, dns.rdatatype.SOA)
    assert soa is not None
    rest = [
        dns.rrset.from_rdata_list(name, rdataset.ttl, list(rdataset))
        for name, rdataset in zone.iterate_rdatasets() if rdataset.rdtype != dns.rdatatype.SOA
    ]  # fmt: skip
    return [soa, *rest, soa]
