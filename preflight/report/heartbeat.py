"""Where there is no terminal: a run that has been silent says what it waits for, so that nobody takes it for dead."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from typing import Any

import pytest

from preflight.duration import format_duration, parse_duration
from preflight.kind import Check
from preflight.observe import Progress
from preflight.record import printable
from preflight.report.phrases import count, listed
from preflight.report.tally import Tally

INI = "preflight_heartbeat"
MOST_NAMED = 3


class Heartbeat:
    """A thread of its own: the main one waits for probes, for xdist, or inside somebody's test.

    Whatever writes while checks are reported does so in pytest's hooks, and those are held while a line is written.
    """

    def __init__(self, config: pytest.Config, tally: Tally) -> None:
        self._config = config
        self._tally = tally
        self._every = interval(config)
        self._began = self._heard = time.monotonic()
        self._writing = threading.RLock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="preflight-heartbeat", daemon=True)
        self._shares: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, Any, Any]:
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if not self._every or reporter is None or reporter.isatty or self._config.option.plan:
            return (yield)
        self._began = self._heard = time.monotonic()
        self._thread.start()
        try:
            return (yield)
        finally:
            self._over.set()
            self._thread.join()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logstart(self) -> Generator[None, Any, Any]:
        with self._writing:
            return (yield)

    pytest_runtest_logfinish = pytest_runtest_logstart

    @pytest.hookimpl(wrapper=True, optionalhook=True, tryfirst=True)
    def pytest_xdist_node_collection_finished(self) -> Generator[None, Any, Any]:
        with self._writing:
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self) -> Generator[None, Any, Any]:
        with self._writing:
            self._heard = time.monotonic()
            return (yield)

    def progress(self, check: Check, progress: Progress) -> None:
        self._shares[check.id] = progress.share

    def _beat(self) -> None:
        while not self._over.wait(max(0.01, self._heard + self._every - time.monotonic())):
            with self._writing:
                if time.monotonic() >= self._heard + self._every and not self._over.is_set():
                    self._heard = time.monotonic()
                    self._say()

    def _say(self) -> None:
        left = [nodeid.partition("::")[2] or nodeid for nodeid in self._tally.unreported()]
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        names = listed(tuple(map(self._named, left)), MOST_NAMED)
        what = f"{count(len(left), 'check')}: {names}" if left else "pytest itself"
        line = printable(f"still waiting for {what} ({format_duration(int(time.monotonic() - self._began))})")
        reporter.ensure_newline()
        if reporter._tw.width_of_current_line:  # a dot without a file before it
            reporter._tw.line()
        reporter.write(f"{line}\n", flush=True)

    def _named(self, check_id: str) -> str:
        share = self._shares.get(check_id)
        return check_id if share is None else f"{check_id} {share:.0%}"


def interval(config: pytest.Config) -> float:
    """Seconds of silence; 0 if it is never to be broken.

    Raises:
        pytest.UsageError: the ini option is no duration.
    """
    text = config.getini(INI)
    try:
        return 0.0 if text == "0" else parse_duration(text)
    except ValueError as error:
        raise pytest.UsageError(f"{INI} = {text}: {error}") from None
