"""Reading what stands on the wire, held against dnspython's own reader."""

from __future__ import annotations

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight_dns import edns, wire
from preflight_dns.wire import Message, Rr

RDATA = [
    ("A", "192.0.2.1"),
    ("AAAA", "2001:db8::1"),
    ("AAAA", "::ffff:192.0.2.1"),
    ("AAAA", "::"),
    ("NS", "NS1.example.com."),
    ("CNAME", "www.Example.com."),
    ("CNAME", "."),
    ("PTR", r"a\.b.c\\d\"e.\000\255.example."),
    ("DNAME", "elsewhere.example.net."),
    ("MX", "10 mail.example.com."),
    ("TXT", r'"v=spf1 -all" "" "\"quoted\" \200\\"'),
    ("SOA", "ns1.example.com. host.example.com. 2024010101 3600 600 86400 300"),
    ("SRV", "0 5 443 www.example.com."),
    ("CAA", '0 issue "ca.example.net"'),
    ("NAPTR", '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .'),
    ("HTTPS", '1 . alpn="h2,h3" ipv4hint="192.0.2.1" port="8443"'),
    ("SVCB", "0 svc.example.net."),
    ("TLSA", "3 1 1 " + "ab" * 32),
    ("SSHFP", "4 2 " + "cd" * 32),
    ("DS", "60485 13 2 " + "ef" * 32),
    ("DNSKEY", "257 3 13 " + "A" * 88),
    ("NSEC", "b.example.com. A NS RRSIG NSEC"),
    ("RRSIG", "A 13 2 300 20300101000000 20290101000000 12345 example.com. " + "A" * 88),
    ("TYPE65280", r"\# 4 01020304"),
    ("TYPE65281", r"\# 0"),
]
OWNERS = ["example.com.", "www.Example.COM.", "a.b.c.example.com.", "other.net.", ".", r"\*.x\.y.\001\200.example.com."]

OPTIONS = [
    dns.edns.NSIDOption(b"fra-3"),
    dns.edns.EDEOption(dns.edns.EDECode.SIGNATURE_EXPIRED, "since Monday"),
    dns.edns.EDEOption(22),
    dns.edns.GenericOption(10, b"a cookie"),
]
rrs = st.tuples(
    st.sampled_from(OWNERS), st.sampled_from([0, 1, 300, 86400, (1 << 31) - 1, 1 << 31]), st.sampled_from(RDATA)
).map(lambda drawn: dns.rrset.from_text(dns.name.from_text(drawn[0]), drawn[1], "IN", *drawn[2]))


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    message = dns.message.QueryMessage(id=draw(st.integers(0, 0xFFFF)))
    message.flags = dns.flags.Flag(draw(st.integers(0, 0xFFFF)) & ~0x7800)  # opcode QUERY
    for owner in draw(st.lists(st.sampled_from(OWNERS), max_size=2)):
        message.question.append(dns.rrset.RRset(dns.name.from_text(owner), dns.rdataclass.IN, dns.rdatatype.A))
    if draw(st.booleans()):
        message.use_edns(0, options=draw(st.lists(st.sampled_from(OPTIONS), max_size=3)))
        message.set_rcode(draw(st.sampled_from([dns.rcode.NOERROR, dns.rcode.BADVERS, dns.rcode.Rcode.make(3841)])))
    for section in (message.answer, message.authority, message.additional):
        section.extend(draw(st.lists(rrs, max_size=4)))
    return message.to_wire()


def as_dnspython_reads(octets: bytes) -> tuple[Message, bool]:
    """The same message, and whether it is one we can be asked to read: a reply to a query of class IN."""
    message = dns.message.from_wire(octets, one_rr_per_rrset=True)
    of_class_in = all(rrset.rdclass == dns.rdataclass.IN for section in message.sections[1:] for rrset in section)

    def read(section: list[dns.rrset.RRset]) -> tuple[Rr, ...]:
        return tuple(
            Rr(rrset.name.to_text().lower(), rrset.ttl, dns.rdatatype.to_text(rrset.rdtype), rrset[0].to_text())
            for rrset in section
        )

    nsid, ede = "", []
    for option in message.options:
        if isinstance(option, dns.edns.NSIDOption):
            text = option.nsid.decode("latin-1")
            nsid = text if text.isascii() and text.isprintable() else option.nsid.hex()
        if isinstance(option, dns.edns.EDEOption):
            named = isinstance(option.code, dns.edns.EDECode) and option.code.name
            words = "".join(c if c.isprintable() else " " for c in option.text or "").strip()
            name = f": {named.replace('_', ' ').lower()}" if named else ""
            ede.append(f"EDE {int(option.code)}{name}{f', {words}' if words else ''}")
    return Message(
        rcode=dns.rcode.to_text(message.rcode()),
        authoritative=bool(message.flags & dns.flags.AA),
        truncated=bool(message.flags & dns.flags.TC),
        recursion_available=bool(message.flags & dns.flags.RA),
        answer=read(message.answer),
        authority=read(message.authority),
        additional=read(message.additional),
        nsid=nsid,
        ede=tuple(ede),
        edns=message.edns >= 0,
        authenticated=bool(message.flags & dns.flags.AD),
    ), of_class_in and message.opcode() == dns.opcode.QUERY


