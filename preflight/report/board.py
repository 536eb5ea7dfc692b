"""`preflight board RUN`: follows a run's ledger in a terminal, from another process, until its verdict."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from preflight.duration import format_duration
from preflight.finding import Outcome
from preflight.ledger.reading import LedgerError, Reading, Run, is_being_written, planned
from preflight.record import printable
from preflight.report.phrases import count
from preflight.report.status import causes, deadlines, named, state, status
from preflight.verdict import EXIT_CODES, Verdict

EVERY = 0.25  # s
BAR = 30  # columns
MOST_WAITED_FOR = 12
MOST_CAUSES = 8
STYLES = {Outcome.FAILED: "bold red", Outcome.NOT_CHECKED: "yellow"}
LEFT, NO_VERDICT, CHANGED = 2, 11, 1  # exit codes; with a verdict, that of the run


class Following:
    """A ledger that may still grow."""

    def __init__(self, file: Path) -> None:
        self._reading = Reading(file)
        try:
            self._file: IO[bytes] = file.open("rb")
        except OSError as error:
            raise LedgerError(f"{file}: {error.strerror}") from None
        self._begun = b""

    @property
    def run(self) -> Run:
        return self._reading.run

    def take_in(self) -> None:
        """What has been written since; a line that has only been begun waits for its end."""
        for line in self._file:
            self._begun += line
            if self._begun.endswith(b"\n"):
                self._reading.line(self._begun)
                self._begun = b""

    def close(self) -> None:
        self._file.close()


def board(file: Path) -> int:
    """Show a run until it is over, however it ends; an exit code.

    Raises:
        LedgerError: it cannot be read, is no ledger, or is of a version that cannot be read here.
    """
    console = Console(highlight=False)
    following = Following(file)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Live(console=console, auto_refresh=False, transient=True) as live:
            _follow(following, live)
    except KeyboardInterrupt:
        console.print(Text(f"the run goes on; it is in {following.run.folder}"), soft_wrap=True)
        return LEFT
    finally:
        signal.signal(signal.SIGTERM, before)
        following.close()
    for line in status(planned(following.run), datetime.now(UTC)):
        console.print(Text(line), soft_wrap=True)
    if following.run.faults:
        return CHANGED
    return EXIT_CODES[Verdict(following.run.verdict["verdict"])] if following.run.verdict else NO_VERDICT


def _follow(following: Following, live: Live) -> None:
    while True:
        lives = is_being_written(following.run.file)  # asked first: what it wrote at last is read after
        following.take_in()
        live.update(drawn(following.run, datetime.now(UTC)), refresh=True)
        if following.run.finished or following.run.faults or not lives:
            return
        time.sleep(EVERY)


def drawn(run: Run, now: datetime) -> RenderableType:
    """The board as it is now."""
    if not run.plan:
        return Text("waiting for the run's plan")
    parts: list[RenderableType] = [Text(_line(line), "bold") for line in status(run, now)[:1]]
    parts += [Text(_line(line)) for line in deadlines(run, now)]
    total = len(run.selected or ())
    bar = Table.grid(padding=(0, 1))
    bar.add_row(ProgressBar(total=max(total, 1), completed=len(run.checks), width=BAR), _counted(run, total))
    parts += [bar, Text()]
    for outcome, group in causes(run)[:MOST_CAUSES]:
        parts.append(Text(f"{outcome:<12} {_line(named(group))}", STYLES[outcome]))
    if len(causes(run)) > MOST_CAUSES:
        parts.append(Text(f"and {count(len(causes(run)) - MOST_CAUSES, 'cause')} more"))
    parts += [Text(), *_waited_for(run, now)]
    return Group(*parts)


def _counted(run: Run, total: int) -> Text:
    outcomes = [record["outcome"] for record in run.checks.values()]
    parts = [f"{outcomes.count(outcome)} {outcome}" for outcome in Outcome if outcome in outcomes]
    return Text(f"{len(run.checks)} of {total or '?'} reported: {', '.join(parts) or 'none yet'}")


def _waited_for(run: Run, now: datetime) -> Iterable[RenderableType]:
    if run.selected is None:
        return [Text("waiting for what is to be checked")]
    left = run.unreported
    if not left or state(run) != "RUNNING":
        return []
    since = format_duration(int((now - run.started).total_seconds()))
    table = Table.grid(padding=(0, 2))
    for nodeid in left[:MOST_WAITED_FOR]:
        name = nodeid.partition("::")[2]
        said: dict[str, Any] = run.progress.get(name, {})
        share = f"{said['share']:4.0%} {said['doing']}" if said else ""
        table.add_row(Text(_line(name)), Text(_line(share)))
    more = [Text(f"and {len(left) - MOST_WAITED_FOR} more")] if len(left) > MOST_WAITED_FOR else []
    return [Text(f"waiting for {count(len(left), 'check')}, {since} into the run:"), table, *more]


def _line(text: str) -> str:
    return " ".join(printable(text).split())
