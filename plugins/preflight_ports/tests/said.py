"""Flows, what was seen of them, and what a judge says, written short."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from preflight.finding import Finding, NotChecked
from preflight.kind import Check
from preflight.testing import assert_refused, assert_serialises, parse
from preflight_ports.judge import judge
from preflight_ports.observation import Address, Listener, Observation, Ports
from preflight_ports.plugin import pytest_preflight_domain
from preflight_ports.section import FLOW
from preflight_ports.spec import FlowSpec
from tests.reasons import text

PORTS = pytest_preflight_domain()
HOSTS = """\
allow: [listener]
hosts:
  web-1: {address: 10.0.1.11, groups: [web]}
  web-2: {address: 10.0.1.12, groups: [web, app]}
  db-1: {address: 10.0.2.21, groups: [db]}
  queue-1: {groups: [queue], user: deploy}
"""
SOURCE, TARGET = "10.0.1.11", "10.0.2.21"
SOURCE6, TARGET6 = "2001:db8:1::11", "2001:db8:2::21"
ROUTER, FAR_ROUTER = "10.99.1.1", "10.99.2.1"


def written(*flows: str, section: str = "", top: str = HOSTS) -> str:
    """An inventory with these flows, each in braces unless it brings its own."""
    lines = "".join(f"    - {flow if '{' in flow[:2] else f'{{{flow}}}'}\n" for flow in flows)
    return f"{top}ports:\n{section}  flows:\n{lines}"


def checks(*flows: str, section: str = "", top: str = HOSTS) -> list[Check]:
    return parse(PORTS, written(*flows, section=section, top=top))


@cache
def flow_of(fields: str, top: str = HOSTS) -> FlowSpec:
    """The spec of a flow from web-1 to db-1 port 5432, unless `fields` say otherwise."""
    rest = {"from": "web-1", "to": "db-1", "port": "5432"}
    given = [f"{key}: {value}" for key, value in rest.items() if f"{key}: " not in f", {fields}".replace(", ", " , ")]
    (check,) = checks(", ".join([*given, fields] if fields else given), top=top)
    spec: FlowSpec = check.spec
    return spec


def assert_flow_refused(flow: str, *messages: str, section: str = "", top: str = HOSTS) -> None:
    assert_refused(PORTS, written(flow, section=section, top=top), *messages)


def fared(state: str, ports: str = "5432", **more: Any) -> Ports:
    first, _, last = ports.partition("-")
    fields: dict[str, Any] = {"first": int(first), "last": int(last or first), "state": state, **more}
    return Ports(**fields)


def at(*ports: Ports, address: str = TARGET, source: str = "", protocol: str = "tcp", control: str = "") -> Address:
    return Address(address, source or (SOURCE6 if ":" in address else SOURCE), protocol, ports, control)


def ours(state: Any = "listening", port: int = 5432, protocol: str = "tcp", **more: Any) -> Listener:
    return Listener(port, protocol, state, **more)


def seen(*addresses: Address, listeners: Iterable[Listener] = (), rung: str = "python3") -> Observation:
    return Observation("web-1", "db-1", rung, rung == "python3", 4.0, addresses, tuple(listeners))


def one(state: str, **more: Any) -> Observation:
    return seen(at(fared(state, **more)))


def one6(state: str, **more: Any) -> Observation:
    return seen(at(fared(state, **more), address=TARGET6))


def heard(state: str, listener: Listener | None = None, **more: Any) -> Observation:
    return seen(at(fared(state, **more)), listeners=[listener or ours()])


@dataclass(frozen=True)
class Case:
    """What the inventory says of web-1 to db-1 port 5432, what was seen, and how the reasons read.

    `reasons`: the `observed` of each finding; of what was not checked, "not checked: " and the reason.
    """

    id: str
    flow: str
    seen: Observation
    reasons: list[str] = field(default_factory=list)


def reasons_of(flow: FlowSpec, observation: Observation) -> list[Finding | NotChecked]:
    """What the judge says, each reason complete; the observation survives being recorded."""
    reasons = judge(flow, observation)
    for reason in reasons:
        assert reason.next_step
        if isinstance(reason, Finding):
            assert reason.expected
            # What the inventory says of the consequence is not said over: the core shows it where there is none.
            assert bool(reason.consequence) != bool(flow.why)
        else:
            assert reason.cause
    assert_serialises(FLOW, observation)
    return reasons


def assert_reasons(case: Case, top: str = HOSTS) -> None:
    assert [text(reason) for reason in reasons_of(flow_of(case.flow, top), case.seen)] == case.reasons
    reasons_of(flow_of(f"{case.flow}, why: nobody can log in".removeprefix(", "), top), case.seen)
