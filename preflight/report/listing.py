"""What a run was to report, in the order of its inventories, each with what became of it: of a record, whole or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from operator import itemgetter
from typing import Any, NamedTuple

from preflight.finding import Outcome
from preflight.ledger.reading import Run
from preflight.report.tally import NO_TURN

_OUTCOMES = {str(outcome): outcome for outcome in Outcome}  # a fifth of the time that the enumeration takes


class Listed(NamedTuple):
    """A check, or a test (it has no inventory, and its node id for an id). `number` counts from 1."""

    number: int
    id: str
    inventory: str
    outcome: Outcome
    severity: str
    owner: str
    place: str
    record: Mapping[str, Any]


# Of each inventory: its name, its files, and by id its checks, each with its place among those of all.
_Plans = Sequence[tuple[str, Sequence[str], Mapping[str, tuple[int, Mapping[str, Any]]]]]


def listed(run: Run) -> list[Listed]:
    """All that was selected or reported, in the order of the inventories. What was not reported is not checked."""
    places = count()
    plans = [
        (name, tuple(plan.get("files", ())), {check["id"]: (next(places), check) for check in plan.get("checks", ())})
        for name, plan in run.inventories.items()
    ]
    last = next(places)
    found = [_found(nodeid, run, plans, last) for nodeid in dict.fromkeys([*(run.selected or ()), *run.checks])]
    found.sort(key=itemgetter(0))
    return [Listed(number, *fields[1:]) for number, fields in enumerate(found, 1)]


def _found(
    nodeid: str, run: Run, plans: _Plans, last: int
) -> tuple[int, str, str, Outcome, str, str, str, Mapping[str, Any]]:
    """Its place, and the fields of what is listed but its number."""
    record = run.checks.get(nodeid) or _unreported()
    outcome = _OUTCOMES[record["outcome"]]
    path, _, check_id = nodeid.partition("::")
    told = record.get("inventory")
    for name, files, checks in plans:
        mine = name == told if told else len(plans) == 1 or any(_same(path, file) for file in files)
        if mine and check_id in checks:
            at, check = checks[check_id]
            owner = record.get("owner") or check.get("owner", "")
            place = record.get("place") or check.get("place", "")
            return at, check_id, name, outcome, check.get("severity", ""), owner, place, record
    return last, nodeid, "", outcome, "", "", path, record


def _unreported() -> dict[str, Any]:
    return {"outcome": Outcome.NOT_CHECKED, "reasons": [{"reason": NO_TURN}]}


def _same(path: str, file: str) -> bool:
    """Of the paths of one file, each relative to some folder, the one is the end of the other."""
    return path.endswith(file) or file.endswith(path)
