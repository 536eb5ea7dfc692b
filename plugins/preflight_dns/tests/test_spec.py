"""What is refused at load, and where: `»` stands before the place that the message must name."""

from __future__ import annotations

import re

import dns.rdatatype
import pytest

from preflight.errors import InventoryError
from preflight.testing import assert_refused, parse
from preflight_dns.names import WrittenServer
from preflight_dns.plugin import pytest_preflight_domain
from preflight_dns.spec import RecordSpec

DNS = pytest_preflight_domain()
WWW = "name: www.example.com"


def record(fields: str) -> RecordSpec:
    """The spec of one record, through the loader."""
    (check,) = parse(DNS, f"dns: {{records: [{{{fields}}}]}}")
    spec: RecordSpec = check.spec
    return spec


def assert_record_refused(fields: str, message: str) -> None:
    assert_refused(DNS, f"dns:\n  records:\n    - {{{fields}}}\n", message)


def test_a_problem_is_shown_with_file_line_column_and_path() -> None:
    with pytest.raises(InventoryError) as caught:
        parse(DNS, "dns:\n  records:\n  - name: www.example.com\n    type: A\n    values: [192.0.2.1, 192.0.2.300]\n")
    expected = r'inventory\.yaml:5:25: dns\.records\[0\]\.values\[1\]: "192\.0\.2\.300" is no value of type A: '
    assert re.search(expected + r"it is no IPv4 address$", str(caught.value), re.M)


def test_all_problems_are_told_at_once() -> None:
    assert_refused(
        DNS,
        """
        dns:
          port: »0
          records:
            - {name: »a..b, type: »AAA, values: [x]}
            - {name: www.example.com, type: A, values: [»1.1, 192.0.2.1, »192.0.2, »192.0.2.300], »vlaues: []}
        """,
        "should be greater than or equal to 1, not 0",
        "two dots in a row",
        'did you mean "AAAA"?',
        "put it in quotes",
        "no IPv4 address",
        "no IPv4 address",
        'did you mean "values"?',
    )


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("AA", 'there is no record type "AA"; did you mean "CAA"?'),
        ("CNAM", 'did you mean "CNAME"?'),
        ("TYPE65536", "there is no record type"),
        ("TYPE-1", "there is no record type"),
        ("''", "there is no record type"),
        ("1", "should be text, not 1: put it in quotes"),
        ("", "should be text, not nothing"),
        *((meta, "no record has this type") for meta in ("ANY", "axfr", "IXFR", "OPT", "TSIG", "TKEY", "MAILA")),
        *((meta, "no record has this type") for meta in ("NONE", "TYPE0", "TYPE41", "NXNAME", "TYPE255")),
    ],
)
def test_types_that_no_record_has(written: str, message: str) -> None:
    assert_record_refused(f"{WWW}, type: »{written}, values: [x]", message)


def test_every_type_of_record_can_be_named() -> None:
    meta = {0, 41, *range(128, 256)}  # RFC 6895 section 3.1
    types = [rdtype for rdtype in dns.rdatatype.RdataType if rdtype not in meta]
    assert len(types) > 70
    for rdtype in types:
        name = dns.rdatatype.to_text(rdtype)
        for written in (name, name.lower(), f"TYPE{int(rdtype)}"):
            quoted = f"'{written}'"  # NULL is a type of record, and nothing in YAML
            assert record(f"{WWW}, type: {quoted}, ttl: 300").type == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("www..example.com", "two dots in a row"),
        (".example.com", "a dot at its start"),
        ("''", "it is empty"),
        ("www example.com", "white space"),
        ("' www.example.com'", "white space"),
        ('"www.example.com\\t"', "white space"),
        (f"{'a' * 64}.example.com", "has 64 characters, and 63 are allowed"),
        (f"{'ü' * 60}.example.com", "is too long as an A-label"),
        (".".join(["a" * 63] * 4), "it has more than 255 octets"),
        (r"a\300.example.com", "escaped code"),
        ("'@'", "write the name out"),
        ("straße.example.com", "U+00DF"),
        ("80", "should be text, not 80: put it in quotes"),
        ("1.5", "put it in quotes"),
        ("true", "should be text, not true"),
    ],
)
def test_names_that_cannot_be(name: str, message: str) -> None:
    assert_record_refused(f"name: »{name}, type: A, ttl: 300", message)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("WWW.Example.COM", "www.example.com"),
        ("www.example.com.", "www.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example.", "xn--bcher-kva.example"),
        ("_sip._tcp.example.com", "_sip._tcp.example.com"),
        ("'*.example.com'", "*.example.com"),
        ("0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa"),
        (r"a\.b.example.com", r"a\.b.example.com"),
        (f"{'a' * 63}.example.com", f"{'a' * 63}.example.com"),
        (".".join(["a" * 63] * 3 + ["a" * 61]), ".".join(["a" * 63] * 3 + ["a" * 61])),
        ("com", "com"),
        (".", "."),
    ],
)
def test_names_as_people_write_them(written: str, name: str) -> None:
    assert record(f"name: {written}, type: A, ttl: 300").name == name


