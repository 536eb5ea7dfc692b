"""A fresh database of each engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("preflight_database.tests.said")


@pytest.fixture
def fresh(request: pytest.FixtureRequest, fresh_database: Callable[[Any], str], tmp_path: Path) -> Callable[[str], str]:
    """`fresh("postgres")` is the URL of a new, empty database; so with `mariadb` and `sqlite`."""

    def make(engine: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{tmp_path / 'fresh.db'}"
        return fresh_database(request.getfixturevalue(engine))

    return make
