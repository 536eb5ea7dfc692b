"""The loop that runs checks as they become known, and a SIGTERM that ends it as Ctrl-C does."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

import pytest

from preflight.items import CheckItem
from preflight.report.progress import ProgressLine
from preflight.schedule import Schedule


class Loop:
    """Checks in the order in which they become known, so that a dead host holds up nothing; then the tests."""

    def __init__(self, session: pytest.Session, schedule: Schedule, progress: ProgressLine) -> None:
        self.session = session
        self.schedule = schedule
        self.progress = progress
        self.checks = {item.check.key: item for item in session.items if isinstance(item, CheckItem)}
        self.tests = [item for item in session.items if not isinstance(item, CheckItem)]
        self._following: CheckItem | None = None

    def run(self) -> None:
        try:
            self._run_checks(wait=True)
        except KeyboardInterrupt:
            self.session._setupstate.teardown_exact(None)  # it may have come in the middle of a check
            self._run_checks(wait=False)  # what is known is reported
            raise
        for item, following in zip_longest(self.tests, self.tests[1:]):
            self._run(item, following)

    def _run_checks(self, *, wait: bool) -> None:
        item = self._following or self._next(wait=wait)
        while item is not None:
            self._following = self._next(wait=False)
            self._run(item, self._following)
            item = self._following or self._next(wait=wait)

    def _next(self, *, wait: bool) -> CheckItem | None:
        try:
            key = self.schedule.next_key(wait=wait)
        finally:
            self.progress.clear()
        return None if key is None else self.checks[key]

    def _run(self, item: pytest.Item, following: pytest.Item | None) -> None:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if self.session.shouldfail:
            raise self.session.Failed(self.session.shouldfail)
        if self.session.shouldstop:
            raise self.session.Interrupted(self.session.shouldstop)


@contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """CI stops a job with SIGTERM: report what is known then, as after Ctrl-C."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before: Callable[..., Any] | int | None = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
