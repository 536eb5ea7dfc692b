"""A ledger read back: what was planned, what became of each check, the verdict; and whether it is as it was written."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from preflight.finding import Outcome
from preflight.ledger.chain import FIRST, Fault, opened
from preflight.ledger.writing import FILE
from preflight.selection import Selected
from preflight.verdict import Verdict

FORMAT = 1
NO_EVIDENCE = 12  # the exit code of who cannot write one, or cannot read it
REPLAY = ".replay"  # what the folder of a run ends in that looked at nothing but another one's ledger
_RUN = re.compile(r"\d{8}T\d{6}Z-")
_OUTCOMES, _VERDICTS = tuple(Outcome), tuple(Verdict)  # not sets: what is read may be a list


class LedgerError(Exception):
    """It cannot be read at all; the message says why, in one line."""

    code = NO_EVIDENCE  # of a command that needs it


@dataclass(slots=True)
class Run:
    """A recorded run.

    Attributes:
        file: its ledger.
        plan: the first record.
        selected: the node ids that the run was to report; None if it ended before they were known.
        checks: the last record of each check and test, by node id.
        progress: how far a long check was when it last said so, by check id.
        verdict: the last record of a run that came to its end; None for one that did not.
        faults: what shows that it is not as it was written.
        torn: its last line is cut off, as the end of a run by force may leave it.
        head: the seal of its last record.
    """

    file: Path
    plan: dict[str, Any] = field(default_factory=dict)
    selected: list[str] | None = None
    checks: dict[str, dict[str, Any]] = field(default_factory=dict)
    progress: dict[str, dict[str, Any]] = field(default_factory=dict)
    verdict: dict[str, Any] | None = None
    faults: list[Fault] = field(default_factory=list)
    torn: bool = False
    head: str = FIRST

    @property
    def folder(self) -> Path:
        return self.file.parent

    @property
    def inventories(self) -> dict[str, dict[str, Any]]:
        """What its plan says of each, by name."""
        return {each["name"]: each for each in self.plan.get("inventories", ())}

    @property
    def phase(self) -> str:
        return str(self.plan.get("phase", ""))

    @property
    def started(self) -> datetime:
        return _moment(self.plan)

    @property
    def ended(self) -> datetime | None:
        return None if self.verdict is None else _moment(self.verdict)

    def vars(self, selected: Selected) -> dict[str, Any]:
        """The vars that code had given an inventory; secrets among them are masked."""
        return dict(self.inventories.get(selected.name, {}).get("vars", {}))

    @property
    def finished(self) -> bool:
        return self.verdict is not None

    def take(self, record: dict[str, Any]) -> None:
        """The next record, one that is sound."""
        match record["type"]:
            case "plan" if not self.plan:
                self.plan = record
            case "selected":
                self.selected = record["checks"]
            case "check":
                self.checks[record["nodeid"]] = record
            case "progress":
                self.progress[record["id"]] = record
            case "verdict":
                self.verdict = record

    def is_like(self, other: Run) -> bool:
        """Whether it is of the same inventories, in the same phase."""
        return self.phase == other.phase and list(self.inventories) == list(other.inventories)

    def outcomes(self, inventory: str) -> dict[str, Outcome]:
        """What became of an inventory's checks, by check id."""
        records = (record for record in self.checks.values() if record.get("inventory") == inventory)
        return {record["id"]: Outcome(record["outcome"]) for record in records}

    @property
    def unreported(self) -> list[str]:
        """The node ids that were to be reported and have no record yet."""
        return [nodeid for nodeid in self.selected or () if nodeid not in self.checks]


class Reading:
    """Takes a ledger in, line by line, from one that is written as well as from one that is done."""

    def __init__(self, file: Path) -> None:
        self.run = Run(file)
        self._number = 0

    def line(self, line: bytes) -> None:
        """The next line, with its end if it has one.

        Raises:
            LedgerError: the ledger is of a version that cannot be read here.
        """
        run = self.run
        if run.verdict is not None:
            run.faults.append(Fault(self._number + 1, "stands after the record that the run ended with"))
        if not line.endswith(b"\n"):
            run.torn = True
            return
        self._number += 1
        record, seal, faults = opened(line[:-1], self._number, run.head)
        run.faults += faults
        if record is None:
            return
        run.head = seal
        if (self._number == 1) != (record.get("type") == "plan"):
            run.faults.append(Fault(self._number, "a ledger begins with its plan, and has no other"))
        elif self._number == 1 and record.get("format") != FORMAT:
            raise LedgerError(
                f"{run.file}: is a ledger of format {record.get('format')}, and this preflight reads {FORMAT}: read it "
                "with the version that wrote it, or a newer one"
            )
        if _is_sound(record):
            run.take(record)
        else:
            run.faults.append(Fault(self._number, "is no record that preflight writes"))


