"""How records that hosts are asked for become checks, what is refused, and what `--plan` says."""

from __future__ import annotations

import pytest

from preflight.testing import assert_refused, parse, surveys
from preflight_dns.section import contacts
from preflight_dns.tests.looked import DNS

HOSTS = """\
hosts:
  web-1: {address: 192.0.2.11, groups: [web], user: deploy}
  web-2: {connection: local, groups: [web]}
  db-1: {connection: docker}
"""
WWW = "name: www.example.com, type: A"


def ids(*records: str) -> list[str]:
    entries = "".join(f"    - {{{record}}}\n" for record in records)
    return [check.id.removeprefix("dns.record[")[:-1] for check in parse(DNS, f"{HOSTS}dns:\n  records:\n{entries}")]


def test_one_check_for_each_host_in_the_order_of_the_file() -> None:
    assert ids(
        f"{WWW}, status: NXDOMAIN, ask: host:db-1",
        f"{WWW}, status: NXDOMAIN",
        f"{WWW}, status: NXDOMAIN, ask: group:web",
        f"{WWW}, status: NXDOMAIN, ask: group:web, id: flyer",
        f"{WWW}, status: NXDOMAIN, ask: host:web-1, id: alone",
    ) == [
        "www.example.com/A@host:db-1",
        "www.example.com/A",
        "www.example.com/A@host:web-1",
        "www.example.com/A@host:web-2",
        "flyer@web-1",
        "flyer@web-2",
        "alone",
    ]


def test_only_the_hosts_that_are_asked_are_shared() -> None:
    checks = parse(DNS, f"{HOSTS}dns: {{records: [{{{WWW}, status: NODATA, ask: 'group:web'}}]}}")
    assert [name for name, _ in checks[0].shared.hosts] == ["web-1", "web-2"]
    assert len({check.shared for check in checks}) == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (f"{WWW}, status: NODATA, ask: »host:web-9", 'there is no host "web-9" here; did you mean "web-'),
        (f"{WWW}, status: NODATA, ask: »group:wbe", 'there is no group "wbe" here; did you mean "web"?'),
        (f"{WWW}, status: NODATA, ask: »host:web", 'there is no host "web" here; write `group:web`'),
        (f"{WWW}, status: NODATA, ask: »group:web-1", "write `host:web-1`"),
        (f"»{WWW}, values: [192.0.2.1], ttl: {{max: 300}}, ask: host:web-1", "a host is told no TTL"),
        ("»name: '*.example.com', type: A, status: NODATA, ask: host:web-1", "names of letters, digits"),
        ("»name: -r.example.com, type: A, status: NODATA, ask: host:web-1", "names of letters, digits"),
    ],
)
def test_what_is_refused(fields: str, message: str) -> None:
    before, mark, rest = fields.rpartition("»")
    entry = f"»{{{rest}}}" if not before else f"{{{before}{mark}{rest}}}"
    assert_refused(DNS, f"{HOSTS}dns:\n  records:\n    - {entry}\n", message)


def test_the_plan_says_what_is_read_and_as_whom() -> None:
    records = f"{{{WWW}, status: NODATA, ask: 'host:web-1'}}, {{{WWW[:-1]}MX, status: NODATA, ask: 'host:web-2'}}"
    address, mail = parse(DNS, f"{HOSTS}dns: {{records: [{records}]}}")
    reads = "reads /etc/hosts, nsswitch.conf and resolv.conf, and looks it up"
    told = contacts(address.spec, address.shared)
    assert told.startswith(
        f"{reads} as its programs do (getent), and at the name servers of resolv.conf, on web-1 over SSH"
    )
    assert contacts(mail.spec, mail.shared).startswith(f"{reads} at the name servers of resolv.conf, on this machine")


def test_what_one_host_is_told_is_no_fact_of_the_environment() -> None:
    one = f"{HOSTS}dns: {{records: [{{{WWW}, status: NODATA, ask: 'host:web-1'}}]}}"
    assert not surveys(DNS, one)
