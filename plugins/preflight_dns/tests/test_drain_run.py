"""A TTL is lowered on a real server between two runs; a real resolver keeps what it has."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import pytest

import preflight.run  # noqa: F401  what is imported here is not imported again in every run inside this process
import preflight_dns.section  # noqa: F401
from preflight.ledger.reading import read, runs
from tests.lab import nsd, unbound
from tests.lab.nameserver import NameServer

ZONE = """\
$ORIGIN example.test.
@ 60 SOA ns1.example.test. hostmaster.example.test. {serial} 60 60 60 60
@ 60 NS ns1.example.test.
ns1 60 A 127.0.0.1
shop {ttl} A 203.0.113.10
"""
ROOT = """\
. 60 SOA ns1.example.test. hostmaster.example.test. 1 60 60 60 60
. 60 NS ns1.example.test.
"""
PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest", "xdist")]


class Night:
    """A name server whose TTL can be changed, a resolver, and pytest run on an inventory of them."""

    def __init__(self, folder: Path, pytester: pytest.Pytester, stack: ExitStack) -> None:
        self._folder = folder
        self._pytester = pytester
        self._serial = 1
        zones = {"example.test": ZONE.format(serial=1, ttl=3600), ".": ROOT}
        self.server = stack.enter_context(nsd.running(zones, folder))
        self.resolver = stack.enter_context(unbound.running({"example.test": self.server, ".": self.server}, folder))

    def lower_the_ttl(self, ttl: int) -> None:
        self._serial += 1
        (zone,) = self._folder.glob("nsd-*/0.zone")
        zone.write_text(ZONE.format(serial=self._serial, ttl=ttl))
        # A file's time is whole seconds to NSD: a zone that is changed in the second it was read is not read again.
        os.utime(zone, (time.time() + self._serial, time.time() + self._serial))
        os.kill(self._leader(zone.parent), signal.SIGHUP)
        end = time.monotonic() + 20
        while self.ttl(self.server) != ttl:
            assert time.monotonic() < end, "NSD has not read its zone again"
            time.sleep(0.02)

    @staticmethod
    def _leader(folder: Path) -> int:
        """NSD's main process: the lab begins a session with it."""
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                ours = str(folder).encode() in (entry / "cmdline").read_bytes()
                if ours and os.getsid(int(entry.name)) == int(entry.name):
                    return int(entry.name)
            except OSError:  # it has ended meanwhile
                continue
        raise AssertionError("NSD is not there")

    @staticmethod
    def ttl(server: NameServer) -> int:
        query = dns.message.make_query("shop.example.test.", "A", flags=dns.flags.RD)
        return dns.query.udp(query, server.address, port=server.port, timeout=5).answer[0].ttl

    def check(self, ttl: str, opens: timedelta, *args: str) -> pytest.RunResult:
        folder = self._pytester.path / "inventories"
        folder.mkdir(exist_ok=True)
        moment = (datetime.now(UTC) + opens).isoformat()
        (folder / "lab.yaml").write_text(
            f"cutover: {{opens: '{moment}'}}\n"
            "dns:\n"
            f"  resolvers: ['{self.resolver}']\n"
            f"  zones: [{{name: example.test, servers: {{ns1.example.test: '{self.server}'}}}}]\n"
            f"  records: [{{name: shop.example.test, type: A, ttl: {ttl}}}]\n"
        )
        return self._pytester.runpytest_inprocess(*PLAIN, "--inventory", "lab", *args)

    def ledgers(self) -> list[Path]:
        return runs(self._pytester.path / ".preflight/runs")


