"""The lab's fixtures. Servers start when a test first asks for them; one that is not installed fails that test.

Nothing but pytest is imported until then: every test run loads this module.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from .browser import Browser, Page
    from .databases import DatabaseServer
    from .dns_lab import DnsLab
    from .mariadb import MariaDB
    from .nameserver import NameServer
    from .network import Network
    from .postgres import Postgres
    from .socket_server import FaultyServer
    from .sshd import Sshd

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


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    """Client, two routers and a server in network namespaces, and `tests.lab.scenarios` set up in them.

    Where namespaces are not allowed its tests are skipped; with PREFLIGHT_LAB=required in the environment they fail.
    """
    from . import network

    with ExitStack() as stack:
        yield _start(stack, network.running())


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """An OpenSSH server on loopback."""
    from . import sshd

    with ExitStack() as stack:
        yield _start(stack, sshd.running(tmp_path_factory.mktemp("sshd")))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, with a new profile."""
    from . import browser

    with ExitStack() as stack:
        yield _start(stack, browser.running(_open_folder(stack, "chromium-")))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of it."""
    with browser.page() as page:
        yield page


@pytest.fixture
def start_sshd() -> Iterator[Callable[..., Sshd]]:
    """`start_sshd("MaxStartups 2")` starts one with those settings, for the length of the test."""
    from . import sshd

    with ExitStack() as stack:

        def start(*args: Any, **more: Any) -> Sshd:
            return _start(stack, sshd.running(_open_folder(stack, "sshd-"), *args, **more))

        yield start


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server on loopback; what a test needs in it goes into a `fresh_database`."""
    with ExitStack() as stack:
        yield _postgres(stack, {})


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """A MariaDB server on loopback; what a test needs in it goes into a `fresh_database`."""
    with ExitStack() as stack:
        yield _mariadb(stack, {})


@pytest.fixture
def start_postgres() -> Iterator[Callable[[Mapping[str, str]], Postgres]]:
    """`start_postgres({"wal_level": "logical"})` starts one with those settings, for the length of the test."""
    with ExitStack() as stack:
        yield lambda settings: _postgres(stack, settings)


@pytest.fixture
def start_mariadb() -> Iterator[Callable[[Mapping[str, str]], MariaDB]]:
    """`start_mariadb({"performance_schema": "ON"})` starts one with those settings, for the length of the test."""
    with ExitStack() as stack:
        yield lambda settings: _mariadb(stack, settings)


@pytest.fixture
def fresh_database() -> Iterator[Callable[[DatabaseServer], str]]:
    """`fresh_database(postgres)` is the URL of a new, empty database there, dropped after the test."""
    from . import databases

    with ExitStack() as stack:
        yield lambda server: stack.enter_context(databases.fresh_database(server))


def _postgres(stack: ExitStack, settings: Mapping[str, str]) -> Postgres:
    from . import postgres

    return _start(stack, postgres.running(_open_folder(stack, "postgres-"), settings))


def _mariadb(stack: ExitStack, settings: Mapping[str, str]) -> MariaDB:
    from . import mariadb

    return _start(stack, mariadb.running(_open_folder(stack, "mariadb-"), settings))


def _open_folder(stack: ExitStack, prefix: str) -> Path:
    """Not one of pytest's own: other users, who work in there, cannot look into them."""
    return Path(stack.enter_context(TemporaryDirectory(prefix=prefix)))


def _start(stack: ExitStack, server: AbstractContextManager[Server]) -> Server:
    from .netns import NamespacesNotAllowedError
    from .process import NotInstalledError

    try:
        return stack.enter_context(server)
    except NotInstalledError as error:
        pytest.fail(str(error), pytrace=False)
    except NamespacesNotAllowedError as error:
        # What a developer's machine may lack, and CI may not.
        if os.environ.get("PREFLIGHT_LAB") == "required":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
