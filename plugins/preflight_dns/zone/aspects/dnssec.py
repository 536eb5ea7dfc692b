"""Does the zone validate, on every server, now and after the cutover? From the parent's DS downwards.

Who vouches for the parent is not looked at here, but by the resolvers, which are asked what they make of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from preflight.finding import Finding, NotChecked
from preflight_dns.names import bare
from preflight_dns.zone.aspect import Asker, Aspect
from preflight_dns.zone.dnssec.content import Wanted, collected, valid
from preflight_dns.zone.dnssec.denial import denied
from preflight_dns.zone.dnssec.link import aged, differing, linked, parents, to_be_unsigned, unsigned
from preflight_dns.zone.dnssec.records import Key, keys, signed_sets
from preflight_dns.zone.dnssec.resolvers import validated
from preflight_dns.zone.dnssec.wishes import TYPES as WISHES
from preflight_dns.zone.dnssec.wishes import wish, wished
from preflight_dns.zone.facts import DnssecSeen, Standpoint, why_unanswered
from preflight_dns.zone.flaws import Note, Said, judged, listed, notes, unlike, unseen
from preflight_dns.zone.looking import looking
from preflight_dns.zone.settings import DnssecSettings
from preflight_dns.zone.spec import ZoneSpec


def examine(spec: ZoneSpec, at: datetime, here: Standpoint) -> Iterator[Said]:
    yield from _own(spec, at, here)
    yield from validated(here, vouched=any(ds for _, ds in parents(here)[0]))


def _own(spec: ZoneSpec, at: datetime, here: Standpoint) -> Iterator[Said]:
    """What the zone's servers and its parent's say."""
    reply = here.look(here.zone, "DNSKEY", signed=True)
    above, gaps = parents(here)
    yield from gaps
    if why_unanswered(reply):
        yield unseen(reply, f"the keys of {spec.name} are not known")
        return
    yield from differing(here, above)
    there = keys(reply.rrs(here.zone, "DNSKEY"))
    # A resolver goes by the answer of one server; those of the parent are compared above.
    first, ds = max(above, key=lambda each: len(each[1]), default=(None, ()))
    ttl = max((rr.ttl for rr in first.answer), default=0) if first is not None else 0
    if isinstance(spec.dnssec, bool) and not spec.dnssec:
        yield from to_be_unsigned(here, there, ds, ttl)
        return
    if not there:
        if first is not None:
            yield unsigned(here, ds)
        return
    if first is not None:
        own = next(each for each in signed_sets(reply.answer) if (each.name, each.type) == (here.zone, "DNSKEY"))
        yield from linked(here, ds, there, at, own)
        yield from wished(here, ds, there, at, own)
        if ds and not any(rr.type == "RRSIG" for rr in first.answer):
            yield Note(f"{spec.name}: its parent zone does not sign the DS: nobody validates what is below")
    yield from aged(here, there)
    yield from _records(spec, at, here, there)


def _records(spec: ZoneSpec, at: datetime, here: Standpoint, there: tuple[Key, ...]) -> Iterator[Said]:
    settings = spec.dnssec if isinstance(spec.dnssec, DnssecSettings) else DnssecSettings()
    wanted = Wanted(at, spec.closes, timedelta(seconds=settings.margin), settings.outlasts_expire)
    found, gaps = collected(here, there, at)
    yield from gaps
    yield from valid(here, found, there, wanted)
    yield from denied(here, there, at)


async def look(asker: Asker, spec: ZoneSpec) -> DnssecSeen | NotChecked:
    return await looking(asker, spec, DnssecSeen, partial(examine, spec, asker.at))


def judge(spec: ZoneSpec, seen: DnssecSeen, at: datetime) -> Sequence[Finding | NotChecked]:
    return [*judged(seen, partial(examine, spec, at), spec.why), *_differ(spec, seen), *_wishes_differ(spec, seen)]


def _wishes_differ(spec: ZoneSpec, seen: DnssecSeen) -> Iterator[Finding]:
    """The parent may ask any of them."""
    wishes: list[tuple[str, str]] = []
    for here in seen.standpoints():
        if not any(why_unanswered(here.look(here.zone, rdtype, signed=True)) for rdtype in ("DNSKEY", *WISHES)):
            found = wish(here)
            wishes.append((here.server, "none" if found is None else str(found)))
    yield from unlike(
        f"CDS and CDNSKEY of {bare(seen.zone)}",
        wishes,
        "bring the servers up to date; where two providers sign, each has to publish those of both (RFC 8901), or none",
        spec.why
        or "the parent takes the DS that the server asks for which it happened to ask: with those of one "
        "provider alone, the answers of the other are bogus",
    )


def _differ(spec: ZoneSpec, seen: DnssecSeen) -> Iterator[Finding]:
    """A resolver may take the keys of one server and the signatures of another (RFC 8901 section 3)."""
    sets: list[tuple[str, str]] = []
    for here in seen.standpoints():
        reply = here.look(here.zone, "DNSKEY", signed=True)
        if not why_unanswered(reply):
            there = keys(reply.rrs(here.zone, "DNSKEY"))
            sets.append((here.server, listed(map(str, there), 20) or "no key"))
    yield from unlike(
        f"DNSKEY of {bare(seen.zone)}",
        sets,
        "bring the servers up to date; where two providers sign, each has to publish the keys of both (RFC 8901)",
        spec.why or "a resolver that has the keys of one server finds the answers of another one bogus",
    )


def sketch(spec: ZoneSpec, seen: DnssecSeen) -> list[str]:
    return notes(seen, partial(examine, spec, seen.at))


def contacts(spec: ZoneSpec) -> str:
    resolvers = "; and for what they make of it, the resolvers" if spec.is_delegated else ""
    return f"; and for DS, those of the zone above it{resolvers}"


ASPECT = Aspect(look, judge, sketch, contacts=contacts)
