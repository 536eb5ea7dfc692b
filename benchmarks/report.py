"""What the ledger and the reports of a run cost, and how large and how quick to open the HTML is.

    python benchmarks/report.py [--rounds N]

1. The ledger and the reports of 10,000 checks with instant probes, as a share of the processor time of that run: at
   most 10 %. A run with real probes takes longer, and the share is less.
2. The HTML of 1,000 checks, all with a table and 200 of them wrong: under 2 MB, and open in Chromium in less than 1 s.
   The peer is pytest-html's self-contained report of 1,000 tests of which 200 fail with the same words; it is installed
   into an environment of its own in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import venv
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import report_domain
import toy_domain
from measure import met, print_table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.lab.browser import Page, running

MOST_SHARE, MOST_BYTES, MOST_MS = 0.10, 2_000_000, 1000.0
REPORTS = {"no report": (), "HTML": ("r.html",), "HTML, Markdown, JSON": ("r.html", "r.md", "r.json")}
TESTS = """
import pytest

def check(n):
    value, seen = f"198.51.100.{n % 250}", "192.0.2.99" if n % 5 == 0 else f"198.51.100.{n % 250}"
    assert seen == value, f"ns4.example.com 192.0.2.4: {seen} (missing {value}; extra {seen})"

@pytest.mark.parametrize("n", range(1000), ids=lambda n: f"host-{n % 50}.zone-{n // 50}.example/A")
def test_record(n):
    check(n)
"""
# From the click to what can be seen of it: the load event, and two frames after that.
OPENED = """new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="runs, and times a page is opened (%(default)s)")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="preflight-benchmark-") as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n")
        cost(folder, options.rounds)
        pages = [ours(folder), peer(folder)]
        with running(folder / "profile") as browser, browser.page() as page:
            opened(page, pages, options.rounds)


def cost(folder: Path, rounds: int) -> None:
    toy_domain.write_inventory(folder / "many.yaml", 10_000)
    measured: dict[str, list[tuple[float, ...]]] = {name: [] for name in REPORTS}
    for _ in range(rounds):
        for name, files in REPORTS.items():
            arguments = [f"--report={file}" for file in files]
            plugins = ("-p", "toy_domain", "-p", "report_parts")
            said = run(folder, sys.executable, *plugins, "--inventory", "many.yaml", *arguments)
            measured[name].append(tuple(map(float, said.rpartition("PARTS ")[2].split()[:3])))
    rows = []
    for name, runs in measured.items():
        ledger, report, whole = (median(part) for part in zip(*runs, strict=True))
        share = median((each[0] + each[1]) / each[2] for each in runs)
        figures = (f"{whole:.2f}", f"{ledger:.2f}", f"{report:.2f}", f"{share:.1%}", f"{MOST_SHARE:.0%}")
        rows.append((name, *figures, met(share, MOST_SHARE)))
    print(f"10,000 checks with instant probes, seconds of processor time, median of {rounds}\n")
    print_table(("", "whole run", "ledger", "reports", "share", "goal", ""), rows)
    print()


def run(folder: Path, python: Path | str, *arguments: str, plugin: str = "preflight.plugin") -> str:
    path = ":".join(entry for entry in sys.path if entry and not entry.endswith(".zip"))
    own = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""} | ({"PYTHONPATH": path} if plugin else {})
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))} | own
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(("-p", plugin) if plugin else ()), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def ours(folder: Path) -> tuple[str, Path]:
    report_domain.write_inventory(folder / "records.yaml", 1000)
    run(folder, sys.executable, "-p", "report_domain", "--inventory", "records.yaml", "--report", "ours.html")
    return "preflight", folder / "ours.html"


def peer(folder: Path) -> tuple[str, Path]:
    place = folder / "peer"
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "pytest-html>=4,<5"], check=True)
    (folder / "test_records.py").write_text(TESTS)
    run(folder, python, "-p", "pytest_html.plugin", "-p", "pytest_metadata.plugin", "test_records.py",
        "--html=peer.html", "--self-contained-html", plugin="")  # fmt: skip
    return "pytest-html", folder / "peer.html"


def opened(page: Page, pages: list[tuple[str, Path]], rounds: int) -> None:
    rows = []
    times: dict[str, list[float]] = {name: [] for name, _ in pages}
    page.view(1280)
    for number in range(rounds + 1):
        for name, file in pages:
            page.open(file)
            taken = page.run(OPENED)
            if number:  # the first warms up the browser
                times[name].append(taken)
    for name, file in pages:
        size, taken = file.stat().st_size, median(times[name])
        goals = (met(size, MOST_BYTES), f"{taken:.0f}", f"{min(times[name]):.0f}", met(taken, MOST_MS))
        rows.append((name, f"{size / 1000:,.0f}", *goals))
    print(f"1,000 checks, 200 of them wrong, as one file of HTML, opened {rounds} times\n")
    print_table(("", "kB", f"< {MOST_BYTES / 1e6:.0f} MB", "ms to open", "best", f"< {MOST_MS / 1000:.0f} s"), rows)


if __name__ == "__main__":
    main()
