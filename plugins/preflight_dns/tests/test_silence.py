"""What is seen of servers that do not answer, or not as they should. All of them are asked in one run: it takes nine
seconds, three tries over UDP (1, 2, 3 s) and one over TCP (3 s)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from preflight.finding import NotChecked
from preflight_dns.judge import judge
from preflight_dns.observation import Observation
from preflight_dns.tests.looked import Looks, look
from tests.lab import faults, ports
from tests.lab.dns_lab import DnsLab
from tests.lab.socket_server import FaultyServer

SHOP = "name: shop.example.test, type: A, values: [203.0.113.10, 203.0.113.11]"
UDP = "no answer in 3 tries over UDP (1, 2, 3 s)"
MANY = 40

# What a server does -> why there is no answer; "" where there is one in the end.
FAULTS = {
    "truncating": (faults.truncating, ""),
    "truncating-tcp-refused": (
        lambda: faults.truncating("refuse"),
        "truncated over UDP, and connection refused over TCP",
    ),
    "truncating-tcp-half": (
        lambda: faults.truncating("half"),
        "truncated over UDP, and TCP closed after 20 of 61 octets",
    ),
    "truncating-tcp-silent": (
        lambda: faults.truncating("silent"),
        "truncated over UDP, and TCP connected, but did not answer in 3 s",
    ),
    "garbage": (faults.garbage, f"{UDP}, and TCP answered something else than was asked"),
    "garbage-first": (lambda: faults.garbage(then_right=0.1), ""),
    "wrong-id": (faults.wrong_id, f"{UDP}, and TCP answered something else than was asked"),
    "wrong-id-first": (lambda: faults.wrong_id(then_right=0.1), ""),
    "wrong-question": (
        faults.wrong_question,
        "answered over UDP, but not what was asked, and TCP answered something else than was asked",
    ),
    "wrong-question-first": (lambda: faults.wrong_question(then_right=0.1), ""),
    "wrong-source": (faults.wrong_source, ""),  # TCP is well
    "dropping-one": (lambda: faults.dropping(1), ""),
    "dropping-all-datagrams": (lambda: faults.dropping(1000), ""),  # TCP is well
    "slow": (lambda: faults.slow(0.5), ""),
    "silent": (faults.silent, f"{UDP}, and TCP connected, but did not answer in 3 s"),
    "dead": (
        ports.dead,
        "connection refused over UDP (ICMP port unreachable), and connection refused over TCP",
    ),
}


class Run:
    """One batch that asks every faulty server, one silent one MANY times, and one that is well."""

    def __init__(self, lab: DnsLab, servers: dict[str, FaultyServer]) -> None:
        self.servers = servers
        started = time.monotonic()
        many = [
            f"name: h{number}.example.test, type: A, ttl: 300, ask: '{servers['silent']}'" for number in range(MANY)
        ]
        self.looks: Looks = look(
            *many,
            *(f"{SHOP}, ask: '{server}', id: {fault}" for fault, server in servers.items()),
            f"{SHOP}, ask: ['{lab.primary}', '{servers['dead']}'], id: one-dead",
            f"name: shop.example.test, type: A, values: [192.0.2.1], id: wrong, "
            f"ask: ['{lab.primary}', '{servers['silent']}']",
        )
        self.seconds = time.monotonic() - started


@pytest.fixture(scope="module")
def run(dns_lab: DnsLab) -> Iterator[Run]:
    with ExitStack() as stack:
        yield Run(dns_lab, {fault: stack.enter_context(start()) for fault, (start, _) in FAULTS.items()})


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_faulty_server_comes_to(fault: str, run: Run) -> None:
    why = FAULTS[fault][1]
    assert run.looks.reasons(fault) == ([f"{run.servers[fault]}: {why}"] if why else [])


@pytest.mark.parametrize("fault", [fault for fault, (_, why) in FAULTS.items() if why])
def test_no_answer_is_not_checked_and_never_wrong(fault: str, run: Run) -> None:
    observed = run.looks.seen[fault]
    assert isinstance(observed, Observation)
    (reason,) = judge(run.looks.checks[fault].spec, observed)
    assert isinstance(reason, NotChecked)
    heard = fault.startswith(("truncating", "garbage", "wrong"))
    expected = "did not answer every question" if heard else "does not answer"
    assert reason.cause == f"{run.servers[fault]} {expected}"


def test_all_of_them_take_as_long_as_the_slowest(run: Run) -> None:
    assert 8 < run.seconds < 20  # one after the other they would take over a minute


def test_a_dead_server_does_not_hide_what_another_says(run: Run) -> None:
    (reason,) = run.looks.reasons("one-dead")
    assert reason.startswith(f"{run.servers['dead']}: connection refused")


def test_a_wrong_answer_counts_although_another_server_is_silent(run: Run) -> None:
    wrong, unknown = run.looks.reasons("wrong")
    assert "203.0.113.10, 203.0.113.11 (missing 192.0.2.1; " in wrong
    assert unknown.startswith(f"{run.servers['silent']}: {UDP}")


def test_a_silent_server_is_given_up_once_for_all(run: Run) -> None:
    reasons = {
        reason
        for number in range(MANY)
        for reason in run.looks.reasons(f"h{number}.example.test/A@{run.servers['silent']}")
    }
    assert reasons == {f"{run.servers['silent']}: {FAULTS['silent'][1]}"}
    asked = {arrival.wire[12:] for arrival in run.servers["silent"].arrivals}
    assert len(asked) < MANY / 2, "most questions were never sent"
    assert run.servers["silent"].tcp == 1
