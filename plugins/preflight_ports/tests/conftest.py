"""Ports on loopback, open and closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.lab.fixtures import _start
from tests.lab.netns import Namespace, namespace
from tests.lab.ports import free_port

if TYPE_CHECKING:
    from preflight_ports.tests.machines import Machines

pytest.register_assert_rewrite("preflight_ports.tests.said")


@pytest.fixture
def nobody_listens() -> int:
    """A port of loopback, in both families, that refuses."""
    return free_port("127.0.0.1", "::1")


@pytest.fixture
def alone() -> Iterator[Namespace]:
    """A machine with nothing but loopback."""
    with ExitStack() as stack:
        yield _start(stack, namespace("alone"))


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """The machines of the README and of example.yaml. Skipped where there can be no network namespaces."""
    from preflight_ports.tests import machines

    with ExitStack() as stack:
        yield _start(stack, machines.running(tmp_path_factory.mktemp("machines")))
