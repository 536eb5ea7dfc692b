"""How records become checks: their ids, and whom `--plan` says they would ask."""

from __future__ import annotations

import pytest

from preflight.testing import parse
from preflight_dns.section import contacts
from preflight_dns.tests.looked import DNS


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ("name: WWW.example.com., type: a", "www.example.com/A"),
        ("name: www.example.com, type: TYPE28", "www.example.com/AAAA"),
        ("name: www.example.com, type: A, ask: authoritative", "www.example.com/A"),
        ("name: www.example.com, type: A, ask: resolvers", "www.example.com/A@resolvers"),
        (
            "name: www.example.com, type: A, ask: [192.0.2.1, '192.0.2.2:54']",
            "www.example.com/A@192.0.2.1,192.0.2.2:54",
        ),
        ("name: www.example.com, type: A, phase: [before, after]", "www.example.com/A:before+after"),
        ("name: www.example.com, type: A, id: flyer", "flyer"),
    ],
)
def test_ids(fields: str, target: str) -> None:
    (check,) = parse(DNS, f"dns: {{records: [{{{fields}, ttl: {{max: 300}}}}]}}")
    assert check.id == f"dns.record[{target}]"


ON = "; and on to where delegations and CNAMEs lead"
NAMED = "{name: a.example.com, servers: {ns1: 192.0.2.1}}, {name: example.net, servers: [n.x]}"
ZONES = f"zones: [{{name: example.com}}, {NAMED}]"


@pytest.mark.parametrize(
    ("top", "fields", "whom"),
    [
        ("port: 53", "name: www.example.com", "those its zone is delegated to, found through the system's resolvers"),
        (
            "resolvers: [192.0.2.53]",
            "name: www.example.com",
            "those its zone is delegated to, found through 192.0.2.53",
        ),
        (ZONES, "name: www.example.com", "those its zone is delegated to, found through the system's resolvers"),
        (ZONES, "name: www.a.example.com", "ns1 192.0.2.1"),
        (ZONES, "name: a.example.com", "ns1 192.0.2.1"),
        (ZONES, "name: ba.example.com", "those its zone is delegated to, found through the system's resolvers"),
        (ZONES, "name: www.example.net", "n.x"),
        ("zones: [{name: ., servers: [192.0.2.9]}]", "name: www.example.com", "192.0.2.9"),
        ("zones: [{name: ., servers: [192.0.2.9]}]", "name: .", "192.0.2.9"),
    ],
)
def test_plan_of_authoritative_servers(top: str, fields: str, whom: str) -> None:
    (check,) = parse(DNS, f"dns: {{{top}, records: [{{{fields}, type: A, ttl: 300}}]}}")
    how = "DNS queries over UDP and TCP, unauthenticated, from this machine to"
    assert contacts(check.spec, check.shared) == f"{how} the authoritative servers: {whom}{ON}"


@pytest.mark.parametrize(
    ("ask", "whom"),
    [
        ("resolvers", "192.0.2.53, resolver.example.com:5353"),
        ("[192.0.2.1, '[2001:db8::1]:54']", "192.0.2.1, [2001:db8::1]:54"),
    ],
)
def test_plan_of_other_servers(ask: str, whom: str) -> None:
    top = "resolvers: [192.0.2.53, 'resolver.example.com:5353']"
    (check,) = parse(DNS, f"dns: {{{top}, records: [{{name: www.example.com, type: A, ttl: {{max: 5}}, ask: {ask}}}]}}")
    assert contacts(check.spec, check.shared).endswith(f" from this machine to {whom}")
