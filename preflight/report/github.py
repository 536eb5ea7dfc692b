"""Under GitHub Actions: annotations at the lines of the inventory, and the Markdown report as the step's summary.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from pathlib import Path

import pytest

from preflight.finding import Outcome
from preflight.ledger.keeping import Keeping
from preflight.ledger.reading import Run
from preflight.record import headline, printable
from preflight.report.causes import Group, grouped
from preflight.report.files import document_now
from preflight.report.markdown import markdown_text
from preflight.report.phrases import count
from preflight.report.status import records_of

MOST = 10  # GitHub shows ten of a step, and none of the rest
COMMANDS = {Outcome.FAILED: "error", Outcome.NOT_CHECKED: "error", Outcome.WARNED: "warning"}
LONGEST = 4000  # characters of a message, of the 4,096 that are kept


class GitHub:
    """Speaks to the runner at the end. Until then it is deaf to the log: what was observed must give it no commands."""

    def __init__(self, config: pytest.Config, keeping: Keeping) -> None:
        self._config = config
        self._keeping = keeping
        self._token = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        self._token = secrets.token_hex(16)
        self._say(f"::stop-commands::{self._token}")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self) -> Generator[None, None, None]:
        """Around all others: pytest's own summary shows what was observed, too, and in CI the whole of it."""
        yield
        run = self._keeping.run
        if run is None:
            return
        lines = annotated(run)
        if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
            try:
                # A step's summary may have 1 MiB, of all that is run in it; the report has a sixteenth of that.
                text = markdown_text(document_now(run, self._config, self._keeping))
                with Path(summary).open("a", encoding="utf-8", errors="backslashreplace") as file:
                    file.write(f"{text}\n")
            except OSError as error:
                lines.append(f"::warning title=preflight::{_data(f'no step summary: {summary}: {error.strerror}')}")
        for line in [self._resume(), *lines]:
            self._say(line)

    def pytest_unconfigure(self) -> None:
        if self._token:
            self._say(self._resume())

    def _say(self, line: str) -> None:
        shown = self._config.pluginmanager.hasplugin("terminalreporter")
        self._config.get_terminal_writer().line(line) if shown else print(line)

    def _resume(self) -> str:
        token, self._token = self._token, ""
        return f"::{token}::"


def here() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"


def annotated(run: Run) -> list[str]:
    """Workflow commands, one for each cause, the worst first; the last one says how many it leaves out."""
    records = records_of(run)
    found = [(command, group) for outcome, command in COMMANDS.items() for group in grouped(records, outcome)]
    lines = [_annotation(command, group) for command, group in found]
    if len(lines) > MOST:
        left = f"and {count(len(lines) - MOST + 1, 'cause')} more: see the end of the log"
        lines = [*lines[: MOST - 1], f"::notice title=preflight::{_data(left)}"]
    return lines


def _annotation(command: str, group: Group) -> str:
    first = group.records[0]
    others = f": {count(len(group.records), 'check')}" if len(group.records) > 1 else ""
    file, _, line = first["place"].rpartition(":")
    properties = {
        "file": file,
        "line": line if line.isdecimal() else "",
        "title": f"{group.cause or first['id']}{others}",
    }
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    parts = [headline(first), *(reason["next_step"] for reason in first["reasons"][:1] if reason.get("next_step"))]
    parts += [f"owner: {', '.join(group.owners)}"] if group.owners else []
    parts += [record["id"] for record in group.records[: MOST if len(group.records) > 1 else 0]]
    return printable(f"::{command} {given}::{_data(chr(10).join(parts)[:LONGEST])}")


def _data(text: str) -> str:
    """As the runner reads it back: a line of it can be no command of its own."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(" ".join(text.split())).replace(":", "%3A").replace(",", "%2C")
