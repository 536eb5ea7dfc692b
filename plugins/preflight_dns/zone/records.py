"""The owners and types of the records in a message (RFC 1035 section 4.1), and nothing of their data.

A zone transfer is asked for to know what there is: reading all of its data takes ten times as long.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

import dns.name
import dns.rdatatype

_HEADER = struct.Struct("!HHHHHH")
_RR = struct.Struct("!HHIH")  # type, class, TTL, octets of rdata


class MalformedError(ValueError):
    """It is no DNS message."""


@dataclass(frozen=True, slots=True)
class Records:
    """`answer` is (owner, type) of each record; owners are absolute, lower-case, in presentation format."""

    id: int
    response: bool
    rcode: int
    answer: tuple[tuple[str, str], ...]


def read(wire: bytes) -> Records:
    """Raises MalformedError."""
    try:
        return _read(wire)
    except (IndexError, struct.error) as error:
        raise MalformedError("it ends too early") from error


def _read(wire: bytes) -> Records:
    number, flags, questions, answers, _, _ = _HEADER.unpack_from(wire)
    at = _HEADER.size
    names: dict[int, tuple[str, int]] = {}
    for _ in range(questions):
        at = _name(wire, at, names)[1] + 4
    found = []
    for _ in range(answers):
        owner, at = _name(wire, at, names)
        rdtype, _, _, length = _RR.unpack_from(wire, at)
        at += _RR.size + length
        found.append((owner, _type(rdtype)))
    if at > len(wire):
        raise IndexError
    return Records(number, flags & 0x8000 != 0, flags & 0xF, tuple(found))


def _name(wire: bytes, start: int, names: dict[int, tuple[str, int]]) -> tuple[str, int]:
    """The name there, and what comes after it (RFC 1035 section 4.1.4)."""
    if start in names:
        return names[start]
    at, text = start, ""
    while size := wire[at]:
        if size >= 0xC0:
            target = (size & 0x3F) << 8 | wire[at + 1]
            if target >= start:  # only ever back, so it comes to an end
                raise MalformedError("a name that points ahead")
            tail = _name(wire, target, names)[0]
            text += tail if tail != "." or not text else ""
            at += 1
            break
        if size > 63:
            raise MalformedError("a label that is none")
        if at + size >= len(wire):
            raise IndexError
        text += _label(wire[at + 1 : at + 1 + size])
        at += 1 + size
    if len(text) > 1020:  # 255 octets, each of which may be written with four characters
        raise MalformedError("a name that is too long")
    names[start] = found = (text or ".", at + 1)
    return found


@lru_cache(maxsize=4096)
def _label(label: bytes) -> str:
    return dns.name.Name((label.lower(), b"")).to_text()


@lru_cache(maxsize=256)
def _type(rdtype: int) -> str:
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rdtype))
