"""A small authoritative name server (RFC 1034 section 4.3.2), run inside the demo's own process on loopback.

UDP and TCP, one zone, CNAMEs followed within it. Enough to be asked real questions over real sockets.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone

LOOPBACK = "127.0.0.1"


def answer(zone: dns.zone.Zone, query: dns.message.Message) -> dns.message.Message:
    """What the zone says to a query; names outside of it are refused."""
    reply = dns.message.make_response(query)
    question = query.question[0]
    name = question.name
    if zone.origin is None or not name.is_subdomain(zone.origin):
        reply.set_rcode(dns.rcode.REFUSED)
        return reply
    reply.flags |= dns.flags.AA
    while name.is_subdomain(zone.origin):
        found = zone.get_rrset(name, question.rdtype)
        alias = zone.get_rrset(name, dns.rdatatype.CNAME)
        if found is None and alias is not None and len(reply.answer) < 16:
            reply.answer.append(alias)
            name = alias[0].target
            continue
        if found is not None:
            reply.answer.append(found)
        else:
            if not any(owner.is_subdomain(name) for owner in zone.nodes):
                reply.set_rcode(dns.rcode.NXDOMAIN)
            reply.authority.append(zone.get_rrset(zone.origin, dns.rdatatype.SOA))
        break
    return reply


@contextmanager
def serving(zone_text: str) -> Iterator[str]:
    """Serve a zone on a free port of the loopback interface for as long as the context lasts; gives `address:port`."""
    zone = dns.zone.from_text(zone_text, relativize=False)

    class OverUdp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            datagram, socket = self.request
            socket.sendto(answer(zone, dns.message.from_wire(datagram)).to_wire(), self.client_address)

    class OverTcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            size = int.from_bytes(self.rfile.read(2), "big")
            wire = answer(zone, dns.message.from_wire(self.rfile.read(size))).to_wire()
            self.wfile.write(len(wire).to_bytes(2, "big") + wire)

    with ExitStack() as stack:
        while True:
            udp = socketserver.UDPServer((LOOPBACK, 0), OverUdp)
            port = udp.server_address[1]
            try:
                tcp = socketserver.TCPServer((LOOPBACK, port), OverTcp)
                break
            except OSError:  # somebody has the port over TCP: take another one
                udp.server_close()
        for server in (udp, tcp):
            stack.enter_context(server)
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            stack.callback(server.shutdown)
        yield f"{LOOPBACK}:{port}"
