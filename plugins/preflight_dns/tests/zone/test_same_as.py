"""Old provider and new provider: the same zone, but for what must differ."""

from __future__ import annotations

from collections.abc import Callable

from preflight_dns.tests.zone.looking import assert_complete, look_at
from tests.lab import zones
from tests.lab.dns_lab import DnsLab
from tests.lab.nameserver import NameServer
from tests.lab.zones import EXAMPLE

Serve = Callable[..., NameServer]
# What a new provider changes by itself: who serves the zone, and how its copies follow.
MOVED = (
    EXAMPLE.replace("SOA    ns1 hostmaster 2026112101 7200", "SOA    a.dns.other. hostmaster 1 3600")
    .replace("@            NS     ns1", "@            NS     a.dns.other.")
    .replace("@            NS     ns2", "@            NS     b.dns.other.")
)


def same_as(new: list[NameServer], old: list[NameServer], more: str = "") -> str:
    servers, others = ([str(server) for server in group] for group in (new, old))
    return f"servers: {servers}, same_as: {{servers: {others}{more}}}"


def test_two_providers_with_the_same_zone(serve: Serve) -> None:
    new, old = serve(MOVED), serve(EXAMPLE)
    assert look_at(same_as([new], [old]), "same_as").texts == []


def test_what_is_excepted_is_said_to_differ_without_it(serve: Serve) -> None:
    new, old = serve(MOVED), serve(EXAMPLE)
    (text,) = look_at(same_as([new], [old], ", except: [SOA]"), "same_as").texts
    head, *lines = text.splitlines()
    assert head == f"{new}: 1 of 64 RRsets is not as on {old}"
    there, elsewhere = "a.dns.other., b.dns.other.", "ns1.example.test., ns2.example.test."
    assert lines == [f"example.test NS: {there} there, {elsewhere} elsewhere"]
    nothing = look_at(same_as([new], [old], ", except: []"), "same_as").texts[0].splitlines()
    assert [line.partition(":")[0] for line in nothing[1:]] == ["example.test NS", "example.test SOA"]


def test_a_delegation_below_is_compared_although_ns_is_excepted(serve: Serve) -> None:
    new, old = (
        serve(MOVED.replace("child        NS     ns.child", "child NS ns2.child\nns2.child A 127.0.0.3")),
        serve(EXAMPLE),
    )
    (text,) = look_at(same_as([new], [old]), "same_as").texts
    assert "child.example.test NS: 127.0.0.3, ns2.child.example.test. there" in text


def test_records_that_were_forgotten_or_are_left_over(serve: Serve) -> None:
    new = serve(
        MOVED.replace("single       A      203.0.113.21", "").replace("low    60", "low    600") + "trial A 192.0.2.9\n"
    )
    looked = look_at(same_as([new], [serve(EXAMPLE)]), "same_as")
    assert looked.texts[0].splitlines()[1:] == [
        "low.example.test A: TTL 600 s (10m) there, 60 s (1m) elsewhere",
        "single.example.test A: NXDOMAIN there, 203.0.113.21 elsewhere",
        "trial.example.test A: 192.0.2.9 there, NXDOMAIN elsewhere",
    ]
    assert_complete(looked.reasons)


def test_without_transfers_the_names_of_the_inventory_count(dns_lab: DnsLab) -> None:
    fields = same_as([dns_lab.stale], [dns_lab.primary]) + ", names: [new.example.test/A, www.other.test/A]"
    looked = look_at(fields, "same_as")
    assert "new.example.test A: NXDOMAIN there, 203.0.113.22 elsewhere" in looked.texts[0]


def test_old_servers_that_part_among_themselves(serve: Serve) -> None:
    new, old, older = serve(MOVED), serve(EXAMPLE), serve(zones.STALE)
    texts = look_at(same_as([new], [old, older]), "same_as").texts
    assert all(text.startswith(f"{older}: ") for text in texts), texts
    assert texts


def test_old_servers_that_say_nothing(serve: Serve, dns_lab: DnsLab) -> None:
    looked = look_at(same_as([serve(MOVED)], [dns_lab.dead]), "same_as")
    (text,) = looked.texts
    assert text.startswith(f"not checked: {dns_lab.dead}: connection refused")
    lost = look_at(same_as([serve(MOVED)], [dns_lab.lame]), "same_as")
    assert lost.texts == [f"{dns_lab.lame}: REFUSED (EDE 20: not authoritative), asked for example.test SOA"]
