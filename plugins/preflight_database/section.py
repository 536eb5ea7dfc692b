"""The `databases:` section: its kinds, and how its entries become checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Expectation, Section
from preflight_database.index import kind as index
from preflight_database.load import kind as load
from preflight_database.plan import Plan
from preflight_database.settings import kind as settings
from preflight_database.spec import DatabaseSpec
from preflight_database.via import bastion

_KINDS = (index, settings, load)


def expectations(section: dict[str, DatabaseSpec], ground: Ground) -> Iterator[Expectation[Any] | Problem]:
    """The checks of each database, kind by kind."""
    for name, database in section.items():
        via = bastion(name, database, ground)
        if isinstance(via, Problem):
            yield via
            via = None
        plan = Plan(name, database.location(), via)
        for kind in _KINDS:
            yield from kind.expectations(plan, database, ground)


SECTION = Section(dict[str, DatabaseSpec], (index.INDEX, settings.SETTING, load.LOAD), expectations)
