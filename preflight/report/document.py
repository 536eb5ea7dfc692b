"""What a report says, as plain data: made once from a run's record, then written as HTML, Markdown or JSON.

All texts are masked and can be shown as they are (`wording.safe`); moments are ISO 8601 with their offset from UTC.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

FORMAT: Literal[1] = 1
OutcomeName = Literal["failed", "not-checked", "warned", "waived", "passed"]
VerdictName = Literal["GO", "GO-WITH-CONDITIONS", "NO-GO", "INCOMPLETE"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the cutover: `seconds_left` from when the report was made; below 0, it has passed."""

    name: Literal["opens", "point of no return", "closes"]
    at: str
    seconds_left: float


@dataclass(frozen=True, slots=True)
class InventoryPart:
    """An inventory that was checked: `commit` is git's, empty where there is none; `changed` since that commit."""

    name: str
    path: str
    environment: str
    cutover: str
    moments: tuple[Moment, ...]
    commit: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """Who has asked the systems, when, from where, with what."""

    began: str
    ended: str
    operator: str
    vantage: str
    phase: str
    arguments: tuple[str, ...]
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Counts:
    failed: int
    not_checked: int
    warned: int
    waived: int
    passed: int


@dataclass(frozen=True, slots=True)
class Owner:
    """What somebody has to see to: the numbers of their checks that are not green. The name may be empty."""

    name: str
    failed: int
    not_checked: int
    warned: int
    waived: int


@dataclass(frozen=True, slots=True)
class Decided:
    """Somebody's decision to go in spite of what is wrong, in force in this run; `soon` ends within 7 days."""

    checks: tuple[str, ...]
    reason: str
    approver: str
    ticket: str
    expires: str
    soon: bool


@dataclass(frozen=True, slots=True)
class Cause:
    """What stands in the way: one root, with all checks that it keeps from being green (their numbers in `checks`).

    `what` is the root cause, or a check's id where it stands for itself; `seen` is then what was seen of it.
    """

    outcome: OutcomeName
    what: str
    seen: str
    consequence: str
    next_step: str
    owners: tuple[str, ...]
    checks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Observed and wrong (`expected`, `observed`), or why it could not be observed (`reason`). Empty: not given."""

    expected: str = ""
    observed: str = ""
    reason: str = ""
    cause: str = ""
    consequence: str = ""
    next_step: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class DeadlinePart:
    """By when something has to be decided or done, and for which checks (their numbers)."""

    at: str
    seconds_left: float
    what: str
    inventory: str
    owners: tuple[str, ...]
    checks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TablePart:
    """What a check has seen, row by row.

    `wrong` are the numbers (from 0) of the rows that should not be so, `unknown` of those that say why something was
    not seen.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wrong: tuple[int, ...]
    unknown: tuple[int, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class CheckPart:
    """One check or test. `number` counts from 1 in the order of the inventories.

    `figure` is an SVG element that holds nothing but shapes and texts; `notes` say what could not be shown, and why.
    """

    number: int
    id: str
    inventory: str
    outcome: OutcomeName
    severity: str
    owner: str
    ticket: str
    place: str
    why: str
    newly: Literal["", "failing", "passing"]
    reasons: tuple[Reason, ...]
    reasons_left_out: int
    waiver: Decided | None
    figure: str
    table: TablePart | None
    sketch: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellPart:
    """What stands in a matrix where a row and a column meet: the worst outcome there, and the texts."""

    outcome: OutcomeName | Literal[""]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatrixPart:
    """A kind's checks by row and column; `cells` has a tuple for each row. `note` says what was left out of it."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[CellPart, ...], ...]
    note: str


@dataclass(frozen=True, slots=True)
class SinceLast:
    """Against the run before this one, of the same inventories: ids of checks."""

    run: str
    at: str
    newly_failing: tuple[str, ...]
    newly_passing: tuple[str, ...]
    still_failing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the run's record is, and the seal of its last line. `faults` show that it is not as it was written."""

    run: str
    folder: str
    seal: str
    finished: bool
    faults: tuple[str, ...]
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    `replay_of` names the recorded run whose observations were judged again, where that is what was done. `warnings`
    are what must be known before the verdict is believed; `left_out` what it says nothing about. `not_drawn` counts the
    checks that have more to show than there is room for. `deadlines` are in their order in time.
    """

    format: Literal[1]
    made: str
    verdict: VerdictName
    meaning: str
    counts: Counts
    inventories: tuple[InventoryPart, ...]
    origin: Origin
    replay_of: str
    warnings: tuple[str, ...]
    left_out: tuple[str, ...]
    causes: tuple[Cause, ...]
    owners: tuple[Owner, ...]
    decided: tuple[Decided, ...]
    deadlines: tuple[DeadlinePart, ...]
    since: SinceLast | None
    matrices: tuple[MatrixPart, ...]
    checks: tuple[CheckPart, ...]
    not_drawn: int
    evidence: Evidence

    def due(self, inventory: InventoryPart) -> list[DeadlinePart]:
        """What is to be decided before its cutover is over; where nobody says when that is, within a week."""
        last = max((moment.seconds_left for moment in inventory.moments), default=7 * 86400.0)
        return [due for due in self.deadlines if due.inventory == inventory.name and due.seconds_left <= last]


def json_text(document: Document) -> str:
    from pydantic import TypeAdapter

    return TypeAdapter(Document).dump_json(document, indent=1).decode() + "\n"


def schema_text() -> str:
    """The JSON Schema of a report's JSON."""
    from pydantic import TypeAdapter

    schema: dict[str, Any] = TypeAdapter(Document).json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({**head, **schema, "title": "preflight report"}, indent=2) + "\n"
