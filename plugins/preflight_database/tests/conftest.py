"""A fresh database of each engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from preflight_database.tests.rehearsing import Site, may_flush

pytest.register_assert_rewrite("preflight_database.tests.said", "preflight_database.tests.rehearsing")


@pytest.fixture
def fresh(request: pytest.FixtureRequest, fresh_database: Callable[[Any], str], tmp_path: Path) -> Callable[[str], str]:
    """`fresh("postgres")` is the URL of a new, empty database; so with `mariadb` and `sqlite`."""

    def make(engine: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{tmp_path / 'fresh.db'}"
        return fresh_database(request.getfixturevalue(engine))

    return make


@pytest.fixture
def site(
    request: pytest.FixtureRequest, fresh: Callable[[str], str], tmp_path: Path
) -> Iterator[Callable[[str], Site]]:
    """`site("postgres")` has a new database to load, and one to rehearse in; both may flush."""
    with ExitStack() as stack:

        def make(engine: str) -> Site:
            real = fresh(engine)
            if engine == "sqlite":
                return Site(engine, real, f"sqlite:///{tmp_path / 'scratch.db'}")
            stack.enter_context(may_flush(engine, request.getfixturevalue(engine)))
            return Site(engine, real, fresh(engine))

        yield make
