"""What dig, kdig, drill, host and busybox's nslookup print of a reply, read back. Pure.

The first four print the sections of a message in the syntax of a zone file, each with some words of its own around
it. nslookup prints sentences: they are read for the types whose whole value stands in one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from preflight_dns.names import absolute
from preflight_dns.wire import Message, Rr

_STATUS = re.compile(r"->>HEADER<<-.*?(?:status|rcode): *([A-Z0-9]+)|not found: \d+\(([A-Z0-9]+)\)")
_CUT = re.compile(r";; flags:.* tc\b", re.IGNORECASE)
_RR = re.compile(r"(\S+)\s+(\d+)\s+IN\s+(\S+)\s+(.*)")
_NSID = re.compile(r'; *NSID:.*\("(.*)"\)')
_EDE = re.compile(r"; *EDE: *(.*)")
_SAYS = {
    "A": re.compile(r"Address(?: \d+)?:\s+(\d+\.\d+\.\d+\.\d+)$"),
    "AAAA": re.compile(r"Address(?: \d+)?:\s+([0-9a-f]*:[0-9a-f:.]+)$"),
    "CNAME": re.compile(r"canonical name = (\S+)"),
    "MX": re.compile(r"mail exchanger = (\d+ \S+)"),
    "NS": re.compile(r"nameserver = (\S+)"),
    "PTR": re.compile(r"name = (\S+)"),
    "SRV": re.compile(r"service = (\d+ \d+ \d+ \S+)"),
}
NAMED = {"CNAME", "MX", "NS", "PTR", "SRV"}  # their values end in a name, which nslookup prints without its final dot


def message(tool: str, lines: Sequence[str], name: str, rdtype: str) -> Message | None:
    """The answer section, as far as it was printed; None if this is no reply, or not all of it can be known."""
    return _sentences(lines, name, rdtype) if tool == "nslookup" else _sections(lines)


def _sections(lines: Sequence[str]) -> Message | None:
    rcode, section, nsid, ede = "", "", "", []
    answer: list[Rr] = []
    for line in map(str.strip, lines):
        if found := _STATUS.search(line):
            rcode = found[1] or found[2]
        elif _CUT.match(line):
            return None
        elif line.startswith(";;"):
            section = line.strip("; :").upper()
        elif found := _NSID.match(line):
            nsid = found[1]
        elif found := _EDE.match(line):
            ede.append(f"EDE {found[1]}")
        elif section.startswith("ANSWER") and (found := _RR.match(line)):
            rr = _rr(*found.groups())
            if rr is None:
                return None
            answer.append(rr)
    return _message(rcode, answer, nsid, tuple(ede)) if rcode else None


def _sentences(lines: Sequence[str], name: str, rdtype: str) -> Message | None:
    text = [line.strip() for line in lines]
    for rcode in ("NXDOMAIN", "SERVFAIL", "REFUSED"):
        if any(rcode in line for line in text):
            return _message(rcode, [])
    if rdtype not in _SAYS:
        return None
    # First stands whom it asked, and at which address.
    start = next((at + 1 for at, line in enumerate(text) if line.startswith("Address")), 0)
    answer: list[Rr] = []
    for line in text[start:]:
        alias = _SAYS["CNAME"].search(line) if rdtype in ("A", "AAAA") else None
        if alias:
            answer.append(Rr(absolute(line.split()[0].lower()), 0, "CNAME", absolute(alias[1])))
        elif found := _SAYS[rdtype].search(line):
            value = absolute(found[1]) if rdtype in NAMED else found[1]
            owner = answer[-1].text.lower() if answer and answer[-1].type == "CNAME" != rdtype else absolute(name)
            answer.append(Rr(owner, 0, rdtype, value))
    return _message("NOERROR", answer)


def _rr(owner: str, ttl: str, rdtype: str, text: str) -> Rr | None:
    try:
        kind = dns.rdatatype.from_text(rdtype)
        rdata = dns.rdata.from_text(dns.rdataclass.IN, kind, text, origin=dns.name.root, relativize=False)
    except (dns.exception.DNSException, ValueError):
        return None
    return Rr(absolute(owner.lower()), int(ttl), dns.rdatatype.to_text(kind), rdata.to_text())


def _message(rcode: str, answer: list[Rr], nsid: str = "", ede: tuple[str, ...] = ()) -> Message:
    return Message(rcode, False, False, True, tuple(answer), (), (), nsid, ede)
