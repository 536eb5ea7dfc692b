"""How servers deal with what resolvers do: TCP, EDNS, and names in mixed case. One question of each kind to each."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from preflight_dns import wire
from preflight_dns.edns import UDP_PAYLOAD
from preflight_dns.exchange import Server
from preflight_dns.tcp import ask_over_tcp, in_words
from preflight_dns.zone.asked import Traits

TRIES = (1.0, 1.0, 2.0)  # seconds to wait for a datagram, each time it is sent
TCP = 3.0  # seconds
_NOT_UNDERSTOOD = (dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS)


async def traits(server: Server, zone: str) -> Traits:
    """Of a server that answers; network errors are never raised."""
    name = _mixed(zone)
    tcp, with_edns = await asyncio.gather(_tcp(server, zone), _udp(server, name, True))
    if with_edns is not None and with_edns.rcode() not in _NOT_UNDERSTOOD:
        return Traits(str(server), tcp, "", _case(with_edns, name))
    plain = await _udp(server, name, False)
    if plain is None or plain.rcode() in _NOT_UNDERSTOOD:
        return Traits(str(server), tcp)  # whatever ails it, it is not EDNS
    said = "no answer" if with_edns is None else dns.rcode.to_text(with_edns.rcode())
    return Traits(
        str(server), tcp, f"{said} to a question with EDNS, and an answer to the same without", _case(plain, name)
    )


async def _tcp(server: Server, zone: str) -> str:
    family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
    query = wire.query(zone, dns.rdatatype.SOA, recursion=False)
    try:
        address = socket.getaddrinfo(server.address, server.port, family, flags=socket.AI_NUMERICHOST)[0][4]
    except OSError as error:
        return in_words(error, family)
    got, why = await ask_over_tcp(family, address, query, TCP)
    return why or ("" if wire.answers(got, query) else "TCP answered something else than was asked")


async def _udp(server: Server, name: dns.name.Name, edns: bool) -> dns.message.Message | None:
    """The answer to a question for the SOA; None if there is none, or none that can be read."""
    query = dns.message.make_query(name, dns.rdatatype.SOA, use_edns=0 if edns else False, payload=UDP_PAYLOAD)
    query.flags &= ~dns.flags.RD
    family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
    loop = asyncio.get_running_loop()
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as udp:
        await loop.sock_connect(udp, (server.address, server.port))
        for seconds in TRIES:
            await loop.sock_sendall(udp, query.to_wire())
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while True:
                        got = await loop.sock_recv(udp, 65535)
                        with suppress(dns.exception.DNSException, ValueError):
                            reply = dns.message.from_wire(got)
                            if reply.id == query.id and reply.flags & dns.flags.QR:
                                return reply
    return None


def _case(reply: dns.message.Message, name: dns.name.Name) -> str:
    """What comes back instead of the name as it was asked, letter by letter; an error may leave the question out."""
    if not reply.question or reply.question[0].name.labels == name.labels:
        return ""
    return f"{reply.question[0].name} for {name}"


def _mixed(zone: str) -> dns.name.Name:
    return dns.name.from_text("".join(c.upper() if at % 2 else c for at, c in enumerate(zone)))
