"""What the zone above says of a zone, as plain sets to compare. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from preflight_dns.chain import within
from preflight_dns.wire import Rr
from preflight_dns.zone.asked import Asked, Reply

_ADDRESSES = ("A", "AAAA")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of a name server's name, as asked for."""

    name: str
    a: Asked
    aaaa: Asked

    @property
    def found(self) -> frozenset[str]:
        return frozenset(
            rr.text
            for asked in (self.a, self.aaaa) for reply in asked.replies
            for rr in (*reply.answer, *(() if reply.authoritative else reply.additional))
            if rr.name == self.name and rr.type in _ADDRESSES
        )  # fmt: skip

    @property
    def alias(self) -> str:
        """What its name is an alias of; empty if it is none."""
        rrs = (rr for asked in (self.a, self.aaaa) for reply in asked.replies for rr in reply.answer)
        return next((rr.text for rr in rrs if rr.name == self.name and rr.type == "CNAME"), "")

    @property
    def unknown(self) -> str:
        """Why they are not known, or not all, where nobody could say; empty if somebody did."""
        for asked in (self.a, self.aaaa):
            said = [reply for reply in asked.replies if reply.rcode in ("NOERROR", "NXDOMAIN")]
            if not said:
                why = "; ".join(f"{reply.server}: {reply.unanswered or reply.rcode}" for reply in asked.replies)
                return f"{asked.type}: {asked.unasked or why}"
        return ""

    @property
    def error(self) -> Reply | None:
        """Of a server that answers with an error instead."""
        replies = (reply for asked in (self.a, self.aaaa) for reply in asked.replies)
        return next((reply for reply in replies if reply.rcode not in ("", "NOERROR", "NXDOMAIN")), None)


@dataclass(frozen=True, slots=True)
class Delegated:
    """What one server of the zone above says; `names` empty if it delegates nothing."""

    server: str
    names: frozenset[str]
    glue: tuple[tuple[str, str], ...]  # (name, address)

    def glue_of(self, name: str) -> frozenset[str]:
        return frozenset(address for owner, address in self.glue if owner == name)


def delegated(zone: str, above: Asked) -> list[Delegated]:
    """Of each server of the zone above that answers, and does not serve the zone itself."""
    return [
        Delegated(
            reply.server,
            names_in(zone, (*reply.authority, *reply.answer)),
            tuple((rr.name, rr.text) for rr in reply.additional if rr.type in _ADDRESSES),
        )
        for reply in above.replies
        if reply.rcode in ("NOERROR", "NXDOMAIN") and not serves_both(zone, reply)
    ]


def serves_both(zone: str, reply: Reply) -> bool:
    """A server that has the zone as well answers from there: the delegation to it cannot be seen."""
    return reply.authoritative and bool(reply.rrs(zone, "NS"))


def names_in(zone: str, rrs: Iterable[Rr]) -> frozenset[str]:
    """The name servers in NS records of the zone."""
    return frozenset(rr.text.lower() for rr in rrs if rr.name == zone and rr.type == "NS")


def needs_glue(zone: str, name: str) -> bool:
    """Nobody can look it up without asking itself (RFC 9471)."""
    return within(name, zone)


def one_network(addresses: Iterable[str]) -> str:
    """The /24 or /48 that holds all addresses; empty if they are in several, or there is one only."""
    known = sorted(set(addresses))
    networks = {
        ipaddress.ip_network(f"{address}/{48 if ':' in address else 24}", strict=False)
        for address in known
    }  # fmt: skip
    return str(networks.pop()) if len(known) > 1 and len(networks) == 1 else ""
