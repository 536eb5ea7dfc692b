"""Take known secrets out of what pytest itself shows and writes: a team's test may fail on one, print it, or log it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import pytest

from preflight.record import masked
from preflight.secret import Masker


class Masking:
    """In every process of a run, also the workers of pytest-xdist: what is shown or named before there is a report.

    What a test prints itself, with `-s`, is out of its reach.
    """

    def __init__(self, config: pytest.Config, inventories: Sequence[Any]) -> None:
        self._config = config
        self._inventories = inventories

    def mask(self, text: str) -> str:
        for inventory in self._inventories:
            text = inventory.masker(text)
        return text

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self) -> None:
        """What does not wait for a report: `log_cli`, `--setup-show`, `--log-file`."""
        terminal: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            write = terminal._tw.write
            terminal._tw.write = lambda text, **how: write(self.mask(text), **how)
        logging: Any = self._config.pluginmanager.get_plugin("logging-plugin")
        if logging is not None:
            written = logging.log_file_handler.format
            logging.log_file_handler.format = lambda record: self.mask(written(record))

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_parametrize_id(self, val: object) -> str | None:
        """A parameter's value is part of a test's name."""
        return self.mask(val) if isinstance(val, str) and self.mask(val) != val else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: Any) -> None:
        warning_message.message = Warning(self.mask(str(warning_message.message)))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> Generator[None, Any, Any]:
        """Before anybody has seen it."""
        for inventory in self._inventories:
            if inventory.masker:
                _mask(report, inventory.masker)
        return (yield)

    pytest_collectreport = pytest_runtest_logreport


def _mask(report: Any, mask: Masker) -> None:
    """Mask a report in place; a traceback that shows a secret becomes plain text."""
    report.sections = [(title, mask(text)) for title, text in report.sections]
    shown = report.longrepr
    if isinstance(shown, tuple):  # where and why a test was skipped
        report.longrepr = (shown[0], shown[1], mask(shown[2]))
    elif shown is not None:
        text = str(shown)
        report.longrepr = shown if mask(text) == text else mask(text)
    report.user_properties = [(name, masked(value, mask)) for name, value in getattr(report, "user_properties", ())]
    if hasattr(report, "wasxfail"):
        report.wasxfail = mask(report.wasxfail)
    if context := getattr(report, "context", None):  # a subtest's; frozen
        for name in ("msg", "kwargs"):
            object.__setattr__(context, name, masked(getattr(context, name), mask))
