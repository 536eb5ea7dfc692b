"""What a reason says to do: the rule to ask for, what follows from it, and the root it shares with others."""

from __future__ import annotations

import pytest

from preflight.finding import Finding, NotChecked
from preflight_ports.observation import Observation
from preflight_ports.tests.said import ROUTER, TARGET, TARGET6, at, fared, flow_of, heard, one, ours, reasons_of, seen

PROHIBITED = "communication administratively prohibited"


def finding(fields: str, observation: Observation) -> Finding:
    (reason,) = reasons_of(flow_of(fields), observation)
    assert isinstance(reason, Finding)
    return reason


RULE = "tcp from 10.0.1.11 (web-1) to 10.0.2.21 (db-1) port 5432"


@pytest.mark.parametrize(
    ("observation", "said"),
    [
        (one("rejected", by=ROUTER, icmp="3/13"), f"ask for: allow {RULE}, on 10.99.1.1"),
        (one("rejected", by=TARGET, icmp="3/13"), f"ask for: allow {RULE}, on db-1 itself"),
        (one("rejected"), f"ask for: allow {RULE}"),
        (one("filtered", hops=((1, ROUTER),)), f"ask for: allow {RULE}, on 10.99.1.1 or what comes after it; if that"),
        (one("filtered"), f"ask for: allow {RULE}; if that is allowed, see whether db-1 is up and its accept queue"),
        (heard("refused"), f"ask for: allow {RULE}, on each firewall on the way and on db-1 itself"),
        (heard("intercepted"), f"ask for: allow {RULE}, unproxied"),
        (heard("refused", ours("in-use")), "let the service on db-1 listen at 10.0.2.21 too (`ss -ltnp`"),
        (one("refused"), "start the service on db-1 (`ss -ltnp` lists"),
        (one("unreachable", by=ROUTER, icmp="3/0"), f"whether there is a route to it: {RULE}"),
        (one("local-policy", errno="EACCES"), "on web-1: `ip route get 10.0.2.21`"),
        (heard("mtu-hole", lost="there"), "fragmentation needed"),
    ],
)
def test_the_next_step_names_the_rule(observation: Observation, said: str) -> None:
    assert said in finding("", observation).next_step


def test_a_rule_for_several_addresses_and_ports() -> None:
    ports = fared("filtered", "80"), fared("filtered", "443-445")
    both = seen(at(*ports), at(*ports, address="10.0.2.22"))
    rule = "tcp from 10.0.1.11 (web-1) to 10.0.2.21, 10.0.2.22 (db-1) ports 80, 443-445"
    assert f"ask for: allow {rule};" in finding("port: [80, 443-445]", both).next_step


def test_a_rule_for_udp_from_here_to_an_address() -> None:
    flow = flow_of("from: here, to: 10.0.2.21, port: 123/udp")
    (reason,) = reasons_of(flow, seen(at(fared("silent", "123"), protocol="udp")))
    assert "ask for: allow udp from 10.0.1.11 (this machine) to 10.0.2.21 port 123;" in reason.next_step
    assert "accept queue" not in reason.next_step


def test_no_ipv6_at_the_source() -> None:
    address = at(fared("local-policy", errno="ENETUNREACH"), address=TARGET6)
    nowhere = seen(type(address)(address.address, "", "tcp", address.ports))
    assert finding("", nowhere).next_step.endswith("write `families: ipv4`")


@pytest.mark.parametrize(
    ("fields", "observation", "said"),
    [
        ("", one("rejected"), "what on web-1 needs db-1 port 5432 fails"),
        ("", one("filtered"), "what on web-1 needs db-1 port 5432 waits for its own timeout and fails"),
        ("expect: path-open", one("filtered"), "web-1 will not reach db-1 port 5432, whatever is started there"),
        ("expect: blocked", one("open"), "web-1 can reach what it must not"),
        ("expect: blocked", one("refused"), "nothing but a missing service keeps web-1 out"),
        ("listener: if-free", heard("intercepted"), "web-1 talks to something else than db-1"),
        ("listener: if-free", heard("mtu-hole", lost="back"), "connections open, and hang as soon as much is sent"),
    ],
)
def test_consequences(fields: str, observation: Observation, said: str) -> None:
    assert finding(fields, observation).consequence == said


@pytest.mark.parametrize(
    ("fields", "observation", "said"),
    [
        ("", one("rejected", by=ROUTER, icmp="3/13"), f"10.99.1.1 rejects (ICMP 3/13, {PROHIBITED})"),
        ("", one("filtered", hops=((1, ROUTER),)), "packets to db-1 get lost after 10.99.1.1"),
        ("", one("filtered"), "packets to db-1 port 5432 get no answer"),
        ("", one("refused"), "db-1 port 5432: nothing listens"),
        ("", heard("refused", ours("in-use")), "db-1 port 5432: what has it does not accept at 10.0.2.21"),
        ("", heard("refused"), ""),
        ("", one("unreachable", by=ROUTER, icmp="3/1"), "10.0.2.21: unreachable, says 10.99.1.1"),
        ("expect: blocked", one("refused"), ""),
    ],
)
def test_flows_with_one_root_share_its_words(fields: str, observation: Observation, said: str) -> None:
    assert finding(fields, observation).cause == said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("", "db-1 port 5432 from web-1 open"),
        ("expect: path-open", "a path open to db-1 port 5432 from web-1, whether or not anything listens there yet"),
    ],
)
def test_what_was_expected(fields: str, said: str) -> None:
    assert finding(fields, one("filtered")).expected == said


@pytest.mark.parametrize(
    ("fields", "observation", "cause", "step"),
    [
        ("", one("not-checked", note="no socket to be had here: Too many open files"),
         "web-1: no socket to be had here: Too many open files", "`ulimit -n`"),
        ("", heard("refused", ours("failed", note="Permission denied")),
         "no listener could run on db-1: Permission denied", "see to db-1"),
        ("expect: blocked", one("filtered"), "no control from web-1 to db-1", "`control:`"),
        ("expect: blocked, listener: if-free", heard("filtered", ours("failed", note="no")),
         "no listener could run on db-1: no", "`control:`"),
    ],
)  # fmt: skip
def test_what_makes_it_checkable(fields: str, observation: Observation, cause: str, step: str) -> None:
    (reason,) = reasons_of(flow_of(fields), observation)
    assert isinstance(reason, NotChecked)
    assert reason.cause == cause
    assert step in reason.next_step
