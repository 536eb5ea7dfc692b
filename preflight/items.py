"""The inventory in pytest's tree: a file of checks, each an item. Setup observes, the call judges."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.outcomes import Failed

from preflight.finding import Result
from preflight.kind import Check
from preflight.record import Record, RehearsedRecord, cell_of, decided, headline, record_of, seen_of, sketch_of
from preflight.report.explanation import Explanation

if TYPE_CHECKING:
    from preflight.inventory import Inventory
    from preflight.schedule import Schedule


class Unmet(Failed):
    """A check's reasons, on their way to its report."""

    def __init__(self) -> None:
        # pytest would render a traceback of the setup, 0.1 s for each check, that is never shown.
        super().__init__("not met", pytrace=False)


class InventoryFile(pytest.File):
    """One file of an inventory, with the checks collected under it."""

    inventory: Inventory

    def collect(self) -> Iterator[pytest.Item]:
        for check in self.inventory.checks.values():
            if check.home == self.path:
                # Given in full, because pytest 9.2 parses it: `--lf` would not know an id made of parent and name.
                nodeid = f"{self.nodeid}::{check.id}"
                yield CheckItem.from_parent(self, name=check.id, check=check, nodeid=nodeid)


class CheckItem(pytest.Item):
    """One check. It has no fixtures and runs no code of its own: its batch has been probed meanwhile."""

    def __init__(self, *, check: Check, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check
        self.schedule: Schedule | None = None
        self.result: Result | None = None
        self.rehearsed: RehearsedRecord | None = None
        marks = _marks(check)
        self.own_markers.extend(mark.mark for mark in marks.values())
        self.keywords.update(marks)

    @property
    def masker(self) -> Any:
        assert isinstance(self.parent, InventoryFile)
        return self.parent.inventory.masker

    def setup(self) -> None:
        assert self.schedule is not None, "checks run in a session that was started with --inventory"
        first = self.result is None
        self.result = self.schedule.result(self.check.key) if first else self.schedule.again(self.check.key)
        if self.result.not_checked:
            raise Unmet

    def runtest(self) -> None:
        assert self.result is not None
        if self.result.failed and self.check.spec.severity == "blocker":
            raise Unmet
        if self.result.reasons:
            record = self.record()
            self.user_properties.append(("preflight", f"{record['outcome']}: {headline(record)}"))
            if "waiver" in record:
                self.user_properties.append(("preflight-waiver", decided(record["waiver"])))

    def record(self) -> Record:
        assert self.result is not None
        return record_of(self.check, self.result, self.masker)

    def tell(self, report: Any) -> None:
        """Give the report that settles it what it carries to whoever shows and keeps it, across processes."""
        if self.result is None or report.when != ("setup" if self.result.not_checked else "call"):
            return
        check, seen, mask = self.check, self.result.observation, self.masker
        if self.result.reasons:
            report.preflight = self.record()
        if (cell := cell_of(check, seen, mask)) is not None:
            report.preflight_cell = cell
        if check.kind.sketch is not None:
            # As pytest asks, also where a worker of xdist has no terminal.
            columns, whole = shutil.get_terminal_size().columns - 1, self.config.get_verbosity() > 0
            report.preflight_sketch = sketch_of(check, seen, mask, columns, whole)
        report.preflight_seen = seen_of(check, seen, mask, self.rehearsed)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Unmet):
            return Explanation(self.record())
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        # The space keeps pytest from taking the name for a dotted path and printing `dns::record[...]`.
        return _path(self.check.mark.file), self.check.mark.line - 1, f"{self.name} "


@lru_cache(maxsize=256)
def _path(file: str) -> Path:
    return Path(file)


_MARKS: dict[tuple[Any, ...], dict[str, pytest.MarkDecorator]] = {}


def _marks(check: Check) -> dict[str, pytest.MarkDecorator]:
    """By name: domain, kind, severity, phases and tags as plain marks; the owner as `owner(name="...")`."""
    spec = check.spec
    key = (check.kind.name, spec.severity, spec.phase, spec.tags, spec.owner)
    if key not in _MARKS:
        _MARKS[key] = {name: getattr(pytest.mark, name) for name in _names(check)}
        if spec.owner:
            _MARKS[key]["owner"] = pytest.mark.owner(name=spec.owner)
    return _MARKS[key]


def mark_names(inventory: Inventory) -> set[str]:
    """Every mark that the checks of an inventory carry, to be registered with pytest."""
    return {"owner", *(name for check in inventory.checks.values() for name in _names(check))}


def _names(check: Check) -> tuple[str, ...]:
    return check.kind.domain, check.kind.name, check.spec.severity, *check.spec.phase, *check.spec.tags
