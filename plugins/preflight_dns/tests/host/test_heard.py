"""What a host printed, taken apart: what is no such output is refused, and what tools print is read as it is meant."""

from __future__ import annotations

import pytest

from preflight_dns.edns import OPT
from preflight_dns.host.heard import Garbled, Heard, read
from preflight_dns.host.program import Wanted, program
from preflight_dns.host.tools import message
from preflight_dns.host.trace import Traced
from preflight_dns.tests.host.machine import values

END = "end"


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["S getent"],  # and then it was lost
        ["S colour blue", END],
        ["X 0 files", END],
        ["G x - 0", END],
        ["G 0 - none", END],
        ["R 0 192.0.2.53 zz", END],
        ["A 0 - 192.0.2.1 STREAM" + "x" * (1 << 26), END],
    ],
)
def test_what_cannot_be_read(lines: list[str]) -> None:
    with pytest.raises(Garbled):
        read(lines)


def test_its_settings() -> None:
    lines = ["S getent", "S tool dig", "S nscd", "S nsswitch files  dns ", "S unreadable /etc/hosts", END]
    resolv = ["domain a.example", "nameserver 192.0.2.1", "search b.example c.example", "nameserver", "options ndots:2"]
    resolv += [f"nameserver 192.0.2.{number}" for number in (2, 3, 4)]
    setting, _ = read([*(f"S resolv {line}" for line in resolv), "S upstream nameserver 192.0.2.9", *lines])
    assert (setting.getent, setting.tool, setting.nscd, setting.ipv6) == (True, "dig", True, False)
    assert (setting.nsswitch, setting.unreadable) == ("files  dns".replace("  ", " "), ["/etc/hosts"])
    assert setting.nameservers == ("192.0.2.1", "192.0.2.2", "192.0.2.3")
    assert (setting.search, setting.upstreams) == (("b.example", "c.example"), ("192.0.2.9",))
    assert read([END])[0].nameservers == ("127.0.0.1",), "as the library has it without any"


def traced(*lines: str, name: str = "www.example.com", rdtype: str = "A") -> Traced:
    setting, heard = read(["S nsswitch files dns", "S getent", *lines, END])
    _, (query,) = program([Wanted(name, rdtype)])
    return Traced("web-1", Wanted(name, rdtype), query, setting, heard.get(0, Heard()))


def test_a_library_that_is_cut_off_has_not_said_that_there_is_nothing() -> None:
    header = ["O 0 192.0.2.53 ;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1"]
    lookup = traced("S tool dig", "G 0 - 124", *header).lookup()
    assert values(lookup) == [
        "not known: web-1: its own library did not answer (getent ended with 124), though 192.0.2.53 says NXDOMAIN"
    ]


@pytest.mark.parametrize(
    "line", ["12:192.0.2.1 www.example.com.au", "12:192.0.2.1 a # www.example.com", "# 192.0.2.1 www.example.com"]
)
def test_lines_of_hosts_that_are_not_about_it(line: str) -> None:
    lookup = traced("G 0 - 0", "A 0 - 192.0.2.1 STREAM www.example.com", f"H 0 {line}").lookup()
    assert lookup.path is not None
    assert lookup.path.hosts == ()


def test_a_reply_to_something_else_is_none() -> None:
    of_nobody = traced(rdtype="MX").query  # another id
    reply = of_nobody[:2] + b"\x80\x03" + of_nobody[4:10] + b"\0\0" + of_nobody[12 : -len(OPT)]
    lookup = traced("S tool python3", f"R 0 192.0.2.53 {reply.hex()}", rdtype="MX").lookup()
    assert values(lookup)[0].startswith("not known: ")


def test_a_service_that_nobody_can_tell() -> None:
    """A cache, say, has what none of the services has any more."""
    path = (
        traced(
            "S nscd", "G 0 - 0", "A 0 - 192.0.2.1 STREAM x", "G 0 files 2", "G 0 dns 0", "A 0 dns 192.0.2.2 STREAM x"
        )
        .lookup()
        .path
    )
    assert path is not None
    assert (path.service, path.nscd) == ("", True)


def test_no_ipv6_and_no_aaaa() -> None:
    answer = ["O 0 192.0.2.53 ;; ->>HEADER<<- status: NOERROR", "O 0 192.0.2.53 ;; ANSWER SECTION:"]
    answer.append("O 0 192.0.2.53 www.example.com. 300 IN AAAA 2001:db8::1")
    without = traced("S tool dig", "G 0 - 2", *answer, rdtype="AAAA").lookup()
    assert values(without)[0].startswith("not known: web-1: it has no IPv6, so that its library may not have looked")
    with_it = traced("S ipv6", "S tool dig", "G 0 - 2", *answer, rdtype="AAAA").lookup()
    assert values(with_it) == ["nothing found"]


@pytest.mark.parametrize(
    ("tool", "lines", "found"),
    [
        ("dig", [";; connection timed out; no servers could be reached"], None),
        ("dig", [";; ->>HEADER<<- status: NOERROR", ";; flags: qr tc rd ra;", ";; ANSWER SECTION:"], None),
        ("dig", [";; ->>HEADER<<- status: NOERROR", ";; ANSWER SECTION:", "a. 1 IN NOTYPE x"], None),
        ("nslookup", ["Server: 192.0.2.53", "Address: 192.0.2.53:53", "", "a text = \"x\""], None),
    ],
)  # fmt: skip
def test_what_tools_print_and_nobody_can_read(tool: str, lines: list[str], found: object) -> None:
    assert message(tool, lines, "a", "TXT") is found


def test_what_tools_print_of_who_and_why() -> None:
    lines = [
        ";; ->>HEADER<<- opcode: QUERY, status: SERVFAIL, id: 1",
        '; NSID: 66 72 61 ("fra")',
        "; EDE: 7 (Signature Expired)",
    ]
    told = message("dig", lines, "a", "A")
    assert told is not None
    assert (told.rcode, told.nsid, told.ede) == ("SERVFAIL", "fra", ("EDE 7 (Signature Expired)",))
