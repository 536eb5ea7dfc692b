"""An option that names a new file for what a run comes to. One process writes it at the end, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from preflight.selection import SELECTED, runs_nothing


def new_file(config: pytest.Config, option: str, what: str) -> Path:
    """The file that `option` names, once it is known that this run can give what is to be in it.

    Args:
        what: is written: `what was compared`.

    Raises:
        pytest.UsageError: it cannot; or the file is there.
    """
    if SELECTED not in config.stash:
        raise pytest.UsageError(f"{option} goes with --inventory NAME")
    if runs_nothing(config):
        raise pytest.UsageError(f"{option} writes {what}, and nothing would be")
    if config.getoption("numprocesses", None):
        raise pytest.UsageError(f"{option} writes what one process has seen: leave -n out")
    file = Path(config.getoption(option))
    if file.exists() or file.is_symlink():
        raise pytest.UsageError(f"{option} {file}: it is there already: name a new file")
    return file


def write_new(file: Path, data: bytes) -> None:
    """All of it, or nothing.

    Raises:
        OSError: it cannot be written, or is there by now.
    """
    opened = file.open("xb")
    try:
        with opened:
            opened.write(data)
    except OSError:
        file.unlink()
        raise
