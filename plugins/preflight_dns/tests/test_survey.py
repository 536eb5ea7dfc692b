"""Records as facts: what an environment is compared by."""

from __future__ import annotations

import pickle
from collections.abc import Mapping

from preflight.finding import NotChecked
from preflight.testing import surveys
from preflight_dns.tests.looked import DNS
from tests.lab.dns_lab import DnsLab

RECORDS = """
  records:
  - {name: shop.example.test, type: A, values: [192.0.2.1]}
  - {name: nothing.example.test, type: A, values: [192.0.2.1]}
"""


def taken(servers: str) -> Mapping[tuple[str, ...], object]:
    (survey,) = surveys(DNS, f"dns:\n  zones: [{{name: example.test, servers: [{servers}]}}]{RECORDS}").values()
    found = pickle.loads(pickle.dumps(survey)).take(None, lambda: False)
    assert not isinstance(found, NotChecked)
    return dict(found)


def test_records_as_they_are_whatever_they_should_be(dns_lab: DnsLab) -> None:
    found = taken(f"'{dns_lab.primary}'")
    assert found["shop.example.test", "A"] == "203.0.113.10, 203.0.113.11"
    assert found["nothing.example.test", "A"] == "NXDOMAIN"


def test_servers_that_do_not_agree(dns_lab: DnsLab) -> None:
    found = taken(f"'{dns_lab.primary}', '{dns_lab.stale}'")
    assert found["shop.example.test", "A"] == "203.0.113.10, 203.0.113.11 or 203.0.113.10, 203.0.113.12"


def test_a_server_that_does_not_answer_is_not_known(dns_lab: DnsLab) -> None:
    found = taken(f"'{dns_lab.dead}'")
    assert isinstance(found["shop.example.test", "A"], NotChecked)


def test_no_records_nothing_to_compare(dns_lab: DnsLab) -> None:
    assert surveys(DNS, f"dns:\n  zones: [{{name: example.test, servers: ['{dns_lab.primary}']}}]") == {}
