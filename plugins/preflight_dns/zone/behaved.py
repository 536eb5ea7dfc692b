"""Servers that lack what resolvers rely on, or do what they should not. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from preflight.finding import Finding
from preflight_dns.advice import listed
from preflight_dns.zone.asked import Asked, Traits
from preflight_dns.zone.spec import ZoneSpec


def judge_traits(spec: ZoneSpec, soa: Asked, traits: Sequence[Traits]) -> Iterator[Finding]:
    """One finding for each kind, with all servers that have it."""
    if "recursion" not in spec.allow:
        yield from _recursion(spec, [reply.server for reply in soa.replies if reply.recursion and reply.authoritative])
    for trait, (expected, step, consequence) in _TRAITS.items():
        found = [one for one in traits if getattr(one, trait)]
        if found and trait not in spec.allow:
            servers = listed([one.server for one in found])
            yield Finding(
                expected=expected,
                observed="\n".join(f"{one.server}: {getattr(one, trait)}" for one in found),
                next_step=f"{step.format(servers=servers)}; if it is meant, write `allow: {trait}`",
                consequence=spec.why or _milder(trait, found) or consequence,
            )


def _milder(trait: str, found: Sequence[Traits]) -> str:
    """Who answers FORMERR is asked without EDNS (RFC 6891 section 7); who is silent is not any more."""
    if trait != "edns" or any(one.edns.startswith("no answer") for one in found):
        return ""
    return (
        "resolvers have to ask each question twice, and get no signatures: with DNSSEC, the zone is bogus; answers of "
        "more than 512 octets take TCP"
    )


def _recursion(spec: ZoneSpec, servers: list[str]) -> Iterator[Finding]:
    if servers:
        yield Finding(
            expected="authoritative servers that look up nothing for others (RFC 5358)",
            observed=f"{listed(servers)}: offers recursion to this machine (RA)",
            next_step=f"turn recursion off on {listed(servers)}, or restrict it to your own networks; if it is meant, "
            "as on internal servers, write `allow: recursion`",
            consequence=spec.why
            or "it can be abused to flood others, and what its cache holds mixes with what it is authoritative for",
        )


_TRAITS = {
    "tcp": (
        "an answer over TCP as well (RFC 7766 section 5)",
        "open TCP port 53 to {servers}, and see that it listens there",
        "whatever does not fit into a datagram, such as long TXT records and DNSSEC keys, is not found by anybody",
    ),
    "edns": (
        "an answer to questions with EDNS (RFC 6891)",
        "see what stands before {servers} and drops or refuses EDNS: an old firewall, an old load balancer",
        "resolvers no longer try without EDNS: for many, the zone is gone",
    ),
    "case": (
        "the question back as it was asked, letter by letter",
        "see what stands before {servers} and changes names: a load balancer, a filter",
        "resolvers that mix the case of names against forged answers take these for forged, and drop them",
    ),
}
