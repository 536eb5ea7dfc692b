"""The runs before this one, by their ledgers: the newest first, each read when somebody asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from preflight.kind import Earlier, Key, Kind, Recorded
from preflight.ledger.reading import LedgerError, Run, read, runs
from preflight.ledger.writing import FILE
from preflight.record import decoded
from preflight.selection import runs_folder
from preflight.source import shown

_STARTED = "preflight_started"
_EVER = datetime.min.replace(tzinfo=UTC)


class Past:
    """What was recorded before a moment: the start of this run, of which pytest-xdist's workers must think the same.

    Attributes:
        until: nothing that was recorded later is looked at.
    """

    def __init__(self, config: pytest.Config) -> None:
        given = getattr(config, "workerinput", {}).get(_STARTED)
        self.until = datetime.fromisoformat(given) if given else datetime.now(UTC)
        self._folder = runs_folder(config)
        self._from = config.invocation_params.dir

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_STARTED] = self.until.isoformat()

    def runs(self, inventory: str, since: datetime) -> Iterator[Run]:
        """The runs of an inventory with records of `since` then, or later; some may be older.

        Also damaged ones, for the reader to judge. A replay has seen nothing of its own and is left out, as is what
        cannot be read.

        Raises:
            OSError: the folder cannot be read.
        """
        for path in reversed(runs(self._folder)):
            if not _may_be_it(path / FILE, inventory, since):
                continue
            with suppress(LedgerError):
                run = read(path)
                if moment(run.plan) < self.until and not run.plan.get("replay"):
                    yield run

    def observed(self, kind: Kind[Any, Any], keys: Sequence[Key]) -> Iterator[Mapping[Key, Earlier]]:
        """What `Batch.earlier` gives: for each run, the newest first."""
        wanted: dict[str, set[str]] = {}
        for inventory, check_id in keys:
            wanted.setdefault(inventory, set()).add(check_id)
        with suppress(OSError):
            for inventory, ids in wanted.items():
                for run in self.runs(inventory, _EVER):
                    if not run.faults:
                        yield dict(self._observed(run, kind, inventory, ids))

    def _observed(self, run: Run, kind: Kind[Any, Any], inventory: str, ids: set[str]) -> Iterator[tuple[Key, Earlier]]:
        for record in run.checks.values():
            if record.get("inventory") != inventory or record.get("id") not in ids or record.get("observed") is None:
                continue
            at = moment(record)
            with suppress(ValueError):  # another version's
                if at < self.until:
                    yield (inventory, record["id"]), Earlier(at, decoded(kind, record["observed"]))

    def recorded(self, inventory: str, name: str) -> Recorded:
        """What a run saw, by its path or its name in the folder of runs: of this inventory, or of the one it is of.

        Raises:
            LookupError: it cannot be used; the message says why, in one line.
        """
        paths = [path for path in (self._from / Path(name).expanduser(), self._folder / name) if name and path.exists()]
        if not paths:
            raise LookupError(f"there is no recorded run {name!r}, neither at that path nor in {shown(self._folder)}")
        try:
            run = read(paths[0])
        except LedgerError as error:
            raise LookupError(str(error)) from None
        if run.faults:
            raise LookupError(f"the run {run.folder.name} is not as it was written: {run.faults[0]}")
        whose = inventory if inventory in run.inventories else next(iter(run.inventories), "")
        if whose != inventory and len(run.inventories) > 1:
            raise LookupError(f"the run {run.folder.name} is of {', '.join(run.inventories)}, and not of {inventory}")
        seen = {
            record["id"]: record["observed"]
            for record in run.checks.values()
            if record.get("inventory") == whose and record.get("observed") is not None
        }
        return Recorded(run.folder.name, whose, run.inventories[whose].get("environment", ""), moment(run.plan), seen)


def moment(record: dict[str, Any]) -> datetime:
    """When a record was written; for one that does not say so, later than anything."""
    try:
        at = datetime.fromisoformat(record["at"])
    except (KeyError, TypeError, ValueError):
        return datetime.max.replace(tzinfo=UTC)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _may_be_it(ledger: Path, inventory: str, since: datetime) -> bool:
    """By its first line and its age alone: most runs are others'."""
    try:
        if datetime.fromtimestamp(ledger.stat().st_mtime, UTC) < since:
            return False
        with ledger.open("rb") as lines:
            plan = json.loads(lines.readline())
        return any(each["name"] == inventory for each in plan["inventories"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
