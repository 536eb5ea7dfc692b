"""What preflight adds to what pytest costs: checks with instant probes against empty custom items.

    python benchmarks/core_items.py [--rounds N] [--quick]

1. The whole run of 10,000 checks, against the whole run of 10,000 empty items: at most 1.25 times the time.
2. From 1,000 to 100,000 checks: time and memory for each further check stay the same, at most 10 KB.

Both run in fresh processes with the same plugins of pytest's own and no others.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from measure import Command, Measured, in_turns, least, met, middle, print_table
from toy_domain import write_inventory

SIZES = (1_000, 10_000, 100_000)
MOST_TIMES = 1.25
MOST_KB = 10.0
MOST_BEND = 1.25  # a further check among 100,000 against one among 10,000, before it counts as not linear


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="runs of 10,000 each (%(default)s)")
    parser.add_argument("--growth-rounds", type=int, default=3, help="runs of each size (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="without the growth to 100,000")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="preflight-benchmark-") as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n")
        compare(folder, options.rounds)
        if not options.quick:
            grow(folder, options.growth_rounds)


def checks(folder: Path, number: int) -> Command:
    path = folder / f"{number}.yaml"
    if not path.exists():
        write_inventory(path, number)
    return _pytest("preflight", folder, "-p", "preflight.plugin", "-p", "toy_domain", "--inventory", path.name)


def empty_items(folder: Path, number: int) -> Command:
    path = folder / f"{number}.empty"
    path.touch()
    return _pytest("empty items", folder, "-p", "empty_items", path.name)


def _pytest(name: str, folder: Path, *arguments: str) -> Command:
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": _path(), "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return Command(name, command, folder, environment)


def _path() -> str:
    """Where the runs find what this process found: this folder first, so a copy of preflight can be measured too."""
    return ":".join(entry for entry in sys.path if entry and not entry.endswith(".zip"))


def compare(folder: Path, rounds: int) -> None:
    number = 10_000
    ours, peers = in_turns([checks(folder, number), empty_items(folder, number)], rounds)
    rows = []
    for label, figure in (("median", middle), ("best", least)):
        our, peer = figure(ours), figure(peers)
        rows.append(_row(f"{label} of {rounds}", our, peer))
    print(f"{number:,} checks, whole run\n")
    print_table(("", "preflight s", "empty items s", "wall", "processor", "goal", ""), rows)
    print()


def _row(label: str, our: Measured, peer: Measured) -> tuple[str, ...]:
    ratio = our.wall / peer.wall
    times = f"{our.processor / peer.processor:.2f}x"
    return (
        label,
        f"{our.wall:.2f}",
        f"{peer.wall:.2f}",
        f"{ratio:.2f}x",
        times,
        f"{MOST_TIMES}x",
        met(ratio, MOST_TIMES),
    )


def grow(folder: Path, rounds: int) -> None:
    runs = {
        number: [least(some) for some in in_turns([checks(folder, number), empty_items(folder, number)], rounds)]
        for number in SIZES
    }
    rows, steps = [], []
    for fewer, more in pairwise(SIZES):
        (our_time, our_kb), (peer_time, peer_kb) = (
            _each(runs[fewer][which], runs[more][which], more - fewer) for which in (0, 1)
        )
        steps.append((our_time, our_kb))
        figures = (f"{our_time:.0f}", f"{peer_time:.0f}", f"{our_kb:.1f}", f"{peer_kb:.1f}", f"{our_kb - peer_kb:.1f}")
        rows.append((f"{fewer:,} to {more:,}", *figures))
    print("each further check: time in microseconds, peak resident memory in KB\n")
    print_table(("checks", "preflight us", "empty us", "preflight KB", "empty KB", "own share KB"), rows)
    bend = steps[1][0] / steps[0][0]
    memory = max(kb for _, kb in steps)
    print(
        f"\ntime: {bend:.2f} times as much at the end as at the start, linear up to {MOST_BEND}: {met(bend, MOST_BEND)}"
    )
    print(f"memory: {memory:.1f} KB a check in all, goal {MOST_KB:.0f} KB: {met(memory, MOST_KB)}")


def _each(fewer: Measured, more: Measured, number: int) -> tuple[float, float]:
    """Microseconds and KB for each further check."""
    return (more.wall - fewer.wall) / number * 1e6, (more.peak - fewer.peak) / number


if __name__ == "__main__":
    main()
