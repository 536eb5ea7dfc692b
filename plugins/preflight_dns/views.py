"""What each server lets a user see in the end: its answer, followed along the CNAME chain. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from preflight_dns.chain import follow
from preflight_dns.observation import Answer, Hop, Lookup
from preflight_dns.wire import Rr


class Sight(StrEnum):
    """What a server's answer comes to. Other rcodes than these stand as they are."""

    FOUND = "found"
    NODATA = "NODATA"
    NXDOMAIN = "NXDOMAIN"
    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    DANGLING = "dangling"  # a CNAME to a name that does not exist
    LOOP = "loop"
    ENDLESS = "endless"  # a chain of CNAMEs that nobody follows to its end
    LAME = "lame"  # it answers, but not with authority for the zone
    REFERRAL = "referral"  # it names other servers instead of answering
    UNANSWERED = "unanswered"
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class View:
    """One server's, or with CNAMEs out of its zone one way through several.

    Attributes:
        server: whom it is seen through: `ns1.example.com 192.0.2.1`, `... then ns.other.example 192.0.2.9`.
        sight: a `Sight`, or an rcode that is none.
        end: the name at the end of the chain.
        zone: the zone in which the last answer was given; empty for resolvers.
        detail: of no answer, of a referral; `advice` says what to do about it, if that is known.
        nsid, ede: what the last server calls itself, and what it says besides.
        unchecked: the rcode of a resolver that answered SERVFAIL, when asked again not to validate.
    """

    server: str
    sight: str
    end: str
    zone: str = ""
    rrs: tuple[Rr, ...] = ()
    chain: tuple[Rr, ...] = ()
    detail: str = ""
    dead: bool = False
    advice: str = ""
    nsid: str = ""
    ede: tuple[str, ...] = ()
    unchecked: str = ""

    @property
    def error(self) -> bool:
        """An rcode that says nothing of the name."""
        return self.sight in (Sight.SERVFAIL, Sight.REFUSED) or self.sight not in set(Sight)

    @property
    def bogus(self) -> bool:
        """A resolver has the answer, and gives SERVFAIL, as validation fails there."""
        return self.unchecked in ("NOERROR", "NXDOMAIN")


def views(lookup: Lookup) -> list[View]:
    """All views of a lookup, those of the first hop's servers in order."""
    hops = {hop.name: hop for hop in lookup.hops}
    return list(_through(lookup.hops[0], hops, lookup.type, "", (), frozenset()))


def _through(
    hop: Hop, hops: dict[str, Hop], rdtype: str, before: str, chain: tuple[Rr, ...], passed: frozenset[str]
) -> Iterator[View]:
    passed |= {hop.name}
    if hop.unasked:
        yield View(before, Sight.UNASKED, hop.name, chain=chain, detail=hop.unasked, advice=hop.advice)
    onward: dict[tuple[Rr, ...], list[str]] = {}
    for answer in hop.answers:
        server = f"{before}, then {answer.server}" if before else answer.server
        sight = _refused(hop, answer)
        if sight:
            detail = answer.unanswered or answer.referral
            whom = answer.server if answer.dead else server
            view = View(whom, sight, hop.name, hop.zone, (), chain, detail, answer.dead, unchecked=answer.unchecked)
            yield replace(view, nsid=answer.nsid, ede=answer.ede) if answer.nsid or answer.ede else view
            continue
        followed = follow(hop, answer, rdtype)
        whole = chain + followed.chain
        if followed.ask_on and followed.end in hops and followed.end not in passed:
            onward.setdefault(whole, []).append(server)
            continue
        ending = Sight.FOUND if followed.rrs else _nothing(answer, bool(whole))
        if followed.loop or followed.ask_on:
            ending = Sight.LOOP if followed.loop or followed.end in passed else Sight.ENDLESS
        view = View(server, ending, followed.end, hop.zone, followed.rrs, whole)
        yield replace(view, nsid=answer.nsid, ede=answer.ede) if answer.nsid or answer.ede else view
    for whole, servers in onward.items():
        # Where all servers lead to the same name, only those that hold that name can still differ.
        way = before if len(servers) == len(hop.answers) else ", ".join(servers)
        yield from _through(hops[whole[-1].text.lower()], hops, rdtype, way, whole, passed)


def _refused(hop: Hop, answer: Answer) -> str:
    """Why an answer says nothing about the name, or "" if it does."""
    if answer.unanswered:
        return Sight.UNANSWERED
    if answer.rcode not in ("NOERROR", "NXDOMAIN"):
        return answer.rcode
    if hop.zone and not answer.authoritative:
        return Sight.LAME
    return Sight.REFERRAL if answer.referral else ""


def _nothing(answer: Answer, by_alias: bool) -> Sight:
    if answer.rcode == "NXDOMAIN":
        return Sight.DANGLING if by_alias else Sight.NXDOMAIN
    return Sight.NODATA
