"""A verdict in a sentence or two, for somebody who has never seen a report of preflight."""

from __future__ import annotations

from collections.abc import Mapping

from preflight.finding import Outcome
from preflight.report.phrases import count
from preflight.verdict import Verdict


def meaning(verdict: Verdict, counts: Mapping[Outcome, int], *, left_out: bool) -> str:
    """Say what it means for the decision.

    Args:
        left_out: checks of this phase, or tests, were no part of the run.
    """
    failed, unchecked = counts[Outcome.FAILED], counts[Outcome.NOT_CHECKED]
    waived, warned = counts[Outcome.WAIVED], counts[Outcome.WARNED]
    match verdict:
        case Verdict.NO_GO:
            wrong = "1 thing that must be right is" if failed == 1 else f"{failed} things that must be right are"
            also = f" {count(unchecked, 'more check')} could not be made." if unchecked else ""
            return f"Do not go: {wrong} wrong.{also}"
        case Verdict.INCOMPLETE:
            why = "this run did not come to its end" if any(counts.values()) else "nothing was checked"
            if unchecked:
                why = f"nothing was found wrong, but {count(unchecked, 'check')} could not be made"
            return f"Nobody knows: {why}. That is not a GO."
        case Verdict.GO_WITH_CONDITIONS:
            parts = [f"{count(waived, 'check')} that somebody has waived"] if waived else []
            parts += [count(warned, "warning")] if warned else []
            return f"You may go if you stand by {' and '.join(parts)}: nothing else is wrong."
    limits = "Of what was part of this run, everything" if left_out else "Everything"
    return f"You may go. {limits} is as it must be, and all of it was checked."
