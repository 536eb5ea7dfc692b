"""Which servers are asked: found from above, by referral, as declared, as named; and what recursors are asked."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

import dns.message
import dns.rrset
import pytest

from preflight_dns.tests.looked import Looks, look, questions
from tests.lab import faults
from tests.lab.dns_lab import DnsLab
from tests.lab.nameserver import NameServer
from tests.lab.socket_server import FaultyServer, Send, Transport, serving

StartFaulty = Callable[[AbstractContextManager[FaultyServer]], FaultyServer]
SHOP = "name: shop.example.test, type: A, values: [203.0.113.10, 203.0.113.11]"

# Record -> the zones passed, and the servers of the last one (127.0.0.x).
FOUND = {
    "shop.example.test/A": (["example.test."], "1 2"),
    "example.test/MX": (["example.test."], "1 2"),  # two labels: from the servers of test. by referral
    "deep.er.shop.example.test/A": (["example.test."], "1 2"),
    "www.child.example.test/A": (["child.example.test."], "3"),
    "child.example.test/SOA": (["child.example.test."], "3"),
    "test/SOA": (["test."], "6"),
    "./NS": (["."], "6"),
    "10.113.0.203.in-addr.arpa/PTR": (["113.0.203.in-addr.arpa."], "1 2"),
    "www.elsewhere.test/A": (["elsewhere.test."], "4"),
    # A CNAME out of the zone, and one into a zone that is delegated
    "outside.example.test/A": (["example.test.", "other.test."], "1 2"),
    "into-child.example.test/A": (["example.test.", "child.example.test."], "3"),
    "back.child.example.test/A": (["child.example.test.", "example.test."], "1 2"),
    "hop1.example.test/A": (["example.test."], "1 2"),
    # A DS stands in the zone above the one it is about
    "signed.example.test/DS": (["example.test."], "1 2"),
    "child.example.test/DS": (["example.test."], "1 2"),
    "example.test/DS": (["test."], "6"),
    "test/DS": (["."], "6"),
}


@contextmanager
def relaying(server: NameServer) -> Iterator[FaultyServer]:
    """Pass every question on over UDP, and remember it."""

    def respond(wire: bytes, _transport: Transport) -> Iterable[Send]:
        with socket.socket(type=socket.SOCK_DGRAM) as upstream:
            upstream.settimeout(5)
            upstream.connect((server.address, server.port))
            upstream.send(wire)
            return [Send(upstream.recv(65535))]

    with serving(respond) as relay:
        yield relay


def from_above(lab: DnsLab, *records: str, top: str = "", recursor: NameServer | None = None) -> Looks:
    section = f"resolvers: ['{recursor or lab.recursor}'], port: {lab.port}"
    return look(*records, top=f"{section}, {top}" if top else section)


@pytest.fixture(scope="module")
def found(dns_lab: DnsLab) -> Looks:
    names = [record.rpartition("/") for record in FOUND]
    return from_above(dns_lab, *(f"name: {name}, type: {rdtype}, ttl: {{max: 1d}}" for name, _, rdtype in names))


@pytest.mark.parametrize("record", FOUND)
def test_authoritative_servers_are_found_through_a_resolver(record: str, found: Looks, dns_lab: DnsLab) -> None:
    zones, hosts = FOUND[record]
    assert [hop.zone for hop in found.hops(record)] == zones
    addresses = [f"127.0.0.{host}:{dns_lab.port}" for host in hosts.split()]
    if hosts == "1 2" and dns_lab.primary6:
        addresses.append(str(dns_lab.primary6))
    assert sorted(answer.server.split()[1] for answer in found.answers(record)) == sorted(addresses)
    if zones != ["elsewhere.test."]:
        assert all(answer.authoritative for answer in found.answers(record))


def test_servers_are_named_by_host_name_and_address(found: Looks, dns_lab: DnsLab) -> None:
    servers = [answer.server for answer in found.answers("shop.example.test/A")]
    assert f"ns2.example.test 127.0.0.2:{dns_lab.port}" in servers
    if dns_lab.primary6:
        assert f"ns1.example.test [::1]:{dns_lab.port}" in servers


def test_ds_records_do_not_depend_on_what_else_is_checked(dns_lab: DnsLab) -> None:
    both = from_above(
        dns_lab,
        "name: www.child.example.test, type: A, values: [203.0.113.60]",
        "name: child.example.test, type: DS, status: NODATA",
        "name: signed.example.test, type: DS, values: "
        "[12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef]",
        top=f"zones: [{{name: signed.example.test, servers: ['{dns_lab.child}']}}]",
    )
    assert [both.reasons(record) for record in both.seen] == [[], [], []]


@pytest.mark.parametrize(("family", "colons"), [("ipv4", False), ("ipv6", True)])
def test_families(dns_lab: DnsLab, family: str, colons: bool) -> None:
    if not dns_lab.primary6:
        pytest.fail("this machine has no IPv6 loopback address", pytrace=False)
    looks = from_above(dns_lab, SHOP, top=f"families: {family}")
    answers = {answer.server: answer for answer in looks.answers("shop.example.test/A")}
    assert all(("[" in server) == colons for server, answer in answers.items() if not answer.unanswered)
    # ns2 has no IPv6 address: where IPv6 alone is to be asked, that is said.
    assert looks.reasons("shop.example.test/A") == (["ns2.example.test: its name has no address"] if colons else [])


def test_a_name_server_without_an_address(dns_lab: DnsLab) -> None:
    looks = from_above(dns_lab, "name: www.lost.example.test, type: A, ttl: 300")
    assert looks.reasons("www.lost.example.test/A") == ["nowhere.example.test: its name has no address"]


def test_a_lame_delegation(dns_lab: DnsLab) -> None:
    looks = from_above(dns_lab, "name: www.lame.example.test, type: A, ttl: 300")
    (reason,) = looks.reasons("www.lame.example.test/A")
    assert reason.startswith(f"ns.elsewhere.test 127.0.0.4:{dns_lab.port}: REFUSED")


@pytest.mark.parametrize("zone", ["example.test", "."])
def test_a_referral_up_or_in_a_circle_is_not_followed(zone: str) -> None:
    """What servers answer that have lost a zone: go and ask the root."""

    def respond(wire: bytes, _transport: Transport) -> Iterable[Send]:
        reply = dns.message.make_response(dns.message.from_wire(wire))
        reply.authority.append(dns.rrset.from_text(".", 60, "IN", "NS", "ns.test."))
        return [Send(reply.to_wire())]

    with serving(respond) as server:
        looks = look(SHOP, top=f"zones: [{{name: {zone}, servers: ['{server}']}}]")
    lame = f"{server}: it answers without authority for {zone} (lame)"
    assert looks.reasons("shop.example.test/A") == [lame]


def test_a_zone_that_resolvers_fail_for(dns_lab: DnsLab) -> None:
    looks = from_above(dns_lab, "name: www.broken.test, type: A, ttl: 300", SHOP)
    expected = f"no resolver can say the NS of broken.test ({dns_lab.recursor}: SERVFAIL)"
    assert looks.reasons("www.broken.test/A") == [expected]
    assert looks.reasons("shop.example.test/A") == []


def test_no_resolver_answers(dns_lab: DnsLab) -> None:
    looks = from_above(dns_lab, SHOP, "name: www.other.test, type: A, ttl: 300", recursor=dns_lab.dead)
    (reason,) = looks.reasons("shop.example.test/A")
    assert reason.startswith(f"no resolver answers ({dns_lab.dead}: connection refused over UDP")
    assert looks.reasons("www.other.test/A") == [reason]  # one root cause for all


def test_the_next_resolver_is_asked_where_one_fails(dns_lab: DnsLab) -> None:
    resolvers = f"resolvers: ['{dns_lab.dead}', '{dns_lab.lame}', '{dns_lab.recursor}'], port: {dns_lab.port}"
    assert look(SHOP, top=resolvers).reasons("shop.example.test/A") == []


# What recursors are asked: a name that does not exist must not be, or they would remember that (RFC 2308).

NOT_THERE = ("nope.example.test", "not.yet.there.example.test", "nope.child.example.test", "new.example.test")


def test_a_recursor_is_never_asked_for_what_is_checked(dns_lab: DnsLab) -> None:
    aliases = ("gone.example.test", "gone-outside.example.test", "outside.example.test")
    with relaying(dns_lab.recursor) as recursor:
        looks = from_above(
            dns_lab,
            *(f"name: {name}, type: {rdtype}, ttl: 300" for name in NOT_THERE + aliases for rdtype in ("A", "TXT")),
            *(f"name: {name}, type: CNAME, final: [192.0.2.1]" for name in aliases),
            "name: example.test, type: MX, ttl: 300",
            recursor=recursor,
        )
    assert looks.reasons("nope.example.test/A") == [
        f"{'all 3' if dns_lab.primary6 else 'both'} servers: NXDOMAIN: no such name"
    ]
    asked = list(questions(recursor))
    zones = {(zone, "NS", True) for zone in ("test.", "example.test.", "other.test.")}
    name_servers = {name for name, rdtype, _ in asked if rdtype != "NS"}
    assert {question for question in asked if question[1] == "NS"} == zones
    assert name_servers <= {"ns1.example.test.", "ns2.example.test.", "ns.test.", "ns.child.example.test."}
    assert len(asked) == len(set(asked)), "each question once"


def test_below_a_top_level_zone_of_ones_own_only_one_more_label_is_asked_of_recursors(faulty: StartFaulty) -> None:
    lan = faulty(faults.counting("$ORIGIN lan.\n@ 60 SOA ns a 1 1 1 1 1\n@ 60 NS ns\nns 60 A 127.0.0.1\n"))
    top = f"resolvers: ['{lan}'], port: {lan.port}, families: ipv4"
    looks = look("name: a.b.new.lan, type: A, status: NXDOMAIN", top=top)
    assert looks.reasons("a.b.new.lan/A") == []
    recursive = {(name, rdtype) for name, rdtype, recursion in questions(lan) if recursion}
    assert recursive == {("lan.", "NS"), ("new.lan.", "NS"), ("ns.lan.", "A")}


def test_a_declared_zone_with_servers_asks_recursors_nothing(faulty: StartFaulty) -> None:
    recursor, server = faulty(faults.counting()), faulty(faults.counting())
    zone = f"zones: [{{name: example.test, servers: {{ns9: '{server}'}}}}], resolvers: ['{recursor}']"
    looks = look(SHOP, "name: nope.example.test, type: A, status: NXDOMAIN", top=zone)
    assert [looks.reasons(record) for record in looks.seen] == [[], []]
    assert looks.answers("shop.example.test/A")[0].server == f"ns9 {server}"
    assert not recursor.arrivals
    expected = {("shop.example.test.", "A", False), ("nope.example.test.", "A", False)}
    assert set(questions(server)) == expected  # without recursion desired


def test_a_declared_zone_that_is_delegated(dns_lab: DnsLab) -> None:
    with relaying(dns_lab.recursor) as recursor:
        looks = from_above(dns_lab, SHOP, top="zones: [{name: example.test}]", recursor=recursor)
    assert looks.reasons("shop.example.test/A") == []
    assert next(questions(recursor)) == ("example.test.", "NS", True)


def test_the_deepest_declared_zone_counts_and_referrals_lead_on_from_it(dns_lab: DnsLab) -> None:
    child = f"{{name: child.example.test, servers: ['{dns_lab.child}']}}"
    parent = f"{{name: example.test, servers: ['{dns_lab.primary}']}}"
    www = "name: www.child.example.test, type: A, values: [203.0.113.60]"
    by_referral = f"ns.child.example.test 127.0.0.3:{dns_lab.port}"
    for zones, server in ([parent], by_referral), ([parent, child], str(dns_lab.child)):
        looks = from_above(dns_lab, www, top=f"zones: [{', '.join(zones)}]")
        assert looks.reasons("www.child.example.test/A") == []
        assert [answer.server for answer in looks.answers("www.child.example.test/A")] == [server]


def test_a_declared_zone_that_is_not_there(dns_lab: DnsLab) -> None:
    looks = from_above(dns_lab, "name: www.new.test, type: A, ttl: 300", top="zones: [{name: new.test}]")
    assert looks.reasons("www.new.test/A") == ["the resolvers know no name servers of new.test"]


# Addresses of name servers


def test_addresses_that_resolvers_cannot_say_are_not_taken_for_missing(faulty: StartFaulty) -> None:
    zone = "$ORIGIN test.\n@ 60 SOA a a 1 1 1 1 1\n@ 60 NS ns1\nexample 60 NS ns9.elsewhere.\nns1 60 A 127.0.0.1\n"
    recursor = faulty(faults.counting(zone))  # REFUSED outside of test.
    top = f"resolvers: ['{recursor}'], port: {recursor.port}, families: ipv4"
    looks = look("name: www.example.test, type: A, ttl: 60", top=top)
    (reason,) = looks.reasons("www.example.test/A")
    expected = "its address could not be looked up: no resolver can say the A of ns9.elsewhere"
    assert reason == f"ns9.elsewhere: {expected} ({recursor}: REFUSED)"


def test_glue_of_one_family_does_not_hide_addresses_of_the_other(
    serve_zone: Callable[[str, str], NameServer], faulty: StartFaulty
) -> None:
    glue = "$ORIGIN test.\n@ 60 SOA a a 1 1 1 1 1\n@ 60 NS ns\nns 60 A 127.0.0.1\nexample 60 NS ns.example\n"
    parent = serve_zone("test", f"{glue}ns.example 60 A 127.0.0.1\n")
    recursor = faulty(faults.counting(f"{glue}ns.example 60 AAAA ::1\n"))
    looks = look("name: example.test, type: A, ttl: 60", top=f"resolvers: ['{recursor}'], port: {parent.port}")
    servers = [answer.server for answer in looks.answers("example.test/A")]
    assert servers == [f"ns.example.test {parent}", f"ns.example.test [::1]:{parent.port}"]
