"""How far a long check is: one line at the foot of a terminal, which the next one replaces."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from preflight.kind import Check
from preflight.observe import Progress
from preflight.record import printable

if TYPE_CHECKING:
    from preflight.inventory import Inventory

BAR = 20
EVERY = 0.1  # s


class ProgressLine:
    """Shows nothing where there is no terminal: a log has no use for what is replaced."""

    def __init__(self, config: pytest.Config, inventories: list[Inventory]) -> None:
        self._config = config
        self._inventories = inventories
        self._shown = False
        self._next = 0.0

    def show(self, check: Check, progress: Progress) -> None:
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        now = time.monotonic()
        if reporter is None or not reporter.isatty or now < self._next:
            return
        self._next = now + EVERY
        if not self._shown:
            reporter.ensure_newline()  # what pytest has written of this line so far stays
        done = round(max(0.0, min(progress.share, 1.0)) * BAR)
        bar = f"[{'#' * done}{'.' * (BAR - done)}] {progress.share:4.0%}"
        mask = next(inventory.masker for inventory in self._inventories if inventory.name == check.inventory)
        line = f"{bar} {printable(mask(f'{check.id}: {progress.doing}'))}"
        self._write(reporter, line[: reporter._tw.fullwidth - 1])
        self._shown = True

    def clear(self) -> None:
        if self._shown:
            self._write(self._config.pluginmanager.get_plugin("terminalreporter"), "")
            self._shown = False
            self._next = 0.0

    @staticmethod
    def _write(reporter: Any, line: str) -> None:
        # Back to the start of the line, and all of it erased (ECMA-48: EL).
        reporter.write(f"\r\x1b[K{line}", flush=True)