@given(messages())
def test_reads_what_dnspython_reads(octets: bytes) -> None:
    assert wire.read(octets) == as_dnspython_reads(octets)[0]


@pytest.mark.parametrize(("rdtype", "text"), RDATA)
def test_reads_every_type(rdtype: str, text: str) -> None:
    message = dns.message.QueryMessage(id=0)
    rrset = dns.rrset.from_text("example.com.", 300, "IN", rdtype, text)
    message.answer.append(rrset)
    octets = message.to_wire()
    assert [found.type for found in wire.read(octets).answer] == [rdtype]
    assert wire.read(octets) == as_dnspython_reads(octets)[0]


@given(messages(), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4), st.integers(0, 40))
def test_damage_is_read_alike_or_refused(octets: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    damaged = bytearray(octets)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    del damaged[len(damaged) - min(cut // 4, len(damaged)) :]  # mostly not, or only a little, cut
    refuses_or_agrees(bytes(damaged))


@given(st.binary(max_size=300))
def test_noise_is_read_alike_or_refused(octets: bytes) -> None:
    refuses_or_agrees(octets)


def refuses_or_agrees(octets: bytes) -> None:
    try:
        expected, readable = as_dnspython_reads(octets)
    except Exception:
        expected, readable = None, False
    try:
        found = wire.read(octets)
    except dns.exception.FormError:
        assert not readable
    else:
        assert expected is None or not readable or found == expected


def header(*counts: int, flags: int = 0x8000) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in (0, flags, *counts))


def rr(
    owner: bytes, rdtype: int, rdata: bytes, *, rdclass: int = 1, ttl: int = 300, length: int | None = None
) -> bytes:
    numbers = rdtype.to_bytes(2, "big") + rdclass.to_bytes(2, "big") + ttl.to_bytes(4, "big")
    return owner + numbers + (len(rdata) if length is None else length).to_bytes(2, "big") + rdata


ADDRESS = b"\xc0\x00\x02\x01"
ROOT = b"\0"


def test_each_rr_keeps_its_own_ttl() -> None:
    octets = header(0, 2, 0, 0) + rr(ROOT, 1, ADDRESS, ttl=300) + rr(ROOT, 1, b"\xc0\x00\x02\x02", ttl=86400)
    assert [(found.ttl, found.text) for found in wire.read(octets).answer] == [(300, "192.0.2.1"), (86400, "192.0.2.2")]


@pytest.mark.parametrize(
    ("flags", "field"),
    [(0x0400, "authoritative"), (0x0200, "truncated"), (0x0080, "recursion_available")],
)
def test_flags(flags: int, field: str) -> None:
    fields = ("authoritative", "truncated", "recursion_available")
    found = wire.read(header(0, 0, 0, 0, flags=flags))
    assert {name: getattr(found, name) for name in fields} == {name: name == field for name in fields}


@pytest.mark.parametrize(
    ("flags", "opt_ttl", "rcode"),
    [(0, 0, "NOERROR"), (3, 0, "NXDOMAIN"), (0, 1 << 24, "BADVERS"), (5, 0x8000, "REFUSED"), (1, 240 << 24, "3841")],
)
def test_rcode_has_twelve_bits(flags: int, opt_ttl: int, rcode: str) -> None:
    found = wire.read(header(0, 0, 0, 1, flags=flags) + rr(ROOT, 41, b"", rdclass=1232, ttl=opt_ttl))
    assert (found.rcode, found.additional) == (rcode, ())


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "too short"),
        (header(0, 1, 0, 0), "ends too early|past its end"),
        (header(1, 0, 0, 0) + b"\x03www\0\0\1", "too early"),
        (header(0, 0, 0, 0) + b"\0", "extra data|[Tt]railing|junk"),
        (header(0, 1, 0, 0) + rr(ROOT, 1, ADDRESS, length=5), "too early"),
        (header(0, 1, 0, 0) + rr(ROOT, 1, ADDRESS[:3]), "OSError"),
        (header(0, 1, 0, 0) + rr(ROOT, 28, ADDRESS), "ValueError"),
        (header(0, 1, 0, 0) + rr(ROOT, 5, ROOT + b"\0"), "octets after its name"),
        (header(0, 1, 0, 0) + rr(ROOT, 5, b"\1a\0", length=2) + ROOT, "past its end"),
        (header(0, 1, 0, 0) + rr(ROOT, 16, b"\x05abc"), "malformed"),
        (header(0, 1, 0, 0) + rr(ROOT, 15, b"\0"), "malformed"),
        (header(0, 1, 0, 0) + rr(ROOT, 1, ADDRESS, rdclass=3), "class CH"),
        (header(0, 1, 0, 0) + rr(ROOT, 41, b""), "OPT"),
        (header(0, 0, 0, 2) + 2 * rr(ROOT, 41, b""), "OPT"),
        (header(0, 0, 0, 1) + rr(b"\1a\0", 41, b""), "OPT"),
        (header(0, 1, 0, 0) + rr(b"\xc0\x0c", 1, ADDRESS), "[Pp]ointer"),
        (header(0, 1, 0, 0) + rr(b"\xc0\x20", 1, ADDRESS), "[Pp]ointer"),
        (header(0, 1, 0, 0) + rr(b"\x01a\xc0\x0c", 1, ADDRESS), "[Pp]ointer"),
        (header(0, 1, 0, 0) + rr(b"\x80a\0", 1, ADDRESS), "label"),
        (header(0, 1, 0, 0) + rr((b"\x3f" + b"a" * 63) * 4 + b"\0", 1, ADDRESS), "255|long"),
    ],
)
def test_refusals(octets: bytes, why: str) -> None:
    with pytest.raises(dns.exception.FormError, match=why):
        wire.read(octets)


