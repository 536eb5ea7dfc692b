"""From outcomes to a verdict, and from a verdict to an exit code. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from preflight.finding import Outcome


class Verdict(StrEnum):
    """The answer of a run."""

    GO = "GO"
    GO_WITH_CONDITIONS = "GO-WITH-CONDITIONS"
    NO_GO = "NO-GO"
    INCOMPLETE = "INCOMPLETE"


EXIT_CODES = {Verdict.GO: 0, Verdict.GO_WITH_CONDITIONS: 0, Verdict.NO_GO: 1, Verdict.INCOMPLETE: 11}
CONDITIONS = 10  # of GO-WITH-CONDITIONS with --strict


def verdict_of(outcomes: Iterable[Outcome]) -> Verdict:
    """NO-GO if anything failed; else INCOMPLETE if anything (or everything) was not checked.

    Of nothing, INCOMPLETE: a run that looked at nothing cannot say GO.
    """
    seen = set(outcomes)
    if Outcome.FAILED in seen:
        return Verdict.NO_GO
    if Outcome.NOT_CHECKED in seen or not seen:
        return Verdict.INCOMPLETE
    return Verdict.GO if seen == {Outcome.PASSED} else Verdict.GO_WITH_CONDITIONS


def exit_code(verdict: Verdict, *, strict: bool) -> int:
    """With `strict`, a GO with conditions is not one that a script may go by."""
    return CONDITIONS if strict and verdict is Verdict.GO_WITH_CONDITIONS else EXIT_CODES[verdict]


def verdict_line(verdict: Verdict, inventories: Iterable[str], counts: Mapping[Outcome, int]) -> str:
    """The last line of a run, for grep."""
    of = Counter(counts)
    order = (Outcome.PASSED, Outcome.FAILED, Outcome.NOT_CHECKED, Outcome.WAIVED, Outcome.WARNED)
    numbers = " ".join(f"{outcome}={of[outcome]}" for outcome in order)
    return f"PREFLIGHT verdict={verdict} inventory={','.join(inventories)} {numbers}"
