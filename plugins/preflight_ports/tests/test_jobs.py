"""What hosts say of their jobs, which may be anything."""

from __future__ import annotations

from typing import Any

import pytest

from preflight_ports.jobs import Jobs
from preflight_ports.tests.said import flow_of

OPEN = {"first": 5432, "last": 5432, "state": "open"}


def jobs() -> Jobs:
    made = Jobs()
    made.add(flow_of(""), flow_of("").port)
    return made


def result(**ports: Any) -> dict[str, Any]:
    return {"id": 0, "error": "", "addresses": [{"address": "10.0.2.21", "source": "", "ports": [{**OPEN, **ports}]}]}


def test_what_a_prober_says() -> None:
    (address,) = jobs().answered(result(hops=[[1, "10.99.1.1"]])).addresses
    (ports,) = address.ports
    assert (ports.first, ports.state, ports.hops) == (5432, "open", ((1, "10.99.1.1"),))


@pytest.mark.parametrize(
    "garbled",
    [
        {"last": 10**12},
        {"first": 0},
        {"last": 1},
        {"state": "banana"},
        {"peer": 5},
        {"first": "x"},
        {"by": None},
    ],
    ids=str,
)
def test_what_no_prober_says(garbled: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        jobs().answered(result(**garbled))


def test_an_attempt_in_a_shell_that_ended_without_a_word() -> None:
    (answered,) = jobs().answered_by_shell(["0 10.0.2.21 5432 ?", "0 10.0.2.22 5432 ?", "0 10.0.2.21 5432 open"])
    states = {address.address: address.ports[0].state for address in answered.addresses}
    assert states == {"10.0.2.21": "open", "10.0.2.22": "not-checked"}
