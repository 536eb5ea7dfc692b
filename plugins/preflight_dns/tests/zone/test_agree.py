"""Do servers agree on a whole zone: as told by transfers, by names, and where they part."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import dns.zone
import pytest

from preflight.finding import Finding
from preflight_dns.tests.zone.looking import assert_complete, look, look_at
from preflight_dns.tests.zone.test_transfer import half_then_closed
from tests.lab import faults, nsd, transfers, zones
from tests.lab.dns_lab import DnsLab
from tests.lab.nameserver import NameServer
from tests.lab.socket_server import FaultyServer
from tests.lab.zones import EXAMPLE

Serve = Callable[..., NameServer]
StartFaulty = Callable[[AbstractContextManager[FaultyServer]], FaultyServer]


def at(*servers: NameServer) -> str:
    return f"servers: [{', '.join(repr(str(server)) for server in servers)}]"


def lines(text: str) -> list[str]:
    return text.splitlines()


def test_servers_that_agree(serve: Serve) -> None:
    one, other = serve(EXAMPLE), serve(EXAMPLE.replace("MiXeD ", "mixed "))
    looked = look_at(at(one, other), "agree")
    assert looked.texts == []
    zone = dns.zone.from_text(EXAMPLE)
    rrsets, names = sum(1 for _ in zone.iterate_rdatasets()), len(zone.nodes)
    expected = f"compared {rrsets} RRsets of {names} names, known by a zone transfer from {one}, {other}, on 2 servers"
    assert looked.sketch == [f"example.test: {expected}"]


def test_every_difference_is_found_and_nothing_else(serve: Serve) -> None:
    one, stale = serve(EXAMPLE), serve(zones.STALE)
    looked = look_at(at(one, stale), "agree")
    (finding,) = looked.reasons
    assert isinstance(finding, Finding)
    head, *found, more = lines(finding.observed)
    assert head == f"{stale}: 11 of 66 RRsets are not as on {one}"
    assert more == "and 3 more"
    assert found == [
        'example.test CAA: without 0 issue "letsencrypt.org"',
        "example.test MX: 20 mx-old.example.test. there, 20 mx2.example.test. elsewhere",
        "api.example.test A: 192.0.2.20 there, 203.0.113.20 elsewhere",
        'case.example.test TXT: "casesensitive value" there, "CaseSensitive Value" elsewhere',
        "left-over.example.test A: 192.0.2.99 there, NXDOMAIN elsewhere",
        "low.example.test A: TTL 86400 s (1d) there, 60 s (1m) elsewhere",
        "mx-old.example.test A: 192.0.2.25 there, NXDOMAIN elsewhere",
        "new.example.test A: NXDOMAIN there, 203.0.113.22 elsewhere",
    ]
    assert finding.cause == f"{stale} differs from the other servers"
    assert_complete(looked.reasons)


def test_only_what_the_transfer_of_the_other_server_tells(serve: Serve) -> None:
    """A record that only the server has which lets nobody transfer is not known; the sketch says by what it is."""
    left_over = EXAMPLE + "left-over A 192.0.2.99\n"
    shut = serve(left_over, transfer="")
    assert look_at(at(serve(EXAMPLE), shut), "agree").texts == []
    named = look_at(at(serve(EXAMPLE), shut) + ", names: [left-over.example.test/A]", "agree")
    assert lines(named.texts[0])[1] == "left-over.example.test A: 192.0.2.99 there, NXDOMAIN elsewhere"
    opened = look_at(at(serve(EXAMPLE), serve(left_over)), "agree")
    assert lines(opened.texts[0])[1] == "left-over.example.test A: 192.0.2.99 there, NXDOMAIN elsewhere"


def test_the_inventory_and_names_where_nobody_may_transfer(dns_lab: DnsLab) -> None:
    fields = f"{at(dns_lab.primary, dns_lab.stale)}, checks: [agree], names: [www.example.test]"
    zone = f"zones: [{{name: example.test, {fields}}}]"
    record = "records: [{name: new.example.test, type: A, ttl: 300}]"
    looked = look(f"{zone}, {record}")["agree"]
    assert [line.partition(":")[0] for line in lines(looked.texts[0])[1:]] == [
        "example.test CAA",
        "example.test MX",
        "new.example.test A",
        "www.example.test CNAME",
    ]
    assert looked.sketch[0].endswith("known by 1 of the inventory's records and 7 in `names:`, on 2 servers")


@pytest.mark.parametrize("fields", ["", ", transfer: false"])
def test_a_zone_of_which_nothing_is_known(fields: str, dns_lab: DnsLab, serve: Serve) -> None:
    servers = at(serve(EXAMPLE), dns_lab.stale) if fields else at(dns_lab.primary, dns_lab.stale)
    looked = look_at(servers + fields, "agree")
    (text,) = looked.texts
    why = "none was asked for" if fields else f"{dns_lab.primary}: REFUSED; {dns_lab.stale}: REFUSED"
    assert text == (
        f"not checked: what is in example.test is not known: there is no zone transfer ({why}), "
        "and no record of it in the inventory"
    )
    assert_complete(looked.reasons)


def test_one_server_alone_agrees_with_nobody(serve: Serve) -> None:
    (text,) = look_at(at(serve(EXAMPLE)), "agree").texts
    assert text.startswith("not checked: only 127.0.0.1:")


def test_three_ways_to_differ(serve: Serve) -> None:
    servers = [serve(EXAMPLE.replace("203.0.113.21", f"203.0.113.{n}")) for n in (91, 92, 93)]
    (text,) = look_at(at(*servers), "agree").texts
    third, second, first = servers[2], servers[1], servers[0]
    assert lines(text) == [
        f"1 of 64 RRsets is different on {third}, on {second}, and on {first}",
        f"single.example.test A: {'; '.join(f'203.0.113.{n}, TTL 300 s (5m)' for n in (93, 92, 91))}",
    ]


def test_a_transfer_that_breaks_off_is_not_a_whole_zone(serve: Serve, faulty: StartFaulty) -> None:
    broken = faulty(transfers.transferring(half_then_closed))
    looked = look_at(at(serve(EXAMPLE, transfer=""), broken) + ", names: [shop.example.test/A]", "agree")
    (text,) = looked.texts
    assert text == (
        f"not checked: {broken}: the zone transfer went wrong: it ended after 14 records: the connection was closed"
    )
    assert_complete(looked.reasons)


def test_servers_that_do_not_serve_it_are_told_of_once(serve: Serve, dns_lab: DnsLab) -> None:
    looked = look_at(at(serve(EXAMPLE), serve(EXAMPLE), dns_lab.lame, dns_lab.dead), "agree")
    refused, dead = looked.texts
    assert refused == f"{dns_lab.lame}: REFUSED (EDE 20: not authoritative), asked for example.test SOA"
    assert dead.startswith(f"not checked: {dns_lab.dead}: connection refused over UDP")


def test_a_server_that_answers_from_a_cache(serve: Serve, faulty: StartFaulty) -> None:
    cache = faulty(faults.non_authoritative())
    looked = look_at(at(serve(EXAMPLE), serve(EXAMPLE), cache), "agree")
    assert looked.texts == [
        f"{cache}: it answers without authority for example.test (lame), asked for example.test SOA"
    ]


def test_delegations_below_and_their_glue_are_compared(serve: Serve) -> None:
    one, other = (
        serve(EXAMPLE),
        serve(EXAMPLE.replace("ns.child     A      127.0.0.3", "ns.child A 127.0.0.9")),
    )
    (text,) = look_at(at(one, other), "agree").texts
    found = lines(text)[1:]
    assert "child.example.test NS: 127.0.0.9 there, 127.0.0.3 elsewhere" in found


def test_a_server_that_has_a_zone_below_as_well_says_nothing_of_the_delegation(serve: Serve, tmp_path: Path) -> None:
    both = {"example.test": EXAMPLE, "child.example.test": zones.CHILD}
    with nsd.running(both, tmp_path, transfer="NOKEY") as server:
        assert look_at(at(serve(EXAMPLE), server), "agree").texts == []