@pytest.mark.parametrize(("label", "fits"), [(61, True), (62, False)])
def test_a_name_has_at_most_255_octets_also_by_way_of_a_pointer(label: int, fits: bool) -> None:
    long = bytes([label]) + b"a" * label + (b"\x3f" + b"b" * 63) * 2 + b"\0"
    longer = b"\x3f" + b"c" * 63 + b"\xc0\x0c"
    octets = header(0, 2, 0, 0) + rr(long, 1, ADDRESS) + rr(longer, 1, ADDRESS)
    if fits:
        assert len(wire.read(octets).answer[1].name) == 254
    else:
        with pytest.raises(dns.name.NameTooLong):
            wire.read(octets)


@pytest.mark.parametrize("recursion", [True, False])
def test_a_query_is_what_dnspython_understands_by_it(recursion: bool) -> None:
    octets = wire.query("www.example.com.", dns.rdatatype.AAAA, recursion=recursion)
    message = dns.message.from_wire(octets)
    assert (message.id, message.opcode(), bool(message.flags & dns.flags.RD)) == (0, dns.opcode.QUERY, recursion)
    assert [rrset.to_text() for rrset in message.question] == ["www.example.com. IN AAAA"]
    assert (message.edns, message.payload, message.ednsflags, len(message.options)) == (0, 1232, 0, 1)
    assert message.options[0].to_wire() == b"", "who answers, with nothing said"
    assert message.options[0].otype == dns.edns.OptionType.NSID
    before_edns = dns.message.from_wire(edns.without(octets))
    assert (before_edns.edns, before_edns.question) == (-1, message.question)
    assert edns.without(edns.without(octets)) == edns.without(octets)
    empty = edns.without_options(octets)
    assert [dns.message.from_wire(empty).options, edns.without_options(empty)] == [(), empty]
    assert edns.without(empty) == edns.without(octets)


def test_a_relative_name_cannot_be_asked_for() -> None:
    with pytest.raises(dns.name.NeedAbsoluteNameOrOrigin):
        wire.query("www", dns.rdatatype.A, recursion=False)


HTTPS = 65  # as an octet, "A"; type 97 is "a": folding case over a whole question would take one for the other
ASKED = wire.query("www.example.com.", dns.rdatatype.RdataType.make(HTTPS), recursion=False)


def reply(
    name: bytes = b"\x03www\x07example\x03com\0",
    rdtype: int = HTTPS,
    rdclass: int = 1,
    id: int = 0,
    flags: int = 0x8000,
) -> bytes:
    numbers = (id, flags, 1, 0, 0, 0)
    question = name + rdtype.to_bytes(2, "big") + rdclass.to_bytes(2, "big")
    return b"".join(number.to_bytes(2, "big") for number in numbers) + question


