"""A machine to look names up on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from preflight_dns.tests.host.machine import Machine

pytest.register_assert_rewrite("preflight_dns.tests.host.machine")


@pytest.fixture(scope="session")
def a_machine() -> Iterator[Machine]:
    from preflight_dns.tests.host import machine

    # Not in pytest's own folder: sshd looks into it before it is anybody.
    with TemporaryDirectory(prefix="dns-host-") as folder, machine.running(Path(folder)) as running:
        yield running


@pytest.fixture
def machine(a_machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """With its files as at first."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    a_machine.say()
    return a_machine