@pytest.fixture
def night(tmp_path: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    monkeypatch.setenv("COLUMNS", "300")
    pytester.makefile(".ini", pytest="[pytest]\n")
    with ExitStack() as stack:
        yield Night(tmp_path, pytester, stack)


def words(result: pytest.RunResult) -> str:
    return " ".join(result.stdout.str().split())


MAX = "{max: 300}"
MUST = "{max: 300, drain: true}"
HALF_AN_HOUR, TWO_HOURS = timedelta(minutes=30), timedelta(hours=2)


def test_a_ttl_that_was_lowered_too_late(night: Night) -> None:
    first = night.check(MAX, TWO_HOURS)
    assert first.ret == 1
    assert "shop.example.test A has 3600 s (1h) " in words(first)
    assert re.search(
        "you change the record: it would be safe at .{22}, and the window opens at .{22} inventory", words(first)
    )
    night.lower_the_ttl(60)
    late = night.check(MAX, HALF_AN_HOUR)
    assert late.ret == 1
    assert "expected shop.example.test A with its old TTL gone from all caches when the window opens, at " in words(
        late
    )
    moment = r"(\d{4}-\d\d-\d\d \d\d:\d\d\+00:00)"
    why = f"ns1.example.test {night.server}: shop.example.test A had 3600 s (1h) at "
    assert re.search(f"observed safe at {moment}, 30m after that {re.escape(why)}{moment}, and was first", words(late))
    assert re.search(f"failed TTLs were lowered too late for a window that opens at {moment}: 1 check", words(late))
    assert night.check(MAX, TWO_HOURS).ret == 0
    assert night.check(MUST, TWO_HOURS).ret == 0


def test_it_is_safe_by_the_first_run_that_saw_it_low(night: Night) -> None:
    night.check(MAX, TWO_HOURS)
    night.lower_the_ttl(60)
    for _ in range(2):
        night.check(MAX, TWO_HOURS)
    first_low, last = (read(run) for run in night.ledgers()[1:])
    (record,) = last.checks.values()
    (held,) = record["observed"]["drain"]["held"]
    (before,) = first_low.checks.values()
    assert datetime.fromisoformat(held["until"]) == datetime.fromisoformat(before["at"])
    ends = datetime.fromisoformat(held["until"]) + timedelta(hours=1)
    assert datetime.fromisoformat(held["ends"]) == ends


def test_a_replay_comes_to_the_same_end(night: Night) -> None:
    night.check(MAX, TWO_HOURS)
    night.lower_the_ttl(60)
    assert night.check(MAX, HALF_AN_HOUR).ret == 1
    run = night.ledgers()[-1]
    assert night.check(MAX, HALF_AN_HOUR, "--runs", "none", "--replay", str(run)).ret == 1
    assert night.check(MAX, TWO_HOURS, "--runs", "none", "--replay", str(run)).ret == 0  # a later window


def test_without_an_earlier_run_resolvers_are_sampled(night: Night) -> None:
    assert night.ttl(night.resolver) == 3600  # somebody asks, and it is in the cache
    night.lower_the_ttl(60)
    assert night.check(MAX, HALF_AN_HOUR, "--runs", "one").ret == 0  # nobody said that it matters, and nobody knows
    late = night.check(MUST, HALF_AN_HOUR, "--runs", "two")
    assert late.ret == 1
    late.stdout.fnmatch_lines([f"*sampled: {night.resolver} holds it for another 3[0-9][0-9][0-9] s *"])
    assert night.check(MUST, TWO_HOURS, "--runs", "three").ret == 0


def test_a_sample_that_holds_nothing_says_that_it_is_one(night: Night) -> None:
    night.lower_the_ttl(60)
    result = night.check(MUST, HALF_AN_HOUR)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [f"safe now by a sample, *: {night.resolver} holds no such answer; of other caches nobody knows"]
    )


def test_a_name_that_is_not_there_yet_is_asked_of_no_resolver(night: Night, pytester: pytest.Pytester) -> None:
    night.lower_the_ttl(60)
    night.check(MUST, HALF_AN_HOUR)
    inventory = pytester.path / "inventories/lab.yaml"
    inventory.write_text(inventory.read_text().replace("name: shop.", "name: new."))
    result = pytester.runpytest_inprocess(*PLAIN, "--inventory", "lab")
    assert result.ret == 1
    (record,) = read(night.ledgers()[-1]).checks.values()
    assert record["observed"]["drain"]["samples"] == []


def test_the_plan_names_the_resolvers(night: Night) -> None:
    result = night.check(MUST, HALF_AN_HOUR, "--plan")
    result.stdout.fnmatch_lines([f"*where no earlier run tells how long caches hold it, {night.resolver}*"])
    assert "tells how long" not in night.check(MAX, HALF_AN_HOUR, "--plan").stdout.str()
