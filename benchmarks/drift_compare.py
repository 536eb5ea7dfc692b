"""Two trees of 1,000 configuration files of 200 lines each, read and compared; and the memory for 30 hosts.

    python benchmarks/drift_compare.py [--rounds N]

preflight_drift reads and compares what its collector brought: YAML, INI, properties and nginx files, of which one in
ten differs in one line. The peer is DeepDiff on the same files, read by the same parsers' libraries: PyYAML's C loader,
configparser, and line by line what has no library there. It is installed into a temporary folder.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Command, in_turns, met, middle, print_table

FILES, LINES = 1000, 200
OURS = """
import sys
from preflight_drift.comparing import compare
from preflight_drift.comparison import Side
from preflight_drift.hiding import Hider
from preflight_drift.model import HostFacts, Piece
from preflight_drift.reading import Reader
from preflight_drift.rules import Rules
from pathlib import Path

reader = Reader(Hider(b"0" * 32))

def hosts(tree, number):
    files = sorted(Path(tree).iterdir())
    data = [("/etc/" + file.name.replace("-", "/", 1), file.read_bytes()) for file in files]
    read = lambda: tuple(reader.read(Piece("files", *each)) for each in data)
    return tuple(HostFacts(f"{tree}-{n}", read()) for n in range(number))

number = int(sys.argv[1])
found = compare(Side("a", hosts("a", number)), Side("b", hosts("b", number)), Rules([]))
assert len(found.differences) == int(sys.argv[2]), len(found.differences)
assert not found.unknown, found.unknown[:3]
print(found.same)
"""
PEER = """
import configparser, sys
from pathlib import Path
import yaml
from deepdiff import DeepDiff

def read(file):
    text = file.read_text()
    if file.suffix == ".yaml":
        return yaml.load(text, yaml.CSafeLoader)
    if file.suffix == ".ini":
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(text)
        return {name: dict(section) for name, section in parser.items()}
    return text.splitlines()

trees = [{file.name: read(file) for file in sorted(Path(tree).iterdir())} for tree in "ab"]
print(len(str(DeepDiff(*trees))))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="after one that does not count (%(default)s)")
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        differences = _trees(folder)
        peers = folder / "site"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(peers), "deepdiff>=8,<9", "PyYAML"]
        subprocess.run(pip, check=True)
        (folder / "ours.py").write_text(OURS)
        (folder / "peer.py").write_text(PEER)
        commands = [
            Command("DeepDiff", [sys.executable, "peer.py"], folder, {"PYTHONPATH": str(peers)}),
            Command("preflight_drift", [sys.executable, "ours.py", "1", str(differences)], folder, {}),
            Command(
                "preflight_drift, 30 hosts a side", [sys.executable, "ours.py", "30", str(differences)], folder, {}
            ),
        ]
        measured = [middle(runs) for runs in in_turns(commands, options.rounds)]
    goals = ["", met(measured[1].wall, 3.0), met(measured[2].peak / 1024, 500)]
    rows = [
        [command.name, f"{one.wall:.2f} s", f"{one.processor:.2f} s", f"{one.peak / 1024:.0f} MB", goal]
        for command, one, goal in zip(commands, measured, goals, strict=True)
    ]
    print(f"{FILES} files of {LINES} lines a side, {differences} differences; {options.rounds} rounds")
    print("goals: both sides within 3 s; 500 MB for 30 hosts with 1 MB each")
    print_table(["", "median", "processor", "peak", ""], rows)
    print(f"DeepDiff/preflight: {measured[0].wall / measured[1].wall:.1f}x")


def _trees(folder: Path) -> int:
    """Make the trees, and tell in how many facts they differ."""
    makers = {"yaml": _yaml, "ini": _ini, "properties": _properties, "conf": _nginx}
    for tree in "ab":
        (folder / tree).mkdir()
        for number in range(FILES):
            suffix = list(makers)[number % len(makers)]
            other = tree == "b" and number % 10 == 0
            text = makers[suffix](number, 77 if other else -1)
            (folder / tree / f"{'nginx' if suffix == 'conf' else 'app'}-{number}.{suffix}").write_text(text)
    return FILES // 10


def _value(number: int, line: int, other: int) -> int:
    return number * 1000 + line + (500 if line == other else 0)


def _yaml(number: int, other: int) -> str:
    return "".join(
        f"section{line}:\n" if line % 10 == 0 else f"  value{line}: {_value(number, line, other)}\n"
        for line in range(LINES)
    )


def _ini(number: int, other: int) -> str:
    return "".join(
        f"[section{line}]\n" if line % 10 == 0 else f"value{line} = {_value(number, line, other)}\n"
        for line in range(LINES)
    )


def _properties(number: int, other: int) -> str:
    return "".join(f"app.value{line}={_value(number, line, other)}\n" for line in range(LINES))


def _nginx(number: int, other: int) -> str:
    locations = "".join(
        f"    location /{line} {{ proxy_pass http://127.0.0.1:{_value(number, line, other)}; }}\n"
        for line in range(LINES - 2)
    )
    return f"server {{\n{locations}}}\n"


if __name__ == "__main__":
    main()
