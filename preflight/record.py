"""A check's outcome as plain data: what rides on a pytest report, across processes, to whoever reports it."""

from __future__ import annotations

import re
from dataclasses import asdict
from functools import lru_cache
from typing import Any, NotRequired, TypedDict, cast

from preflight.finding import Finding, Outcome, Result
from preflight.kind import Check, Kind
from preflight.ledger.encoding import encoded
from preflight.secret import Masker

# What a server answers is shown on a terminal; it must not steer it, nor hide what it says.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Reason(TypedDict, total=False):
    """A finding (it has `expected` and `observed`) or why something was not checked (`reason`)."""

    expected: str
    observed: str
    consequence: str
    reason: str
    trace: str
    next_step: str
    cause: str


class WaiverRecord(TypedDict):
    """Why a check counts as decided on: by whom, and until when (ISO 8601)."""

    reason: str
    approver: str
    ticket: str
    expires: str


def decided(waiver: WaiverRecord) -> str:
    """A waiver in one line."""
    return f"{waiver['reason']}: {waiver['approver']}, {waiver['ticket']}, until {waiver['expires']}"


class Record(TypedDict):
    """One check, masked, ready for JSON."""

    id: str
    inventory: str
    outcome: str
    place: str
    owner: str
    why: str
    ticket: str
    reasons: list[Reason]
    waiver: NotRequired[WaiverRecord]


class CellRecord(TypedDict, total=False):
    """A check's `Cell`, masked, each text on one line; or the `bug` for which it has none."""

    row: str
    column: str
    text: str
    bug: str


def outcome_of(result: Result, severity: str) -> Outcome:
    if result.waived:
        return Outcome.WAIVED
    if result.failed:
        return Outcome.FAILED if severity == "blocker" else Outcome.WARNED
    return Outcome.NOT_CHECKED if result.reasons else Outcome.PASSED


def record_of(check: Check, result: Result, mask: Masker) -> Record:
    """Make the record. Secrets are masked here, before anything is shown or kept."""
    spec = check.spec
    reasons: list[Reason] = []
    for reason in result.reasons:
        fields = {name: printable(mask(str(value))) for name, value in asdict(reason).items() if value}
        if isinstance(reason, Finding) and spec.why and not reason.consequence:
            fields["consequence"] = mask(spec.why)
        reasons.append(Reason(**fields))  # type: ignore[typeddict-item]
    record = Record(
        id=check.id,
        inventory=check.inventory,
        outcome=str(outcome_of(result, spec.severity)),
        place=mask(str(check.mark).rpartition(":")[0]),
        owner=mask(spec.owner),
        why=mask(spec.why),
        ticket=mask(spec.ticket),
        reasons=reasons,
    )
    if result.waived and check.waiver is not None:
        told = {name: mask(getattr(check.waiver, name)) for name in ("reason", "approver", "ticket")}
        record["waiver"] = WaiverRecord(expires=check.waiver.expires.isoformat(), **told)  # type: ignore[typeddict-item]
    return record


def cell_of(check: Check, observation: Any, mask: Masker) -> CellRecord | None:
    """Where a check stands in its kind's matrix; None if the kind has none."""
    if check.kind.cell is None:
        return None
    try:
        cell = check.kind.cell(check.spec, observation)
        fields = {"row": cell.row, "column": cell.column, "text": cell.text}
    except Exception as error:  # a bug in a plugin must not take the run down
        fields = {"bug": f"{type(error).__name__}: {error}"}
    lines = {name: " ".join(printable(mask(str(value))).split()) for name, value in fields.items()}
    return cast(CellRecord, lines)


class RehearsedRecord(TypedDict):
    """Where the same check passed before: the run's folder, the seal of the record that says so, and its time."""

    inventory: str
    run: str
    seal: str
    at: str


class SeenRecord(TypedDict):
    """What was observed of a check, masked, as JSON; empty if nothing was. And what it rests on besides."""

    inventory: str
    id: str
    observed: str
    rehearsed: NotRequired[RehearsedRecord]


def seen_of(check: Check, observation: Any, mask: Masker, rehearsed: RehearsedRecord | None = None) -> SeenRecord:
    observed = "" if observation is None else _observed(check, observation, mask)
    seen = SeenRecord(inventory=check.inventory, id=check.id, observed=observed)
    if rehearsed is not None:
        seen["rehearsed"] = rehearsed
    return seen


def _observed(check: Check, observation: Any, mask: Masker) -> str:
    seen = _adapter(check.kind).serializer.to_python(observation, mode="json")
    return encoded(masked(seen, mask) if mask else seen).decode("utf-8", "surrogatepass")


@lru_cache(maxsize=256)
def _adapter(kind: Kind[Any, Any]) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind.observation)


def decoded(kind: Kind[Any, Any], seen: Any) -> Any:
    """An observation from what its JSON holds. Raises ValueError: it is not one of this kind's."""
    return _adapter(kind).validate_json(encoded(seen))


def masked(value: Any, mask: Masker) -> Any:
    """Text by text: a secret that looks like JSON must not break it."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(key): masked(item, mask) for key, item in value.items()}
    return [masked(item, mask) for item in value] if isinstance(value, list) else value


def sketch_of(check: Check, observation: Any, mask: Masker, columns: int, whole: bool) -> list[str]:
    """What a check has to show in text, masked, line by line; nothing if its kind has none, or nothing was seen."""
    if check.kind.sketch is None or observation is None:
        return []
    try:
        lines = check.kind.sketch(check.spec, observation, columns, whole)
        return [printable(mask(line)).replace("\n", " ") for line in lines]
    except Exception as error:  # a bug in a plugin must not take the run down
        return [f"{check.id} cannot be shown: its plugin raised {type(error).__name__}: {error} (a bug: report it)"]


def printable(text: str) -> str:
    return _CONTROL.sub(lambda control: repr(control.group())[1:-1], text)


def headline(record: Record) -> str:
    """The first reason in one line."""
    if not record["reasons"]:
        return str(record["outcome"])
    first: Any = record["reasons"][0]
    text = first["reason"] if "reason" in first else f"expected {first['expected']}; observed {first['observed']}"
    return " ".join(text.splitlines())
