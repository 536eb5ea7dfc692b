"""Records by root cause: fourteen checks that one dead host blocks are one thing to mend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from preflight.finding import Outcome
from preflight.record import Record

T = TypeVar("T")
# What did not pass, as it is told: what stands in the way first.
ORDER = (Outcome.FAILED, Outcome.NOT_CHECKED, Outcome.WARNED, Outcome.WAIVED)


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
    mine = ((record, record) for record in records if record["outcome"] == outcome)
    return [Group(cause, tuple(members)) for cause, members in by_root(mine)]


def by_root(pairs: Iterable[tuple[T, Mapping[str, Any]]]) -> list[tuple[str, list[T]]]:
    """What has one root cause by its record, the largest group first; what has none stands alone."""
    groups: dict[tuple[str, int], list[T]] = {}
    for number, (one, record) in enumerate(pairs):
        cause = root_cause(record)
        groups.setdefault((cause, 0 if cause else number), []).append(one)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [(cause, members) for (cause, _), members in ordered]


def root_cause(record: Mapping[str, Any]) -> str:
    """What a record is grouped under: its first reason's cause, or why it was not checked; else nothing."""
    reasons = telling(record)
    cause = next((reason["cause"] for reason in reasons if "cause" in reason), "")
    if cause or not reasons or record["outcome"] != Outcome.NOT_CHECKED:
        return cause
    return reasons[0].get("reason", "")


def telling(record: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """A record's reasons: of what is wrong, if anything is, whatever could not be seen besides."""
    reasons: Sequence[Mapping[str, str]] = record["reasons"]
    return [reason for reason in reasons if "expected" in reason] or reasons
