"""`preflight status RUN`: five lines to paste into a chat or a mail, from the ledger alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from preflight.finding import Outcome
from preflight.ledger.reading import Run, is_being_written
from preflight.record import Record, printable
from preflight.report.causes import Group, grouped
from preflight.report.phrases import away, count, in_utc, listed, spoken

MOST_CAUSES = 3
LONGEST_CAUSE = 80


def status(run: Run, now: datetime) -> list[str]:
    """Verdict, deadline, counts, causes, evidence."""
    deadline = "; ".join(deadlines(run, now)) or "no point of no return is written down"
    lines = [_decision(run), deadline, _counts(run), _causes(run), _evidence(run)]
    return [" ".join(printable(line).split()) for line in lines]


def state(run: Run) -> str:
    """The verdict; or why there is none to go by."""
    if run.faults:
        return "CHANGED"
    if run.verdict is not None:
        return str(run.verdict["verdict"])
    return "RUNNING" if is_being_written(run.file) else "UNFINISHED"


def records_of(run: Run) -> list[Record]:
    """What did not pass, in the order of the run; of a run that was ended, also what it did not come to."""
    return [cast(Record, {**_BARE, **record}) for record in run.checks.values() if record["outcome"] != Outcome.PASSED]


_BARE: dict[str, Any] = {"id": "", "inventory": "", "place": "", "owner": "", "why": "", "ticket": "", "reasons": []}


def causes(run: Run) -> list[tuple[Outcome, Group]]:
    """What stands in the way, the worst first."""
    records = records_of(run)
    return [(outcome, group) for outcome in _BLOCKING for group in grouped(records, outcome)]


_BLOCKING = (Outcome.FAILED, Outcome.NOT_CHECKED)


def named(group: Group) -> str:
    """A cause in few words, with whom it concerns."""
    what = group.cause or group.records[0]["id"]
    what = what if len(what) <= LONGEST_CAUSE else f"{what[: LONGEST_CAUSE - 3]}..."
    number = [count(len(group.records), "check")] if group.cause else []
    told = ", ".join([*number, *group.owners])
    return f"{what} ({told})" if told else what


def _decision(run: Run) -> str:
    whose = []
    for name, inventory in run.inventories.items():
        cutover = inventory.get("cutover", {}).get("name")
        whose.append(f"{name} ({cutover})" if cutover else name)
    again = f", judged again from {run.plan['replay']}" if run.plan.get("replay") else ""
    when = f"run of {in_utc(run.started)} by {run.plan.get('operator', '?')}{again}"
    return f"{state(run)}: {', '.join(whose)}, phase {run.phase}, {when}"


def deadlines(run: Run, now: datetime) -> Iterator[str]:
    for name, inventory in run.inventories.items():
        at = inventory.get("cutover", {}).get("point_of_no_return")
        if at:
            moment = datetime.fromisoformat(at)
            whose = f"{name}: " if len(run.inventories) > 1 else ""
            when = away((moment - now).total_seconds())
            yield f"{whose}point of no return {moment.isoformat(' ', 'minutes')}, {when}"


def _counts(run: Run) -> str:
    counts = Counter(Outcome(record["outcome"]) for record in run.checks.values())
    parts = [f"{counts[outcome]} {spoken(outcome)}" for outcome in reversed(Outcome) if counts[outcome]]
    if not run.finished and run.selected is not None:
        parts.append(f"{len(run.unreported)} of {len(run.selected)} not reported")
    return ", ".join(parts) or "nothing was checked"


def _causes(run: Run) -> str:
    found = [named(group) for _, group in causes(run)]
    return f"in the way: {listed(tuple(found), MOST_CAUSES)}" if found else "in the way: nothing that was found"


def _evidence(run: Run) -> str:
    how = "as it was written" if run.finished else "as it was written so far"
    if run.faults:
        how = f"not what the run wrote: {run.faults[0]}"
    return f"evidence {run.folder.name}, last seal {run.head}, {how}"
