"""Does the parent zone vouch for this one: DS, DNSKEY, signatures over the keys (RFC 4035 section 5.2)? Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from preflight.duration import format_duration
from preflight_dns.names import bare
from preflight_dns.zone.asked import Asked, Reply
from preflight_dns.zone.dnssec.algorithms import (
    OLD_DIGESTS,
    TOO_OLD,
    UNADVISED,
    VERIFIED,
    VERIFIED_DIGESTS,
    algorithm,
    digest,
)
from preflight_dns.zone.dnssec.records import Delegation, Key, Signed, delegations
from preflight_dns.zone.dnssec.signatures import verdict
from preflight_dns.zone.facts import Standpoint, why_unanswered
from preflight_dns.zone.flaws import Flaw, Note, Said, listed, unseen

INSISTING = "validators that insist on every algorithm (RFC 4035 section 2.2) answer SERVFAIL"
LEAST_BITS, ADVISED_BITS = 1024, 2048


def bogus(here: Standpoint) -> str:
    """What follows. Where servers are named, others may be delegated to, and the zone be sound there."""
    whose = "every validating resolver" + ("" if here.facts.live else " that is led to these servers")
    return f"{whose} answers SERVFAIL: for their users nothing in the zone exists"


def parents(here: Standpoint) -> tuple[list[tuple[Reply, tuple[Delegation, ...]]], list[Said]]:
    """What each server of the parent zone says of the DS, and what could not be learnt."""
    asked: Asked = here.above("DS")
    zone = bare(here.zone)
    if asked.unasked:
        gap = unseen(Reply("the parent zone", unanswered=asked.unasked), f"the DS of {zone} are not known")
        return [], [type(gap)(gap.reason, asked.advice or gap.next_step, asked.unasked)]
    gaps: list[Said] = []
    good: list[Reply] = []
    for reply in asked.replies:
        if why_unanswered(reply):
            gaps.append(unseen(reply, f"the DS of {zone} are not known of every parent server"))
        elif not reply.authoritative or any(rr.type == "SOA" and rr.name == here.zone for rr in reply.authority):
            lame = Reply(reply.server, unanswered="it does not serve the parent zone (lame)")
            gaps.append(unseen(lame, f"the DS of {zone} are not known of every parent server"))
        else:
            good.append(reply)
    return [(reply, delegations(reply.rrs(here.zone, "DS"))) for reply in good], gaps


def differing(here: Standpoint, found: list[tuple[Reply, tuple[Delegation, ...]]]) -> Iterator[Said]:
    """The parent's servers among themselves."""
    by_set: dict[str, list[str]] = {}
    for reply, each in found:
        by_set.setdefault(listed(map(str, each)) or "no DS", []).append(reply.server)
    if len(by_set) > 1:
        yield Flaw(
            f"the same DS of {bare(here.zone)} on every server of the parent zone",
            "; ".join(f"{', '.join(servers)}: {said}" for said, servers in by_set.items()),
            "wait until a change has reached all of them; if there was none, tell the registry",
            "whether the zone validates depends on which server a resolver asked",
        )


def unsigned(here: Standpoint, ds: tuple[Delegation, ...]) -> Flaw:
    """There is no DNSKEY."""
    zone = bare(here.zone)
    if any(known(each) for each in ds):
        return Flaw(
            f"DNSKEY and signatures for {zone}, as its parent zone has DS for it",
            f"bogus: DS {listed(map(str, ds))} at the parent, and no DNSKEY in the zone",
            f"sign {zone} on these servers with the key that the DS names; or have the DS removed at the registrar, "
            "and change the servers only after its TTL has passed",
            bogus(here),
            f"{zone} is bogus",
        )
    seen = f"neither DNSKEY nor DS{'' if not ds else f' that validators know ({listed(map(str, ds))})'}"
    step = "sign it, and give the DS to the registrar; or, if it is not to be signed, write `dnssec: false`"
    return Flaw(f"{zone} signed", seen, step, "resolvers cannot tell a forged answer from yours")


