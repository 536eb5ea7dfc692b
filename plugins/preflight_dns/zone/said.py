"""What a server says of one RRset, in a form to compare by. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import dns.rdatatype

from preflight_dns.chain import within
from preflight_dns.line import NoReply
from preflight_dns.values import key, shown
from preflight_dns.wire import Message, Rr

LONGEST_SHOWN = 160  # characters of a value
FOUND, NODATA, LAME = "found", "NODATA", "lame"
# In a zone below, which is delegated, or which the same server has as well: the zone itself says nothing there.
BELOW = "below"


@dataclass(frozen=True, slots=True)
class Said:
    """Equal where servers agree: the same values with the same TTLs, or the same kind of nothing.

    Attributes:
        sight: FOUND, NODATA, NXDOMAIN, LAME, BELOW, or another rcode.
        keys: (owner, type, key) of each record, by which values are the same (see `preflight_dns.values.key`).
        ttls: (owner, type, TTL).
    """

    sight: str
    keys: frozenset[Any] = frozenset()
    ttls: frozenset[tuple[str, str, int]] = frozenset()

    @property
    def is_found(self) -> bool:
        return self.sight == FOUND


def said(zone: str, name: str, rdtype: str, message: Message) -> tuple[Said, tuple[Rr, ...]]:
    """What a message says of an RRset of the zone, and the records it says that with."""
    if message.rcode not in ("NOERROR", "NXDOMAIN"):
        return Said(message.rcode), ()
    rrs = tuple(rr for rr in message.answer if rr.name == name and rr.type in (rdtype, "CNAME"))
    if rrs and message.authoritative:
        return (Said(BELOW), ()) if rdtype == "NS" and name != zone else (found(rrs), rrs)
    cut, rrs = _referral(zone, message)
    if cut:
        return (found(rrs), rrs) if (name, rdtype) == (cut, "NS") else (Said(BELOW), ())
    if not message.authoritative:
        return Said(LAME), ()
    return Said("NXDOMAIN" if message.rcode == "NXDOMAIN" else NODATA), ()


def found(rrs: Iterable[Rr]) -> Said:
    return Said(
        FOUND,
        frozenset((rr.name, rr.type, value_of(rr.type, rr.text)) for rr in rrs),
        frozenset((rr.name, rr.type, rr.ttl) for rr in rrs),
    )


def value_of(rdtype: str, text: str) -> Any:
    """What a value is compared by: an SOA without its serial, which `serial` is for."""
    if rdtype == "SOA":
        fields = text.lower().split()
        return (*fields[:2], *fields[3:])
    return key(rdtype, text)


def _referral(zone: str, message: Message) -> tuple[str, tuple[Rr, ...]]:
    """The zone below that is referred to, and the delegation to it."""
    if message.authoritative or message.answer:
        return "", ()
    cut = next((rr.name for rr in message.authority if rr.type == "NS"), zone)
    if cut == zone or not within(cut, zone):
        return "", ()
    return cut, delegation(cut, (*message.authority, *message.additional))


def delegation(cut: str, rrs: Iterable[Rr]) -> tuple[Rr, ...]:
    """The NS of a zone below, and the addresses that nobody could find without it (RFC 9471)."""
    return tuple(
        rr for rr in rrs
        if (rr.type == "NS" and rr.name == cut) or (rr.type in ("A", "AAAA") and within(rr.name, cut))
    )  # fmt: skip


def values(rrs: Iterable[Rr]) -> list[str]:
    """Values as a person writes them; long ones by their beginning, and by what tells them apart."""
    return sorted({_short(shown(rr.type, rr.text) if rr.type != "CNAME" else f"CNAME {rr.text}") for rr in rrs})


def _short(text: str) -> str:
    if len(text) <= LONGEST_SHOWN:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{text[: LONGEST_SHOWN // 2]}... ({len(text):,} characters, SHA-256 {digest}...)"


@lru_cache(maxsize=256)
def type_of(rdtype: str) -> dns.rdatatype.RdataType:
    return dns.rdatatype.from_text(rdtype)


Heard = Message | NoReply


def same(one: Heard, other: Heard) -> bool:
    """Whether two messages are so plainly the same that nobody has to look closer: equal octets are read once."""
    return one is other or (
        isinstance(one, Message)
        and isinstance(other, Message)
        and one.answer is other.answer
        and one.authority is other.authority
        and one.additional is other.additional
        and (one.rcode, one.authoritative) == (other.rcode, other.authoritative)
    )
