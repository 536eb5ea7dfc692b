"""What is refused of a zone's entry at load, and where; and what checks an entry makes."""

from __future__ import annotations

import pytest

from preflight.testing import assert_refused, parse
from preflight_dns.tests.zone.looking import DNS


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("checks: [»serail]", '"serail" is no check of a zone; did you mean "serial"?'),
        ("checks: [»same_as]", "is a key of its own: write `same_as: ...` beside `checks`"),
        ("same_as: {servers: »[]}", "is empty"),
        ("same_as: {servers: [192.0.2.1], except: [»MXX]}", 'did you mean "MX"?'),
        ("same_as: {servers: [192.0.2.1], except: [MX, »mx]}", "given twice"),
        ("from: {zonefile: »''}", "at least 1"),
        ("from: »zonefile", "mapping"),
        ("checks: [»1]", "put it in quotes"),
        ("checks: [serial], serial_tolerance: »-1", "greater than or equal to 0"),
        ("checks: [serial], serial_tolerance: »soon", "should be"),
        ("checks: [agree], names: [»a..b]", "two dots in a row"),
        ("checks: [agree], names: [»www.example.com/AA]", '"CAA"'),
        ("checks: [agree], names: [»5]", "www.example.com/TXT"),
        ("checks: [agree], tsig: {name: k, secret: »'no base 64'}", "should be the key's secret in base64"),
        ("checks: [agree], tsig: {name: k, secret: eA==, algorithm: »hmac-sha3}", "hmac-sha384"),
        ("checks: [agree], tsig: »{name: k}", "secret"),
    ],
)
def test_what_cannot_be(fields: str, message: str) -> None:
    assert_refused(DNS, f"dns: {{zones: [{{name: example.com, {fields}}}]}}", message)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("owner: network", "`owner` is for the zone's checks, and it has none: give `checks`"),
        ("names: [www.example.com]", "`names` is for the zone's checks"),
        ("serial_tolerance: 1", "`serial_tolerance` is for the zone's checks"),
        ("servers: [192.0.2.1], same_as: {servers: [192.0.2.1]}", "it is the same as itself"),
        ("checks: [ttl]", "give `ttl: {max: 5m}`"),
        ("checks: [ttl], ttl: {max: 5m, drain: true}", "give it in `dns.records`"),
        ("checks: [serial, serial]", "`checks` names serial twice"),
    ],
)
def test_what_does_not_fit_together(fields: str, message: str) -> None:
    assert_refused(DNS, f"dns: {{zones: [»{{name: example.com, {fields}}}]}}", message)


def ids(text: str) -> list[str]:
    return [check.id for check in parse(DNS, f"dns: {{zones: [{text}]}}")]


def test_an_entry_makes_a_check_for_each_aspect_that_it_names() -> None:
    assert ids("{name: example.com}") == []
    assert ids("{name: example.com, checks: serial}") == ["dns.zone[example.com/serial]"]
    assert ids("{name: example.com, checks: [serial], id: shop}") == ["dns.zone[shop/serial]"]


def test_its_checks_share_a_batch_and_its_fields_are_those_of_each() -> None:
    text = "dns: {zones: [{name: example.com, checks: [serial], owner: network, phase: after}]}"
    (check,) = parse(DNS, text)
    assert (check.spec.owner, check.spec.phase) == ("network", ("after",))
    assert check.mark.line == 1
    assert check.digest


def test_names_may_have_a_type_and_a_slash() -> None:
    zone = (
        "{name: 2.0.192.in-addr.arpa, checks: agree, names: [0/25.2.0.192.in-addr.arpa, WWW.2.0.192.in-addr.arpa/ptr]}"
    )
    (check,) = parse(DNS, f"dns: {{zones: [{zone}]}}")
    assert check.spec.names == (("0/25.2.0.192.in-addr.arpa", ""), ("www.2.0.192.in-addr.arpa", "PTR"))


def test_what_is_contacted() -> None:
    tsig = "tsig: {name: key1, secret: c2VjcmV0LXNlY3JldA==}"
    zone = f"{{name: example.com, servers: [192.0.2.1], checks: [agree, serial], {tsig}}}"
    agree, serial = (check.kind.contacts(check.spec, check.shared) for check in parse(DNS, f"dns: {{zones: [{zone}]}}"))
    whom = "DNS queries over UDP and TCP, unauthenticated, from this machine to the servers of example.com: 192.0.2.1"
    assert serial == whom
    assert agree == f"{whom}; and zone transfers (AXFR, with the TSIG key key1) from them"


def test_records_count_for_the_zone_that_they_are_in_and_views_for_none() -> None:
    records = ["www.example.com", "www.child.example.com", "child.example.com", "www.example.net", "other.example.com"]
    written = [f"{{name: {name}, type: A, ttl: 300}}" for name in records]
    written.append("{name: inside.example.com, type: A, ttl: 300, ask: [192.0.2.53]}")
    zones = "[{name: example.com, checks: agree}, {name: child.example.com, checks: agree}]"
    checks = parse(DNS, f"dns: {{zones: {zones}, records: [{', '.join(written)}]}}")
    found = {
        check.spec.name: [name for name, _ in check.shared.records]
        for check in checks
        if check.id.startswith("dns.zone")
    }
    assert found == {
        "example.com": ["www.example.com.", "other.example.com."],
        "child.example.com": ["www.child.example.com.", "child.example.com."],
    }