def read(run: Path) -> Run:
    """Read a run: its folder, or the ledger in it.

    Raises:
        LedgerError: it is not there, is no ledger, or is of a newer version.
    """
    reading = Reading(ledger_of(run))
    try:
        with reading.run.file.open("rb") as lines:
            for line in lines:
                reading.line(line)
    except OSError as error:
        raise LedgerError(f"{reading.run.file}: {error.strerror}") from None
    return planned(reading.run)


def planned(run: Run) -> Run:
    """A run that has its plan, without which there is nothing to say of it.

    Raises:
        LedgerError: it has none.
    """
    if not run.plan and not run.faults:
        what = "is cut off in its first record" if run.torn else "is empty"
        raise LedgerError(f"{run.file}: {what}")
    if not run.plan:
        raise LedgerError(f"{run.file}: is no ledger of preflight: {run.faults[0]}")
    return run


def read_if(run: Path, wanted: Callable[[Run], bool]) -> Run | None:
    """Read a run that is wanted by its plan; of another one, no more than that first line, and it is None.

    Raises:
        LedgerError: as `read`; and if this first line was changed.
    """
    reading = Reading(ledger_of(run))
    found = reading.run
    try:
        with found.file.open("rb") as lines:
            reading.line(next(lines, b""))
            if found.faults or not found.plan:
                what = found.faults[0] if found.faults else "is cut off in its first record"
                raise LedgerError(f"{found.file}: {what}")
            if not wanted(found):
                return None
            for line in lines:
                reading.line(line)
    except OSError as error:
        raise LedgerError(f"{found.file}: {error.strerror}") from None
    return found


def ledger_of(run: Path) -> Path:
    return run / FILE if run.is_dir() else run


def is_being_written(run: Path) -> bool:
    """Whether the process that writes a ledger lives. False where the file system knows no locks."""
    try:
        with ledger_of(run).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _is_sound(record: dict[str, Any]) -> bool:
    """Whether a record has what its readers go by: a chain can be right around anything."""
    if record.get("type") == "check":  # as nearly all are: the patterns below take ten times as long
        return _is_sound_check(record)
    match record:
        case {"type": "plan", "at": str(at), "inventories": [*inventories]}:
            named = (isinstance(each, dict) and isinstance(each.get("name"), str) for each in inventories)
            return _is_moment(at) and all(named)
        case {"type": "selected", "checks": [*checks]}:
            return all(isinstance(check, str) for check in checks)
        case {"type": "progress", "id": str(), "share": float() | int(), "doing": str()}:
            return True
        case {"type": "verdict", "at": str(at), "verdict": str(verdict), "counts": dict()}:
            return _is_moment(at) and verdict in _VERDICTS
        case {"type": str(type_)}:
            return type_ not in ("plan", "selected", "progress", "verdict")
    return False


def _is_sound_check(record: dict[str, Any]) -> bool:
    reasons = record.get("reasons", [])
    told = isinstance(reasons, list) and all(isinstance(reason, dict) for reason in reasons)
    named = isinstance(record.get("nodeid"), str) and ("inventory" not in record or isinstance(record.get("id"), str))
    return told and named and record.get("outcome") in _OUTCOMES


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _moment(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record["at"]).astimezone(UTC)


def runs(folder: Path) -> list[Path]:
    """The runs in a folder, the oldest first: their names begin with the time. No replays: they have seen nothing."""
    if not folder.is_dir():
        return []
    return [run for _, _, run in sorted(_runs(folder))]


def _runs(folder: Path) -> Iterator[tuple[str, int, Path]]:
    """Each with what it is sorted by: the second it began in, and within that when it was last written."""
    for run in folder.iterdir():
        if (time := _RUN.match(run.name)) and REPLAY not in run.suffixes:
            with suppress(OSError):
                yield time.group(), (run / FILE).stat().st_mtime_ns, run
