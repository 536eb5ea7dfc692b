"""Which values of a record are the same, and which are not."""

from __future__ import annotations

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.wire
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight_dns.values import key, parse_value, rdata_key, shown, value_key

HEX = "0123456789abcdef" * 4

SAME = [
    # Addresses, in any notation
    ("A", "192.0.2.1", " 192.0.2.1 "),
    ("A", "10.0.0.1", r"\# 4 0a000001"),
    ("AAAA", "2001:db8::1", "2001:DB8:0:0:0:0:0:1"),
    ("AAAA", "2001:db8::1", "2001:0db8::0001"),
    ("AAAA", "::ffff:192.0.2.1", "::ffff:c000:201"),
    # Names, in any case, with or without the final dot
    ("CNAME", "www.example.com", "WWW.Example.COM."),
    ("CNAME", "bücher.example", "xn--bcher-kva.example."),
    ("NS", "ns1.example.com", "NS1.EXAMPLE.COM."),
    ("PTR", "www.example.com.", "www.example.com"),
    ("MX", "10 mx1.example.com", "10   MX1.example.com."),
    ("SRV", "10 60 5060 sip.example.com", "10 60 5060 SIP.example.com."),
    ("SOA", "ns1.a. host.a. 1 2 3 4 300", "NS1.A HOST.A ( 1 2 3\n 4 5m )"),
    ("DNAME", "example.net", "EXAMPLE.NET."),
    # Text: what counts is the joined text
    ("TXT", "one long text", '"one " "long " "text"'),
    ("TXT", "v=spf1 -all", '"v=spf1 -all"'),
    ("TXT", "x" * 600, f'"{"x" * 255}" "{"x" * 255}" "{"x" * 90}"'),
    ("TXT", "", '""'),
    ("TXT", 'say "hi"; back\\slash', r'"say \"hi\"; back\\slash"'),
    ("TXT", "ü", r'"\195\188"'),
    ("TXT", "Straße", '"Straße"'),
    ("SPF", "v=spf1 -all", '"v=spf1 " "-all"'),
    # Case does not matter in a CAA tag, in NAPTR flags, in the target of SVCB and HTTPS
    ("CAA", '0 issue "letsencrypt.org"', '0 ISSUE "letsencrypt.org"'),
    ("CAA", "0 issue letsencrypt.org", '0 issue "letsencrypt.org"'),
    ("NAPTR", '100 10 "U" "E2U+sip" "!^.*$!sip:a@b!" .', '100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .'),
    ("NAPTR", '100 10 "S" "SIP+D2U" "" _sip._udp.example.com', '100 10 "s" "SIP+D2U" "" _SIP._UDP.example.com.'),
    ("HTTPS", "1 svc.example.com alpn=h2", '1 SVC.example.com. alpn="h2"'),
    # Nor does the order of the parameters
    ("HTTPS", "1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1", "1 . ipv4hint=192.0.2.1 port=8443 alpn=h2,h3"),
    ("SVCB", "1 a.example. key65000=x no-default-alpn alpn=h2", "1 A.example. alpn=h2 no-default-alpn key65000=x"),
    ("SVCB", "1 a.example. key65000=x", "1 a.example. key65000=x"),
    # Hex in any case and with blanks, base64 with blanks
    ("TLSA", f"3 1 1 {HEX}", f"3 1 1 {HEX.upper()}"),
    ("TLSA", f"3 1 1 {HEX}", f"3 1 1 {HEX[:20]} {HEX[20:]}"),
    ("DS", f"12345 13 2 {HEX}", f"12345 ECDSAP256SHA256 2 {HEX.upper()}"),
    ("SSHFP", f"4 2 {HEX}", f"4 2 {HEX.upper()}"),
    ("DNSKEY", "257 3 13 aGVsbG8=", "257 3 13 aGVs bG8="),
    # RFC 3597: any type as octets
    ("TYPE65400", r"\# 4 C0000201", r"\# 4 c0000201"),
    ("TYPE65400", r"\# 4 c0000201", r"\# 4 c000 0201"),
    ("MX", "10 a.", r"\# 5 000a016100"),
    ("HINFO", '"ARM64" "Linux"', "ARM64 Linux"),
    ("LOC", "52 22 23 N 4 53 32 E -2m", "52 22 23.000 N 4 53 32.000 E -2.00m"),
]