@pytest.mark.parametrize(
    ("octets", "answers"),
    [
        (reply(), True),
        (reply(flags=0x8583), True),
        (reply(name=b"\x03WwW\x07eXample\x03com\0"), True),
        (reply(id=1), False),
        (reply(flags=0), False),
        (reply(flags=0xA000), False),  # opcode NOTIFY
        (reply(rdtype=97), False),
        (reply(rdclass=3), False),
        (reply(name=b"\x03ww2\x07example\x03com\0"), False),
        (reply(name=b"\x03www\x07example\x03com\x02au\0"), False),
        (reply()[:-1], False),
        (reply()[:11], False),
        (b"", False),
        (header(0, 0, 0, 0, flags=0x8005), True),  # REFUSED, without repeating the question
        (header(0, 0, 0, 0, flags=0x8001), True),
        (header(0, 0, 0, 0, flags=0x8000), False),
        (header(0, 0, 0, 0, flags=0x8003), False),  # NXDOMAIN of what?
        (header(2, 0, 0, 0) + 2 * reply()[12:], False),
    ],
)
def test_what_answers_a_query(octets: bytes, answers: bool) -> None:
    assert wire.answers(octets, ASKED) is answers


@pytest.mark.parametrize(("flags", "truncated"), [(0x8200, True), (0x8500, False)])
def test_truncation_shows_even_in_what_does_not_parse(flags: int, truncated: bool) -> None:
    assert wire.truncated(header(0, 9, 9, 9, flags=flags) + b"cut") is truncated


def with_options(*options: dns.edns.Option, rcode: int = 0) -> bytes:
    message = dns.message.QueryMessage(id=0)
    message.answer.append(dns.rrset.from_text("example.com.", 300, "IN", "A", "192.0.2.1"))
    message.use_edns(0, options=options)
    message.set_rcode(dns.rcode.Rcode.make(rcode))
    return message.to_wire()


@pytest.mark.parametrize(
    ("option", "nsid", "ede"),
    [
        (dns.edns.NSIDOption(b"ns1.fra"), "ns1.fra", ()),
        (dns.edns.NSIDOption(b"\x00\xff"), "00ff", ()),
        (dns.edns.NSIDOption(b"a\x1b[2J"), "611b5b324a", ()),
        (dns.edns.NSIDOption(b""), "", ()),
        (dns.edns.EDEOption(7), "", ("EDE 7: signature expired",)),
        (dns.edns.EDEOption(0, "zone is\x1b[2J gone"), "", ("EDE 0: other, zone is [2J gone",)),
        (dns.edns.EDEOption(40000, "of our own"), "", ("EDE 40000, of our own",)),
        (dns.edns.GenericOption(15, b"\0\x12\xff\0"), "", ("EDE 18: prohibited, \ufffd",)),
        (dns.edns.GenericOption(15, b"\0"), "", ()),
        (dns.edns.GenericOption(10, b"12345678"), "", ()),
    ],
)
def test_what_servers_say_of_themselves(option: dns.edns.Option, nsid: str, ede: tuple[str, ...]) -> None:
    message = wire.read(with_options(option))
    assert (message.nsid, message.ede, message.edns) == (nsid, ede, True)
    assert [rr.text for rr in message.answer] == ["192.0.2.1"]


def test_an_rcode_of_twelve_bits_beside_an_option() -> None:
    assert wire.read(with_options(dns.edns.NSIDOption(b"x"), rcode=16)).rcode == "BADVERS"
    assert wire.read(with_options(dns.edns.NSIDOption(b"x"), rcode=3841)).rcode == "3841"


def test_an_option_that_is_cut_off_spoils_nothing() -> None:
    octets = bytearray(with_options(dns.edns.NSIDOption(b"ns1.fra")))
    octets[-8] = 9  # says that it has two octets more than there are
    assert (wire.read(bytes(octets)).nsid, len(wire.read(bytes(octets)).answer)) == ("", 1)


def test_servers_that_agree_are_read_once_whatever_they_call_themselves() -> None:
    one, two = (wire.read(with_options(dns.edns.NSIDOption(name))) for name in (b"ns1", b"ns2"))
    assert (one.nsid, two.nsid) == ("ns1", "ns2")
    assert one.answer is two.answer


def test_what_only_looks_like_an_opt_is_left_where_it_is() -> None:
    message = dns.message.QueryMessage(id=0)
    message.additional.append(
        dns.rrset.from_text("x.", 1, "IN", "TXT", r'"a\000\000\041\004\208\000\000\000\000\000\000"')
    )
    (rr,) = wire.read(message.to_wire()).additional
    assert rr.type == "TXT"


def test_two_opts_are_none() -> None:
    octets = bytearray(with_options())
    octets[11] = 2
    with pytest.raises(dns.message.BadEDNS):
        wire.read(bytes(octets) + edns.OPT)
