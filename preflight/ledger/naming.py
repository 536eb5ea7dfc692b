"""RUN, as a person types it: a run's folder, its ledger, its name, `last`, or an inventory's name."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from preflight.ledger.reading import LedgerError, runs
from preflight.ledger.writing import FILE, HOME
from preflight.nearest import did_you_mean
from preflight.selection import configured
from preflight.source import shown

LAST = "last"


def named(given: str, folder: Path, base: Path | None = None) -> Path:
    """Find a run; of an inventory its newest one, and `last` the newest of all. A replay is meant only by its own name.

    Args:
        folder: where runs are kept.
        base: what a relative path starts from; this process's folder if None.

    Raises:
        LedgerError: there is none.
    """
    with suppress(OSError, RuntimeError, ValueError):  # longer than a name can be; no such home directory; a NUL
        path = (base or Path()) / Path(given).expanduser()
        if path.is_file() or (path / FILE).is_file():
            return path
        if given and (folder / given / FILE).is_file():
            return folder / given
    known = runs(folder)
    fitting = [run for run in known if given in (LAST, *inventories_of(run))]
    if fitting:
        return fitting[-1]
    if not known:
        raise LedgerError(f"there is no run {given!r}: no run has been kept in {shown(folder)} yet")
    names = sorted({name for run in known for name in inventories_of(run)})
    raise LedgerError(f"there is no run {given!r} in {shown(folder)}{did_you_mean(given, names)}")


def inventories_of(run: Path) -> list[str]:
    """By the name of its folder: of `20261204T170000Z-prod+dr.2` that is prod and dr."""
    whole = run.name.partition("-")[2]
    base, _, number = whole.rpartition(".")
    return (base if base and number.isdecimal() else whole).split("+")


def kept_here(start: Path) -> Path:
    """Where runs are kept if nobody says otherwise: where the ini option puts them; else in this folder, or the nearest
    one above it that has some.

    Raises:
        pytest.UsageError: pytest's configuration cannot be read.
    """
    if told := configured("preflight_runs", start):
        return told
    above = (folder / HOME / "runs" for folder in (start, *start.parents))
    return next((folder for folder in above if folder.is_dir()), start / HOME / "runs")
