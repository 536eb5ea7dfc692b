"""`--report FILE`: written at the end of a run, whole or not at all. Where it cannot be, the run does not begin."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest

from preflight.garbage import no_garbage_collection
from preflight.ledger.keeping import Keeping
from preflight.ledger.reading import NO_EVIDENCE, LedgerError, Run, read
from preflight.ledger.replay import RECORDED
from preflight.ledger.since import previous
from preflight.report.document import Document, json_text
from preflight.report.making import document_of
from preflight.report.markdown import markdown_text
from preflight.report.tally import Tally
from preflight.selection import runs_nothing
from preflight.source import shown


def _html(document: Document) -> str:
    from preflight.report.html.page import html_text

    return html_text(document)


WRITERS: dict[str, Callable[[Document], str]] = {".html": _html, ".md": markdown_text, ".json": json_text}


class ReportFiles:
    """Follows a run in the process that shows it, and writes the reports that were asked for."""

    def __init__(self, config: pytest.Config, tally: Tally, keeping: Keeping) -> None:
        self.config = config
        self.tally = tally
        self.keeping = keeping
        self.said: list[tuple[str, bool]] = []
        if runs_nothing(config):
            raise pytest.UsageError("--report says what a run has come to, and nothing would be run")
        folder = config.invocation_params.dir
        self.files = [Path(folder / Path(name).expanduser()) for name in dict.fromkeys(config.option.report)]
        for file in self.files:
            _refuse_unwritable(file)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """After the ledger, which is what a report is made from."""
        if self.keeping.run is None or session.exitstatus in (
            pytest.ExitCode.USAGE_ERROR,
            pytest.ExitCode.INTERNAL_ERROR,
        ):
            return
        # What is made here is text, and never garbage before the end; the collector would take a third of the time.
        with no_garbage_collection():
            try:
                document = document_now(
                    _completed(read(self.keeping.run.folder), self.tally), self.config, self.keeping
                )
            except LedgerError as error:
                self._failed(session, f"no report: {error}")
                return
            for file in self.files:
                self._write(session, file, document)

    def _write(self, session: pytest.Session, file: Path, document: Document) -> None:
        try:
            size = written(file, WRITERS[file.suffix.lower()](document))
        except OSError as error:
            self._failed(session, f"no report: {shown(error.filename or file)}: {error.strerror}")
        else:
            told = f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1e6:.1f} MB"
            self.said.append((f"report: {shown(file)} ({told})", False))

    def _failed(self, session: pytest.Session, why: str) -> None:
        self.said.append((why, True))
        if session.exitstatus == pytest.ExitCode.OK:  # a GO without the proof that was asked for
            session.exitstatus = NO_EVIDENCE

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for line, bad in [("", False), *self.said] if self.said else ():
            terminalreporter.write_line(line, red=bad)


def document_now(run: Run, config: pytest.Config, keeping: Keeping) -> Document:
    """What there is to say of a run that has just ended; what was observed is shown as far as `run` has it."""
    # A replay judges what another run has seen: it is that one's past that counts.
    replayed = config.stash.get(RECORDED, None)
    return document_of(
        run,
        keeping.inventories,
        datetime.now(UTC),
        earlier=previous(replayed or run, run.folder.parent, []),
        replayed=replayed,
        tests_left_out=keeping.tally.tests_left_out,
    )


def written(file: Path, text: str) -> int:
    """Put a file there at once, so that nobody ever sees half of it. Gives its size in bytes.

    Raises:
        OSError: it cannot be written; what was there before is there still.
    """
    data = text.encode("utf-8", "backslashreplace")
    with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as half:
        try:
            half.write(data)
            half.flush()
            os.fchmod(half.fileno(), 0o666 & ~_umask())
            Path(half.name).replace(file)
        except BaseException:
            with suppress(OSError):
                Path(half.name).unlink()
            raise
    return len(data)


def _umask() -> int:
    """It can be read only by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _refuse_unwritable(file: Path) -> None:
    if file.suffix.lower() not in WRITERS:
        raise pytest.UsageError(f"--report {shown(file)}: a report is one of {', '.join(WRITERS)}: name such a file")
    if file.is_dir():
        raise pytest.UsageError(f"--report {shown(file)}: is a folder: name a file")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}."):
            pass
    except OSError as error:
        where = shown(error.filename or file.parent)
        raise pytest.UsageError(f"--report {shown(file)}: cannot be written: {where}: {error.strerror}") from None


def _completed(run: Run, tally: Tally) -> Run:
    """Where a ledger could not be written to its end, what came after that, from what this process knows."""
    if run.verdict is None:
        for nodeid in tally.all():
            if nodeid not in run.checks:
                record: Any = tally.record(nodeid) or {}
                run.checks[nodeid] = {"nodeid": nodeid, "outcome": str(tally.outcome(nodeid)), **record}
    return run
