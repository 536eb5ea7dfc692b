"""Is an RRset signed so that a validator accepts it: now, and for how long (RFC 4035 section 5.3)? Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import dns.dnssec
import dns.exception
import dns.name
import dns.rrset
from cryptography.exceptions import UnsupportedAlgorithm

from preflight_dns.names import bare
from preflight_dns.zone.dnssec.algorithms import VERIFIED, algorithm
from preflight_dns.zone.dnssec.records import Key, Signature, Signed
from preflight_dns.zone.dnssec.when import moment


@dataclass(slots=True)
class Verdict:
    """What a validator makes of an RRset with these keys.

    Attributes:
        good: signatures that verify, whatever the time.
        problem: why no validator accepts the RRset now; empty if it does.
        late: it is no problem but for the time: when it was or will be accepted.
        unverified: algorithms of its signatures that cannot be verified here.
        stale: signatures beside the good ones by which nothing verifies.
    """

    good: list[Signature] = field(default_factory=list)
    problem: str = ""
    late: bool = False
    unverified: set[int] = field(default_factory=set)
    stale: list[str] = field(default_factory=list)

    def until(self, at: datetime) -> datetime | None:
        """When the last signature that is good by then ends."""
        return max((each.ends for each in self.good if each.begins <= at), default=None)


def verdict(signed: Signed, keys: tuple[Key, ...], zone: str, at: datetime) -> Verdict:
    """`keys` are those that may sign it; `zone` is absolute."""
    found = Verdict()
    if not signed.signatures:
        found.problem = "it has no signature"
        return found
    why = [_tried(found, signed, each, keys, zone) for each in signed.signatures]
    current = [each for each in found.good if each.begins <= at <= each.ends]
    found.stale += [f"of key {each.tag}, expired at {moment(each.ends)}" for each in found.good if each.ends < at]
    if current or found.unverified:
        return found
    found.problem = "; ".join(dict.fromkeys(filter(None, why)))
    if found.good:
        last = max(found.good, key=lambda each: each.ends)
        found.late = True
        found.problem = (
            f"its signature expired at {moment(last.ends)}"
            if last.ends < at
            else f"its signature is not valid before {moment(min(each.begins for each in found.good))}"
        )
    return found


def _tried(found: Verdict, signed: Signed, signature: Signature, keys: tuple[Key, ...], zone: str) -> str:
    """Sort a signature into `found`; why it does not verify, or empty."""
    if signature.algorithm not in VERIFIED:
        found.unverified.add(signature.algorithm)
        return ""
    try:
        problem = _problem(signed, signature, keys, zone)
    except (UnsupportedAlgorithm, dns.exception.UnsupportedAlgorithm):  # left out of OpenSSL here, or not allowed
        found.unverified.add(signature.algorithm)
        return ""
    if problem:
        found.stale.append(problem)
    else:
        found.good.append(signature)
    return problem


def _problem(signed: Signed, signature: Signature, keys: tuple[Key, ...], zone: str) -> str:
    signer = signature.rdata.signer.to_text().lower()
    if signer != zone:
        return f"it is signed by {bare(signer)}, another zone"
    mine = [key for key in keys if (key.tag, key.algorithm) == (signature.tag, signature.algorithm) and key.signs]
    if not mine:
        return f"it is signed by the key {signature.tag} {algorithm(signature.algorithm)}, which is not in the DNSKEY"
    owner = dns.name.from_text(zone)
    table: Any = {owner: dns.rrset.from_rdata_list(owner, 0, [key.rdata for key in mine])}
    try:
        # At a time when it is valid: whether that is now is another matter. Old algorithms verify here as well.
        dns.dnssec.validate_rrsig(
            signed.rrset, signature.rdata, table, now=signature.rdata.inception, policy=dns.dnssec.allow_all_policy
        )
    except (UnsupportedAlgorithm, dns.exception.UnsupportedAlgorithm):
        raise
    except Exception:  # ValidationFailure, and what keys of garbage raise in several libraries
        return f"the signature of key {signature.tag} does not verify"
    return ""
