"""What has become better and worse since another run of the same inventory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preflight.finding import Outcome
from preflight.ledger.reading import LedgerError, Run, read_if, runs
from preflight.report.tally import NO_TURN

INTERRUPTED = 2  # pytest's exit code: most of such a run says only that it was ended
MOST_LOOKED_AT = 100  # of the newest runs; one that is older than these is not what somebody means by "last time"


@dataclass(frozen=True, slots=True)
class Since:
    """Ids of checks and tests, in the order of the later run. Whatever did not pass fails, for whatever reason; what
    never got its turn was no part of its run.

    Attributes:
        newly_failing: did not pass, and passed before or was not there.
        new: was not part of the earlier run.
        gone: was part of the earlier run, and is not of this one.
    """

    newly_failing: tuple[str, ...]
    newly_passing: tuple[str, ...]
    still_failing: tuple[str, ...]
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def since(run: Run, earlier: Run) -> Since:
    """Compare two runs."""
    now, before = _passed(run), _passed(earlier)
    return Since(
        newly_failing=tuple(name for name, passed in now.items() if not passed and before.get(name, True)),
        newly_passing=tuple(name for name, passed in now.items() if passed and not before.get(name, True)),
        still_failing=tuple(name for name, passed in now.items() if not passed and not before.get(name, True)),
        new=tuple(name for name in now if name not in before),
        gone=tuple(name for name in before if name not in now),
    )


def _passed(run: Run) -> dict[str, bool]:
    several = len(run.inventories) > 1
    ordered = dict.fromkeys([*(run.selected or ()), *run.checks])
    records = (run.checks[nodeid] for nodeid in ordered if nodeid in run.checks)
    turned = (record for record in records if [each.get("reason") for each in record.get("reasons", ())] != [NO_TURN])
    return {_name(record, several): record["outcome"] == Outcome.PASSED for record in turned}


def _name(record: dict[str, Any], several: bool) -> str:
    """What a check or test is called wherever it is run from."""
    if not record.get("inventory"):
        return str(record["nodeid"])
    return f"{record['inventory']}: {record['id']}" if several else str(record["id"])


def previous(run: Run, folder: Path, damaged: list[str]) -> Run | None:
    """The last run before this one that came to its end, of the same inventories and phase; None if there is none.

    One that left out what this one has looked at says nothing of whether that has changed, and is passed over.

    Args:
        folder: where runs are kept.
        damaged: gets the names of runs that may have been it, and what is wrong with them.
    """
    for candidate in list(_before(run, folder))[:MOST_LOOKED_AT]:
        try:
            found = read_if(candidate, run.is_like)
        except LedgerError as error:
            damaged.append(str(error))
            continue
        if found and found.faults:
            damaged.append(f"{candidate.name}: {found.faults[0]}")
        elif found and _came_to_its_end(found) and not _left_out(found, run):
            return found
    return None


def _came_to_its_end(run: Run) -> bool:
    return run.verdict is not None and run.verdict.get("exit") != INTERRUPTED


def _left_out(earlier: Run, run: Run) -> bool:
    """Whether it passed over checks that it knew, and that this run has looked at: `-k` had been said, or `-x`."""
    missing = _passed(run).keys() - _passed(earlier).keys()
    if not missing:
        return False
    plans, several = earlier.inventories.items(), len(run.inventories) > 1
    known = {_name({"inventory": name, **check}, several) for name, plan in plans for check in plan.get("checks", ())}
    return not known.isdisjoint(missing)


def _before(run: Run, folder: Path) -> Iterator[Path]:
    """The newest first; by their names, so that not every ledger has to be opened."""
    whose = re.sub(r"(\.\d+)?(\.replay)?(\.\d+)?$", "", run.folder.name.partition("-")[2])
    for other in reversed(runs(folder)):
        if other.name < run.folder.name and re.fullmatch(re.escape(whose) + r"(\.\d+)?", other.name.partition("-")[2]):
            yield other