@pytest.mark.parametrize(
    ("rdtype", "values", "message"),
    [
        ("A", "[192.0.2.1, »192.0.2]", '"192.0.2" is no value of type A: it is no IPv4 address'),
        ("A", "[»'2001:db8::1']", "no IPv4 address"),
        ("AAAA", "['2001:db8::1', »192.0.2.1]", "no IPv6 address"),
        ("AAAA", "[»'2001:db8::g']", "no IPv6 address"),
        ("CNAME", "[»a..example.com]", "label is empty"),
        ("CNAME", "[»'@']", "write the name out"),
        ("MX", "[10 mx1.example.com, »mx2.example.com]", '"mx2.example.com" is no value of type MX'),
        ("MX", "[»65536 mx1.example.com]", "65536 is not an unsigned 16-bit integer"),
        ("MX", "[»10 @]", "write the name out"),
        ("MX", "[»10 straße.example.com]", "U+00DF"),
        ("MX", '[»"10 mx1.example.com\\n20 mx2.example.com"]', "more than one line"),
        ("SRV", "[»60 5060 sip.example.com]", "no value of type SRV"),
        ("SOA", "[»ns1.example.com hostmaster.example.com 1 2 3 4]", "no value of type SOA"),
        ("CAA", """[»'256 issue "letsencrypt.org"']""", "256 is not an unsigned 8-bit integer"),
        ("CAA", """[»'0 is-sue "letsencrypt.org"']""", "tag is not alphanumeric"),
        ("TLSA", "[»3 1 1 abc]", "no value of type TLSA"),
        ("TLSA", "[»3 1 1 0123]", "inconsistent with matching type"),
        ("DS", "[»12345 13 2 abcd]", "digest length"),
        ("SSHFP", "[»4 2 1234]", "fingerprint length"),
        ("NAPTR", "[»100 10 U E2U+sip]", "no value of type NAPTR"),
        ("HTTPS", "[»1 . foo=bar]", "no value of type HTTPS"),
        ("HTTPS", "[»1 . port=99999]", "no value of type HTTPS"),
        ("TXT", "[»'\"unfinished']", "no value of type TXT"),
        ("TXT", '[»"v=spf1 -all\\n"]', "more than one line"),
        ("TYPE65400", "[»192.0.2.1]", "generic rdata"),
        (r"TYPE65400", r"[»\# 3 c0000201]", "wrong length"),
        ("A", "[»300]", "should be text, not 300: put it in quotes"),
        ("TXT", "[»1.5]", "should be text, not 1.5: put it in quotes"),
        ("TXT", "[»true]", "should be text, not true"),
        ("A", "»192.0.2.1", 'should be a list, not "192.0.2.1"'),
        ("A", "»[]", "is empty: name the values, or write `status: NODATA` or `status: NXDOMAIN`"),
        # the same value twice
        ("A", "[192.0.2.1, 192.0.2.2, »192.0.2.1]", '"192.0.2.1" is given twice'),
        ("AAAA", "['2001:db8::1', »'2001:DB8:0::1']", '"2001:DB8:0::1" is given twice'),
        ("MX", "[10 mx1.example.com, »10  MX1.example.com.]", "is given twice"),
        ("TXT", "[x, »x]", '"x" is given twice'),
        ("TXT", """[one text, »'"one " "text"']""", "is given twice"),
    ],
)
def test_values_that_their_type_cannot_have(rdtype: str, values: str, message: str) -> None:
    assert_record_refused(f"{WWW}, type: {rdtype}, values: {values}", message)


