"""The `databases:` section: its kinds, and how its entries become checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Expectation, Section
from preflight_database.index import kind as index
from preflight_database.load import kind as load
from preflight_database.parity import kind as parity
from preflight_database.plan import Plan
from preflight_database.progress import kind as progress
from preflight_database.settings import kind as settings
from preflight_database.spec import DatabaseSpec
from preflight_database.via import bastion

_KINDS = (index, settings, load, progress)


def expectations(section: dict[str, DatabaseSpec], ground: Ground) -> Iterator[Expectation[Any] | Problem]:
    """The checks of each database, kind by kind."""
    plans: dict[str, Plan] = {}
    for name, database in section.items():
        via = bastion(name, database, ground)
        if isinstance(via, Problem):
            yield via
            via = None
        plans[name] = Plan(name, database.location(), via)
    for name, database in section.items():
        for kind in _KINDS:
            yield from kind.expectations(plans[name], database, ground)
        yield from parity.expectations(plans[name], database, plans)


_ALL = (index.INDEX, settings.SETTING, load.LOAD, progress.PROGRESS, parity.PARITY)
SECTION = Section(dict[str, DatabaseSpec], _ALL, expectations)
