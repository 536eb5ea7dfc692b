"""`waivers:`: who has decided to go in spite of what is wrong, why, and until when.

A waived check still runs, and what is wrong with it still shows. It is a condition of the GO.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import Field, field_validator

from preflight.errors import Problem
from preflight.finding import Finding, Result
from preflight.kind import Check
from preflight.model import Marked, Moment
from preflight.nearest import did_you_mean


class Waiver(Marked):
    """One decision. It covers what is wrong, and what could not be checked."""

    check: str = Field(description="the id of a check; `*` in it stands for anything")
    reason: str = Field(description="why that may be")
    approver: str = Field(description="who has decided it")
    expires: Moment = Field(description="from then on it waives nothing")
    ticket: str
    observed: str = Field("", description="it holds only as long as this is part of what is observed")

    @field_validator("check")
    @classmethod
    def _names_something(cls, check: str) -> str:
        if not re.search(r"[^*\[\]\s.]", check.partition("[")[2].rstrip("]") if "[" in check else ""):
            raise ValueError(
                "would waive whatever there is: name a check, such as dns.record[shop.example.com/A], with at most a "
                "part of it left open"
            )
        return check

    @field_validator("reason", "approver", "ticket")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("says nothing")
        return text

    def meant(self, ids: Collection[str]) -> list[str]:
        """The checks that it waives; one with a `*` of its own in its id (a wildcard record) before what fits."""
        if self.check in ids:
            return [self.check]
        return [check_id for check_id in ids if self._fits(check_id)]

    def _fits(self, check_id: str) -> bool:
        return re.fullmatch(".*".join(map(re.escape, self.check.split("*"))), check_id, re.DOTALL) is not None

    def covers(self, result: Result) -> bool:
        """Whether it is about what has been found, and not about something else that has gone wrong since."""
        if not self.observed:
            return bool(result.reasons)
        told = (reason.observed if isinstance(reason, Finding) else reason.reason for reason in result.reasons)
        return bool(result.reasons) and all(self.observed in text for text in told)


def waive(
    checks: dict[str, Check], waivers: Sequence[Waiver], now: datetime, mask: Callable[[str], str]
) -> Iterator[Problem | str]:
    """Give the checks their waivers, in place. Yields what is wrong with a waiver, and what should be known of one."""
    for number, waiver in enumerate(waivers):
        meant = waiver.meant(checks)
        path = f"waivers[{number}].check"
        if not meant and "*" not in waiver.check:
            yield Problem(
                waiver.place("check"), path, f"there is no check {waiver.check}{did_you_mean(waiver.check, checks)}"
            )
        elif not meant:
            yield f"the waiver of {mask(waiver.check)} matches no check ({waiver.mark})"
        elif len(meant) == len(checks) > 1:
            yield Problem(waiver.place("check"), path, "would waive every check of this inventory: name those you mean")
        elif waiver.expires <= now:
            at = waiver.expires.isoformat(" ", "minutes")
            yield f"the waiver of {mask(waiver.check)} has expired ({at}), and waives nothing ({waiver.mark})"
        elif twice := next((check_id for check_id in meant if checks[check_id].waiver is not None), None):
            other = checks[twice].waiver
            assert other is not None
            yield Problem(
                waiver.place("check"), path, f"{mask(twice)} is waived already ({other.mark}): leave one of them"
            )
        else:
            checks.update({check_id: replace(checks[check_id], waiver=waiver) for check_id in meant})
