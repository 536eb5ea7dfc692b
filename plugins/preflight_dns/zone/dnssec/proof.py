"""Is it proved that a name does not exist (RFC 4035 section 5.4, RFC 5155 section 8)? Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import dns.dnssec
import dns.name

from preflight_dns.zone.dnssec.records import Signed

_SHA1 = 1  # the one hash there is (RFC 5155 section 11)


def proves(name: str, proofs: Iterable[Signed]) -> bool:
    """Whether NSEC or NSEC3 records say that there is no such name, or what little there is at it."""
    asked = dns.name.from_text(name)
    every = list(proofs)
    return any(_nsec(asked, each) for each in every if each.type == "NSEC") or _nsec3(
        asked, [each for each in every if each.type == "NSEC3"]
    )


def hashing(proofs: Iterable[Signed]) -> tuple[int, int] | None:
    """Iterations and octets of salt of NSEC3 records; None if there are none."""
    parameters = [
        (int(rdata.iterations), len(rdata.salt))
        for each in proofs if each.type == "NSEC3"
        for rdata in each.rrset
    ]  # fmt: skip
    return max(parameters, default=None)


def _nsec(asked: dns.name.Name, proof: Signed) -> bool:
    owner = dns.name.from_text(proof.name)
    if owner == asked:  # made for this very question, which lists what little the name has (RFC 9824)
        return True
    return any(_between(owner, asked, rdata.next) for rdata in proof.rrset)


def _between(owner: Any, asked: Any, following: Any) -> bool:
    """In the circle of all names, which closes after the last one."""
    if owner < following:
        return bool(owner < asked < following)
    return bool(asked > owner or asked < following)


def _nsec3(asked: dns.name.Name, proofs: list[Signed]) -> bool:
    """A name above it that is there, and a span in which the next longer one would have to be."""
    ranges = [
        (proof.name.split(".", 1)[0].upper(), rdata) for proof in proofs for rdata in proof.rrset
    ]  # fmt: skip
    owners = {owner for owner, _ in ranges}
    if not ranges or any(rdata.algorithm != _SHA1 for _, rdata in ranges):
        return False
    salt, iterations = ranges[0][1].salt, ranges[0][1].iterations
    longer: Any = asked
    while longer != dns.name.root:
        closest = longer.parent()
        if _hashed(longer, salt, iterations) in owners:
            return bool(longer == asked)
        if _hashed(closest, salt, iterations) in owners:
            wanted = _hashed(longer, salt, iterations)
            return any(_between(owner, wanted, _next(rdata)) for owner, rdata in ranges)
        longer = closest
    return False


def _hashed(name: dns.name.Name, salt: bytes, iterations: int) -> str:
    return dns.dnssec.nsec3_hash(name, salt.hex() or None, iterations, _SHA1)


def _next(rdata: Any) -> str:
    return base64.b32hexencode(rdata.next).rstrip(b"=").decode().upper()
