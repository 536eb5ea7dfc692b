"""Environments to compare: two folders of this machine, or hosts with an SSH server and a /srv of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import preflight.run  # noqa: F401  what is imported here is not imported again in every run inside this process
from preflight_drift.tests.environments import Hosts, Trees
from tests.lab.sshd import Sshd


@pytest.fixture
def trees(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trees]:
    """prod and staging as folders `prd` and `stg` of this machine."""
    monkeypatch.setenv("COLUMNS", "110")
    with TemporaryDirectory(prefix="d-") as folder:  # a short path, for lines that are not broken
        yield Trees(pytester, Path(folder))


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start_sshd: Callable[..., Sshd]) -> Iterator[Hosts]:
    """Machines to log in to, for whoever runs preflight with an empty home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with TemporaryDirectory(prefix="drift-") as folder:  # one that other users may look into
        Path(folder).chmod(0o755)
        yield Hosts(Path(folder), start_sshd)
