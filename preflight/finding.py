"""What a judge says, and what becomes of a check. Plain data; nothing here does anything."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Outcome(StrEnum):
    """What became of a check, worst last among those that block a GO."""

    PASSED = "passed"
    WAIVED = "waived"
    WARNED = "warned"
    NOT_CHECKED = "not-checked"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """Observed, and wrong: one reason.

    Attributes:
        expected: what the inventory says.
        observed: what was seen, and from where.
        next_step: what an operator does about it at 3 a.m.
        consequence: what happens if it stays so; the check's `why:` stands in where it is empty.
        cause: what this finding is grouped under in the summary; findings with the same cause share one root.
    """

    expected: str
    observed: str
    next_step: str = ""
    consequence: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class NotChecked:
    """It could not be observed; whether it is right is not known.

    Attributes:
        reason: why not, such as "no answer in 3 tries over UDP".
        cause: the root it is grouped under, such as "ns2 192.0.2.2 does not answer".
        next_step: what makes it checkable.
        trace: a short trace, where the reason is a bug in a plugin.
    """

    reason: str
    cause: str = ""
    next_step: str = ""
    trace: str = ""

    @property
    def root(self) -> str:
        return self.cause or self.reason


BUDGET_SPENT = NotChecked(
    "the time budget of this run was spent",
    cause="the time budget of this run was spent",
    next_step="run again with a larger --budget, or with --only and -k to check less",
)


@dataclass(frozen=True, slots=True)
class Result:
    """One check, observed and judged. `observation` is None when there is none. A `waived` one counts as decided on."""

    key: tuple[str, str]
    observation: Any
    reasons: tuple[Finding | NotChecked, ...] = ()
    waived: bool = False

    @property
    def failed(self) -> bool:
        """Wrong in what could be seen; what could not be seen besides does not change that."""
        return not self.waived and any(isinstance(reason, Finding) for reason in self.reasons)

    @property
    def not_checked(self) -> bool:
        return bool(self.reasons) and not self.waived and not self.failed


def bug(what: str, error: BaseException | None) -> NotChecked:
    """A plugin's or executor's fault, with the last frames of where it happened."""
    trace = ""
    if error is not None:
        what = f"{what} {type(error).__name__}: {error}"
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        trace = "\n".join(
            f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}: {frame.line}" for frame in frames
        )
    return NotChecked(
        what, cause=what, next_step="this is a bug in the plugin, not in what it checks: report it", trace=trace
    )
