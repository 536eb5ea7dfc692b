"""Times what of a run goes into its ledger and its reports, in that run itself. Loaded with `-p report_parts`.

Prints `PARTS` and, in seconds of processor time: recording, reporting, and the whole process from its start to its end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from preflight.items import CheckItem
from preflight.ledger.keeping import Keeping
from preflight.report.files import ReportFiles

spent = {"ledger": 0.0, "report": 0.0}
inside: list[str] = []


def timed(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """What is timed already, further out, is not timed twice."""

    @wraps(function)  # which takes pluggy's marks along
    def call(*arguments: Any, **more: Any) -> Any:
        if inside:
            return function(*arguments, **more)
        inside.append(part)
        start = time.process_time()
        try:
            return function(*arguments, **more)
        finally:
            spent[part] += time.process_time() - start
            inside.clear()

    return call


for name in ("pytest_sessionstart", "pytest_runtest_logreport", "pytest_sessionfinish"):
    setattr(Keeping, name, timed("ledger", getattr(Keeping, name)))
setattr(CheckItem, "seen", timed("ledger", CheckItem.seen))  # noqa: B010  mypy does not let a method be assigned
setattr(ReportFiles, "pytest_sessionfinish", timed("report", ReportFiles.pytest_sessionfinish))  # noqa: B010


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    print(f"PARTS {spent['ledger']} {spent['report']} {time.process_time()}")
