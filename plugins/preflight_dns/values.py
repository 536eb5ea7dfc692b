"""When are two values of a record the same? Parsing what people write, and a key to compare by.

dnspython's own equality gets four things wrong for this purpose: TXT chunking, the case of CAA tags,
of SVCB/HTTPS targets and of NAPTR flags. Everything else compares by its canonical wire form (RFC 4034 section 6.2).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from preflight.nearest import did_you_mean
from preflight_dns.names import refuse_ambiguous

# Whoever writes these means the text itself, not its chunks or a zone file's quotes.
JOINED_TEXT = frozenset({"TXT", "SPF", "AVC", "RESINFO", "WALLET", "CLA", "NINFO"})
# They exist only in questions or in transport (RFC 6895 section 3.1).
_NO_RECORDS = frozenset({0, int(dns.rdatatype.OPT), *range(128, 256)})
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII)
_ADDRESSES = {"A": "it is no IPv4 address", "AAAA": "it is no IPv6 address"}


def parse_type(text: str) -> str:
    """The mnemonic of a record type, such as `A`, `HTTPS` or `TYPE65400`.

    Raises:
        ValueError: there is no such type, or none that a record can have.
    """
    mnemonic = text.strip().upper()
    try:
        rdtype = dns.rdatatype.from_text(mnemonic)
    except (dns.exception.DNSException, ValueError):
        known = [dns.rdatatype.to_text(t) for t in dns.rdatatype.RdataType if t not in _NO_RECORDS]
        raise ValueError(f'there is no record type "{text}"{did_you_mean(mnemonic, known)}') from None
    name = dns.rdatatype.to_text(rdtype)
    if rdtype in _NO_RECORDS:
        raise ValueError(f"{name} stands only in questions or in transport: no record has this type")
    return name


def parse_value(rdtype: str, text: str) -> dns.rdata.Rdata:
    """Rdata from what stands in an inventory: zone file syntax, names absolute with or without a final dot.

    TXT and its like are written as the joined text; one that begins with a double quote is read in zone
    file syntax, so that the output of dig can be pasted.

    Raises:
        ValueError: it is no value of that type.
    """
    try:
        _refuse_misread(rdtype, text)
        if rdtype in JOINED_TEXT and not text.startswith('"'):
            return _text_rdata(rdtype, text)
        return dns.rdata.from_text(dns.rdataclass.IN, rdtype, text, origin=dns.name.root, relativize=False)
    except (dns.exception.DNSException, ValueError, OverflowError, IndexError, KeyError) as error:
        reason = _ADDRESSES.get(rdtype, "") if isinstance(error, dns.exception.DNSException) else ""
        reason = reason or _reason(error)
        written = text.replace("\n", "\\n")
        raise ValueError(f'"{written}" is no value of type {rdtype}: {reason}') from None


@lru_cache(maxsize=4096)
def value_key(rdtype: str, text: str) -> Any:
    """The key of what stands in an inventory: see `key`. Raises ValueError as `parse_value` does."""
    if rdtype == "A" and _IPV4.fullmatch(text):
        return text
    return rdata_key(parse_value(rdtype, text))


def key(rdtype: str, text: str) -> Any:
    """Equal for equal values. `text` is in presentation format, as `dns.rdata.Rdata.to_text` writes it."""
    return text if rdtype in ("A", "AAAA") else _key_of_text(rdtype, text)


@lru_cache(maxsize=65536)
def _key_of_text(rdtype: str, text: str) -> Any:
    return rdata_key(dns.rdata.from_text(dns.rdataclass.IN, rdtype, text, origin=dns.name.root, relativize=False))


def rdata_key(rdata: dns.rdata.Rdata) -> Any:
    """The key of parsed rdata: see `key`."""
    rdtype = dns.rdatatype.to_text(rdata.rdtype)
    fields: Any = rdata
    if rdtype in ("A", "AAAA"):
        return rdata.to_text()
    if rdtype in JOINED_TEXT:
        return b"".join(fields.strings)
    if rdtype == "CAA":
        return fields.flags, fields.tag.lower(), fields.value
    if rdtype in ("SVCB", "HTTPS"):
        return fields.replace(target=fields.target.canonicalize()).to_wire()  # which puts the parameters in order
    if rdtype == "NAPTR":
        replacement = fields.replacement.canonicalize()
        return fields.order, fields.preference, fields.flags.lower(), fields.service, fields.regexp, replacement
    return rdata.to_digestable(dns.name.root)


def shown(rdtype: str, text: str) -> str:
    """A value as a person would write it in an inventory: TXT as the joined text, in quotes."""
    if rdtype in JOINED_TEXT:
        joined: bytes = _key_of_text(rdtype, text)
        return f'"{joined.decode("utf-8", "backslashreplace")}"'
    return text


def _refuse_misread(rdtype: str, text: str) -> None:
    """Refuse what would be read as another value than was meant."""
    unquoted = "" if rdtype in JOINED_TEXT else _QUOTED.sub("", text)
    if "\n" in (text.strip() if unquoted else text) and "(" not in unquoted:
        raise ValueError("it has more than one line: write each value by itself, and long text in YAML as `>-`")
    if "@" in unquoted.split():
        raise ValueError("@ means the zone only inside its zone file: write the name out")
    refuse_ambiguous(unquoted)


def _text_rdata(rdtype: str, text: str) -> dns.rdata.Rdata:
    octets = text.encode()
    chunks = [octets[i : i + 255] for i in range(0, len(octets), 255)] or [b""]
    quoted = " ".join('"' + "".join(_escaped(octet) for octet in chunk) + '"' for chunk in chunks)
    return dns.rdata.from_text(dns.rdataclass.IN, rdtype, quoted)


def _escaped(octet: int) -> str:
    """RFC 1035 section 5.1: everything but plain letters as \\DDD."""
    return chr(octet) if 32 <= octet < 127 and octet not in b'"\\' else f"\\{octet:03d}"


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__doc__ or type(error).__name__
