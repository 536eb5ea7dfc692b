"""The `databases:` section: its kinds, and how its entries become checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Expectation, Section
from preflight_database.health import kind as health
from preflight_database.index import kind as index
from preflight_database.plan import Plan
from preflight_database.settings import kind as settings
from preflight_database.spec import DatabaseSpec

_KINDS = (index, settings, health)


def expectations(section: dict[str, DatabaseSpec], _: Ground) -> Iterator[Expectation[Any] | Problem]:
    """The checks of each database, kind by kind."""
    for name, database in section.items():
        plan = Plan(name, database.location())
        for kind in _KINDS:
            yield from kind.expectations(plan, database)


SECTION = Section(dict[str, DatabaseSpec], (index.INDEX, settings.SETTING, health.HEALTH), expectations)
