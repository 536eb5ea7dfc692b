"""The lab's fixtures. Servers start when a test first asks for them; one that is not installed fails that test.

Nothing but pytest is imported until then: every test run loads this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from .dns_lab import DnsLab
    from .nameserver import NameServer
    from .socket_server import FaultyServer

Server = TypeVar("Server")


@pytest.fixture(scope="session")
def dns_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsLab]:
    """Real name servers: primary, secondary, stale, child, lame, parent, recursor, dead and blackhole."""
    from . import dns_lab

    with ExitStack() as stack:
        yield _start(stack, dns_lab.running(tmp_path_factory.mktemp("dns_lab")))


@pytest.fixture
def serve_zone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], NameServer]]:
    """`serve_zone(name, text)` starts an NSD with that zone, for the length of the test."""
    from . import nsd

    with ExitStack() as stack:
        yield lambda name, text: _start(stack, nsd.running({name: text}, tmp_path_factory.mktemp("nsd")))


@pytest.fixture
def faulty() -> Iterator[Callable[[AbstractContextManager[FaultyServer]], FaultyServer]]:
    """`faulty(faults.wrong_id())` starts a name server of `tests.lab.faults`, for the length of the test."""
    with ExitStack() as stack:
        yield stack.enter_context


def _start(stack: ExitStack, server: AbstractContextManager[Server]) -> Server:
    from .process import NotInstalledError

    try:
        return stack.enter_context(server)
    except NotInstalledError as error:
        pytest.fail(str(error), pytrace=False)
