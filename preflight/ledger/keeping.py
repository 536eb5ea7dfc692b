"""Keeps the ledger of a run: the plan before the first probe, a record of each check and test, and the verdict."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from preflight.finding import Outcome
from preflight.kind import Check, Key
from preflight.ledger.plan import plan_of
from preflight.ledger.reading import NO_EVIDENCE, REPLAY, Run, ledger_of
from preflight.ledger.writing import Ledger, new_folder, record_now
from preflight.observe import Progress
from preflight.record import printable
from preflight.report.tally import Tally
from preflight.selection import runs_folder, runs_nothing
from preflight.source import shown
from preflight.verdict import CONDITIONS, EXIT_CODES, verdict_of

if TYPE_CHECKING:
    from preflight.inventory import Inventory

LONGEST_NAME = 100  # bytes, of the 255 that a file system takes
# Who follows the ledger learns how far a long check is, and a run that died says how far it had come; an hour of it
# takes 0.1 MB.
EVERY = 10.0  # s, for each check


class Keeping:
    """Follows the reports of a run in the process that shows them.

    Attributes:
        ledger: None where nothing is checked, and after it could be written no more.
        run: what the ledger says, or would say if it could be written; without what was observed.
    """

    def __init__(self, config: pytest.Config, tally: Tally, inventories: Sequence[Inventory]) -> None:
        self.config = config
        self.tally = tally
        self.inventories = inventories
        self.ledger: Ledger | None = None
        self.run: Run | None = None
        self._seen: dict[str, dict[str, Any]] = {}
        self._selected = False
        self._written: set[str] = set()
        self._rerun: set[str] = set()
        self._told: dict[Key, float] = {}

    def pytest_sessionstart(self) -> None:
        if runs_nothing(self.config):
            return
        plan = record_now("plan", plan_of(self.config, self.inventories))
        try:
            folder = new_folder(runs_folder(self.config), self._name())
            self.run = Run(ledger_of(folder))
            self.ledger = Ledger(folder)
            self.ledger.write(plan, to_disk=True)
        except OSError as error:
            where = shown(error.filename or runs_folder(self.config))
            advice = "name a folder that can be written to: --runs FOLDER"
            message = f"no evidence can be kept, so nothing was checked: {where}: {error.strerror}; {advice}"
            self._give_back()
            pytest.exit(message, returncode=NO_EVIDENCE)
        self.run.take(plan)

    def _give_back(self) -> None:
        if self.ledger is not None:
            self.ledger.discard()
        elif self.run is not None:
            with suppress(OSError):
                self.run.folder.rmdir()
        self.ledger = self.run = None

    def _name(self) -> str:
        names = "+".join(inventory.name for inventory in self.inventories).encode(errors="replace")[:LONGEST_NAME]
        time = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        return f"{time}-{names.decode(errors='ignore')}{REPLAY if self.config.option.replay else ''}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._select(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        self._select(ids)

    def _select(self, nodeids: Iterable[str]) -> None:
        if not self._selected:  # each worker of xdist collects the same
            self._selected = True
            self._write("selected", {"checks": list(nodeids)})

    def progress(self, check: Check, progress: Progress) -> None:
        """What a long check says of itself, now and then."""
        now = time.monotonic()
        if now >= self._told.get(check.key, 0.0):
            self._told[check.key] = now + EVERY
            mask = next(inventory.masker for inventory in self.inventories if inventory.name == check.inventory)
            doing = printable(mask(progress.doing))
            said = {"inventory": check.inventory, "id": check.id, "share": float(progress.share), "doing": doing}
            self._write("progress", said)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        if seen := getattr(report, "preflight_seen", None):
            self._seen[report.nodeid] = seen
        if report.outcome == "rerun":  # pytest-rerunfailures: this was not the last attempt
            self._rerun.add(report.nodeid)
            self._write_seen("attempt", report.nodeid, getattr(report, "preflight", None) or {})
        if report.when == "teardown" and report.nodeid not in self._rerun:
            self._write_check(report.nodeid)
        if report.when == "teardown":
            self._rerun.discard(report.nodeid)

    def _write_check(self, nodeid: str) -> None:
        record = self.tally.record(nodeid) or {"outcome": str(Outcome.PASSED)}
        self._write_seen("check", nodeid, record)
        self._written.add(nodeid)  # not before: Ctrl-C may have come, and it is written at the end

    def _write_seen(self, type_: str, nodeid: str, record: Mapping[str, Any]) -> None:
        body = {"nodeid": nodeid, **self._seen.get(nodeid, {}), **record}
        observed = body.pop("observed", None)  # as JSON; empty if nothing was
        self._write(type_, body, "" if observed is None else observed or "null")
        self._seen.pop(nodeid, None)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """After the others, so that the exit code and what never got its turn are known."""
        if self.run is None:
            return
        if exitstatus in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
            unused = exitstatus == pytest.ExitCode.USAGE_ERROR and not self._written
            if self.ledger is not None:
                self.ledger.discard() if unused else self.ledger.close()
            self.ledger = self.run = None
            return
        for nodeid in self.tally.all():
            if nodeid not in self._written:
                self._write_check(nodeid)
        counts = self.tally.counts()
        told = {str(outcome): number for outcome, number in counts.items()}
        verdict = {"verdict": str(verdict_of(counts)), "counts": told, "exit": int(session.exitstatus)}
        self._write("verdict", verdict, to_disk=True)
        if self.ledger is not None:
            self.ledger.close()
        elif session.exitstatus in (pytest.ExitCode.OK, CONDITIONS):
            session.exitstatus = EXIT_CODES[self.tally.verdict()]

    def _write(self, type_: str, body: dict[str, Any], observed: str = "", *, to_disk: bool = False) -> None:
        """A ledger that can be written no more ends the evidence, not the run: it cannot be a GO any more."""
        if self.run is None:
            return
        record = record_now(type_, body)
        self.run.take(record)
        if self.ledger is None:
            return
        try:
            self.ledger.write(record, observed, to_disk=to_disk)
            self.run.head = self.ledger.head
        except OSError as error:
            self.tally.spoil(f"the evidence of this run is not whole: {shown(self.ledger.folder)}: {error.strerror}")
            self.ledger.close()
            self.ledger = None