def to_be_unsigned(here: Standpoint, keys: tuple[Key, ...], ds: tuple[Delegation, ...], ttl: int) -> Iterator[Said]:
    zone = bare(here.zone)
    if ds:
        wait = f", and leave the zone signed until {format_duration(ttl)} after that" if ttl else ""
        harm = f"without signatures the zone is bogus: {bogus(here)}"
        step = f"have the DS removed at the registrar{wait}"
        yield Flaw(f"no DS for {zone}, which is to be unsigned", f"DS {listed(map(str, ds))}", step, harm)
    elif keys:
        yield Note(f"{zone}: still signed, and no DS: it does no harm")


def linked(
    here: Standpoint, ds: tuple[Delegation, ...], keys: tuple[Key, ...], at: datetime, own: Signed
) -> Iterator[Said]:
    """`own` is the DNSKEY RRset."""
    zone = bare(here.zone)
    if not ds:
        yield Flaw(
            f"DS for {zone} at its parent zone",
            f"an island: {zone} is signed (keys {listed(map(str, keys))}), and its parent has no DS for it",
            "give the DS of the key-signing key to the registrar; if that is not meant to be, write `dnssec: false`",
            "nobody validates: the signatures protect no one",
        )
        return
    usable = [each for each in ds if known(each)]
    for each in ds:
        if each not in usable:
            yield Note(f"{zone}: DS {each}: validators do not know its algorithm or digest in common, and ignore it")
    if not usable:
        yield Flaw(
            f"a DS for {zone} that validators know",
            f"DS {listed(map(str, ds))} only",
            "make keys of a common algorithm (ECDSAP256SHA256), and give their DS, by SHA-256, to the registrar",
            "validators take the zone for unsigned",
        )
        return
    trusted = named(usable, keys, here.zone)
    if not any(key.signs for key in trusted):
        yield _no_match(here, usable, keys, trusted)
        return
    if not verdict(own, keys, here.zone, at).problem:  # which is said of all records
        yield from _each_algorithm(here, usable, keys, trusted, at, own)
    yield from _leftovers(here, usable, keys, trusted, own)
    if {each.digest_type for each in usable} <= OLD_DIGESTS:
        step = f"replace the DS at the registrar by one with {digest(2)}"
        harm = (
            "SHA-1 must not be used for delegations (RFC 8624 section 3.3): some validators take the zone for unsigned"
        )
        yield Flaw(f"a DS for {zone} by SHA-256", f"DS {listed(map(str, usable))} only", step, harm)


def known(each: Delegation) -> bool:
    """Validators go by it."""
    return each.algorithm in VERIFIED and each.digest_type in VERIFIED_DIGESTS


def named(ds: Iterable[Delegation], keys: Iterable[Key], zone: str) -> list[Key]:
    """The keys that a DS leads to."""
    wanted = [each for each in ds if known(each)]
    return [key for key in keys if any(each.names(key, zone) for each in wanted)]


def _no_match(here: Standpoint, usable: list[Delegation], keys: tuple[Key, ...], trusted: list[Key]) -> Flaw:
    zone = bare(here.zone)
    revoked = f"; {listed(map(str, trusted))} is revoked, or no zone key" if trusted else ""
    return Flaw(
        f"a key of {zone} for a DS at its parent zone",
        f"bogus: DS {listed(map(str, usable))}, and none is that of a key there ({listed(map(str, keys))}){revoked}",
        f"sign {zone} with the key that the DS names (a new provider has to take it over, or its key has to get a DS "
        "before the servers change), or have the DS replaced at the registrar",
        bogus(here),
        f"{zone} is bogus",
    )


