"""The OPT pseudo-RR (RFC 6891): what is offered with each query, and what servers say there of themselves.

Who answers (NSID, RFC 5001) and what went wrong (extended errors, RFC 8914) come with the answer, at no further query.
"""

from __future__ import annotations

import struct
from functools import lru_cache

import dns.edns
import dns.rdatatype

UDP_PAYLOAD = 1232
"""Octets of UDP payload offered: fits common paths without IP fragments (DNS flag day 2020)."""

_RR = struct.Struct("!HHIH")  # type, payload, extended rcode with version and flags, octets of options
_NSID = struct.pack("!HH", dns.edns.OptionType.NSID, 0)  # an empty one asks for it (RFC 5001 section 2.1)
OPT = b"\0" + _RR.pack(dns.rdatatype.OPT, UDP_PAYLOAD, 0, len(_NSID)) + _NSID  # EDNS version 0, no DO
OPT_DO = OPT[:7] + b"\x80" + OPT[8:]  # with signatures (RFC 3225)
_BEGINS, _EMPTY = OPT[:3], 1 + _RR.size
_OPTIONS = OPT[_EMPTY - 2 :]  # and their length


def asked_with(query: bytes) -> bool:
    """Whether a query of ours has an OPT: it has no other RR."""
    return query[10:12] != b"\0\0"


def without(query: bytes) -> bytes:
    """A query of ours as one of before EDNS, for a server that does not understand it (RFC 6891 section 7)."""
    return query[:10] + b"\0\0" + query[12 : -size(query)] if asked_with(query) else query


def without_options(query: bytes) -> bytes:
    """A query of ours with an empty OPT, for a server that takes offence at options (RFC 6891 section 6.1.2)."""
    return query[: -len(_OPTIONS)] + b"\0\0" if has_options(query) else query


def has_options(query: bytes) -> bool:
    return query.endswith(_OPTIONS)  # without, it ends in a class, or in the length of no options


def size(query: bytes) -> int:
    """Octets of the OPT of a query of ours."""
    return len(OPT) if has_options(query) else _EMPTY if asked_with(query) else 0


def parted(message: bytes) -> tuple[bytes, bytes]:
    """A message and its OPT, if that is its last RR, as it mostly is; b"" if not.

    What servers that agree say is the same octets then, whatever they call themselves. It goes by looks: if what it
    takes for an OPT is the end of another RR, then what is left does not parse.
    """
    at = message.rfind(_BEGINS)
    if at < 12 or message[10:12] == b"\0\0" or len(message) - at < _EMPTY:
        return message, b""
    if int.from_bytes(message[at + _EMPTY - 2 : at + _EMPTY], "big") != len(message) - at - _EMPTY:
        return message, b""
    others = int.from_bytes(message[10:12], "big") - 1
    return message[:10] + others.to_bytes(2, "big") + message[12:at], message[at:]


def told(opt: bytes) -> tuple[int, str, tuple[str, ...]]:
    """Of an OPT: the upper bits of the rcode, in their place (section 6.1.3); NSID; extended errors."""
    _, _, ttl, _ = _RR.unpack_from(opt, 1)
    return ttl >> 20 & 0xFF0, *options(opt[_EMPTY:])


@lru_cache(maxsize=1024)
def options(octets: bytes) -> tuple[str, tuple[str, ...]]:
    """NSID and extended errors among options. What is cut off there says nothing, and spoils nothing."""
    nsid, errors, at = "", [], 0
    while at + 4 <= len(octets):
        code, length = struct.unpack_from("!HH", octets, at)
        data, at = octets[at + 4 : at + 4 + length], at + 4 + length
        if at > len(octets):
            break
        if code == dns.edns.OptionType.NSID:
            text = data.decode("ascii", "replace")
            nsid = text if data.isascii() and text.isprintable() else data.hex()
        elif code == dns.edns.OptionType.EDE and length >= 2:
            errors.append(_extended_error(int.from_bytes(data[:2], "big"), data[2:]))
    return nsid, tuple(errors)


def _extended_error(code: int, extra: bytes) -> str:
    """Its name by the registry (RFC 8914 section 5.2), and what the server adds, which is for people."""
    known = next((each.name for each in dns.edns.EDECode if each == code), "")
    name = f": {known.replace('_', ' ').lower()}" if known else ""
    words = "".join(c if c.isprintable() else " " for c in extra.decode("utf-8", "replace").rstrip("\0")).strip()
    return f"EDE {code}{name}{f', {words}' if words else ''}"
