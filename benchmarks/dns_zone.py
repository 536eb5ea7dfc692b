"""A zone of 20,000 names on four servers (NSD): how fast all of it is compared, and what that takes of memory.

    python benchmarks/dns_zone.py [--names N] [--rounds N] [--without-octodns]

1. `agree`, whole run: at least 5,000 comparisons (an RRset on a server) a second, and at most 5 KB of peak memory for
   each further name, from a tenth of the zone to all of it.
2. `from` a zone file, whole run, against `octodns-report` with the same zone file and servers, at its own concurrency
   of 4 and at 100: no slower than the faster of both.

octodns-report asks port 53 only, so the servers run in a network namespace of their own, and so does everything that
asks them: this needs root, or user namespaces. octodns comes from PyPI into a temporary folder.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from measure import Command, Measured, in_turns, met, middle, print_table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.lab import netns, nsd
from tests.lab.nameserver import NameServer

ZONE = "bench.test"
SERVERS = [NameServer(f"127.0.0.{host}", 53) for host in (11, 12, 13, 14)]
OCTODNS = ("octodns==1.22.0", "octodns-bind==1.1.0")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-octodns", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="preflight-benchmark-") as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n")
        peers = [] if options.without_octodns else octodns(folder)
        small = options.names // 10
        with serving(folder, small) as space:
            (few,) = in_turns([agree(folder, space)], options.rounds)
        with serving(folder, options.names) as space:
            ours = [agree(folder, space), from_file(folder, space)]
            peers = [Command(peer.name, space.wrap(list(map(str, peer.arguments))), folder, {}) for peer in peers]
            many, file, *others = in_turns([*ours, *peers], options.rounds)
    report_agree(options.names, small, many, few)
    report_from(options.names, file, [(peer.name, runs) for peer, runs in zip(peers, others, strict=True)])


def zone(names: int) -> str:
    head = f"$ORIGIN {ZONE}.\n$TTL 300\n@ IN SOA ns1 hostmaster 1 7200 900 1209600 300\n"
    servers = "".join(f"@ IN NS ns{n}\nns{n} IN A {server.address}\n" for n, server in enumerate(SERVERS))
    hosts = (f"host-{n} IN A 10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}\n" for n in range(names))
    return head + servers + "".join(hosts)


@contextmanager
def serving(folder: Path, names: int) -> Iterator[netns.Namespace]:
    """Four name servers with the zone, at port 53 of a network namespace."""
    text = zone(names)
    (folder / "zones").mkdir(exist_ok=True)
    (folder / "zones" / f"{ZONE}.").write_text(text)
    with ExitStack() as stack:
        space = stack.enter_context(netns.namespace("bench"))
        with space.entered():
            for server in SERVERS:
                stack.enter_context(nsd.running({ZONE: text}, folder, also=[server], transfer="NOKEY"))
        yield space


def agree(folder: Path, space: netns.Namespace) -> Command:
    return run(folder, space, "agree", "checks: [agree]")


def from_file(folder: Path, space: netns.Namespace) -> Command:
    return run(folder, space, "from", f'from: {{zonefile: "zones/{ZONE}."}}, transfer: false')


def run(folder: Path, space: netns.Namespace, name: str, fields: str) -> Command:
    """A run as a user would start it."""
    servers = ", ".join(f'"{server.address}"' for server in SERVERS)
    (folder / f"{name}.yaml").write_text(f"dns: {{zones: [{{name: {ZONE}, servers: [{servers}], {fields}}}]}}\n")
    plugins = ("-p", "preflight.plugin", "-p", "preflight_dns.plugin", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "--inventory", f"{name}.yaml"]
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    return Command(f"preflight, {name}", space.wrap(command), folder, environment)


def octodns(folder: Path) -> list[Command]:
    """octodns-report on the same zone file, at its own concurrency and at more."""
    own = folder / "octodns"
    venv.create(own, with_pip=True)
    subprocess.run([own / "bin/pip", "install", "--quiet", *OCTODNS], check=True)
    (folder / "octodns.yaml").write_text(
        "providers:\n  file: {class: octodns_bind.ZoneFileProvider, directory: ./zones, file_extension: .}\n"
        f"zones:\n  {ZONE}.: {{sources: [file]}}\n"
    )
    report = [own / "bin/octodns-report", "--quiet", "--config-file", "octodns.yaml", "--source", "file"]
    whom = ["--zone", f"{ZONE}.", *(server.address for server in SERVERS)]
    return [
        Command(f"octodns-report, {many} at a time", [*report, "--concurrency", str(many), *whom], folder, {})
        for many in (4, 100)
    ]


def report_agree(names: int, small: int, many: Sequence[Measured], few: Sequence[Measured]) -> None:
    comparisons = (names + 2 + len(SERVERS)) * len(SERVERS)
    rate = comparisons / middle(many).wall
    each = (middle(many).peak - middle(few).peak) * 1024 / (names - small)
    print(f"\nagree: {names:,} names on {len(SERVERS)} servers, whole run\n")
    print_table(
        ("", "measured", "goal", ""),
        [
            ("seconds", f"{middle(many).wall:.1f}", "", ""),
            ("comparisons a second", f"{rate:,.0f}", ">= 5,000", met(5000, rate)),
            ("peak memory for each further name", f"{each / 1000:.2f} KB", "<= 5 KB", met(each, 5000)),
        ],
    )


def report_from(names: int, ours: Sequence[Measured], peers: Sequence[tuple[str, Sequence[Measured]]]) -> None:
    own = middle(ours).wall
    rows = [("preflight, from", f"{own:.1f}", "", "", "")]
    for name, runs in peers:
        ratio = own / middle(runs).wall
        rows.append((name, f"{middle(runs).wall:.1f}", f"{ratio:.2f}x", "<= 1x", met(ratio, 1)))
    print(f"\nthe zone file against {len(SERVERS)} servers, {names:,} names, whole run\n")
    print_table(("", "seconds", "preflight takes", "goal", ""), rows)


if __name__ == "__main__":
    main()
