"""What became of every check and test of a run, from pytest's reports alone: the same with and without xdist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Set
from typing import Any

import pytest

from preflight.finding import Outcome
from preflight.record import CellRecord, Reason, Record
from preflight.verdict import Verdict, verdict_of

NO_TURN = "the run ended before its turn"


class Tally:
    """Every planned check passes or ends in exactly one record; what never got its turn is not checked.

    Attributes:
        tests_left_out: how many tests were collected and are not part of the run.
        check_without_turn: gives the record of a check that never got its turn, by its node id; None for a test.
    """

    def __init__(self) -> None:
        self.planned: dict[str, None] = {}
        self.cells: dict[str, CellRecord] = {}
        self.sketches: dict[str, list[str]] = {}
        self.tests_left_out = 0
        self.check_without_turn: Callable[[str], Record | None] = lambda _: None
        self._passed: set[str] = set()
        self._records: dict[str, Record] = {}  # of those that did not pass

    def plan(self, nodeids: Iterable[str]) -> None:
        self.planned.update(dict.fromkeys(nodeids))

    def add_collection_error(self, report: pytest.CollectReport) -> None:
        text = f"cannot be collected: {_last_line(str(report.longrepr))}"
        self._records[report.nodeid] = _record(report.nodeid, Outcome.NOT_CHECKED, text)

    def add(self, report: pytest.TestReport) -> None:
        cell: CellRecord | None = getattr(report, "preflight_cell", None)
        if cell is not None:
            self.cells[report.nodeid] = cell
        if sketch := getattr(report, "preflight_sketch", None):
            self.sketches[report.nodeid] = sketch
        record: Record | None = getattr(report, "preflight", None)
        if str(report.outcome) == "rerun":  # pytest-rerunfailures: another attempt follows
            self._records.pop(report.nodeid, None)
        elif record is not None:
            self._records[report.nodeid] = record
        elif report.when == "call" or not report.passed:
            outcome, text = _of_a_test(report)
            before = self._records.get(report.nodeid)
            if outcome is Outcome.PASSED:
                self._passed.add(report.nodeid)
            elif before is None or before["outcome"] != Outcome.FAILED:
                self._records[report.nodeid] = _record(report.nodeid, outcome, text)

    def all(self) -> list[str]:
        """What was planned, and what counts besides: a file that could not be collected."""
        return list(dict.fromkeys([*self.planned, *self._records]))

    def records(self) -> list[Record]:
        """A record for everything that did not pass, in the order of the plan."""
        passed = self._settled()
        others = [nodeid for nodeid in self.all() if nodeid not in passed]
        return [self._records.get(nodeid) or self._without_turn(nodeid) for nodeid in others]

    def unreported(self) -> list[str]:
        """What was planned and never got its turn."""
        return [nodeid for nodeid in self.planned if nodeid not in self._passed and nodeid not in self._records]

    def _settled(self) -> Set[str]:
        """What passed, and did not fail afterwards (on teardown)."""
        return self._passed - self._records.keys()

    def record(self, nodeid: str) -> Record | None:
        """Of what did not pass."""
        if nodeid in self._passed and nodeid not in self._records:
            return None
        return self._records.get(nodeid) or self._without_turn(nodeid)

    def _without_turn(self, nodeid: str) -> Record:
        return self.check_without_turn(nodeid) or _record(nodeid, Outcome.NOT_CHECKED, NO_TURN)

    def spoil(self, why: str) -> None:
        """The run itself is not what it should be, so it cannot be a GO."""
        self._records[why] = _record("the ledger", Outcome.NOT_CHECKED, why)

    def outcome(self, nodeid: str) -> Outcome:
        if nodeid in self._records:
            return Outcome(self._records[nodeid]["outcome"])
        return Outcome.PASSED if nodeid in self._passed else Outcome.NOT_CHECKED

    def counts(self) -> Counter[Outcome]:
        counts = Counter(Outcome(record["outcome"]) for record in self.records())
        return counts + Counter({Outcome.PASSED: len(self._settled())})

    def verdict(self) -> Verdict:
        return verdict_of(self.counts())


def _of_a_test(report: pytest.TestReport) -> tuple[Outcome, str]:
    """A team's own test. Skipped is not checked; an expected failure is a warning; it is never silent."""
    if hasattr(report, "wasxfail"):
        if report.skipped:
            return Outcome.WARNED, f"expected to fail, and did: {report.wasxfail}"
        return Outcome.PASSED, ""
    if report.passed:
        return Outcome.PASSED, ""
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        return Outcome.NOT_CHECKED, reason
    crash: Any = getattr(report.longrepr, "reprcrash", None)
    text = crash.message.splitlines()[0] if crash and crash.message else _last_line(str(report.longrepr))
    return (Outcome.FAILED if report.when == "call" else Outcome.NOT_CHECKED), text


def _record(nodeid: str, outcome: Outcome, text: str) -> Record:
    reasons = [Reason(reason=text)] if text else []
    return Record(id=nodeid, inventory="", outcome=str(outcome), place="", owner="", why="", ticket="", reasons=reasons)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]
