"""`rehearse_on: standby`: a check counts only if the same one has passed there before, by the ledgers of its runs.

The same is one of the same id, of the same entry as it is written: `vars` may have other values there. The last word of
it counts, whatever phase that run was of: a check that belongs to a phase has the phase in its id.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from preflight.duration import format_duration
from preflight.finding import NotChecked, Outcome
from preflight.kind import Check, Key
from preflight.ledger.earlier import Past, moment
from preflight.ledger.reading import Run
from preflight.record import RehearsedRecord

_DAY = 86400
_BECAME = {Outcome.FAILED: "it failed there", Outcome.WARNED: "it was wrong there, as a warning,",
           Outcome.WAIVED: "it was wrong there, and waived,"}  # fmt: skip
# Which of several reasons is told: the one that says most.
_NOT_CHECKED, _CHANGED, _OTHER_ID, _DAMAGED = range(4)


@dataclass(frozen=True, slots=True)
class Rehearsals:
    """What became of every check that is to be rehearsed: what it rests on, or why it does not count."""

    passed: dict[Key, RehearsedRecord] = field(default_factory=dict)
    missing: dict[Key, NotChecked] = field(default_factory=dict)


def rehearsals(
    checks: Iterable[Check], past: Past, named: Callable[[str], str], recorded: Run | None = None
) -> Rehearsals:
    """Look the checks up in earlier runs; only those that ask for it, and in no more runs than it takes.

    Args:
        named: the name of an inventory in ledgers, by what it is called in `rehearse_on`.
        recorded: the run that is replayed. What its checks rested on then holds, unless their entries have changed.
    """
    found = Rehearsals()
    wanted: dict[str, list[_Search]] = {}
    for check in checks:
        on = check.spec.rehearse_on
        if on is None or (name := named(on.inventory)) == check.inventory:
            continue  # it is the rehearsal
        if recorded is not None and (then := _rested_on(check, recorded)):
            found.passed[check.key] = then
        else:
            wanted.setdefault(name, []).append(_Search(check, name, on.within, past.until))
    for name, searches in wanted.items():
        trouble = _search(searches, past, name)
        for search in searches:
            if search.passed is not None:
                found.passed[search.check.key] = search.passed
            else:
                found.missing[search.check.key] = search.reason(trouble)
    return found


def _rested_on(check: Check, recorded: Run) -> RehearsedRecord | None:
    there = _Looked(recorded, check.inventory)
    return there.records.get(check.id, {}).get("rehearsed") if there.digests.get(check.id) == check.digest else None


def _search(searches: list[_Search], past: Past, name: str) -> str:
    """Until every search has come to its end. Gives why the runs cannot be read."""
    left = searches
    try:
        for run in past.runs(name, min(search.since for search in searches)):
            looked = _Looked(run, name)
            for search in left:
                search.look(looked)
            left = [search for search in left if not search.ended]
            if not left:
                break
    except OSError as error:
        return f"the runs cannot be read: {error.strerror}"
    return ""


class _Looked:
    """A run as one inventory's: its records and the digests of its checks, by id."""

    def __init__(self, run: Run, inventory: str) -> None:
        self.run = run
        planned = run.inventories.get(inventory, {}).get("checks", ())
        self.digests: dict[str, str] = {each["id"]: each["digest"] for each in planned}
        self.records: dict[str, dict[str, Any]] = {
            record["id"]: record for record in run.checks.values() if record.get("inventory") == inventory
        }

    @cached_property
    def ids(self) -> dict[str, str]:
        """By digest."""
        return {digest: check_id for check_id, digest in self.digests.items()}


class _Search:
    """One check, looked for from run to run until one of them has the last word."""

    def __init__(self, check: Check, name: str, within: float, as_of: datetime) -> None:
        self.check = check
        self.passed: RehearsedRecord | None = None
        self.since = as_of - timedelta(seconds=within)
        self._name = name
        self._as_of = as_of
        self._within = within
        self._decided = ""  # why it is not what it should be, whatever was before
        self._notes: dict[int, str] = {}  # by what they are worth; of each, the newest

    @property
    def ended(self) -> bool:
        return self.passed is not None or bool(self._decided)

    def look(self, there: _Looked) -> None:
        run, check = there.run, self.check
        if run.faults:
            self._notes.setdefault(_DAMAGED, f"the run {run.folder.name} is not as it was written, and counts for none")
            return
        record = there.records.get(check.id)
        if record is None:
            if check.id not in there.digests and check.digest in there.ids:
                self._notes.setdefault(_OTHER_ID, f"has another id there: {there.ids[check.digest]}")
        elif self.since <= moment(record) < self._as_of:
            at = f"at {moment(record).isoformat(' ', 'minutes')} (run {run.folder.name})"
            if there.digests.get(check.id) != check.digest:
                self._notes.setdefault(_CHANGED, f"its entry is not the one that was tried there {at}")
            else:
                self._take(run, record, at)

    def _take(self, run: Run, record: dict[str, Any], at: str) -> None:
        outcome = Outcome(record["outcome"])
        if outcome is Outcome.PASSED:
            self.passed = RehearsedRecord(
                inventory=self._name, run=run.folder.name, seal=record["seal"], at=record["at"]
            )
        elif outcome is Outcome.NOT_CHECKED:  # which says nothing of what was seen before
            self._notes.setdefault(_NOT_CHECKED, f"it could not be checked there {at}")
        else:
            self._decided = f"{_BECAME[outcome]} {at}"

    def reason(self, trouble: str) -> NotChecked:
        told = self._notes[min(self._notes)] if self._notes else ""
        why = trouble or self._decided or told or f"no run of it there in the last {_words(self._within)}"
        return NotChecked(
            f"was not rehearsed on {self._name}: {why}", f"not rehearsed on {self._name}", self._next_step()
        )

    def _next_step(self) -> str:
        command = f"`{command_for(self._name, self.check)}`"
        if self._decided:
            return f"mend it on {self._name} first, then {command}"
        if _OTHER_ID in self._notes and min(self._notes) == _OTHER_ID:
            return f"give both the same `id:`, then {command}"
        return f"try it there first: {command}"


def command_for(inventory: str, check: Check) -> str:
    """What rehearses a check. `-k` reads some signs as its own: of an id with others in it, all of its pieces count."""
    words = re.findall(r"[\w:+\-.\[\]\\/]+", check.id)
    phase = ["--phase", check.spec.phase[0]] if check.spec.phase else []
    return shlex.join(["pytest", "--inventory", inventory, *phase, "-k", " and ".join(words)])


def _words(seconds: float) -> str:
    days = seconds / _DAY
    return f"{days:g} day{'s' * (days != 1)}" if days >= 1 and days == int(days) else format_duration(seconds)