def test_values_are_not_judged_by_a_type_that_is_none() -> None:
    assert_record_refused(f"{WWW}, type: »MXX, values: [whatever, whatever]", "there is no record type")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("type: A", "nothing is expected of it"),
        ("type: A, ttl: ~", "nothing is expected of it"),
        ("type: A, values: [192.0.2.1], status: NXDOMAIN", "`status` says that there is no such RRset"),
        ("type: A, ttl: 300, status: NODATA", "`status` says that there is no such RRset"),
        ("type: CNAME, final: [192.0.2.1], status: NODATA", "`status` says that there is no such RRset"),
        ("type: A, ttl: 300, match: subset", "give `values`"),
        ("type: A, status: NODATA, match: any", "give `values`"),
        ("type: A, final: [192.0.2.1]", "`final` goes with type CNAME"),
        ("type: A, ttl: 300, ask: resolvers", "a resolver's TTL counts down"),
        ("type: A, ttl: {min: 300}, ask: resolvers", "a resolver's TTL counts down"),
        ("type: A, ttl: {min: 60, max: 300}, ask: resolvers", "a resolver's TTL counts down"),
    ],
)
def test_what_does_not_go_together(fields: str, message: str) -> None:
    assert_refused(DNS, f"dns:\n  records:\n    - »{{{WWW}, {fields}}}\n", message)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("type: A, status: »nxdomain", 'did you mean "NXDOMAIN"?'),
        ("type: A, status: »TIMEOUT", "NODATA, NXDOMAIN, REFUSED, SERVFAIL"),
        ("type: A, values: [192.0.2.1], match: »Exact", 'did you mean "exact"?'),
        ("type: CNAME, final: [192.0.2.1, »www.example.com]", '"www.example.com" is no address'),
        ("type: CNAME, final: [192.0.2.1, '::1', »'0::1']", '"0::1" is given twice'),
        ("type: CNAME, final: »[]", "is empty"),
        ("type: A, ttl: 300, »host: web-1", "unknown key"),
    ],
)
def test_other_fields(fields: str, message: str) -> None:
    assert_record_refused(f"{WWW}, {fields}", message)


@pytest.mark.parametrize(
    ("written", "bounds"),
    [
        ("300", (300, 300)),
        ("5m", (300, 300)),
        ("1h30m", (5400, 5400)),
        ("'300'", (300, 300)),
        ("0", (0, 0)),
        ("'0'", (0, 0)),
        ("2147483647", (2**31 - 1, 2**31 - 1)),
        ("{max: 5m}", (0, 300)),
        ("{max: 0}", (0, 0)),
        ("{min: 60}", (60, 2**31 - 1)),
        ("{min: 60, max: 1h}", (60, 3600)),
        ("{min: 60, max: 60}", (60, 60)),
    ],
)
def test_forms_of_ttl(written: str, bounds: tuple[int, int]) -> None:
    assert record(f"{WWW}, type: A, ttl: {written}").ttl_bounds == bounds


@pytest.mark.parametrize(
    ("written", "message"),
    [
        *((f"»{ttl}", "whole seconds from 0 to 2147483647") for ttl in ("-1", "1.5", "soon", "2147483648", "true")),
        ("»[300]", "whole seconds"),
        ("»{min: 5m, max: 60}", "min (300) is above max (60)"),
        ("»{}", "give `min`, `max` or both"),
        ("{»maximum: 300}", 'did you mean "max"?'),
        ("{max: »soon}", "whole seconds"),
    ],
)
def test_ttls_that_cannot_be(written: str, message: str) -> None:
    assert_record_refused(f"{WWW}, type: A, ttl: {written}", message)


def test_a_ttl_of_resolvers_has_a_highest_value_only() -> None:
    assert record(f"{WWW}, type: A, ttl: {{max: 300}}, ask: resolvers").ttl_bounds == (0, 300)
    assert record(f"{WWW}, type: A, ttl: 300, ask: 192.0.2.53").ttl_bounds == (300, 300)


