"""Every row of the README's table, produced by a real kernel, in both families, and reported by its word."""

from __future__ import annotations

import pytest

from preflight_ports.tests.shipped import job, probed
from tests.lab.network import Network
from tests.lab.scenarios import SCENARIOS, Scenario


@pytest.fixture(scope="module")
def seen(network: Network) -> dict[str, dict[str, object]]:
    """What the prober on the client says of all scenarios, probed at once."""
    jobs = [
        job(number, scenario.address, scenario.port, protocol=scenario.protocol, payload="70696e67")
        for number, scenario in enumerate(SCENARIOS)
    ]
    results = probed(jobs, network.client.wrap)
    ports = [result["addresses"][0]["ports"] for result in results]
    assert [len(each) for each in ports] == [1] * len(SCENARIOS)
    return {str(scenario): each[0] for scenario, each in zip(SCENARIOS, ports, strict=True)}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_the_state_has_its_word(scenario: Scenario, seen: dict[str, dict[str, object]]) -> None:
    fared = seen[str(scenario)]
    told = {"state": fared["state"], "icmp": fared.get("icmp"), "by": fared.get("by")}
    assert told == {"state": scenario.state, "icmp": scenario.icmp, "by": scenario.sender}


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.errno is None], ids=str)
def test_a_drop_is_located(scenario: Scenario, seen: dict[str, dict[str, object]]) -> None:
    hops = seen[str(scenario)].get("hops")
    assert (hops[-1][1] if isinstance(hops, list) and hops else None) == scenario.last_hop
