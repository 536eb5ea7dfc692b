"""TTLs of a whole zone: too long, too short, several in one RRset, and how long nothing is remembered."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from preflight_dns.tests.zone.looking import assert_complete, look, look_at
from preflight_dns.tests.zone.test_agree import at
from tests.lab import faults
from tests.lab.dns_lab import DnsLab
from tests.lab.nameserver import NameServer
from tests.lab.socket_server import FaultyServer
from tests.lab.zones import EXAMPLE

Serve = Callable[..., NameServer]
StartFaulty = Callable[[AbstractContextManager[FaultyServer]], FaultyServer]
SHORT = EXAMPLE.replace("86400", "300")


def test_a_zone_that_is_ready(serve: Serve) -> None:
    looked = look_at(at(serve(SHORT), serve(SHORT)) + ", ttl: {max: 5m}", "ttl")
    assert looked.texts == []
    assert looked.sketch[0].startswith("example.test: the TTLs of 64 RRsets of ")


def test_what_was_forgotten(serve: Serve) -> None:
    ready, forgotten = serve(SHORT), serve(EXAMPLE.replace("low    60", "low    7200"))
    looked = look_at(at(ready, forgotten) + ", ttl: {max: 5m}", "ttl")
    (text,) = looked.texts
    assert text.splitlines() == [
        "3 of 64 RRsets have another",
        f"86400 s (1d): high.example.test A, hop2.example.test CNAME, on {forgotten}",
        f"7200 s (2h): low.example.test A, on {forgotten}",
    ]
    assert "wait 1d" in looked.reasons[0].next_step
    assert_complete(looked.reasons)


def test_the_bounds_are_included(serve: Serve) -> None:
    server = at(serve(SHORT), serve(SHORT))
    assert look_at(server + ", ttl: {min: 0, max: 300}", "ttl").texts == []
    (text,) = look_at(server + ", ttl: {min: 1, max: 300}", "ttl").texts
    assert text.splitlines()[1:] == ["0 s: zero.example.test A"]
    short, negative = look_at(server + ", ttl: {max: 299}", "ttl").texts
    assert short.splitlines()[0] == "58 of 64 RRsets have another"
    assert negative.endswith("300 s (5m), the smaller of the SOA's TTL (300 s) and its last field (300 s)")


def test_many_rrsets_are_counted_and_a_few_named(serve: Serve) -> None:
    many = SHORT + "".join(f"host-{number:03} 3600 A 203.0.113.1\n" for number in range(100))
    (text,) = look_at(at(serve(many)) + ", ttl: {max: 300}", "ttl").texts
    names = ", ".join(f"host-{number:03}.example.test A" for number in range(8))
    assert text.splitlines() == ["100 of 164 RRsets have another", f"3600 s (1h): {names} and 92 more"]


def test_what_does_not_exist_is_remembered_for_too_long(serve: Serve) -> None:
    slow = SHORT.replace("3600 1209600 300", "3600 1209600 3600").replace("@            SOA", "@ 7200 SOA")
    looked = look_at(at(serve(slow), serve(SHORT)) + ", ttl: {max: 300}", "ttl")
    (text,) = looked.texts
    assert "3600 s (1h), the smaller of the SOA's TTL (7200 s) and its last field (3600 s)" in text
    # Either of the two may be the small one.
    short = SHORT.replace("3600 1209600 300", "3600 1209600 3600")
    assert look_at(at(serve(short)) + ", ttl: {max: 300}", "ttl").texts == []


def test_aliases_are_found_by_whatever_they_are_asked_for(dns_lab: DnsLab) -> None:
    named = ", names: [hop2.example.test, low.example.test/A], transfer: false"
    (text,) = look_at(at(dns_lab.primary) + named + ", ttl: {max: 300}", "ttl").texts
    assert text.splitlines() == ["1 of 10 RRsets has another", "86400 s (1d): hop2.example.test CNAME"]


def test_several_ttls_in_one_rrset(faulty: StartFaulty) -> None:
    server = faulty(faults.mixed_ttl((60, 120)))
    texts = look_at(at(server) + ", names: [shop.example.test/A, www.example.test/CNAME], ttl: {max: 300}", "ttl").texts
    assert "60 s (1m) and 120 s (2m): " in texts[0]
    assert "shop.example.test A" in texts[0]
    assert "www.example.test" not in texts[0]


def test_delegations_outlive_the_window_and_are_named(dns_lab: DnsLab) -> None:
    cutover = "{opens: 2026-12-04T17:00-05:00, closes: 2026-12-04T17:04-05:00}"
    top = f"resolvers: ['{dns_lab.recursor}'], port: {dns_lab.port}, "
    zone = "zones: [{name: example.test, checks: [ttl], ttl: {max: 1d}, names: [shop.example.test]}]"
    looked = look(f"{top}{zone}", cutover)["ttl"]
    assert looked.texts == []
    assert looked.sketch[1] == (
        "example.test: its NS have 300 s (5m) in the zone and 300 s (5m) in test and below: after a change of name "
        "servers, the old ones are asked for another 5m"
    )
    assert len(look(f"{top}{zone}", cutover.replace("17:04", "17:05"))["ttl"].sketch) == 1


def test_silent_servers_and_a_zone_that_is_not_known(dns_lab: DnsLab, serve: Serve) -> None:
    assert look_at(at(dns_lab.primary) + ", ttl: {max: 1d}", "ttl").texts[0].startswith("not checked: what is in ")
    (text,) = look_at(at(serve(SHORT), dns_lab.dead) + ", ttl: {max: 1d}", "ttl").texts
    assert text.startswith(f"not checked: {dns_lab.dead}: connection refused")
