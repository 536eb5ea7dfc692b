"""What nobody hopes to meet: zones, servers and records with a fault come to the right outcome, or are not checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from preflight.finding import NotChecked
from preflight_dns.judge import judge
from preflight_dns.observation import Observation
from preflight_dns.tests.looked import Looks, look
from tests.lab import faults, nsd, ports, unbound
from tests.lab.dns_lab import DnsLab
from tests.lab.nameserver import NameServer
from tests.lab.socket_server import FaultyServer

SHOP = "name: shop.example.test, type: A, values: [203.0.113.10, 203.0.113.11]"
SOA = "$ORIGIN faults.test.\n$TTL 300\n@ SOA ns1 host 1 7200 3600 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n"
OCTETS = 64_000
LARGE = " ".join(f'"{letter * 250}"' for letter in "abcd" * (OCTETS // 1000))
CHAIN = "".join(f"c{number} CNAME c{number + 1}\n" for number in range(100)) + "c100 A 203.0.113.100\n"
LOOPS = "a CNAME b\nb CNAME c\nc CNAME a\nself CNAME self\n"
StartFaulty = Callable[[AbstractContextManager[FaultyServer]], FaultyServer]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NameServer]:
    folder = tmp_path_factory.mktemp("faults")
    with nsd.running({"faults.test": f"{SOA}large TXT {LARGE}\n{CHAIN}{LOOPS}"}, folder) as running:
        yield running


def of_zone(server: object, *records: str) -> Looks:
    return look(*records, top=f"zones: [{{name: faults.test, servers: ['{server}']}}]")


def outcome(looks: Looks, record: str) -> str:
    """passed, failed or not-checked."""
    observed = looks.seen[record]
    assert isinstance(observed, Observation), observed
    reasons = judge(looks.checks[record].spec, observed)
    assert all(reason.next_step for reason in reasons)
    if not reasons:
        return "passed"
    return "not-checked" if all(isinstance(reason, NotChecked) for reason in reasons) else "failed"


# Records


def test_a_txt_of_64_kb(server: NameServer) -> None:
    right = "abcd" and "".join(letter * 250 for letter in "abcd" * (OCTETS // 1000))
    name = "name: large.faults.test, type: TXT"
    looks = of_zone(server, f"{name}, values: [{right}], id: right", f"{name}, values: [{right[:-1]}e], id: wrong")
    assert (outcome(looks, "right"), outcome(looks, "wrong")) == ("passed", "failed")


@pytest.mark.parametrize(
    ("name", "way"), [("a", "a.faults.test -> b.faults.test -> c.faults.test -> a"), ("self", "self")]
)
def test_a_loop_of_cnames(server: NameServer, name: str, way: str) -> None:
    looks = of_zone(server, f"name: {name}.faults.test, type: A, values: [192.0.2.1], id: loop")
    (reason,) = looks.reasons("loop")
    assert f"a CNAME loop: {way}" in reason


def test_a_loop_through_servers_that_give_one_alias_at_a_time(faulty: StartFaulty) -> None:
    server = faulty(faults.one_alias_at_a_time(SOA + LOOPS))
    looks = of_zone(server, "name: a.faults.test, type: A, values: [192.0.2.1], id: loop")
    (reason,) = looks.reasons("loop")
    assert "a CNAME loop: a.faults.test -> b.faults.test -> c.faults.test -> a.faults.test" in reason


def test_a_hundred_cnames_in_one_answer(server: NameServer) -> None:
    looks = of_zone(server, "name: c0.faults.test, type: A, values: [203.0.113.100], id: chain")
    assert outcome(looks, "chain") == "passed"
    (answer,) = looks.answers("chain")
    assert len(answer.rrs) == 101


def test_a_hundred_cnames_one_at_a_time(faulty: StartFaulty) -> None:
    server = faulty(faults.one_alias_at_a_time(SOA + CHAIN))
    looks = of_zone(
        server,
        "name: c0.faults.test, type: A, values: [203.0.113.100], id: hundred",
        "name: c85.faults.test, type: A, values: [203.0.113.100], id: fifteen",
    )
    assert outcome(looks, "fifteen") == "passed"
    (reason,) = looks.reasons("hundred")
    assert reason == (
        f"{server}: a chain of CNAMEs that goes on after 16 names: c0.faults.test -> c1.faults.test -> ... -> "
        "c16.faults.test; resolvers give up on it"
    )


# Servers


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (lambda: faults.without_edns(), ""),
        (lambda: faults.changed_case(), ""),
        (lambda: faults.only_tcp(), ""),
        (
            lambda: faults.without_edns(answer=False),
            "no answer in 3 tries over UDP (1, 2, 3 s), and TCP connected, but did not answer in 3 s",
        ),
    ],
    ids=["formerr", "case", "only-tcp", "edns-dropped"],
)
def test_servers_with_a_fault(
    faulty: StartFaulty, fault: Callable[[], AbstractContextManager[FaultyServer]], reason: str
) -> None:
    server = faulty(fault())
    alias = "name: www.example.test, type: A, values: [203.0.113.10, 203.0.113.11]"
    looks = look(f"{SHOP}, ask: '{server}', id: shop", f"{alias}, ask: '{server}', id: www")
    for record in ("shop", "www"):
        assert outcome(looks, record) == ("not-checked" if reason else "passed"), looks.reasons(record)
        assert looks.reasons(record) == ([f"{server}: {reason}"] if reason else [])


@pytest.mark.skipif(not ports.has_ipv6(), reason="this machine has no IPv6 loopback")
def test_a_server_that_answers_over_ipv6_only(dns_lab: DnsLab) -> None:
    assert dns_lab.primary6 is not None
    closed = f"127.0.0.9:{dns_lab.port}"
    zone = f"{{name: example.test, servers: {{ns4: '{closed}', ns6: '{dns_lab.primary6}'}}}}"
    looks = look(f"{SHOP}, id: shop", top=f"zones: [{zone}]")
    assert outcome(looks, "shop") == "not-checked"
    assert [reason.partition(":")[0] for reason in looks.reasons("shop")] == ["ns4 127.0.0.9"]
    alone = look(f"{SHOP}, id: shop", top=f"zones: [{{name: example.test, servers: ['{dns_lab.primary6}']}}]")
    assert outcome(alone, "shop") == "passed"


# Zones


def test_a_zone_that_does_not_exist(dns_lab: DnsLab) -> None:
    top = f"resolvers: ['{dns_lab.recursor}'], port: {dns_lab.port}"
    names = {
        "gone": "name: www.nozone.test, type: A, status: NXDOMAIN",
        "wanted": "name: www.nozone.test, type: A, values: [192.0.2.1]",
        "nowhere": "name: www.example.nosuchtld, type: A, values: [192.0.2.1]",
    }
    looks = look(*(f"{record}, id: {name}" for name, record in names.items()), top=top)
    assert {name: outcome(looks, name) for name in names} == {
        "gone": "passed",
        "wanted": "failed",
        "nowhere": "not-checked",
    }
    (reason,) = looks.reasons("nowhere")
    assert reason == "the resolvers know no zone above www.example.nosuchtld"


def test_a_server_that_does_not_have_the_zone(dns_lab: DnsLab) -> None:
    looks = look(
        "name: www.faults.test, type: A, values: [192.0.2.1], id: gone",
        top=f"zones: [{{name: faults.test, servers: ['{dns_lab.primary}']}}]",
    )
    assert looks.reasons("gone") == [f"{dns_lab.primary}: REFUSED (EDE 20: not authoritative)"]


def test_a_parent_that_does_not_answer(tmp_path: Path) -> None:
    with ExitStack() as stack:
        dead = stack.enter_context(ports.dead())
        resolver = stack.enter_context(unbound.running({".": dead}, tmp_path))
        looks = look(
            "name: www.example.test, type: A, values: [192.0.2.1], id: www",
            "name: gone.example.test, type: A, status: NXDOMAIN, id: gone",
            top=f"resolvers: ['{resolver}']",
        )
    for record in ("www", "gone"):
        assert outcome(looks, record) == "not-checked"
        assert looks.reasons(record) == [f"no resolver can say the NS of test ({resolver}: SERVFAIL)"]
