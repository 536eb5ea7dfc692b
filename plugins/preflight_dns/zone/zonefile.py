"""A zone file (RFC 1035 section 5) as what the servers should say. Reads nothing but its text."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import dns.exception
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.transaction
import dns.zonefile

from preflight_dns.chain import within
from preflight_dns.names import absolute, bare
from preflight_dns.wire import Rr
from preflight_dns.zone.known import MADE_BY_SIGNING, SIGNATURES, RrsetName
from preflight_dns.zone.said import BELOW, Said, delegation, found

_DIRECTIVES = ("$TTL", "$ORIGIN", "$GENERATE")


class Unreadable(Exception):  # noqa: N818  what it says of the file, not of us
    """A zone file that cannot be used: where, and why."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class ZoneFile:
    """What stands in a zone file; equal if the text is."""

    name: str
    digest: str
    rrs: tuple[Rr, ...] = field(compare=False, repr=False)

    @property
    def label(self) -> str:
        """What it is called in findings."""
        return f"the zone file {self.name}"


def read(text: str, name: str, zone: str) -> ZoneFile:
    """Read the text of a zone file; `zone` is what relative names in it belong to. Raises Unreadable."""
    taking = _Taking(absolute(zone))
    tokens = _Placed(text, name, _Octets())  # type: ignore[no-untyped-call]  # dnspython's
    try:
        reader = dns.zonefile.Reader(tokens, dns.rdataclass.IN, taking, allow_directives=_DIRECTIVES)
        reader.current_origin = dns.name.from_text(absolute(zone))
        reader.read()
    except (dns.exception.DNSException, ValueError) as error:
        raise _unreadable(text, name, tokens.line, error) from None
    if not taking.rrs:
        raise Unreadable(1, "there is no record in it")
    return ZoneFile(name, hashlib.sha256(text.encode()).hexdigest(), tuple(taking.rrs))


class _Octets(dns.name.IDNACodec):
    """Name servers take letters as the octets they are: what the file says would be another name than is meant."""

    def encode(self, label: str) -> bytes:
        letter = next((each for each in label if not each.isascii()), "")
        if letter:
            raise ValueError(
                f"a name with the letter U+{ord(letter):04X}, which name servers take as octets: write it as it stands "
                "in the DNS (xn--...)"
            )
        return label.encode()


class _Placed(dns.tokenizer.Tokenizer):
    """Knows the line of the last token; dnspython counts the end of a line when it looks at it."""

    line = 1
    _last: dns.tokenizer.Token | None = None

    def get(self, want_leading: bool = False, want_comment: bool = False) -> dns.tokenizer.Token:
        line = super().where()[1]
        token = super().get(want_leading, want_comment)
        if token is not self._last and not token.is_eol_or_eof():  # not one that was put back
            self.line, self._last = line, token
        return token


class _Everywhere(dns.transaction.TransactionManager):
    """A zone would leave out what is below no origin, without a word."""

    def origin_information(self) -> tuple[dns.name.Name | None, bool, dns.name.Name | None]:
        return dns.name.root, False, dns.name.root

    def get_class(self) -> dns.rdataclass.RdataClass:
        return dns.rdataclass.IN


class _Taking(dns.transaction.Transaction):
    """What the reader puts records into: RR by RR, with the TTL of each."""

    def __init__(self, zone: str) -> None:
        super().__init__(_Everywhere())
        self.rrs: list[Rr] = []
        self._zone = zone
        self._types: dict[str, set[str]] = {}

    def _set_origin(self, origin: dns.name.Name) -> None:
        """Every name is absolute already."""

    def add(self, *args: Any) -> None:
        """`(owner, TTL, rdata)`, as the reader gives them."""
        owner, ttl, rdata = args
        name, rdtype = owner.to_text().lower(), dns.rdatatype.to_text(rdata.rdtype)
        if not within(name, self._zone):
            raise dns.exception.SyntaxError(f"{bare(name)} is no name of the zone {bare(self._zone)}")  # type: ignore[no-untyped-call]  # dnspython's
        if rdtype in SIGNATURES:
            return
        types = self._types.setdefault(name, set())
        types.add(rdtype)
        if "CNAME" in types and len(types) > 1:
            raise dns.exception.SyntaxError(f"{bare(name)} has a CNAME and other records")  # type: ignore[no-untyped-call]  # dnspython's
        self.rrs.append(Rr(name, ttl, rdtype, rdata.to_text()))


def _unreadable(text: str, name: str, line: int, error: Exception) -> Unreadable:
    why = re.sub(rf"^{re.escape(name)}:\d+: ", "", " ".join(str(error).split())) or type(error).__name__
    written = " ".join(text.splitlines()[line - 1].split())
    if "$INCLUDE" in why:
        why = "it is not followed: give the whole zone as one file (`named-compilezone -o`)"
    return Unreadable(line, f'"{written[:60]}": {why}')


class FileSays:
    """What a server with that zone would say: delegations of zones below, and what wildcards expand to, as well."""

    def __init__(self, file: ZoneFile, zone: str) -> None:
        self.label = file.label
        self._cuts = {rr.name for rr in file.rrs if rr.type == "NS" and rr.name != zone}
        self._owners = {above for rr in file.rrs for above in _above(rr.name)}
        rrsets: dict[RrsetName, list[Rr]] = {}
        for rr in file.rrs:
            cut = self._cut(rr.name)
            own = cut is None or (rr.name == cut and rr.type == "DS")
            rrsets.setdefault((rr.name, rr.type) if own else (cut or "", "NS"), []).append(rr)
        self.rrsets: dict[RrsetName, tuple[Said, tuple[Rr, ...]]] = {}
        for (name, rdtype), rrs in rrsets.items():
            whole = delegation(name, rrs) if rdtype == "NS" and name in self._cuts else tuple(rrs)
            self.rrsets[name, rdtype] = found(whole), whole

    def of(self, name: str, rdtype: str) -> tuple[Said, tuple[Rr, ...]] | None:
        """None if there is nothing like that; BELOW where it is not for this file to say."""
        at = self.rrsets.get((name, rdtype)) or self.rrsets.get((name, "CNAME"))
        if at is not None:
            return at
        if self._cut(name) or any((above, "DNAME") in self.rrsets for above in _above(name)[1:]):
            return Said(BELOW), ()
        encloser = next((above for above in _above(name) if above in self._owners), "")
        wild = self.rrsets.get((f"*.{encloser}", rdtype)) or self.rrsets.get((f"*.{encloser}", "CNAME"))
        if encloser == name or wild is None:
            return None
        expanded = tuple(replace(rr, name=name) for rr in wild[1])
        return found(expanded), expanded

    def _cut(self, name: str) -> str | None:
        return next((above for above in _above(name) if above in self._cuts), None)


@lru_cache(maxsize=8)
def says(file: ZoneFile, zone: str) -> FileSays:
    """One for all who ask."""
    return FileSays(file, zone)


def left_out(file: ZoneFile) -> frozenset[str]:
    """Types that the servers may have besides, since they sign what the file has unsigned."""
    return MADE_BY_SIGNING - {rr.type for rr in file.rrs}


def _above(name: str) -> list[str]:
    """A name and those above it; names with escapes in them are no zone cuts here but by themselves."""
    labels = name.split(".")
    return [".".join(labels[at:]) for at in range(len(labels) - 1)]
