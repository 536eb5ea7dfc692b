"""Flows from 30 hosts over SSH, 50 from each: preflight_ports against testinfra's `addr(...).port(...).is_reachable`.

    python benchmarks/ports_sources.py [--rounds N]

All hosts are one sshd on loopback, and all flows lead to open ports there: what is measured is the way to ask.
testinfra keeps one connection a host too (its paramiko backend), and runs a command for each flow; as that takes
minutes, it has two of the hosts, and what counts is the time for a flow. The number of logins that sshd has seen is
printed: one for each host means one round trip for all its flows. Needs sshd and nc.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from socket import create_server
from tempfile import TemporaryDirectory

from measure import Command, in_turns, met, middle, print_table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.lab import sshd

SOURCES, FLOWS, PEERS_SOURCES = 30, 50, 2
INVENTORY = """
environment: bench
hosts:
{hosts}
ports:
  flows:
{flows}
"""
HOST = "  h{n}: {{address: 127.0.0.1, port: {port}, groups: [all], identity_file: {key}, host_key: accept-new}}"
FLOW = "    - {{from: all, to: 127.0.0.1, port: {port}}}"
# What a suite with testinfra looks like: a test for each host and flow.
SUITE = """
import pytest
import testinfra

HOSTS = [testinfra.get_host("paramiko://{user}@127.0.0.{{}}:{port}".format(n), ssh_config={config!r})
         for n in range(1, {sources} + 1)]

@pytest.mark.parametrize("port", {ports})
@pytest.mark.parametrize("number", range({sources}))
def test_flow(number, port):
    assert HOSTS[number].addr("127.0.0.1").port(port).is_reachable
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="after one that does not count (%(default)s)")
    options = parser.parse_args()
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "sshd").mkdir()
        settings = "MaxStartups 100"
        server = stack.enter_context(sshd.running(folder / "sshd", settings, address="0.0.0.0"))
        listening = [stack.enter_context(create_server(("127.0.0.1", 0), backlog=1024)) for _ in range(FLOWS)]
        commands = _commands(folder, server, [sock.getsockname()[1] for sock in listening])
        measured = in_turns(commands, options.rounds)
        logins = server.log.count("Accepted publickey") / (options.rounds + 1)
    walls = [middle(runs).wall for runs in measured]
    each = [wall / (sources * FLOWS) for wall, sources in zip(walls, (PEERS_SOURCES, SOURCES), strict=True)]
    rows = [
        [
            f"{command.name}, {sources} hosts x {FLOWS} flows",
            f"{wall:.2f} s",
            f"{one * 1000:.2f} ms",
            f"{each[0] / one:.0f}x",
            goal,
        ]
        for command, sources, wall, one, goal in zip(
            commands, (PEERS_SOURCES, SOURCES), walls, each, ("", met(each[1] / each[0], 1 / 20)), strict=True
        )
    ]
    print(f"{options.rounds} rounds; goal: 20 times as fast for a flow, and one login a host")
    print(f"logins in a round: {logins:g}, {PEERS_SOURCES} of them testinfra's")
    print_table(["", "median", "a flow", "as fast", ""], rows)


def _commands(folder: Path, server: sshd.Sshd, ports: list[int]) -> list[Command]:
    config = folder / "ssh_config"
    config.write_text(
        f"Host *\n IdentityFile {server.identity}\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n"
    )
    suite = SUITE.format(user=server.user, port=server.port, config=str(config), sources=PEERS_SOURCES, ports=ports)
    (folder / "test_flows.py").write_text(suite)
    hosts = "\n".join(HOST.format(n=n, port=server.port, key=server.identity) for n in range(1, SOURCES + 1))
    flows = "\n".join(FLOW.format(port=port) for port in ports)
    (folder / "flows.yaml").write_text(INVENTORY.format(hosts=hosts, flows=flows))
    environment = {"HOME": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ours = ["-p", "preflight.plugin", "-p", "preflight_ports.plugin", "--inventory", "flows.yaml"]
    return [
        Command("testinfra", [*pytest, "test_flows.py"], folder, environment),
        Command("preflight", [*pytest, *ours], folder, environment),
    ]


if __name__ == "__main__":
    if os.geteuid():
        sys.exit("sshd needs root")
    main()
