"""The one who writes a run's ledger: a line for each record, on its way to the disk before the next one is made."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from preflight.ledger.chain import FIRST, sealed

FILE = "ledger.jsonl"
HOME = ".preflight"


class Ledger:
    """Appends records. What the system was given survives the end of this process, whatever ends it."""

    def __init__(self, folder: Path) -> None:
        """Make the file in a folder that was made for it.

        Raises:
            OSError: it cannot be made; or there is one already.
        """
        self.folder = folder
        # How many records, the seal of the last, and where it ends in the file: one value, since Ctrl-C may come
        # between any two steps, and a record has to be there as a whole or not at all.
        self._state = (0, FIRST, 0)
        # Only its owner reads what a run has seen. Append-only, and without a buffer of our own.
        self._file = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        with suppress(OSError):  # some file systems know no locks; then nobody can tell a run that died from a slow one
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def write(self, record: Mapping[str, Any], observed: str = "", *, to_disk: bool = False) -> None:
        """Append a record, from `record_now`.

        Args:
            observed: more of it, written out as JSON; empty for none.
            to_disk: wait until it would survive a loss of power, too.

        Raises:
            OSError: it cannot be written: a full disk. What there is of it is taken back.
        """
        number, before, end = self._state
        line, seal = sealed(number, before, record, observed)
        after = (number + 1, seal, end + len(line))
        try:
            while line:
                line = line[os.write(self._file, line) :]
            if to_disk:
                os.fsync(self._file)
            self._state = after
        except BaseException:
            with suppress(OSError):
                os.ftruncate(self._file, self._state[-1])
            raise

    @property
    def head(self) -> str:
        """The seal of the last record."""
        return self._state[1]

    def close(self) -> None:
        os.close(self._file)

    def discard(self) -> None:
        """Leave nothing behind: nothing has been checked."""
        self.close()
        with suppress(OSError):
            (self.folder / FILE).unlink()
            self.folder.rmdir()


def record_now(type_: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A record of something that is so now, to the millisecond."""
    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    return {"type": type_, "at": f"{_second(seconds)}.{rest // 1_000_000:03}+00:00", **body}


@lru_cache(maxsize=1)  # hundreds of records are of one second
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def new_folder(runs: Path, name: str) -> Path:
    """Make the folder of a new run in the folder of runs; of several runs in one second, each its own.

    Raises:
        OSError: it cannot be made.
    """
    _make(runs)
    numbers = (f".{number}" if number > 1 else "" for number in range(1, 1000))
    for number in numbers:
        folder = runs / f"{name}{number}"
        with suppress(FileExistsError):
            folder.mkdir(0o700)
            _to_disk(runs)
            return folder
    raise FileExistsError(17, "a thousand runs began in this second", str(runs / name))


def _make(runs: Path) -> None:
    """What was observed is not for a repository, so the folder ignores itself; one that was there is left as it is."""
    ours = next((folder for folder in (runs, *runs.parents) if folder.name == HOME), runs)
    known = ours.is_dir()
    runs.mkdir(parents=True, exist_ok=True)
    if not known or ours.name == HOME:
        with suppress(OSError), (ours / ".gitignore").open("x") as ignored:
            ignored.write("# What a run has seen is evidence, not source.\n*\n")


def _to_disk(folder: Path) -> None:
    """The name of a new file, too, is to survive a loss of power."""
    with suppress(OSError):
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