def _each_algorithm(
    here: Standpoint,
    usable: list[Delegation],
    keys: tuple[Key, ...],
    trusted: list[Key],
    at: datetime,
    own: Signed,
) -> Iterator[Said]:
    """Each algorithm among the DS has a key, which signs the keys (RFC 4035 section 2.2)."""
    zone = bare(here.zone)
    tags = {each.tag for each in verdict(own, keys, here.zone, at).good}
    others = listed(str(key) for key in keys if key.tag in tags and key not in trusted)
    numbers = list(dict.fromkeys(each.algorithm for each in usable))
    accepted = [number for number in numbers if signs_keys(here, number, trusted, at, own)]
    for number in numbers:
        if number in accepted:
            continue
        mine = listed(str(key) for key in trusted if key.algorithm == number)
        seen = f"the DNSKEY are not signed by {mine}" if mine else f"no key of {algorithm(number)} has one"
        step = f"let the signer sign the DNSKEY with {mine or 'a key that the DS names'}, or "
        if others and not accepted:
            seen += f", and the key that signs them, {others}, has no DS"
            step += f"replace the DS at the registrar by that of {others}"
        else:
            step += f"have the DS of {algorithm(number)} removed at the registrar"
        yield Flaw(
            f"the keys of {zone} signed by one of {algorithm(number)} that has a DS",
            seen if accepted else f"bogus: {seen}",
            step,
            INSISTING if accepted else bogus(here),
            "" if accepted else f"{zone} is bogus",
        )


def signs_keys(here: Standpoint, number: int, trusted: list[Key], at: datetime, own: Signed) -> bool:
    """Whether one of them of that algorithm signs the DNSKEY, which are `own`."""
    mine = tuple(key for key in trusted if key.algorithm == number)
    found = verdict(own, mine, here.zone, at)
    return any(each.algorithm == number and each.begins <= at <= each.ends for each in found.good)


def _leftovers(
    here: Standpoint, usable: list[Delegation], keys: tuple[Key, ...], trusted: list[Key], own: Signed
) -> Iterator[Note]:
    zone = bare(here.zone)
    present = {key.algorithm for key in trusted}
    for each in usable:
        if each.algorithm in present and not any(each.names(key, here.zone) for key in keys):
            yield Note(f"{zone}: DS {each} is that of no key: left over from a rollover, or made for one")
    signing = {each.tag for each in own.signatures}
    for key in keys:
        if key.entry and key.signs and key not in trusted and key.tag not in signing:
            yield Note(
                f"{zone}: key {key} has no DS and signs nothing: left over from a key rollover, or made for one to come"
            )
        if not key.signs:
            yield Note(f"{zone}: key {key} is revoked, or no zone key")


def aged(here: Standpoint, keys: tuple[Key, ...]) -> Iterator[Said]:
    """Algorithms and sizes of the keys."""
    zone = bare(here.zone)
    numbers = {key.algorithm for key in keys if key.signs}
    for number in sorted(numbers & TOO_OLD):
        step = "roll over to ECDSAP256SHA256 (13): sign with both, then exchange the DS, then take the old keys out"
        alone = numbers <= TOO_OLD
        harm = (
            "validators that have given it up take the zone for unsigned" if alone else "it adds no security any more"
        )
        yield Flaw(f"{zone} signed with an algorithm of today (RFC 8624)", f"keys of {algorithm(number)}", step, harm)
    for number in sorted(numbers & UNADVISED):
        yield Note(f"{zone}: {algorithm(number)} is not recommended for signing (RFC 8624)")
    for key in keys:
        if key.signs and 0 < key.bits < LEAST_BITS:
            harm = "it can be broken, and validators refuse so short a key"
            step = "roll over to a longer key, or to ECDSAP256SHA256 (13)"
            yield Flaw(f"keys of {zone} of {LEAST_BITS} bits or more", f"key {key} has {key.bits} bits", step, harm)
        elif key.signs and 0 < key.bits < ADVISED_BITS:
            yield Note(f"{zone}: key {key} has {key.bits} bits, and {ADVISED_BITS} are advised")
