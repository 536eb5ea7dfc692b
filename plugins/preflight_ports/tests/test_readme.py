"""The README shows nothing that does not work: its inventories load, its findings are what pytest prints, and its
tables are those of the models and of the judge."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import preflight.run  # noqa: F401  what is imported here is not imported again in every run inside this process
from preflight.finding import Finding
from preflight.model import CheckSpec
from preflight.testing import parse
from preflight_ports.judge import judge
from preflight_ports.observation import Address, Listener, Observation, Ports, State
from preflight_ports.plugin import pytest_preflight_domain
from preflight_ports.spec import FlowSpec, PortsSection, TlsSpec
from preflight_ports.tests.machines import Machines

PORTS = pytest_preflight_domain()
README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
INVENTORIES = [text for language, text in FENCES if language == "yaml"]
(OUTPUT,) = (text for language, text in FENCES if not language)

# web-2, the queue and IPv6 were forgotten.
RULES = (
    "ct state established accept",
    "ip saddr 203.0.113.10 accept",
    "ip saddr 192.0.2.11 tcp dport 5432 accept",
    "tcp dport { 22, 5672 } drop",
    "reject with icmpx admin-prohibited",
)
SERVICES = {"db-1": ["5432"], "db-2": ["5432"], "shop": ["80", "443"]}


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_its_inventories_load(inventory: str) -> None:
    assert parse(PORTS, inventory)


def test_its_findings_are_what_is_printed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, machines: Machines
) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    # At the end, where it moves no line that a finding names.
    inventory = f"{INVENTORIES[0]}  connect_timeout: 1s\n"
    pytester.mkdir("inventories").joinpath("prod.yaml").write_text(inventory)
    plain = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
    machines.filter(*RULES)
    with machines.serving(SERVICES):
        argv = [sys.executable, "-m", "pytest", *plain, "--inventory", "prod"]
        printed = pytester.run(*machines.from_admin(argv)).stdout.str().replace("no answer in 1s", "no answer in 4s")
    # What is known first is printed first, and may differ.
    shown = [part.strip() for part in re.split(r"^(?:[_=]{3,}.*|\.\.\.|)$", OUTPUT, flags=re.M) if part.strip()]
    assert len(shown) == 12
    for part in shown:
        assert part in printed


@pytest.mark.parametrize(
    ("section", "model"), [("ports:", PortsSection), ("ports.flows", FlowSpec), ("ports.flows.tls", TlsSpec)]
)
def test_its_tables_have_the_keys_there_are(section: str, model: type[PortsSection | FlowSpec | TlsSpec]) -> None:
    keys = {field.alias or name for name, field in model.model_fields.items()}
    if issubclass(model, CheckSpec):
        keys -= CheckSpec.model_fields.keys()
    explained = [row[0].strip("`") for row in rows_below(f"### `{section}`") if row[0]]
    assert sorted(explained) == sorted(keys)


def test_it_names_the_keys_of_every_check() -> None:
    for key in CheckSpec.model_fields:
        assert f"`{key}`" in README


def rows_below(heading: str) -> Iterator[list[str]]:
    """The cells of the table below a heading."""
    (table,) = re.findall(rf"^{re.escape(heading)}\n[^|]*((?:\|.*\n)+)", README, re.M)
    for line in table.splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split(" | ")]


STATES = list(rows_below("## What was seen, and what it counts for"))


def test_its_table_has_the_states_there_are() -> None:
    assert {word for row in STATES for word in re.findall(r"`(.+?)`", row[0])} == set(get_args(State))


@pytest.mark.parametrize("column", [2, 3, 4], ids=["open", "path-open", "blocked"])
@pytest.mark.parametrize("row", STATES, ids=[row[0].replace("`", "") for row in STATES])
def test_a_state_counts_for_what_its_table_says(row: list[str], column: int) -> None:
    states = re.findall(r"`(.+?)`", row[0])
    expect = ["open", "path-open", "blocked"][column - 2]
    for state in states:
        for control, with_a_control in (("", "not checked"), ("22/tcp is open", "passed")):
            wanted = with_a_control if row[column] == "passed with a control" else row[column]
            assert counts_for(state, expect, row[0].partition(", ")[2], control) == wanted


@pytest.mark.parametrize("rung", ["bash", "nc"])
def test_what_sees_no_more_than_an_errno_lets_no_path_pass_for_open(rung: str) -> None:
    assert counts_for("refused", "path-open", "", "", rung) == "not checked"


def counts_for(state: State, expect: str, besides: str, control: str, rung: str = "python3") -> str:
    """What the judge makes of a port in that state."""
    udp, we_listen = state in ("closed", "silent"), besides == "and our listener runs there"
    port = (53 if besides == "where an answer is due" else 7000) if udp else 5432
    protocol = "udp" if udp else "tcp"
    text = f"{{from: here, to: 198.51.100.21, port: {port}/{protocol}, expect: {expect}}}"
    (check,) = parse(PORTS, f"ports:\n  flows:\n    - {text}\n")
    address = Address("198.51.100.21", "192.0.2.11", protocol, (Ports(port, port, state),), control)
    listeners = (Listener(port, protocol, "listening"),) if we_listen else ()
    seen = Observation("here", "198.51.100.21", rung, rung == "python3", 4.0, (address,), listeners)
    reasons = judge(check.spec, seen)
    if not reasons:
        return "passed"
    return "failed" if any(isinstance(reason, Finding) for reason in reasons) else "not checked"
