"""`--replay RUN`: a recorded run judged again. Nothing is asked; what was seen then is all there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from preflight.finding import NotChecked, Outcome
from preflight.items import CheckItem
from preflight.kind import Batch, Check, Key
from preflight.ledger.naming import named
from preflight.ledger.reading import NO_EVIDENCE, LedgerError, Run, read
from preflight.observe import Handover
from preflight.record import decoded
from preflight.selection import Selected, runs_folder

RECORDED = pytest.StashKey[Run]()


class Replay:
    """Stands where probes stand, and where a team's own tests would run."""

    def __init__(self, run: Run, checks: Iterable[Check]) -> None:
        self.run = run
        self._name = run.folder.name
        self._checks = {check.key: check for check in checks}
        self._records: dict[Key, dict[str, Any]] = {
            (record["inventory"], record["id"]): record for record in run.checks.values() if record.get("inventory")
        }
        self._tests = {nodeid: record for nodeid, record in run.checks.items() if not record.get("inventory")}

    def observe(self, batch: Batch[Any], sink: Handover) -> None:
        for key, _ in batch.checks:
            sink(key, self._seen(key))

    def _seen(self, key: Key) -> Any:
        record = self._records.get(key)
        if record is None:
            return self._not_recorded("has no record of it")
        if record.get("observed") is None:
            first: dict[str, str] = next((reason for reason in record.get("reasons", ()) if "reason" in reason), {})
            told = {name: first[name] for name in ("reason", "cause", "next_step") if name in first}
            return NotChecked(**told) if told else self._not_recorded("saw nothing of it")
        try:
            return decoded(self._checks[key].kind, record["observed"])
        except ValueError:
            return self._not_recorded("has another sort of observation of it: it was made by another version")

    def _not_recorded(self, what: str) -> NotChecked:
        cause = f"the run {self._name} {what}"
        return NotChecked(f"{cause}, and --replay looks at nothing else", cause, "run it without --replay")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """A test is not run: it might ask somebody. What became of it then is reported again."""
        if isinstance(item, CheckItem):
            return None
        name = f"/{item.nodeid}"
        # Node ids begin at pytest's root, which may be another folder than it was then.
        theirs = (nodeid for nodeid in self._tests if name.endswith(f"/{nodeid}") or f"/{nodeid}".endswith(name))
        record = self._tests.get(next(theirs, ""), {})
        outcome = record.get("outcome", Outcome.NOT_CHECKED)
        reason = next(
            (each["reason"] for each in record.get("reasons", ())), f"the run {self._name} has no record of it"
        )
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for when in ("setup", "call", "teardown"):
            item.ihook.pytest_runtest_logreport(report=_report(item, when, Outcome(outcome), reason))
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True


def recorded_run(config: pytest.Config, selected: Sequence[Selected]) -> Run | None:
    """The run of `--replay`; one that cannot be believed ends this run before anything is judged."""
    if not config.option.replay:
        return None
    try:
        run = read(named(config.option.replay, runs_folder(config), config.invocation_params.dir))
    except LedgerError as error:
        pytest.exit(f"--replay: {error}", returncode=NO_EVIDENCE)
    trouble = f"is not as it was written: {run.faults[0]}" if run.faults else ""
    if strangers := [each.name for each in selected if each.name not in run.inventories]:
        trouble = f"is a run of {', '.join(run.inventories)}, not of {strangers[0]}"
    if trouble:
        pytest.exit(f"--replay: {run.folder.name} {trouble}", returncode=NO_EVIDENCE)
    config.stash[RECORDED] = run
    return run


_FAILS_IN = {Outcome.FAILED: "call", Outcome.NOT_CHECKED: "setup"}


def _report(item: pytest.Item, when: Any, outcome: Outcome, reason: str) -> pytest.TestReport:
    failed = _FAILS_IN.get(outcome) == when
    keywords: Any = dict.fromkeys(item.keywords, 1)
    report = pytest.TestReport(
        item.nodeid, item.location, keywords, "failed" if failed else "passed", reason if failed else None, when
    )
    if outcome is Outcome.WARNED and when == "call":  # an expected failure
        report.outcome, report.wasxfail = "skipped", reason
    return report
