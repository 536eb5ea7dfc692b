"""DNS messages as they stand on the wire (RFC 1035 section 4): what to ask, and what was answered.

`dns.message.from_wire` builds RRsets, whose TTL is the smallest of their RRs: an RRset with mixed TTLs (against
RFC 2181 section 5.2, yet served) would look healthy. So the sections are walked RR by RR. The walk reads names and
the commonest rdata itself, as checking ten thousand records consists mostly of this; dnspython reads the rest.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, replace
from functools import lru_cache

import dns.exception
import dns.flags
import dns.ipv6
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.wire

from preflight_dns import edns

_HEADER = struct.Struct("!HHHHHH")  # id, flags, and how many entries each of the four sections has
_RR = struct.Struct("!HHIH")  # type, class, TTL, octets of rdata
_IN, _OPT_TYPE = int(dns.rdataclass.IN), int(dns.rdatatype.OPT)  # an enum's attributes are slow to look up
_A, _AAAA = int(dns.rdatatype.A), int(dns.rdatatype.AAAA)
_ERRORS_WITHOUT_QUESTION = frozenset(
    map(int, (dns.rcode.FORMERR, dns.rcode.SERVFAIL, dns.rcode.NOTIMP, dns.rcode.REFUSED))
)
_JUST_A_NAME = frozenset(map(int, (dns.rdatatype.NS, dns.rdatatype.CNAME, dns.rdatatype.PTR)))


@dataclass(frozen=True, slots=True)
class Rr:
    """One resource record of class IN.

    `name` is the owner: absolute, lower-case, in presentation format with the final dot. `ttl` is in seconds.
    `text` is the rdata in presentation format, the names in it absolute and in the case they were sent in.
    """

    name: str
    ttl: int
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """One reply. `rcode` is its mnemonic ("NOERROR", "NXDOMAIN"), or its number when it has none ("3841").

    `nsid` is what the server calls itself (RFC 5001), in hex where it is no text; `ede` says more of what happened
    (RFC 8914), such as "EDE 7: signature expired". Both are empty where it says nothing. `edns`: it speaks EDNS.
    `authenticated` is the bit AD: a resolver has validated it (RFC 4035 section 3.2.3).
    """

    rcode: str
    authoritative: bool
    truncated: bool
    recursion_available: bool
    answer: tuple[Rr, ...]
    authority: tuple[Rr, ...]
    additional: tuple[Rr, ...]
    nsid: str = ""
    ede: tuple[str, ...] = ()
    edns: bool = False
    authenticated: bool = False


def query(
    name: str, rdtype: dns.rdatatype.RdataType, *, recursion: bool, dnssec: bool = False, unchecked: bool = False
) -> bytes:
    """A query of class IN with id zero: header, one question, OPT; `dnssec` asks for signatures too.

    `unchecked` is the bit CD, by which a resolver answers without validating (RFC 4035 section 3.2.2). `name` is in
    presentation format. Raises `dns.name.NeedAbsoluteNameOrOrigin` when it has no final dot.
    """
    flags = (dns.flags.RD if recursion else 0) | (dns.flags.CD if unchecked else 0)
    header = _HEADER.pack(0, flags, 1, 0, 0, 1)
    return b"".join((header, _encoded(name), struct.pack("!HH", rdtype, _IN), edns.OPT_DO if dnssec else edns.OPT))


def _encoded(name: str) -> bytes:
    """A name on the wire, uncompressed. dnspython reads what has escapes in it, and refuses what is no name."""
    labels = name.encode().split(b".")
    if len(name) > 254 or "\\" in name or labels[-1] or not all(0 < len(label) < 64 for label in labels[:-1]):
        return dns.name.from_text(name, origin=None).to_wire() or b""
    return b"".join([bytes((len(label),)) + label for label in labels])


def answers(reply: bytes, query: bytes) -> bool:
    """Whether `reply` answers what `query` made: same id, a response, same question, names in any case.

    Some servers send an error without the question; these count too, as in `dns.message.Message.is_response`.
    """
    if len(reply) < _HEADER.size or reply[:2] != query[:2] or reply[2] & 0xF8 != 0x80:  # QR set, opcode QUERY
        return False
    if reply[4:6] == b"\0\0":
        return reply[3] & 0xF in _ERRORS_WITHOUT_QUESTION
    end = len(query) - edns.size(query)
    if reply[4:6] != b"\0\1" or reply[end - 4 : end] != query[end - 4 : end]:  # never fold the case of a type
        return False
    return reply[12 : end - 4].lower() == query[12 : end - 4].lower()


def truncated(reply: bytes) -> bool:
    """The TC bit of a reply, which may well be cut within an RR (RFC 2181 section 9)."""
    return reply[2] & 0x02 != 0


def read(wire: bytes) -> Message:
    """Read a whole message; raises `dns.exception.FormError` when it is not one.

    Refused as by dnspython: rdata that does not fill its length, octets after the last RR, a misplaced OPT.
    Refused too: an RR of another class than IN, as nothing else is ever asked for.
    """
    body, opt = edns.parted(wire)
    if opt:
        try:
            return _with_opt(_read_once(body), opt)
        except dns.exception.FormError:
            pass  # it only looked like one
    return _read(wire)


def _with_opt(message: Message, opt: bytes) -> Message:
    if message.edns:  # there must be one only (RFC 6891 section 6.1.1)
        raise dns.message.BadEDNS
    high, nsid, ede = edns.told(opt)
    rcode = _rcode(high | int(dns.rcode.from_text(message.rcode))) if high else message.rcode
    return replace(message, rcode=rcode, nsid=nsid, ede=ede, edns=True)


@lru_cache(maxsize=1024)
def _read_once(wire: bytes) -> Message:
    return _read(wire)


def _read(wire: bytes) -> Message:
    try:
        return _Walk(wire).message()
    except dns.exception.FormError:
        raise
    except (IndexError, struct.error) as error:
        raise _malformed("it ends too early") from error
    except Exception as error:  # dnspython's readers and printers of rdata raise many kinds
        raise _malformed(f"{type(error).__name__}: {error}") from error


def _malformed(why: str) -> dns.exception.FormError:
    return dns.exception.FormError(why)  # type: ignore[no-untyped-call]  # dnspython annotates only in part


class _Walk:
    """A position in a message, and the names seen on the way: later ones mostly point back at them."""

    def __init__(self, wire: bytes) -> None:
        self._wire = wire
        self._at = 0
        self._names: dict[int, tuple[str, int, int]] = {}
        self._opt_ttl: int | None = None
        self._options = b""

    def message(self) -> Message:
        if len(self._wire) < _HEADER.size:
            raise dns.message.ShortHeader
        _, flags, questions, *counts = _HEADER.unpack_from(self._wire)
        self._at = _HEADER.size
        for _ in range(questions):
            self._name(len(self._wire))
            self._at += 4
        if self._at > len(self._wire):
            raise IndexError
        answer, authority = self._section(counts[0]), self._section(counts[1])
        additional = self._section(counts[2], last=True)
        if self._at != len(self._wire):
            raise dns.message.TrailingJunk
        nsid, ede = edns.options(self._options)
        return Message(
            rcode=_rcode(flags & 0xF | (self._opt_ttl or 0) >> 20 & 0xFF0),  # RFC 6891 section 6.1.3
            authoritative=flags & 0x0400 != 0,
            truncated=flags & 0x0200 != 0,
            recursion_available=flags & 0x0080 != 0,
            answer=answer,
            authority=authority,
            additional=additional,
            nsid=nsid,
            ede=ede,
            edns=self._opt_ttl is not None,
            authenticated=flags & 0x0020 != 0,
        )

    def _section(self, count: int, *, last: bool = False) -> tuple[Rr, ...]:
        found = []
        for _ in range(count):
            owner = self._name(len(self._wire))
            rdtype, rdclass, ttl, length = _RR.unpack_from(self._wire, self._at)
            self._at += _RR.size
            if self._at + length > len(self._wire):
                raise IndexError
            if rdtype == _OPT_TYPE:
                if not last or self._opt_ttl is not None or owner != ".":  # RFC 6891 section 6.1.1
                    raise dns.message.BadEDNS
                self._opt_ttl, self._options = ttl, self._wire[self._at : self._at + length]
                self._at += length
                continue
            if rdclass != _IN:
                raise _malformed(f"an RR of class {dns.rdataclass.to_text(rdclass)}")
            text = self._rdata(rdtype, length)
            found.append(Rr(owner.lower(), ttl if ttl < 1 << 31 else 0, _type(rdtype), text))  # RFC 2181 section 8
        return tuple(found)

    def _rdata(self, rdtype: int, length: int) -> str:
        """The rdata here, which must end after `length` octets, in presentation format."""
        start, end = self._at, self._at + length
        if rdtype == _A:
            text = socket.inet_ntoa(self._wire[start:end])
        elif rdtype == _AAAA:
            text = dns.ipv6.inet_ntoa(self._wire[start:end])
        elif rdtype in _JUST_A_NAME:
            text = self._name(end)
            if self._at != end:
                raise _malformed(f"an RR of type {_type(rdtype)} with octets after its name")
        else:
            parser = dns.wire.Parser(self._wire, start)
            with parser.restrict_to(length):
                text = dns.rdata.from_wire_parser(dns.rdataclass.IN, _known(rdtype), parser).to_text()
        self._at = end
        return text

    def _name(self, end: int) -> str:
        """The name here, which must end by the offset `end`, in presentation format."""
        text, _, self._at = self._name_at(self._at, end)
        return text

    def _name_at(self, start: int, end: int) -> tuple[str, int, int]:
        """A name, its octets when not compressed, and the offset after it (RFC 1035 section 4.1.4)."""
        if start in self._names:
            return self._names[start]
        wire, at, text, octets = self._wire, start, "", 1
        while at < end and (size := wire[at]):
            if size >= 0xC0:
                target = (size & 0x3F) << 8 | wire[at + 1]
                if target >= start:  # only ever back, so it comes to an end
                    raise dns.name.BadPointer
                tail, tail_octets, _ = self._name_at(target, start)
                text += tail if tail != "." else ""
                octets += tail_octets - 1
                at += 1
                break
            if size > 63:
                raise dns.name.BadLabelType
            text += _label(wire[at + 1 : at + 1 + size])
            octets += 1 + size
            at += 1 + size
        if at >= end:
            raise _malformed("a name that runs past its end")
        if octets > 255:  # RFC 1035 section 2.3.4
            raise dns.name.NameTooLong
        self._names[start] = name = (text or ".", octets, at + 1)
        return name


@lru_cache(maxsize=4096)
def _label(label: bytes) -> str:
    return dns.name.Name((label, b"")).to_text()


@lru_cache(maxsize=256)
def _known(rdtype: int) -> dns.rdatatype.RdataType:
    return dns.rdatatype.RdataType.make(rdtype)


@lru_cache(maxsize=256)
def _type(rdtype: int) -> str:
    return dns.rdatatype.to_text(_known(rdtype))


@lru_cache(maxsize=64)
def _rcode(rcode: int) -> str:
    return dns.rcode.to_text(dns.rcode.Rcode.make(rcode))
