"""Take known secrets out of pytest's own reports: a team's test may fail on one, or print it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def mask_report(report: pytest.CollectReport | pytest.TestReport, mask: Callable[[str], str]) -> None:
    """Mask a report in place; a traceback that shows a secret becomes plain text."""
    report.sections = [(title, mask(text)) for title, text in report.sections]
    shown: Any = report.longrepr
    if isinstance(shown, tuple):  # where and why a test was skipped
        report.longrepr = (shown[0], shown[1], mask(shown[2]))
    elif shown is not None:
        text = str(shown)
        masked = mask(text)
        if masked != text:
            report.longrepr = masked
