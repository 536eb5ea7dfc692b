"""Times what of a run goes into its ledger and its reports, in that run itself. Loaded with `-p report_parts`.

Prints `PARTS` and, in seconds of processor time: recording, reporting, and the whole process from its start to its end,
each less what it takes to read the clock, 40,000 times.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from preflight import items
from preflight.ledger.keeping import Keeping
from preflight.report.files import ReportFiles

spent = {"ledger": 0.0, "report": 0.0, "nothing": 0.0}
calls = dict.fromkeys(spent, 0)
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
            calls[part] += 1
            inside.clear()

    return call


for name in ("pytest_sessionstart", "pytest_runtest_logreport", "pytest_sessionfinish"):
    setattr(Keeping, name, timed("ledger", getattr(Keeping, name)))
setattr(items, "seen_of", timed("ledger", items.seen_of))  # noqa: B010  mypy does not let a function be assigned
setattr(ReportFiles, "pytest_sessionfinish", timed("report", ReportFiles.pytest_sessionfinish))  # noqa: B010


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    whole = time.process_time()
    nothing = timed("nothing", lambda: None)
    for _ in range(10_000):
        nothing()
    clock = spent["nothing"] / calls["nothing"]
    parts = (spent[part] - clock * calls[part] for part in ("ledger", "report"))
    print("PARTS", *parts, whole - clock * (calls["ledger"] + calls["report"]))
