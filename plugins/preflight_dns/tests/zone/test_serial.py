"""Serials: the same on all servers, behind, far behind, and not comparable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from preflight_dns.tests.zone.looking import assert_complete, look_at
from preflight_dns.wire import Rr
from preflight_dns.zone.asked import Asked, Reply
from preflight_dns.zone.aspects.serial import SerialSeen, ahead, judge
from preflight_dns.zone.spec import ZoneSpec
from tests.lab import zones
from tests.lab.dns_lab import DnsLab
from tests.lab.nameserver import NameServer
from tests.reasons import text

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ZONE = "example.test."


def soa(server: str, serial: int) -> Reply:
    rdata = f"ns1.example.test. hostmaster.example.test. {serial} 7200 3600 1209600 300"
    return Reply(server, "NOERROR", True, answer=(Rr(ZONE, 300, "SOA", rdata),))


def reasons(*replies: Reply, tolerance: int = 0) -> list[str]:
    spec = ZoneSpec.model_validate({"name": "example.test", "checks": ["serial"], "serial_tolerance": tolerance})
    found = judge(spec, SerialSeen(Asked(ZONE, "SOA", replies)), NOW)
    assert_complete(list(found))
    return [text(reason) for reason in found]


def test_the_same_serial_is_right() -> None:
    assert reasons(soa("a", 7), soa("b", 7)) == []


@pytest.mark.parametrize(
    ("serial", "tolerance", "expected"),
    [
        (6, 0, ["b: serial 6, 1 behind"]),
        (6, 1, []),
        (5, 1, ["b: serial 5, 2 behind"]),
        (2**32 - 1, 7, ["b: serial 4294967295, 8 behind"]),  # RFC 1982: it has gone past zero
        (2**32 - 1, 8, []),
    ],
)
def test_a_server_that_is_behind(serial: int, tolerance: int, expected: list[str]) -> None:
    assert reasons(soa("a", 7), soa("b", serial), soa("c", 7), tolerance=tolerance) == expected


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (2026112101, 2026111501, "b: serial 2026111501, 600 behind: by their dates it is 6d older"),
        (1_780_003_600, 1_780_000_000, "b: serial 1780000000, 3600 behind: by their dates it is 1h older"),
        (2026112102, 2026112101, "b: serial 2026112101, 1 behind"),
        (2026139901, 2026112101, "b: serial 2026112101, 27800 behind"),
    ],
)
def test_serials_that_are_dates_tell_how_old_a_copy_is(new: int, old: int, expected: str) -> None:
    assert reasons(soa("a", new), soa("b", old)) == [expected]


def test_serials_that_nobody_can_compare() -> None:
    assert reasons(soa("a", 1), soa("b", 1 + 2**31)) == ["a: serial 1\nb: serial 2147483649"]
    # Each is ahead of the next one, and the last of the first.
    third = 2**32 // 3
    (circle,) = reasons(soa("a", 1), soa("b", 1 + third), soa("c", 1 + 2 * third))
    assert circle.count("serial") == 3


@pytest.mark.parametrize(
    ("one", "other", "by"),
    [(1, 0, 1), (0, 1, -1), (0, 2**32 - 1, 1), (5, 5, 0), (2**31, 0, None), (2**31 - 1, 0, 2**31 - 1)],
)
def test_serial_arithmetic(one: int, other: int, by: int | None) -> None:
    assert ahead(one, other) == by


def test_a_server_without_the_zone_and_one_that_is_silent() -> None:
    lost = Reply("b", "REFUSED")
    lame = Reply("c", "NOERROR", False)
    silent = Reply("d", unanswered="no answer", dead=True)
    empty = Reply("e", "NOERROR", True)
    assert reasons(soa("a", 7), lost, lame, silent, empty) == [
        "e: NOERROR and no SOA",
        "b: REFUSED, asked for example.test SOA",
        "c: it answers without authority for example.test (lame), asked for example.test SOA",
        "not checked: d: no answer",
    ]


def test_real_servers(dns_lab: DnsLab) -> None:
    assert look_at(f"servers: ['{dns_lab.primary}', '{dns_lab.secondary}']", "serial").texts == []
    stale = look_at(f"servers: ['{dns_lab.primary}', '{dns_lab.stale}']", "serial")
    behind = zones.SERIAL - zones.STALE_SERIAL
    assert stale.texts == [
        f"{dns_lab.stale}: serial {zones.STALE_SERIAL}, {behind} behind: by their dates it is 6d older"
    ]
    dead = look_at(f"servers: ['{dns_lab.primary}', '{dns_lab.dead}']", "serial")
    assert dead.texts[0].startswith(f"not checked: {dns_lab.dead}: connection refused over UDP")
    assert_complete(stale.reasons + dead.reasons)


def test_the_servers_of_a_delegation(dns_lab: DnsLab) -> None:
    top = f"resolvers: ['{dns_lab.recursor}'], port: {dns_lab.port}, "
    assert look_at("servers: auto", "serial", top).texts == []


def test_half_the_numbers_apart_on_real_servers(serve_zone: Callable[[str, str], NameServer]) -> None:
    far = zones.EXAMPLE.replace(str(zones.SERIAL), str((zones.SERIAL + 2**31) % 2**32))
    one, other = serve_zone("example.test", zones.EXAMPLE), serve_zone("example.test", far)
    (finding,) = look_at(f"servers: ['{one}', '{other}']", "serial").reasons
    assert "RFC 1982" in finding.expected  # type: ignore[union-attr]  # it is a Finding
