"""Zones and servers that are in a bad way: the right outcome, or not checked with the reason; never a bug."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import dns.message
import pytest

from preflight.finding import NotChecked
from preflight.kind import Batch
from preflight.observe import Handover
from preflight.testing import parse
from preflight_dns.tests.zone.looking import DNS, assert_complete, look, look_at
from preflight_dns.tests.zone.test_agree import at
from preflight_dns.zone.kind import ZONE
from tests.lab import faults
from tests.lab.answers import Answers
from tests.lab.dns_lab import DnsLab
from tests.lab.nameserver import NameServer
from tests.lab.socket_server import FaultyServer, Send, Transport, serving
from tests.lab.zones import EXAMPLE

Serve = Callable[..., NameServer]
StartFaulty = Callable[[AbstractContextManager[FaultyServer]], FaultyServer]
ALL = "checks: [agree, serial, delegation, ttl], ttl: {max: 1d}"


def test_a_zone_that_does_not_exist(dns_lab: DnsLab) -> None:
    top = f"resolvers: ['{dns_lab.recursor}'], port: {dns_lab.port}, "
    looked = look(f"{top}zones: [{{name: nope.test, {ALL}}}]")
    for aspect, found in looked.items():
        assert "the resolvers know no name servers of nope.test" in found.texts[0], aspect
        assert found.texts[0].startswith("not checked: ")
        assert_complete(found.reasons)


def test_no_resolver_answers(dns_lab: DnsLab) -> None:
    looked = look(f"resolvers: ['{dns_lab.dead}'], zones: [{{name: example.test, {ALL}}}]")
    for found in looked.values():
        assert found.texts[0].startswith("not checked: ")
        assert "no resolver answers" in found.texts[0]


@pytest.mark.parametrize(
    "fault", [faults.garbage, faults.wrong_id, faults.servfail, faults.refused], ids=lambda f: f.__name__
)
def test_servers_that_say_nothing_of_use(
    fault: Callable[[], AbstractContextManager[FaultyServer]],
    serve: Serve,
    faulty: StartFaulty,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("preflight_dns.zone.probe.TRIES", (0.1, 0.1))
    odd = faulty(fault())
    looked = look(
        f"zones: [{{name: example.test, {at(serve(EXAMPLE), odd)}, checks: [agree, serial, ttl], ttl: {{max: 1d}}}}]"
    )
    for aspect, found in looked.items():
        assert len(found.texts) == 1, (aspect, found.texts)
        assert str(odd) in found.texts[0]
        assert_complete(found.reasons)


def test_a_server_that_answers_only_over_tcp(serve: Serve, faulty: StartFaulty) -> None:
    tcp = faulty(faults.truncating())
    named = ", transfer: false, names: [shop.example.test, www.example.test/CNAME, api.example.test/A]"
    assert look_at(at(serve(EXAMPLE), tcp) + named, "agree").texts == []


def test_a_server_that_answers_only_over_ipv6(dns_lab: DnsLab) -> None:
    if not dns_lab.primary6:
        pytest.fail("this machine has no IPv6 loopback address", pytrace=False)
    named = ", names: [shop.example.test, new.example.test]"
    assert look_at(at(dns_lab.primary6, dns_lab.secondary) + named, "agree").texts == []
    (text,) = look_at(at(dns_lab.primary6, dns_lab.stale) + named, "agree").texts
    assert "new.example.test A: NXDOMAIN there, 203.0.113.22 elsewhere" in text


def test_text_of_64_kb(serve: Serve) -> None:
    text = " ".join(f'"{number:03}{"x" * 250}"' for number in range(250))
    large = EXAMPLE + f"large TXT {text}\n"
    named = ", transfer: false, names: [large.example.test/TXT]"
    one, same, other = serve(large), serve(large), serve(large.replace("249x", "249y"))
    assert look_at(at(one, same) + named, "agree").texts == []
    (text,) = look_at(at(one, other) + named, "agree").texts
    assert "large.example.test TXT: " in text
    assert len(text) < 1000
    # NSD has no message for it in a transfer, and sends empty ones for ever.
    texts = look_at(at(one, same) + ", names: [large.example.test/TXT]", "agree").texts
    assert [text.endswith("a message with nothing in it") for text in texts] == [True, True]


def test_loops_and_long_chains_of_aliases_are_compared_link_by_link(serve: Serve) -> None:
    chain = EXAMPLE + "".join(f"link{n} CNAME link{n + 1}\n" for n in range(100))
    assert look_at(at(serve(chain), serve(chain)), "agree").texts == []
    (text,) = look_at(
        at(serve(chain), serve(chain.replace("link50 CNAME", "link50 300 CNAME other. ;"))), "agree"
    ).texts
    assert [line.partition(":")[0] for line in text.splitlines()[1:]] == ["link50.example.test CNAME"]


def test_a_server_that_stops_half_way(faulty: StartFaulty, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preflight_dns.zone.probe.TRIES", (0.05,))
    monkeypatch.setattr("preflight_dns.zone.probe.TCP_TIMEOUT", 0.05)
    right = Answers(EXAMPLE)
    questions = iter(range(40))

    def respond(wire: bytes, _transport: Transport) -> list[Send]:
        return [Send(right.to(dns.message.from_wire(wire)).to_wire())] if next(questions, None) is not None else []

    dying = faulty(serving(respond))
    looked = look_at(at(serve(EXAMPLE), dying), "agree")
    (text,) = looked.texts
    assert text.startswith(f"not checked: {dying}: ")
    assert_complete(looked.reasons)


def test_an_answer_in_another_case_is_the_same(serve: Serve, faulty: StartFaulty) -> None:
    right = Answers(EXAMPLE)

    def respond(wire: bytes, _transport: Transport) -> list[Send]:
        reply = right.to(dns.message.from_wire(wire))
        return [Send(reply.to_wire().replace(b"\x07example\x04test", b"\x07EXAMPLE\x04TEST"))]

    named = ", names: [www.example.test, shop.example.test, _sip._tcp.example.test/SRV]"
    assert look_at(at(serve(EXAMPLE), faulty(serving(respond))) + named, "agree").texts == []


def test_the_budget_and_its_own_timeout(dns_lab: DnsLab) -> None:
    fields = f"{at(dns_lab.primary, dns_lab.blackhole)}, checks: serial"
    (check,) = parse(DNS, f"dns: {{zones: [{{name: example.test, {fields}}}]}}")
    seen: list[tuple[object, object]] = []
    sink = Handover([check.key], seen.append)
    ZONE.probe(Batch(ZONE, ((check.key, check.spec),), check.shared, time.time() + 0.3), sink)
    ((_, observed),) = seen
    (reason,) = ZONE.judge(check.spec, observed)  # type: ignore[arg-type]  # a ZoneObservation
    assert isinstance(reason, NotChecked)
    assert reason.reason == "the time budget of this run was spent"
    late = look(f"zones: [{{name: example.test, {fields}, timeout: 0.1}}]")["serial"]
    assert late.texts == ["not checked: not everything was answered within its own timeout of 0.1 s"]


def test_it_ends_when_nobody_waits_any_more(dns_lab: DnsLab) -> None:
    (check,) = parse(DNS, f"dns: {{zones: [{{name: example.test, {at(dns_lab.blackhole)}, checks: serial}}]}}")
    sink = Handover([check.key], lambda _: None)
    ended = threading.Event()

    def probe() -> None:
        ZONE.probe(Batch(ZONE, ((check.key, check.spec),), check.shared), sink)
        ended.set()

    thread = threading.Thread(target=probe)
    thread.start()
    sink.stop()
    thread.join(timeout=5)
    assert ended.is_set()
