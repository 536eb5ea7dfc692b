"""Follow a CNAME chain through one answer. Pure; the probe asks on where it ends, the judge reads it."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_dns.observation import Answer, Hop
from preflight_dns.wire import Rr


@dataclass(frozen=True, slots=True)
class Followed:
    """How far one answer leads.

    Attributes:
        chain: the CNAME RRs passed, in order.
        end: the name reached.
        rrs: the RRset of the wanted type there.
        ask_on: what is at `end` has to be asked of other servers.
        loop: the chain comes back to a name it has passed.
    """

    chain: tuple[Rr, ...]
    end: str
    rrs: tuple[Rr, ...]
    ask_on: bool = False
    loop: bool = False


def follow(hop: Hop, answer: Answer, rdtype: str) -> Followed:
    """Follow from the hop's name. An authoritative server is believed within its zone only."""
    aliases = {rr.name: rr for rr in answer.rrs if rr.type == "CNAME"}
    name = hop.name.lower()
    chain: list[Rr] = []
    passed: set[str] = set()
    while rdtype != "CNAME" and name in aliases:
        if name in passed:
            return Followed(tuple(chain), name, (), loop=True)
        passed.add(name)
        chain.append(aliases[name])
        name = aliases[name].text.lower()
        if hop.zone and not within(name, hop.zone):
            return Followed(tuple(chain), name, (), ask_on=True)
    rrs = tuple(rr for rr in answer.rrs if rr.name == name and rr.type == rdtype)
    # A server may stop at a CNAME whose target it has delegated, or simply not go on (RFC 1034 section 4.3.2).
    ask_on = bool(chain) and not rrs and answer.rcode == "NOERROR" and bool(hop.zone)
    return Followed(tuple(chain), name, rrs, ask_on=ask_on)


def within(name: str, zone: str) -> bool:
    """Whether `name` is `zone` or lies below it; both lower-case with a final dot."""
    return zone == "." or name == zone or name.endswith("." + zone)
