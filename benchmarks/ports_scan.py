"""Probing ports across two routers: preflight_ports against `nmap -sT`, on the same target, in turns.

    python benchmarks/ports_scan.py [--rounds N] [--without-nmap-drops]

20,000 refused ports, by the prober alone and by a whole `pytest --inventory`: at most twice nmap's time. 500 ports
whose SYNs are dropped: at most 1.2 times the 4 s that a port may take, where nmap needs minutes. Client, routers and
server are network namespaces (`tests/lab/network.py`), so this needs root, nftables and nmap.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Command, in_turns, least, met, middle, print_table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.lab import network
from tests.lab.topology import SERVER

ROOT = Path(__file__).resolve().parent.parent
REFUSED = (20_000, 39_999)
DROPPED = (40_000, 40_499)
TIMEOUT = 4.0
PROBE = """
import sys
sys.path[:0] = [{root!r}, {plugins!r}]
from preflight_ports.prober import prober
job = {{"id": 0, "host": sys.argv[1], "families": ["ipv4"], "protocol": "tcp", "timeout": {timeout}, "locate": True}}
seen = []
prober({{"jobs": [{{**job, "ports": [[int(sys.argv[2]), int(sys.argv[3])]]}}]}}, seen.append)
(run,) = seen[-1]["addresses"][0]["ports"]
assert run["state"] == sys.argv[4], run
"""
INVENTORY = """
environment: bench
ports:
  flows:
    - {{from: here, to: {address}, port: "{first}-{last}", expect: {expect}}}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="of the refused ports (%(default)s)")
    parser.add_argument("--without-nmap-drops", action="store_true", help="leave out the minutes that nmap takes")
    options = parser.parse_args()
    with TemporaryDirectory() as folder, network.running() as lab:
        rules = (
            "add table inet bench",
            "add chain inet bench forward { type filter hook forward priority -10; }",
            f"add rule inet bench forward ip daddr {SERVER.v4} tcp dport {DROPPED[0]}-{DROPPED[1]} drop",
        )
        lab.router2.run(["nft", "-f", "-"], "\n".join(rules))
        bench = _Bench(Path(folder), lab.client.wrap)
        _refused(bench, options.rounds)
        _dropped(bench, with_nmap=not options.without_nmap_drops)


class _Bench:
    """Commands in the client's namespace."""

    def __init__(self, folder: Path, wrap: object) -> None:
        self._folder = folder
        self._wrap = wrap

    def command(self, name: str, *arguments: str) -> Command:
        environment = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return Command(name, self._wrap(list(arguments)), self._folder, environment)

    def prober(self, ports: tuple[int, int], state: str) -> Command:
        code = PROBE.format(root=str(ROOT), plugins=str(ROOT / "plugins"), timeout=TIMEOUT)
        first, last = map(str, ports)
        return self.command("prober", sys.executable, "-c", code, SERVER.v4, first, last, state)

    def run(self, ports: tuple[int, int], expect: str) -> Command:
        first, last = ports
        text = INVENTORY.format(address=SERVER.v4, first=first, last=last, expect=expect)
        (self._folder / f"{expect}.yaml").write_text(text)
        plugins = ("-p", "no:cacheprovider", "-p", "preflight.plugin", "-p", "preflight_ports.plugin")
        pytest = (sys.executable, "-m", "pytest", "-q", *plugins)
        return self.command("pytest --inventory", *pytest, "--inventory", f"{expect}.yaml")

    def nmap(self, ports: tuple[int, int]) -> Command:
        return self.command("nmap -sT", "nmap", "-sT", "-Pn", "-n", f"-p{ports[0]}-{ports[1]}", SERVER.v4)


def _refused(bench: _Bench, rounds: int) -> None:
    commands = [bench.nmap(REFUSED), bench.prober(REFUSED, "refused"), bench.run(REFUSED, "path-open")]
    measured = in_turns(commands, rounds)
    peer, peer_least = middle(measured[0]).wall, least(measured[0]).wall
    rows = []
    for command, runs in zip(commands, measured, strict=True):
        wall, best = middle(runs).wall, least(runs).wall
        ratios = [f"{wall / peer:.2f}x", f"{best / peer_least:.2f}x"]
        goal = met(wall / peer, 2.0) if command is not commands[0] else ""
        rows.append([command.name, f"{wall:.2f} s", f"{best:.2f} s", *ratios, goal])
    print(f"{REFUSED[1] - REFUSED[0] + 1:,} refused ports, {rounds} rounds; goal: at most 2x of nmap")
    print_table(["", "median", "best", "of nmap", "best", ""], rows)


def _dropped(bench: _Bench, *, with_nmap: bool) -> None:
    rows = []
    commands = [bench.prober(DROPPED, "filtered"), bench.nmap(DROPPED)]
    for command in commands if with_nmap else commands[:1]:
        wall = command.run().wall
        goal = met(wall, 1.2 * TIMEOUT) if command.name == "prober" else ""
        rows.append([command.name, f"{wall:.2f} s", f"{wall / TIMEOUT:.2f}x", goal])
    print(
        f"\n{DROPPED[1] - DROPPED[0] + 1} dropped ports, once; goal: at most 1.2x of the {TIMEOUT:g} s a port may take"
    )
    print_table(["", "wall", "of the timeout", ""], rows)


if __name__ == "__main__":
    if os.geteuid():
        sys.exit("network namespaces need root")
    main()
