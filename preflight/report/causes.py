"""Records by root cause: fourteen checks that one dead host blocks are one thing to mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from preflight.finding import Outcome
from preflight.record import Record


@dataclass(frozen=True, slots=True)
class Group:
    """Checks with one root cause; `cause` is empty for a check that failed by itself."""

    cause: str
    records: tuple[Record, ...]

    @property
    def owners(self) -> list[str]:
        return list(dict.fromkeys(record["owner"] for record in self.records if record["owner"]))


def grouped(records: Iterable[Record], outcome: Outcome) -> list[Group]:
    """Those with this outcome, the largest group first."""
    groups: dict[tuple[str, int], list[Record]] = {}
    for number, record in enumerate(records):
        if record["outcome"] == outcome:
            cause = root_cause(record)
            groups.setdefault((cause, 0 if cause else number), []).append(record)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [Group(cause, tuple(members)) for (cause, _), members in ordered]


def root_cause(record: Record) -> str:
    """What a record is grouped under: its first reason's cause, or why it was not checked; else nothing.

    What is wrong has a root of its own, whatever could not be seen besides.
    """
    reasons = [reason for reason in record["reasons"] if "expected" in reason] or record["reasons"]
    cause = next((reason["cause"] for reason in reasons if "cause" in reason), "")
    if cause or not reasons or record["outcome"] != Outcome.NOT_CHECKED:
        return cause
    return reasons[0].get("reason", "")
