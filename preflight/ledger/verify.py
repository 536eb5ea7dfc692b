"""`preflight verify RUN`: is the ledger as it was written, and to its end?"""

from __future__ import annotations

from collections.abc import Iterator

from preflight.ledger.reading import Run, is_being_written

MOST_FAULTS = 10
WHOLE, CHANGED, UNFINISHED = 0, 1, 11


def verified(run: Run, head: str = "") -> tuple[int, list[str]]:
    """An exit code, and what to say.

    Args:
        head: the seal of the last record as it was noted down elsewhere; or the beginning of it.
    """
    lines = list(_said(run, head))
    if run.faults or (head and not run.head.startswith(head)):
        return CHANGED, lines
    return (WHOLE if run.finished else UNFINISHED), lines


def _said(run: Run, head: str) -> Iterator[str]:
    names = ", ".join(run.inventories)
    yield f"{run.folder.name}: {names}, phase {run.phase}, by {run.plan.get('operator')}"
    yield from (str(fault) for fault in run.faults[:MOST_FAULTS])
    if len(run.faults) > MOST_FAULTS:
        yield f"and {len(run.faults) - MOST_FAULTS} more"
    if head and not run.head.startswith(head):
        yield f"its last seal is {run.head}, and not {head}: it was written anew, or is another run's"
    if run.torn:
        yield "its last line is cut off in the middle: the run was ended by force, the disk was full, or it was cut"
    if run.faults:
        yield "CHANGED: this is not what the run wrote"
    elif run.verdict is None:
        planned = len(run.selected) if run.selected is not None else "an unknown number of"
        so_far = f"{len(run.checks)} of {planned} checks and tests were reported"
        goes_on = is_being_written(run.file)
        yield f"UNFINISHED: {so_far}, and {'the run goes on' if goes_on else 'no verdict was reached'}"
    else:
        yield f"WHOLE: {run.verdict.get('verdict')}, {len(run.checks)} checks and tests, last seal {run.head}"
