"""What preflight costs those who do not use it: `pytest` without `--inventory`, plugin installed or not.

    python benchmarks/foreign_suite.py [--rounds N]

Makes two virtual environments with the same pytest and the same libraries; one also has the project's wheel.
They take turns. At most 20 ms more. Needs a package index (or a pip cache) for pytest and the dependencies.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from importlib.metadata import requires, version
from pathlib import Path

from measure import Command, in_turns, least, met, middle, print_table

PROJECT = Path(__file__).resolve().parent.parent
MOST_MS = 20.0
SUITE = "def test_one():\n    assert 1 + 1 == 2\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30, help="runs of each (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="preflight-benchmark-") as name:
        folder = Path(name)
        without, installed = environments(folder)
        suite = folder / "suite"
        suite.mkdir()
        (suite / "pytest.ini").write_text("[pytest]\n")
        (suite / "test_one.py").write_text(SUITE)
        rows = [
            compare(label, [_pytest(python, suite, arguments) for python in (without, installed)], options.rounds)
            for label, arguments in (("pytest --version", ["--version"]), ("one test", ["-q", "test_one.py"]))
        ]
    print(f"without --inventory, {options.rounds} runs each\n")
    head = ("", "without ms", "installed ms", "median", "best", "processor", "ratio", "goal", "")
    print_table(head, rows)


def environments(folder: Path) -> tuple[Path, Path]:
    """The Python of an environment without the project, and of one with it."""
    _quietly(sys.executable, "-m", "pip", "wheel", PROJECT, "--no-deps", "--wheel-dir", folder)
    (wheel,) = folder.glob("*.whl")
    # Both get every library preflight needs: what is compared is the plugin, not the size of site-packages.
    needed = (requirement for requirement in requires("pytest-preflight") or () if "extra ==" not in requirement)
    pinned = f"pytest=={version('pytest')}"
    pythons = []
    for name in ("without", "installed"):
        venv.create(folder / name, with_pip=True)
        python = folder / name / "bin" / "python"
        _quietly(python, "-m", "pip", "install", pinned, *needed)
        pythons.append(python)
    without, installed = pythons
    _quietly(installed, "-m", "pip", "install", "--no-deps", wheel)
    return without, installed


def _quietly(*command: str | Path) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=_clean(), check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}


def _pytest(python: Path, folder: Path, arguments: list[str]) -> Command:
    """With `-I`, no variable of the caller's environment puts the working copy on the path."""
    environment = {"PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": ""}
    return Command("pytest", [python, "-I", "-m", "pytest", *arguments], folder, environment)


def compare(label: str, commands: list[Command], rounds: int) -> tuple[str, ...]:
    """The row of one command: medians, and by how much installed is slower in wall clock and processor time."""
    without, installed = in_turns(commands, rounds)
    median_without, median_installed = middle(without), middle(installed)
    more = (median_installed.wall - median_without.wall) * 1e3
    best = (least(installed).wall - least(without).wall) * 1e3
    processor = (median_installed.processor - median_without.processor) * 1e3
    return (
        label,
        f"{median_without.wall * 1e3:.0f}",
        f"{median_installed.wall * 1e3:.0f}",
        f"{more:+.0f} ms",
        f"{best:+.0f} ms",
        f"{processor:+.0f} ms",
        f"{median_installed.wall / median_without.wall:.2f}x",
        f"{MOST_MS:.0f} ms",
        met(more, MOST_MS),
    )


if __name__ == "__main__":
    main()
