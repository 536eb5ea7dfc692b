"""Why one check is not green, for the terminal: expected, observed, consequence, next step, owner, place."""

from __future__ import annotations

import textwrap
from typing import Any

from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter

from preflight.record import Record, headline

LABELS = {"expected": "expected", "observed": "observed", "reason": "not checked", "consequence": "consequence",
          "next_step": "next step", "trace": "trace"}  # fmt: skip
INDENT = 14
WIDEST = 110


class Explanation(TerminalRepr):
    """pytest's `longrepr` of a check: no traceback, and one line of it for the short summary."""

    def __init__(self, record: Record, *, known: bool = False) -> None:
        """With `known`, the cause has been explained in full before: one line will do."""
        self.record = record
        self.known = known
        path, _, line = record["place"].rpartition(":")
        self.reprcrash = ReprFileLocation(path, int(line), headline(record))

    def __str__(self) -> str:
        """For JUnit, where every check stands alone: always in full."""
        return super().__str__() if not self.known else str(Explanation(self.record))

    def toterminal(self, tw: TerminalWriter) -> None:
        if self.known:
            _entry(tw, LABELS["reason"], f"{self.record['reasons'][0]['reason']} (as above)")
        for number, reason in enumerate([] if self.known else self.record["reasons"]):
            if number:
                tw.line()
            for field, label in LABELS.items():
                if field in reason:
                    _entry(tw, label, reason[field])  # type: ignore[literal-required]
        for label, text in (("owner", self.record["owner"]), ("ticket", self.record["ticket"])):
            if text:
                _entry(tw, label, text)
        _entry(tw, "inventory", self.record["place"])


def _entry(tw: TerminalWriter, label: str, text: str) -> None:
    markup: dict[str, Any] = {"observed": {"red": True}, "not checked": {"yellow": True}}.get(label, {})
    width = max(30, min(tw.fullwidth, WIDEST) - INDENT)
    lines = [part for line in text.splitlines() for part in _wrap(line, width)] or [""]
    tw.write(f"{label:<{INDENT}}", bold=True)
    for number, line in enumerate(lines):
        tw.write(" " * INDENT if number else "")
        tw.line(line, **markup)


def _wrap(line: str, width: int) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]
