"""What is right, wrong or unknown: each state against each expectation, as ports.md and the README say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from preflight.finding import Finding
from preflight_ports.judge import judge
from preflight_ports.judge import seen as shown
from preflight_ports.observation import Listener
from preflight_ports.tests.said import SOURCE, TARGET6, at, fared, flow_of, ours, reasons_of, seen

# R right, W wrong, ? not known. In each group: no listener, ours listens, the port is in use and answers, it is in use
# and does not, ours could not run. Silence: of a service that answers what is sent (DNS), and of any other.
TABLE = """
                  open       path-open  blocked    blocked, and another port answers
tcp open          R R R R R  R R R R R  W W W W W  W W W W W
tcp intercepted   W W W W W  W W W W W  W W W W W  W W W W W
tcp mtu-hole      W W W W W  W W W W W  W W W W W  W W W W W
tcp refused       W W W W ?  R W W R ?  W R R W W  W R R W W
tcp rejected      W W W W W  W W W W W  ? R R ? ?  R R R R R
tcp unreachable   W W W W W  W W W W W  ? R R ? ?  R R R R R
tcp local-policy  W W W W W  W W W W W  ? R R ? ?  R R R R R
tcp filtered      W W W W W  W W W W W  ? R R ? ?  R R R R R
tcp not-checked   ? ? ? ? ?  ? ? ? ? ?  ? ? ? ? ?  ? ? ? ? ?
udp open          R R - R R  R R - R R  W W - W W  W W - W W
udp intercepted   W W - W W  W W - W W  W W - W W  W W - W W
udp closed        W W - W ?  R W - R ?  W R - W W  W R - W W
udp rejected      W W - W W  W W - W W  ? R - ? ?  R R - R R
udp local-policy  W W - W W  W W - W W  ? R - ? ?  R R - R R
udp silent        ? W - ? ?  ? W - ? ?  ? R - ? ?  ? R - ? ?
udp silent-dns    W W - W W  W W - W W  ? R - ? ?  ? R - ? ?
udp not-checked   ? ? - ? ?  ? ? - ? ?  ? ? - ? ?  ? ? - ? ?
"""
EXPECTED = [("open", ""), ("path-open", ""), ("blocked", ""), ("blocked", "5432/tcp is open")]
LISTENERS: dict[str, dict[str, Any] | None] = {
    "none": None,
    "ours": {"state": "listening"},
    "answers": {"state": "in-use", "answers": True},
    "in-use": {"state": "in-use"},
    "failed": {"state": "failed", "note": "Permission denied"},
}


def rows() -> list[Any]:
    made = []
    for line in TABLE.strip().splitlines()[1:]:
        protocol, state, *letters = line.split()
        cells = [(expected, listener) for expected in EXPECTED for listener in LISTENERS]
        for (expected, listener), letter in zip(cells, letters, strict=True):
            if letter != "-":
                control = "-control" if expected[1] else ""
                name = f"{protocol}-{state}-{expected[0]}{control}-{listener}"
                made.append(pytest.param(protocol, state, *expected, listener, letter, id=name))
    return made


@pytest.mark.parametrize(("protocol", "state", "expect", "control", "listener", "letter"), rows())
def test_the_table(protocol: str, state: str, expect: str, control: str, listener: str, letter: str) -> None:
    port = "53" if state == "silent-dns" else "5000"
    more = {"note": "Too many open files"} if state == "not-checked" else {}
    if state == "open" and listener == "ours":
        more = {"peer": SOURCE}
    said = LISTENERS[listener]
    listeners = [Listener(int(port), protocol, **said)] if said else []
    address = at(fared(state.removesuffix("-dns"), port, **more), protocol=protocol, control=control)
    flow = flow_of(f"port: {port}/{protocol}, expect: {expect}" + (", listener: if-free" if said else ""))
    reasons = reasons_of(flow, seen(address, listeners=listeners))
    assert [type(reason).__name__ for reason in reasons] == {"R": [], "W": ["Finding"], "?": ["NotChecked"]}[letter]


def test_silence_of_a_service_that_would_answer_what_is_sent() -> None:
    silent = seen(at(fared("silent", "5000"), protocol="udp"))
    (answers,) = judge(flow_of("port: 5000/udp, send: 0a0b"), silent)
    assert isinstance(answers, Finding)


def test_a_rung_that_cannot_tell_refused_from_rejected_passes_no_path() -> None:
    refused = at(fared("refused"))
    assert reasons_of(flow_of("expect: path-open"), seen(refused)) == []
    (unknown,) = reasons_of(flow_of("expect: path-open"), seen(refused, rung="bash"))
    assert not isinstance(unknown, Finding)
    assert "bash cannot tell refused from rejected" in unknown.reason
    assert "install python3" in unknown.next_step


def test_a_rung_that_cannot_tell_refused_from_rejected_does_not_say_that_nothing_is_blocked() -> None:
    (wrong,) = reasons_of(flow_of("expect: blocked"), seen(at(fared("refused"))))
    assert isinstance(wrong, Finding)
    (unknown,) = reasons_of(flow_of("expect: blocked"), seen(at(fared("refused")), rung="bash"))
    assert not isinstance(unknown, Finding)


@pytest.mark.parametrize("expect", ["open", "path-open"])
def test_a_rung_that_cannot_talk_to_our_listener_passes_nothing_with_it(expect: str) -> None:
    flow = flow_of(f"listener: if-free, expect: {expect}")
    (unknown,) = reasons_of(flow, seen(at(fared("open")), listeners=[ours()], rung="bash"))
    assert not isinstance(unknown, Finding)
    assert "whether it was our listener" in unknown.reason
    assert reasons_of(flow, seen(at(fared("open", peer=SOURCE)), listeners=[ours()])) == []


def test_silent_ports_of_which_only_some_would_answer() -> None:
    silent = seen(at(fared("silent", "53"), fared("silent", "7000"), protocol="udp"))
    reasons = reasons_of(flow_of("port: [53/udp, 7000/udp]"), silent)
    assert sorted(type(reason).__name__ for reason in reasons) == ["Finding", "NotChecked"]


def test_neighbouring_ports_where_listeners_fared_differently() -> None:
    listeners = [ours("in-use", 5000), ours("failed", 5001, note="Permission denied")]
    refused = seen(at(fared("refused", "5000-5001")), listeners=listeners)
    (unknown,) = reasons_of(flow_of("port: 5000-5001, listener: if-free, expect: path-open"), refused)
    assert not isinstance(unknown, Finding)
    assert "port 5001: refused" in unknown.reason


# A pass is only what was seen

ALL = "port: [80, 443-445, 53/udp]"


@pytest.mark.parametrize(
    ("address", "missing"),
    [
        ([], ["4 tcp ports of db-1", "1 udp port of db-1"]),
        ([at(fared("open", "80"), fared("open", "443-445"))], ["1 udp port of db-1"]),
        ([at(fared("open", "80"), fared("open", "443-444")), at(fared("open", "53"), protocol="udp")], ["1 tcp port"]),
        (
            [
                at(fared("open", "80"), fared("open", "443-445")),
                at(fared("open", "80"), address=TARGET6),
                at(fared("open", "53"), protocol="udp"),
            ],
            ["3 tcp ports of db-1"],
        ),
        ([at(fared("open", "80"), fared("open", "443-445")), at(fared("open", "53"), protocol="udp")], []),
    ],
)
def test_ports_that_nothing_was_said_of(address: list[Any], missing: list[str]) -> None:
    reasons = reasons_of(flow_of(ALL), seen(*address))
    assert [isinstance(reason, Finding) for reason in reasons] == [False] * len(missing)
    for reason, what in zip(reasons, missing, strict=True):
        assert not isinstance(reason, Finding)
        assert what in reason.reason


# Ports and addresses that fared alike are one reason


def places(*ports: Any, fields: str = "port: 1-100") -> list[str]:
    return [r.observed.partition(": ")[0] for r in judge(flow_of(fields), seen(*ports)) if isinstance(r, Finding)]


def test_ranges_that_fared_alike_are_one_reason() -> None:
    ports = at(fared("filtered", "1-49"), fared("open", "50"), fared("filtered", "51-99"), fared("refused", "100"))
    assert places(ports) == [
        "from 10.0.1.11 (web-1), 10.0.2.21 ports 1-49, 51-99",
        "from 10.0.1.11 (web-1), 10.0.2.21 port 100",
    ]


def test_addresses_that_fared_alike_are_one_reason() -> None:
    def dropped(address: str, **more: Any) -> Any:
        return at(fared("filtered", "1-100", **more), address=address)

    near, far = ((1, "10.99.1.1"),), ((1, "10.99.1.1"), (2, "10.99.2.1"))
    assert places(*(dropped(f"10.0.2.{n}", hops=near) for n in (21, 22))) == [
        "from 10.0.1.11 (web-1), 10.0.2.21, 10.0.2.22 ports 1-100"
    ]
    assert len(places(dropped("10.0.2.21", hops=near), dropped("10.0.2.22", hops=far))) == 2
    assert len(places(dropped("10.0.2.21"), dropped(TARGET6))) == 2  # another source, another firewall
    other_source = replace(dropped("10.0.2.22"), source="10.7.0.1")
    assert len(places(dropped("10.0.2.21"), other_source)) == 2


def test_other_senders_and_listeners_are_reasons_of_their_own() -> None:
    by = [fared("rejected", str(n), by=f"10.99.{n % 2}.1", icmp="3/13") for n in range(1, 101)]
    assert len(places(at(*by))) == 2
    listeners = [ours(port=1), ours("in-use", port=2), ours("in-use", port=3, answers=True)]
    refused = at(*(fared("refused", str(n)) for n in range(1, 5)))
    assert len(judge(flow_of("port: 1-4, listener: if-free"), seen(refused, listeners=listeners))) == 4


def test_what_an_open_port_besides_shows_holds_for_its_address_only() -> None:
    alive = at(fared("filtered", "22"), control="5432/tcp is open")
    dead = at(fared("filtered", "22"), address="10.0.2.22")
    (reason,) = judge(flow_of("port: 22, expect: blocked"), seen(alive, dead))
    assert not isinstance(reason, Finding)
    assert "10.0.2.22" in reason.reason
    assert "10.0.2.21" not in reason.reason


# The source address


@pytest.mark.parametrize(
    ("wanted", "peer", "right"),
    [
        ("unchanged", "10.0.1.11", True),
        ("unchanged", "192.0.2.1", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "10.0.1.11", False),
    ],
)
def test_source_address(wanted: str, peer: str, right: bool) -> None:
    flow = flow_of(f"listener: if-free, seen_as: {wanted}")
    reasons = reasons_of(flow, seen(at(fared("open", peer=peer)), listeners=[ours()]))
    assert [type(reason).__name__ for reason in reasons] == ([] if right else ["Finding"])


def test_an_ipv6_source_address_in_any_notation() -> None:
    flow = flow_of("listener: if-free, seen_as: '2001:DB8:0::1'")
    peer = at(fared("open", peer="2001:db8::1"), address=TARGET6)
    assert reasons_of(flow, seen(peer, listeners=[ours()])) == []


@pytest.mark.parametrize(
    ("state", "listener", "rung", "why"),
    [
        ("open", ours("in-use", answers=True), "python3", "only our own listener sees the source address"),
        ("refused", ours("failed", note="Permission denied"), "python3", "could run on db-1: Permission denied"),
        ("open", ours(), "bash", "cannot tell whether it was our listener"),
    ],
)
def test_source_address_that_nobody_saw(state: str, listener: Listener, rung: str, why: str) -> None:
    flow = flow_of("listener: if-free, expect: path-open, seen_as: unchanged")
    (reason,) = reasons_of(flow, seen(at(fared(state)), listeners=[listener], rung=rung))
    assert not isinstance(reason, Finding)
    assert why in reason.reason


# In the matrix


def test_a_summary_of_what_was_seen() -> None:
    many = at(fared("filtered", "1-3"), fared("open", "4"))
    assert shown(seen(many)) == "filtered 3, open 1"
    assert shown(seen(at(fared("open", "4")), at(fared("open", "4"), address=TARGET6))) == "open"
