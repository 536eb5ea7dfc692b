"""Name servers for the tests of zones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest

from preflight_dns.tests.zone.served import Served, whole
from tests.lab import nsd, unbound
from tests.lab.nameserver import NameServer


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., NameServer]]:
    """`serve(text)` starts an NSD with that zone file as example.test, which anybody may transfer."""
    with ExitStack() as stack:

        def start(text: str, name: str = "example.test", **more: str) -> NameServer:
            more = {"transfer": "NOKEY", **more}
            return stack.enter_context(nsd.running({name: text}, tmp_path_factory.mktemp("nsd"), **more))  # type: ignore[arg-type]  # texts

        yield start


@pytest.fixture(scope="module")
def serve_zones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Mapping[str, str]], Served]]:
    """`serve_zones({"example.test": records})`: an NSD with them and an Unbound that asks it, for the module."""
    with ExitStack() as stack:

        def start(zones: Mapping[str, str]) -> Served:
            folder = tmp_path_factory.mktemp("zones")
            texts = {name: whole(name, text) for name, text in zones.items()}
            server = stack.enter_context(nsd.running(texts, folder))
            recursor = stack.enter_context(unbound.running(dict.fromkeys((".", *zones), server), folder))
            return Served(server, recursor)

        yield start