@pytest.mark.parametrize(
    ("written", "servers"),
    [
        ("192.0.2.53", (WrittenServer("192.0.2.53"),)),
        ("192.0.2.53:5353", (WrittenServer("192.0.2.53", 5353),)),
        ("'2001:db8::53'", (WrittenServer("2001:db8::53"),)),
        ("'[2001:db8::53]'", (WrittenServer("2001:db8::53"),)),
        ("'[2001:db8::53]:5353'", (WrittenServer("2001:db8::53", 5353),)),
        ("ns1.example.com", (WrittenServer("ns1.example.com"),)),
        ("ns1.example.com:5353", (WrittenServer("ns1.example.com", 5353),)),
        ("[192.0.2.53, ns1.example.com]", (WrittenServer("192.0.2.53"), WrittenServer("ns1.example.com"))),
        ("host:53", (WrittenServer("host", 53),)),
    ],
)
def test_forms_of_ask(written: str, servers: tuple[WrittenServer, ...]) -> None:
    assert record(f"{WWW}, type: A, ttl: 300, ask: {written}").ask == servers


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("»'host:'", "names no host"),
        ("[192.0.2.53, »host:web-1]", "one host or group by itself can be asked from, not several: `ask: host:web-1`"),
        ("[»'group:web']", "one host or group by itself"),
        ("»authoritatve", "did you mean `ask: authoritative`?"),
        ("»Resolver", "did you mean `ask: resolvers`?"),
        ("[»resolvers]", "did you mean `ask: resolvers`?"),
        ("»192.0.2.300", "192.0.2.300 is no IPv4 address"),
        ("»192.0.2", "192.0.2 is no IPv4 address"),
        ("»192.0.2.53:0", "ports go from 1 to 65535"),
        ("»192.0.2.53:65536", "ports go from 1 to 65535"),
        ("»192.0.2.53:dns", "write an address or a host name, and :PORT after it"),
        ("»'[ns1.example.com]:53'", "no IPv6 address"),
        ("»''", "is no server"),
        ("»192.0.2.53 192.0.2.54", "white space"),
        ("[192.0.2.53, »ns1..example.com]", "two dots in a row"),
        ("[192.0.2.53, »192.0.2.53]", "is given twice"),
        ("»53", "should be a server"),
        ("»{ns1: 192.0.2.53}", "should be a server"),
        ("»[]", "is empty"),
    ],
)
def test_whom_nobody_can_ask(written: str, message: str) -> None:
    assert_record_refused(f"{WWW}, type: A, ttl: 300, ask: {written}", message)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("resolvers: »192.0.2.53", "should be a list"),
        ("resolvers: [192.0.2.53, »192.0.2.53.1]", "no IPv4 address"),
        ("resolvers: [»53]", "should be a server"),
        ("»resolver: [192.0.2.53]", 'did you mean "resolvers"?'),
        ("families: »[]", "is empty"),
        ("families: [»ipv5]", 'did you mean "ipv6"?'),
        ("families: [ipv4, »ipv4]", "is given twice"),
        ("port: »0", "greater than or equal to 1"),
        ("port: »65536", "less than or equal to 65535"),
        ("port: »'53'", "should be a valid integer"),
        ("zones: »{example.com: auto}", "should be a list, not a mapping"),
        ("zones: [»{servers: auto}]", '"name" is missing'),
        ("zones: [{name: »a..b}]", "two dots in a row"),
        ("zones: [{name: example.com}, »{name: EXAMPLE.com.}]", "the zone example.com is given twice"),
        ("zones: [{name: example.com, »check: [serial]}]", 'did you mean "checks"?'),
        ("zones: [{name: example.com, servers: »atuo}]", "should be `auto`, a list of servers, or a mapping"),
        ("zones: [{name: example.com, servers: »192.0.2.1}]", "should be `auto`, a list of servers, or a mapping"),
        ("zones: [{name: example.com, servers: »[]}]", "is empty"),
        ("zones: [{name: example.com, servers: »{}}]", "is empty"),
        ("zones: [{name: example.com, servers: [192.0.2.1, »192.0.2.300]}]", "no IPv4 address"),
        ("zones: [{name: example.com, servers: [192.0.2.1, »192.0.2.1]}]", "is given twice"),
        ("zones: [{name: example.com, servers: »{ns1: 192.0.2.300}}]", "ns1: "),
        ("zones: [{name: example.com, servers: »{ns1: [192.0.2.1]}}]", "ns1: should be a server"),
        ("zones: [{name: example.com, servers: »{n s: 192.0.2.1}}]", "white space"),
        ("records: »{}", "should be a list, not a mapping"),
        ("records: [»www.example.com]", "should be a mapping"),
    ],
)
def test_the_section(section: str, message: str) -> None:
    assert_refused(DNS, f"dns:\n  {section}\n", message)


@pytest.mark.parametrize(
    ("servers", "found"),
    [
        ("auto", ()),
        ("[192.0.2.1, 'ns2.example.com:5353']", ("192.0.2.1", "ns2.example.com:5353")),
        (
            "{NS1.example.com.: 192.0.2.1, ns2: '[2001:db8::1]:53'}",
            ("ns1.example.com 192.0.2.1", "ns2 [2001:db8::1]:53"),
        ),
    ],
)
def test_forms_of_a_zones_servers(servers: str, found: tuple[str, ...]) -> None:
    zone = f"zones: [{{name: Example.com., servers: {servers}}}]"
    (check,) = parse(DNS, f"dns: {{{zone}, families: ipv4, records: [{{{WWW}, type: A, ttl: 300}}]}}")
    assert [(name, tuple(map(str, s))) for name, s in check.shared.zones] == [("example.com", found)]
    assert check.shared.families == ("ipv4",)


def test_the_same_question_twice_needs_an_id() -> None:
    one = f"{{{WWW}, type: A, ttl: 300}}"
    assert_refused(DNS, f"dns:\n  records:\n    - {one}\n    - »{one}\n", "give one of them an `id:` of its own")
