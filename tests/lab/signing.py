"""Signed zones as the text of zone files, right or wrong in any way a test wants: signed here, served by a real server.

zone = signing.Zone("example.test", text, [signing.key(), signing.key(ksk=True)])
zone.text(ends=days(2))    # signatures that end in two days
zone.ds()                  # what the parent has to have
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dns.dnssec
import dns.name
import dns.node
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

TTL = 300


def days(count: float) -> datetime:
    """So many days from now."""
    return datetime.now(UTC) + timedelta(days=count)


@dataclass(frozen=True)
class Key:
    """A private key and its DNSKEY."""

    private: Any
    dnskey: Any

    @property
    def algorithm(self) -> int:
        return int(self.dnskey.algorithm)

    @property
    def tag(self) -> int:
        return dns.dnssec.key_id(self.dnskey)

    def ds(self, zone: str, digest: str = "SHA256") -> str:
        """The rdata of a DS for this key."""
        made = dns.dnssec.make_ds(f"{zone}.", self.dnskey, digest, policy=dns.dnssec.allow_all_policy)
        return made.to_text()


def key(algorithm: str = "ECDSAP256SHA256", *, ksk: bool = False, bits: int = 2048, flags: int | None = None) -> Key:
    """A new key. `ksk` sets the flag SEP; `flags` are all flags."""
    private: Any = rsa.generate_private_key(65537, bits) if algorithm.startswith("RSA") else _MAKE[algorithm]()
    flags = (257 if ksk else 256) if flags is None else flags
    return Key(private, dns.dnssec.make_dnskey(private.public_key(), algorithm, flags))


_MAKE: dict[str, Callable[[], Any]] = {
    "ECDSAP256SHA256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ECDSAP384SHA384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ED25519": ed25519.Ed25519PrivateKey.generate,
}
Signs = Callable[[Key, str], bool]
"""Whether a key signs the RRsets of a type."""


def usual(key: Key, rdtype: str) -> bool:
    """A key with the flag SEP signs the keys, and what asks the parent for their DS; the others sign all else."""
    return bool(key.dnskey.flags & 1) == (rdtype in ("DNSKEY", "CDS", "CDNSKEY"))


def every(_key: Key, _rdtype: str) -> bool:
    return True


@dataclass
class Zone:
    """A zone to be signed. The text is that of its zone file, unsigned; the keys stand in its DNSKEY."""

    name: str
    unsigned: str
    keys: Sequence[Key]

    def ds(self, digest: str = "SHA256") -> str:
        return next(key for key in self.keys if key.dnskey.flags & 1).ds(self.name, digest)

    def text(
        self,
        *,
        begins: datetime | None = None,
        ends: datetime | None = None,
        signs: Signs = usual,
        nsec3: tuple[int, str] | None = None,
    ) -> str:
        """The zone file. `nsec3`: iterations and salt (in hex), instead of NSEC."""
        origin = dns.name.from_text(self.name)
        zone = dns.zone.from_text(self.unsigned, origin, relativize=False)
        for key in self.keys:
            zone.find_rdataset(origin, "DNSKEY", create=True).add(key.dnskey, TTL)
        lines = _nsec3(zone, origin, *nsec3) if nsec3 else _nsec(zone, origin)
        for name, rdataset in lines:
            zone.find_rdataset(name, rdataset.rdtype, create=True).update(rdataset)
        begins, ends = begins or days(-1), ends or days(30)
        signed = zone.to_text(relativize=False)
        for rrset in list(_sets(zone, origin)):
            kind = dns.rdatatype.to_text(rrset.rdtype)
            for key in self.keys:
                if signs(key, kind):
                    made = dns.dnssec.sign(
                        rrset, key.private, origin, key.dnskey, begins, ends, policy=dns.dnssec.allow_all_policy
                    )
                    signed += f"{rrset.name} {TTL} IN RRSIG {made.to_text()}\n"
        return signed


def _sets(zone: dns.zone.Zone, origin: dns.name.Name) -> Iterable[dns.rrset.RRset]:
    """What has a signature: all but the NS of zones below, and their addresses (RFC 4035 section 2.2)."""
    cuts = _cuts(zone, origin)
    for name in zone:
        if any(name != cut and name.is_subdomain(cut) for cut in cuts):
            continue
        for rdataset in zone.find_node(name):
            if name not in cuts or rdataset.rdtype in (dns.rdatatype.DS, dns.rdatatype.NSEC):
                yield dns.rrset.from_rdata_list(name, rdataset.ttl, list(rdataset))


def _cuts(zone: dns.zone.Zone, origin: dns.name.Name) -> set[dns.name.Name]:
    return {name for name in zone if name != origin and zone.get_rdataset(name, "NS")}


def _owners(zone: dns.zone.Zone, origin: dns.name.Name) -> list[dns.name.Name]:
    cuts = _cuts(zone, origin)
    return sorted(name for name in zone if not any(name != cut and name.is_subdomain(cut) for cut in cuts))


def _types(node: dns.node.Node, *more: str) -> str:
    """The types at a name, in order, for a bitmap."""
    numbers = {int(rdataset.rdtype) for rdataset in node} | {int(dns.rdatatype.from_text(each)) for each in more}
    return " ".join(dns.rdatatype.to_text(dns.rdatatype.RdataType.make(number)) for number in sorted(numbers))


def _nsec(zone: dns.zone.Zone, origin: dns.name.Name) -> list[tuple[dns.name.Name, dns.rdataset.Rdataset]]:
    owners = _owners(zone, origin)
    return [
        (name, _set("NSEC", f"{following} {_types(zone.find_node(name), 'RRSIG', 'NSEC')}"))
        for name, following in zip(owners, [*owners[1:], owners[0]], strict=True)
    ]


def _nsec3(
    zone: dns.zone.Zone, origin: dns.name.Name, iterations: int, salt: str
) -> list[tuple[dns.name.Name, dns.rdataset.Rdataset]]:
    parameters = f"1 0 {iterations} {salt or '-'}"
    zone.find_rdataset(origin, "NSEC3PARAM", create=True).update(
        dns.rdataset.from_text("IN", "NSEC3PARAM", 0, parameters)
    )
    names: dict[dns.name.Name, str] = {}
    for owner in _owners(zone, origin):
        names[owner] = _types(zone.find_node(owner), "RRSIG")
        above = owner.parent() if owner != origin else origin
        while above != origin and above not in names and above not in zone:  # names without records, between
            names[above] = ""
            above = above.parent()
    hashed = sorted((dns.dnssec.nsec3_hash(name, salt or None, iterations, 1), types) for name, types in names.items())
    return [
        (dns.name.from_text(own, origin), _set("NSEC3", f"{parameters} {following} {types}".strip()))
        for (own, types), (following, _) in zip(hashed, [*hashed[1:], hashed[0]], strict=True)
    ]


def _set(rdtype: str, text: str) -> dns.rdataset.Rdataset:
    return dns.rdataset.from_text("IN", rdtype, TTL, text)
