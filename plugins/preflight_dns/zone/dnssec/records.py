"""Keys, delegations and signatures as dnspython's objects, from what was recorded as text. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import dns.dnssec
import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rrset

from preflight_dns.names import bare
from preflight_dns.wire import Rr
from preflight_dns.zone.dnssec.algorithms import algorithm, digest

_ZONE_KEY, _REVOKED, SEP = 0x0100, 0x0080, 0x0001


@dataclass(frozen=True, slots=True)
class Key:
    """A DNSKEY. `tag` is its number (RFC 4034 appendix B), `bits` the size of an RSA key, else 0."""

    rdata: Any
    tag: int

    @property
    def algorithm(self) -> int:
        return int(self.rdata.algorithm)

    @property
    def signs(self) -> bool:
        """Whether it may sign the zone (RFC 4034 section 2.1.1, RFC 5011 section 7)."""
        return bool(self.rdata.flags & _ZONE_KEY) and not self.rdata.flags & _REVOKED and self.rdata.protocol == 3

    @property
    def entry(self) -> bool:
        """Marked as one that a DS is meant for."""
        return bool(self.rdata.flags & SEP)

    @property
    def bits(self) -> int:
        if self.algorithm not in (5, 7, 8, 10):
            return 0
        octets: bytes = self.rdata.key
        skipped = 1 + octets[0] if octets and octets[0] else 3 + int.from_bytes(octets[1:3], "big")  # RFC 3110
        return int.from_bytes(octets[skipped:], "big").bit_length()

    def __str__(self) -> str:
        return f"{self.tag} {algorithm(self.algorithm)}"


@dataclass(frozen=True, slots=True)
class _NamesAKey:
    """What names a key by its tag and algorithm."""

    rdata: Any

    @property
    def tag(self) -> int:
        return int(self.rdata.key_tag)

    @property
    def algorithm(self) -> int:
        return int(self.rdata.algorithm)


@dataclass(frozen=True, slots=True)
class Delegation(_NamesAKey):
    """A DS, or a CDS, which says what it should be."""

    @property
    def digest_type(self) -> int:
        return int(self.rdata.digest_type)

    def names(self, key: Key, zone: str) -> bool:
        """Whether this is the digest of that key (RFC 4034 section 5.1.4)."""
        if (key.tag, key.algorithm) != (self.tag, self.algorithm):
            return False
        made = dns.dnssec.make_ds(dns.name.from_text(zone), key.rdata, self.digest_type, validating=True)  # type: ignore[arg-type]
        return bool(made.digest == self.rdata.digest)

    def __str__(self) -> str:
        return f"{self.tag} {algorithm(self.algorithm)} {digest(self.digest_type)}"


@dataclass(frozen=True, slots=True)
class Signature(_NamesAKey):
    """An RRSIG."""

    @property
    def begins(self) -> datetime:
        return datetime.fromtimestamp(self.rdata.inception, UTC)

    @property
    def ends(self) -> datetime:
        return datetime.fromtimestamp(self.rdata.expiration, UTC)


@dataclass(frozen=True, slots=True)
class Signed:
    """An RRset and the signatures that cover it."""

    name: str
    type: str
    rrset: Any  # of dnspython, which types its rdata by their base class only
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{bare(self.name)} {self.type}"


def keys(rrs: Iterable[Rr], rdtype: str = "DNSKEY") -> tuple[Key, ...]:
    """Those in DNSKEY, or in CDNSKEY, which has the same form."""
    found = [_rdata(replace(rr, type="DNSKEY")) for rr in rrs if rr.type == rdtype]
    return tuple(sorted((Key(rdata, dns.dnssec.key_id(rdata)) for rdata in found), key=lambda key: (key.tag, str(key))))


def delegations(rrs: Iterable[Rr], rdtype: str = "DS") -> tuple[Delegation, ...]:
    found = [Delegation(_rdata(rr)) for rr in rrs if rr.type == rdtype]
    return tuple(sorted(found, key=lambda each: (each.tag, each.digest_type, each.rdata.digest)))


def signed_sets(rrs: Iterable[Rr]) -> list[Signed]:
    """The RRsets of a section, each with its signatures."""
    sets: dict[tuple[str, str], list[Rr]] = {}
    signatures: dict[tuple[str, str], list[Signature]] = {}
    for rr in rrs:
        if rr.type == "RRSIG":
            covered = rr.text.split(None, 1)[0]
            signatures.setdefault((rr.name, covered), []).append(Signature(_rdata(rr)))
        else:
            sets.setdefault((rr.name, rr.type), []).append(rr)
    return [
        Signed(name, rdtype, _rrset(name, found), tuple(signatures.get((name, rdtype), ())))
        for (name, rdtype), found in sets.items()
    ]


def _rrset(name: str, rrs: list[Rr]) -> dns.rrset.RRset:
    rdatas = [_rdata(rr) for rr in rrs]
    return dns.rrset.from_rdata_list(dns.name.from_text(name), rrs[0].ttl, rdatas)


def _rdata(rr: Rr) -> Any:
    return dns.rdata.from_text(dns.rdataclass.IN, rr.type, rr.text, origin=dns.name.root, relativize=False)
