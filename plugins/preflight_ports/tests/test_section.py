"""How flows become checks: one for each source and destination, their ids, and what `--plan` says of them."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest

from preflight.testing import observe_all
from preflight_ports.section import FLOW, cell, contacts
from preflight_ports.spec import FlowSpec, Pair
from preflight_ports.tests.said import HOSTS, at, checks, fared, flow_of, ours, seen


def pairs(*flows: str) -> list[str]:
    return [f"{check.spec.pair.source}->{check.spec.pair.destination}" for check in checks(*flows)]


@pytest.mark.parametrize(
    ("flow", "made"),
    [
        ("from: web, to: db, port: 1", ["web-1->db-1", "web-2->db-1"]),
        ("from: web-1, to: db-1, port: 1", ["web-1->db-1"]),
        ("from: here, to: web, port: 1", ["here->web-1", "here->web-2"]),
        ("from: [here, web], to: shop.example.com, port: 1",
         ["here->shop.example.com", "web-1->shop.example.com", "web-2->shop.example.com"]),
        # a host in both groups has no traffic to itself
        ("from: web, to: web, port: 1", ["web-1->web-2", "web-2->web-1"]),
        ("from: web, to: app, port: 1", ["web-1->web-2"]),
        ("from: app, to: [db, web], port: 1", ["web-2->db-1", "web-2->web-1"]),
        # unless that is what is asked for
        ("from: web-1, to: web-1, port: 1", ["web-1->web-1"]),
        # nobody is asked twice
        ("from: [web, web-1], to: [db-1, db], port: 1", ["web-1->db-1", "web-2->db-1"]),
    ],
)  # fmt: skip
def test_one_check_for_each_pair(flow: str, made: list[str]) -> None:
    assert pairs(flow) == made


@pytest.mark.parametrize(
    ("flow", "ids"),
    [
        ("from: web-1, to: db-1, port: 5432", ["web-1->db-1:5432"]),
        ("from: web-1, to: db, port: 5432/tcp", ["web-1->db-1:5432"]),
        ("from: web-1, to: db-1, port: [80, 443, 123/udp]", ["web-1->db-1:80,443,123/udp"]),
        ("from: web-1, to: db-1, port: 30000-30010", ["web-1->db-1:30000-30010"]),
        ("from: here, to: '2001:db8::80', port: 443", ["here->2001:db8::80.443"]),
        ("from: web, to: db, port: 1", ["web-1->db-1:1", "web-2->db-1:1"]),
        ("from: web-1, to: db-1, port: 1, id: db", ["db"]),
        ("from: web, to: db, port: 1, id: db", ["db:web-1->db-1", "db:web-2->db-1"]),
        ("from: web-1, to: db-1, port: 1, expect: {before: blocked, after: open}",
         ["web-1->db-1:1:before", "web-1->db-1:1:after"]),
        ("from: web-1, to: db-1, port: 1, id: db, expect: {before: blocked, after: open}", ["db:before", "db:after"]),
    ],
)  # fmt: skip
def test_ids(flow: str, ids: list[str]) -> None:
    assert [check.id for check in checks(flow)] == [f"ports.flow[{each}]" for each in ids]


def test_phases_expect_different_things() -> None:
    before, after = checks("from: web-1, to: db-1, port: 1, expect: {before: blocked, after: open}")
    assert (before.spec.expect, before.spec.phase) == ("blocked", ("before",))
    assert (after.spec.expect, after.spec.phase) == ("open", ("after",))


def test_where_a_source_connects_to() -> None:
    flows = [f"from: here, to: {to}, port: 1" for to in ("db-1", "queue-1", "shop.example.com", "10.0.9.9")]
    assert [check.spec.pair for check in checks(*flows)] == [
        Pair("here", "db-1", "10.0.2.21"),
        Pair("here", "queue-1", "queue-1"),
        Pair("here", "shop.example.com", "shop.example.com"),
        Pair("here", "10.0.9.9", "10.0.9.9"),
    ]


def test_the_name_of_a_container_is_no_address() -> None:
    top = "hosts:\n  db-1: {address: 4f2a, connection: docker}\n  web-1: {address: 10.0.1.11}\n"
    assert flow_of("", top=top).pair.address == "db-1"


def test_certificates_are_to_outlast_the_cutover() -> None:
    top = f"cutover: {{closes: '2026-12-05T08:00-05:00'}}\n{HOSTS}"
    assert flow_of("", top=top).pair.window_closes == datetime(2026, 12, 5, 13, tzinfo=UTC)
    assert flow_of("").pair.window_closes is None


@pytest.mark.parametrize(
    ("section", "flow", "families", "timeout"),
    [
        ("", "", ("ipv4", "ipv6"), 4.0),
        ("  families: ipv6\n  connect_timeout: 9s\n", "", ("ipv6",), 9.0),
        ("  families: ipv6\n  connect_timeout: 9s\n", ", families: [ipv4], connect_timeout: 1m", ("ipv4",), 60.0),
    ],
)
def test_what_is_inherited_from_the_section(section: str, flow: str, families: tuple[str, ...], timeout: float) -> None:
    (check,) = checks(f"from: web-1, to: db-1, port: 1{flow}", section=section)
    assert (check.spec.families, check.spec.connect_timeout) == (families, timeout)


@pytest.mark.parametrize(
    ("tls", "name"),
    [
        ("to: shop.example.com, tls: true", "shop.example.com"),
        ("to: shop.example.com., tls: true", "shop.example.com"),  # RFC 6066: without the dot
        ("to: shop.example.com, tls: {}", "shop.example.com"),
        ("to: 10.0.2.21, tls: {name: shop.example.com}", "shop.example.com"),
        ("to: db-1, tls: {verify: false}", "10.0.2.21"),
        ("to: db-1", ""),
        ("to: db-1, tls: false", ""),
    ],
)
def test_the_name_that_a_tls_server_is_asked_for(tls: str, name: str) -> None:
    assert flow_of(tls).tls_name() == name


ROOT_AT = "over SSH as root at"


@pytest.mark.parametrize(
    ("flow", "line"),
    [
        ("from: here, to: db-1, port: 5432", "connects to db-1 (10.0.2.21) port 5432, from this machine"),
        ("from: here, to: shop.example.com, port: [80, 443], tls: true",
         "connects to shop.example.com ports 80,443, with a TLS handshake, from this machine"),
        ("from: here, to: db-1, port: 22, expect: blocked, control: [5432, 6432]",
         "connects to db-1 (10.0.2.21) port 22, and to 5432,6432 to see whether it can be reached at all, from "
         "this machine"),
    ],
)  # fmt: skip
def test_plan_from_here(flow: str, line: str) -> None:
    (check,) = checks(flow)
    assert contacts(check.spec, check.shared) == line


def test_plan_names_every_host_that_is_logged_in_to() -> None:
    (check,) = checks("from: web-1, to: queue-1, port: 5672, listener: if-free")
    line = contacts(check.spec, check.shared)
    assert line.startswith("connects to queue-1 port 5672; for a moment, listens on those of them that are free on ")
    listens, _, connects = line.partition(", from ")
    assert "queue-1 over SSH as deploy" in listens
    assert connects.startswith("web-1 over SSH as ")
    assert "10.0.1.11" in connects


def test_all_flows_are_one_batch_that_knows_the_hosts_they_name() -> None:
    found = checks("from: web-1, to: db-1, port: 1", "from: here, to: shop.example.com, port: 1")
    assert {check.shared for check in found} == {found[0].shared}
    assert [name for name, _ in found[0].shared.hosts] == ["web-1", "db-1"]


def test_specs_and_plans_pickle() -> None:
    for check in checks("from: web, to: db, port: [1, 5-7/udp], id: x", "from: here, to: db-1, port: 443, tls: {}"):
        spec, plan = pickle.loads(pickle.dumps((check.spec, check.shared)))
        assert (spec, spec.pair, spec.mark) == (check.spec, check.spec.pair, check.spec.mark)
        assert plan == check.shared
        assert FLOW.target(spec) == FLOW.target(check.spec)


def test_a_batch_pickles_on_its_way_to_the_probe(nobody_listens: int) -> None:
    specs: list[FlowSpec] = []
    found = checks(*(f"from: here, to: 127.0.0.1, port: {nobody_listens}, id: {each}" for each in "ab"))
    specs = [check.spec for check in found]
    observations = observe_all(FLOW, *specs, shared=found[0].shared)
    assert [o.addresses[0].ports[0].state for o in observations] == ["refused", "refused"]


def test_the_matrix_shows_the_state() -> None:
    flow = flow_of("port: [80, 443-445]")
    through = seen(at(fared("open", "80"), fared("filtered", "443-445")))
    assert cell(flow, through).row == "web-1"
    assert cell(flow, through).column == "db-1:80,443-445"
    assert cell(flow, through).text == "filtered 3, open 1"
    assert cell(flow, None).text == ""
    assert cell(flow, seen(at(fared("open", "80", peer="10.0.1.11")))).text == "open"
    translated = seen(at(fared("open", "80", peer="192.0.2.1")), listeners=[ours(port=80)])
    assert cell(flow, translated).text == "open as 192.0.2.1 (our listener)"
