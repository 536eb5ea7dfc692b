"""What a run was to report, in the order of its inventories, each with what became of it: of a record, whole or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from preflight.finding import Outcome
from preflight.ledger.reading import Run
from preflight.report.tally import NO_TURN

_OUTCOMES = {str(outcome): outcome for outcome in Outcome}  # a fifth of the time that the enumeration takes


@dataclass(frozen=True, slots=True)
class Listed:
    """A check, or a test (it has no inventory, and its node id for an id). `number` counts from 1."""

    number: int
    id: str
    inventory: str
    outcome: Outcome
    severity: str
    owner: str
    place: str
    record: Mapping[str, Any]


# Of each inventory: its name, its files, its checks by id.
_Plans = Sequence[tuple[str, Sequence[str], Mapping[str, Mapping[str, Any]]]]


def listed(run: Run) -> list[Listed]:
    """All that was selected or reported, in the order of the inventories. What was not reported is not checked."""
    plans = [
        (name, tuple(plan.get("files", ())), {check["id"]: check for check in plan.get("checks", ())})
        for name, plan in run.inventories.items()
    ]
    places = ((name, check_id) for name, _, checks in plans for check_id in checks)
    order = {place: number for number, place in enumerate(places)}
    found = [_found(nodeid, run, plans) for nodeid in dict.fromkeys([*(run.selected or ()), *run.checks])]
    found.sort(key=lambda fields: order.get((fields[1], fields[0]), len(order)))
    return [Listed(number, *fields) for number, fields in enumerate(found, 1)]


def _found(nodeid: str, run: Run, plans: _Plans) -> tuple[str, str, Outcome, str, str, str, Mapping[str, Any]]:
    """The fields of what is listed but its number."""
    record = run.checks.get(nodeid) or _unreported()
    outcome = _OUTCOMES[record["outcome"]]
    path, _, check_id = nodeid.partition("::")
    told = record.get("inventory")
    for name, files, checks in plans:
        mine = name == told if told else len(plans) == 1 or any(_same(path, file) for file in files)
        if mine and (check := checks.get(check_id)) is not None:
            owner, place = (record.get(key) or check.get(key, "") for key in ("owner", "place"))
            return check_id, name, outcome, check.get("severity", ""), owner, place, record
    return nodeid, "", outcome, "", "", path, record


def _unreported() -> dict[str, Any]:
    return {"outcome": Outcome.NOT_CHECKED, "reasons": [{"reason": NO_TURN}]}


def _same(path: str, file: str) -> bool:
    """Of the paths of one file, each relative to some folder, the one is the end of the other."""
    return path.endswith(file) or file.endswith(path)
