"""The measuring: arms in turn, each several times, on tables that are filled before anything is timed.

How fast rows go into an empty table says nothing of a full one. So `present` is measured on the rungs of a ladder: fill
without indexes, build them, then time further rows with them in place; `deferred` over the whole way up, where later
stretches count for more. What the numbers mean is `forecast.py`'s to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from preflight_database.load.blueprint import Blueprint, Made
from preflight_database.load.observation import Arm, Repeat, Rung, Step
from preflight_database.load.workbench import Workbench

# Where rungs end, as shares of all rows.
LADDER = (0.125, 0.25, 0.5, 1.0)
# An index is built nearly full, and rows that go into its midst split its pages. So it grows by this much on a rung,
# and the first of these rows are not timed: until then splits are more frequent than they will be.
GROWN = 1.6
SPLIT = 1.4
# With fewer transactions than this, no rung has two to time: one among others, and one right after a flush.
FEWEST = 16


class Rehearsal:
    """Of `rows` rows of the sample, on a bench that holds them already.

    Args:
        batch: rows a transaction.
        target: rows that the real table will have.
        tell: hears what share of the work is done, and what is being measured.
    """

    def __init__(
        self,
        bench: Workbench,
        blueprint: Blueprint,
        rows: int,
        batch: int,
        target: int,
        tell: Callable[[float, str], None],
    ) -> None:
        self.bench = bench
        self.blueprint = blueprint
        self.rows = rows
        self.batch = batch
        self.target = target
        self._tell = tell
        self._label = ""
        self._done = 0.0
        self._total = 1.0

    def run(self, arms: tuple[Arm, ...], repeats: int) -> tuple[Repeat, ...]:
        """Arms alternate, and each comes first as often as the other, so that a drift of the machine hits both."""
        goes = [arm for number in range(repeats) for arm in (arms if number % 2 == 0 else arms[::-1])]
        self._total = sum(self._work(arm) for arm in goes)
        found = []
        for number, arm in enumerate(goes):
            words = "indexes present" if arm == "present" else "indexes deferred"
            self._label = f"repeat {number // len(arms) + 1} of {repeats}, {words}"
            self.bench.make(self.blueprint)
            found.append(self._present() if arm == "present" else self._deferred())
        return tuple(found)

    def _work(self, arm: Arm) -> float:
        """In rows; an index is built in about a third of the time that the rows take."""
        things = (len(self.blueprint.deferred) + len(self.blueprint.references)) / 3
        if arm == "deferred":
            return self.rows * (1 + things * (2 if self._squeezes else 1))
        return self.rows * (1 + things * sum(LADDER) / GROWN)

    @property
    def _squeezes(self) -> bool:
        return self.target > self.rows and bool(self.blueprint.deferred)

    def _present(self) -> Repeat:
        rungs, steps, at = [], [], 0
        for end in self._ladder():
            first = round(end / GROWN)
            for start, stop in self._cut(at, first, self.batch):
                self._insert(start, stop, "filling, not timed")
            _, kept = self.bench.bytes()
            steps += self._build(self.blueprint.deferred, first)
            steps += self._refer(first)
            rungs.append(self._rung(first, end, round(first * SPLIT), kept))
            at = end
            if end != self.rows:
                self._unbuild()
        return Repeat("present", tuple(rungs), tuple(steps))

    def _deferred(self) -> Repeat:
        rungs, at = [], 0
        for end in self._ladder():
            rungs.append(self._rung(at, end, at))
            at = end
        steps = [*self._build(self.blueprint.deferred, self.rows), *self._refer(self.rows)]
        steps.append(Step("analyze", "", self.rows, self.bench.analyze()))
        if self._squeezes:
            steps += self._build_squeezed()
        return Repeat("deferred", tuple(rungs), tuple(steps))

    def _ladder(self) -> list[int]:
        """Where rungs end: those on which at least two whole transactions can be timed."""
        ends = (round(self.rows * share) for share in LADDER)
        return [end for end in ends if end * (1 - SPLIT / GROWN) >= 2 * self.batch]

    def _rung(self, first: int, end: int, timed_from: int, kept: int | None = None) -> Rung:
        """Insert rows `first` to before `end`, a batch a transaction, and time those from about `timed_from` on."""
        self.bench.flush()
        timed = end - (end - timed_from) // self.batch * self.batch
        last = end - self.batch
        for start, stop in self._cut(first, timed, self.batch):
            self._insert(start, stop, "inserting, not timed")
        took = sum(self._insert(start, stop, "inserting") for start, stop in self._cut(timed, last, self.batch))
        flush = self.bench.flush()
        fresh = self._insert(last, end, "inserting") + self.bench.flush()
        table, indexes = self.bench.bytes()
        return Rung(
            (timed + last) // 2,
            last - timed,
            took,
            flush,
            table,
            indexes,
            indexes if kept is None else kept,
            self.batch if self.bench.flushes else 0,
            fresh if self.bench.flushes else 0.0,
            self.bench.sizes(),
        )

    @staticmethod
    def _cut(first: int, end: int, size: int) -> Iterator[tuple[int, int]]:
        for start in range(first, end, size):
            yield start, min(start + size, end)

    def _insert(self, start: int, end: int, doing: str) -> float:
        with self._working(end - start, f"{doing}, {end:,} of {self.rows:,} rows"):
            return self.bench.insert(self.blueprint, start + 1, end + 1)

    def _build(self, indexes: tuple[Made, ...], rows: int, squeezed: bool = False) -> list[Step]:
        steps = []
        for index in indexes:
            _, before = self.bench.bytes()
            with self._working(rows / 3, f"building {index.name} over {rows:,} rows"):
                took = self.bench.timed(index.make)
            steps.append(Step("index", index.name, rows, took, self.bench.bytes()[1] - before, squeezed))
        return steps

    def _build_squeezed(self) -> list[Step]:
        """Once more, as when the sort of all rows does not fit the memory that the server gives it."""
        if not self.bench.squeeze(self.rows / self.target):
            return []
        try:
            self._unbuild()
            return self._build(self.blueprint.deferred, self.rows, squeezed=True)
        finally:
            self.bench.squeeze(1)

    def _refer(self, rows: int) -> list[Step]:
        steps = []
        for reference in self.blueprint.references:
            with self._working(rows / 3, f"validating foreign key {reference.name} over {rows:,} rows"):
                steps.append(Step("foreign key", reference.name, rows, self.bench.timed(reference.make)))
        return steps

    def _unbuild(self) -> None:
        made = self.blueprint
        for drop in (*(one.drop for one in made.references), *(one.drop for one in made.deferred)):
            self.bench.run(drop)

    @contextmanager
    def _working(self, rows: float, doing: str) -> Iterator[None]:
        self.bench.go_on()
        self._tell(self._done / self._total, f"{self._label}: {doing}")
        yield
        self._done += rows
