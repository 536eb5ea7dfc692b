"""10,000 A records on a name server (NSD on loopback): preflight against dnspython's own query loop, pytest, and goss.

    python benchmarks/dns_records.py [--records N] [--rounds N] [--without-goss]

1. The probe alone against a loop over `dns.query.udp`: at least 3 times the rate.
2. The whole `pytest --inventory` run against the larger of the probe alone and pytest with as many empty items: at
   most twice the time.
3. With 20 ms between question and answer (a UDP relay that holds every datagram back for 10 ms each way): the run
   stays as long as pytest is, not as the waiting would be; and it is no slower than goss on the same records.

goss is built by `go` from the Go module proxy, in a temporary folder.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import dns.message
import dns.query
from core_items import empty_items
from measure import Command, in_turns, met, middle, print_table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from preflight_dns.names import parse_server
from preflight_dns.section import RECORD
from preflight_dns.ways import Ways

from preflight.kind import Batch
from preflight.observe import Handover
from preflight.testing import spec_of
from tests.lab import nsd, relay
from tests.lab.nameserver import NameServer

ZONE = "bench.test"
GOSS = "github.com/goss-org/goss/cmd/goss", "github.com/goss-org/goss@v0.4.9"
HALF_WAY = 0.010  # seconds each way


def address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-goss", action="store_true")
    options = parser.parse_args()
    names = [f"host-{n}.{ZONE}" for n in range(options.records)]
    with tempfile.TemporaryDirectory(prefix="preflight-benchmark-") as name, nsd.running({ZONE: zone(names)}) as server:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n")
        probing = compare_probe(names, server, options.rounds)
        compare_run(folder, names, server, probing, options.rounds)
        goss = None if options.without_goss else build_goss(folder)
        with relay.running(server, HALF_WAY) as far:
            compare_far(folder, names, far, goss, options.rounds)


def zone(names: list[str]) -> str:
    head = f"$ORIGIN {ZONE}.\n$TTL 300\n@ IN SOA ns hostmaster 1 7200 900 1209600 300\n@ IN NS ns\nns IN A 127.0.0.1\n"
    return head + "".join(f"{name}. IN A {address(n)}\n" for n, name in enumerate(names))


def compare_probe(names: list[str], server: NameServer, rounds: int) -> float:
    ways = Ways(zones=((ZONE, (parse_server(str(server)),)),))
    specs = [spec_of(RECORD, name=name, type="A", values=[address(n)]) for n, name in enumerate(names)]
    pairs = tuple((("bench", spec.name), spec) for spec in specs)
    gc.freeze()  # as a run does with what it has collected

    def probe() -> None:
        seen: list[Any] = []
        RECORD.probe(Batch(RECORD, pairs, ways), Handover([key for key, _ in pairs], seen.append))
        by_key = dict(seen)
        assert not any(RECORD.judge(spec, by_key[key]) for key, spec in pairs)

    def loop() -> None:
        for number, name in enumerate(names):
            reply = dns.query.udp(dns.message.make_query(name, "A"), server.address, port=server.port, timeout=2)
            assert reply.answer[0][0].to_text() == address(number)

    ours, theirs = alternate(probe, loop, rounds)
    rate = len(names) / ours
    ratio = theirs / ours
    print(f"\nprobe and judge alone, {len(names):,} A records on loopback\n")
    print_table(
        ("", "seconds", "records/s", "ratio", "goal", ""),
        [
            ("loop over dns.query.udp", f"{theirs:.2f}", f"{len(names) / theirs:,.0f}", "1x", "", ""),
            ("preflight", f"{ours:.2f}", f"{rate:,.0f}", f"{ratio:.1f}x", ">= 3x", met(3, ratio)),
        ],
    )
    return ours


def alternate(ours: Callable[[], None], theirs: Callable[[], None], rounds: int) -> tuple[float, float]:
    """Medians of both, taken in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for function, kept in ((ours, times[0]), (theirs, times[1])):
            start = time.perf_counter()
            function()
            kept.append(time.perf_counter() - start)
    return median(times[0]), median(times[1])


def inventory(folder: Path, names: list[str], server: NameServer, title: str) -> Command:
    """A run as a user would start it, on an inventory with all records."""
    lines = [f'    - {{name: {name}, type: A, values: ["{address(n)}"]}}\n' for n, name in enumerate(names)]
    head = f'dns:\n  zones: [{{name: {ZONE}, servers: ["{server}"]}}]\n  records:\n'
    path = folder / f"{title}.yaml"
    path.write_text(head + "".join(lines))
    plugins = ("-p", "preflight.plugin", "-p", "preflight_dns.plugin")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugins, "--inventory", path.name]
    return Command("preflight", command, folder, {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""})


def compare_run(folder: Path, names: list[str], server: NameServer, probing: float, rounds: int) -> None:
    commands = [inventory(folder, names, server, "near"), empty_items(folder, len(names))]
    run, empty = (middle(measured).wall for measured in in_turns(commands, rounds))
    larger = max(probing, empty)
    print("\nthe whole run\n")
    print_table(
        ("", "seconds", "ratio", "goal", ""),
        [
            ("probe and judge alone", f"{probing:.2f}", "", "", ""),
            ("pytest, empty items", f"{empty:.2f}", "", "", ""),
            ("pytest --inventory", f"{run:.2f}", f"{run / larger:.2f}x", "<= 2x of the larger", met(run / larger, 2)),
        ],
    )


def build_goss(folder: Path) -> Path | None:
    """goss, or None where there is no Go to build it with."""
    go = shutil.which("go")
    if go is None:
        return None
    package, version = GOSS
    source = folder / "goss-build"
    source.mkdir()
    steps = (("mod", "init", "bench"), ("get", version), ("build", "-mod=mod", "-o", str(folder / "goss"), package))
    for step in steps:
        subprocess.run([go, *step], cwd=source, check=True, capture_output=True)
    return folder / "goss"


def compare_far(folder: Path, names: list[str], far: NameServer, goss: Path | None, rounds: int) -> None:
    commands = [inventory(folder, names, far, "far"), empty_items(folder, len(names))]
    if goss is not None:
        entries = (
            f'  "A:{name}": {{resolvable: true, server: "{far}", addrs: ["{address(n)}"], timeout: 2000}}\n'
            for n, name in enumerate(names)
        )
        (folder / "goss.yaml").write_text("dns:\n" + "".join(entries))
        validate = [goss, "--gossfile", "goss.yaml", "validate", "--format", "silent"]
        commands.append(Command("goss", validate, folder, {}))
    run, empty, *others = (middle(measured).wall for measured in in_turns(commands, rounds))
    waiting = len(names) * HALF_WAY * 2
    rows = [
        ("asked one after the other, waiting alone", f"{waiting:.0f}", "", "", ""),
        ("pytest, empty items", f"{empty:.2f}", "", "", ""),
        ("pytest --inventory", f"{run:.2f}", f"{run / empty:.2f}x", "<= 2x of pytest", met(run / empty, 2)),
    ]
    if others:
        rows.append(
            (
                "goss validate",
                f"{others[0]:.2f}",
                f"{run / others[0]:.2f}x",
                "preflight <= goss",
                met(run / others[0], 1),
            )
        )
    print("\nwith 20 ms between question and answer\n")
    print_table(("", "seconds", "ratio", "goal", ""), rows)


if __name__ == "__main__":
    main()