DIFFERENT = [
    ("A", "192.0.2.1", "192.0.2.2"),
    ("AAAA", "2001:db8::1", "2001:db8::1:0"),
    ("CNAME", "www.example.com", "www.example.org"),
    ("MX", "10 mx1.example.com", "20 mx1.example.com"),
    ("SOA", "ns1.a. host.a. 1 2 3 4 5", "ns1.a. host.a. 2 2 3 4 5"),
    ("TXT", "CaseSensitive", "casesensitive"),
    ("TXT", "one text", "one  text"),
    ("TXT", '"one" "text"', "one text"),
    ("CAA", '0 issue "letsencrypt.org"', '128 issue "letsencrypt.org"'),
    ("CAA", '0 issue "letsencrypt.org"', '0 issuewild "letsencrypt.org"'),
    ("CAA", '0 issue "letsencrypt.org"', '0 issue "LetsEncrypt.org"'),
    ("NAPTR", '100 10 "U" "E2U+sip" "!a!b!" .', '100 10 "U" "E2U+sip" "!A!b!" .'),
    ("NAPTR", '100 10 "U" "E2U+sip" "!a!b!" .', '100 10 "S" "E2U+sip" "!a!b!" .'),
    ("HTTPS", "1 . alpn=h2", "1 . alpn=h3"),
    ("HTTPS", "1 . alpn=h2", "1 . alpn=h2 port=443"),
    ("HTTPS", "1 a.example. alpn=h2", "2 a.example. alpn=h2"),
    ("HTTPS", "1 a.example.", "1 b.example."),
    ("SVCB", "1 a. key65000=x", "1 a. key65000=X"),
    ("TLSA", f"3 1 1 {HEX}", f"3 0 1 {HEX}"),
    ("DNSKEY", "257 3 13 aGVsbG8=", "257 3 13 AGVsbG8="),
    ("TYPE65400", r"\# 4 c0000201", r"\# 4 c0000202"),
]

# What a server might send, for types beyond those above.
MORE = [
    ("AFSDB", "1 afs.example.com."),
    ("APL", "1:192.0.2.0/24 !2:2001:db8::/32"),
    ("CDS", "0 0 0 00"),
    ("CERT", "PGP 0 0 aGVsbG8="),
    ("CSYNC", "66 3 A NS AAAA"),
    ("EUI48", "00-00-5e-00-53-2a"),
    ("IPSECKEY", "10 1 2 192.0.2.38 aGVsbG8="),
    ("KX", "10 kx.example.com."),
    ("NSEC", "b.example. A MX RRSIG NSEC TYPE1234"),
    ("NSEC3PARAM", "1 0 12 aabbccdd"),
    ("OPENPGPKEY", "aGVsbG8="),
    ("RP", "hostmaster.example.com. ."),
    ("SMIMEA", f"3 1 1 {HEX}"),
    ("TXT", r'"a" "" "\000\255\"\\"'),
    ("URI", '10 1 "ftp://ftp.example.com/public"'),
    ("ZONEMD", "2018031900 1 1 " + HEX + HEX[:32]),
]


@pytest.mark.parametrize(("rdtype", "one", "other"), SAME)
def test_same(rdtype: str, one: str, other: str) -> None:
    assert value_key(rdtype, one) == value_key(rdtype, other)
    assert hash(value_key(rdtype, one)) == hash(value_key(rdtype, other))


@pytest.mark.parametrize(("rdtype", "one", "other"), DIFFERENT)
def test_different(rdtype: str, one: str, other: str) -> None:
    assert value_key(rdtype, one) != value_key(rdtype, other)


WRITTEN = sorted({*((rdtype, text) for rdtype, *texts in SAME + DIFFERENT for text in texts), *MORE})


@pytest.mark.parametrize(("rdtype", "text"), WRITTEN)
def test_what_is_written_and_what_is_served_are_compared_by_the_same_key(rdtype: str, text: str) -> None:
    rdata = parse_value(rdtype, text)
    wire = rdata.to_wire()
    assert wire is not None
    served = dns.rdata.from_wire(dns.rdataclass.IN, rdata.rdtype, wire, 0, len(wire))
    assert key(rdtype, served.to_text()) == rdata_key(rdata) == value_key(rdtype, text)


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_txt_compares_by_its_octets_however_they_are_chunked(chunks: list[bytes]) -> None:
    wire = b"".join(bytes([len(chunk)]) + chunk for chunk in chunks)
    served = dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.TXT, wire, 0, len(wire))
    assert key("TXT", served.to_text()) == b"".join(chunks)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n")).filter(lambda text: not text.startswith('"')))
def test_txt_is_written_as_the_joined_text(text: str) -> None:
    rdata = parse_value("TXT", text)
    assert rdata_key(rdata) == text.encode()
    assert key("TXT", rdata.to_text()) == text.encode()
    assert shown("TXT", rdata.to_text()) == f'"{text}"'


@given(st.integers(65280, 65534), st.binary(max_size=40))
def test_any_type_can_be_written_as_octets(number: int, octets: bytes) -> None:
    rdtype = f"TYPE{number}"
    text = rf"\# {len(octets)} {octets.hex()}"
    rdata = parse_value(rdtype, text)
    assert rdata.to_wire() == octets
    assert key(rdtype, rdata.to_text()) == value_key(rdtype, text)


@pytest.mark.parametrize(
    ("rdtype", "served", "text"),
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("CNAME", "www.example.com.", "www.example.com."),
        ("TXT", '"one " "text"', '"one text"'),
        ("TXT", r'"\195\188 \255"', r'"ü \xff"'),
    ],
)
def test_shown(rdtype: str, served: str, text: str) -> None:
    assert shown(rdtype, served) == text
