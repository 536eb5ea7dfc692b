"""What the benchmarks share: run a command and measure it, in turns with its peer; print a table."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a command: wall clock, processor time (both in seconds), and peak resident memory in KB."""

    wall: float
    processor: float
    peak: int


@dataclass(frozen=True, slots=True)
class Command:
    """What is run: a name for the table, the arguments, where, and variables added to the environment.

    `ends` are the exit codes that it may end with.
    """

    name: str
    arguments: Sequence[str | Path]
    folder: Path
    environment: Mapping[str, str]
    ends: Sequence[int] = (0,)

    def run(self) -> Measured:
        """Run it once.

        Raises:
            SystemExit: it ended with another exit code; its output is shown.
        """
        with tempfile.TemporaryFile() as output:
            start = time.perf_counter()
            process = subprocess.Popen(
                [*map(str, self.arguments)],
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(process.pid, 0)  # not `process.wait`: it does not tell this child's peak
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode not in self.ends:
                output.seek(0)
                sys.exit(f"{self.name}: exit code {process.returncode}\n{output.read().decode()}")
        return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def in_turns(commands: Sequence[Command], rounds: int) -> list[list[Measured]]:
    """Run all commands `rounds` times, one after the other in each round: a slow minute hits all alike.

    A round before them, which does not count, fills the caches.
    """
    for command in commands:
        command.run()
    measured: list[list[Measured]] = [[] for _ in commands]
    for round_ in range(rounds):
        order = range(len(commands))
        for index in order if round_ % 2 else reversed(order):
            measured[index].append(commands[index].run())
    return measured


def middle(runs: Sequence[Measured]) -> Measured:
    """The median of each figure."""
    return Measured(
        median(run.wall for run in runs), median(run.processor for run in runs), int(median(run.peak for run in runs))
    )


def least(runs: Sequence[Measured]) -> Measured:
    """The best of each figure: what the machine does when nothing else runs on it."""
    return Measured(min(run.wall for run in runs), min(run.processor for run in runs), min(run.peak for run in runs))


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: the first column to the left, figures to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    for row in (head, ["-" * width for width in widths], *rows):
        first, *others = (
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *others]))


def met(value: float, goal: float) -> str:
    return "met" if value <= goal else "MISSED"
