"""The `databases:` section: its kinds, and how its entries become checks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Expectation, Section, Survey
from preflight_database import survey
from preflight_database.health import kind as health
from preflight_database.index import kind as index
from preflight_database.load import kind as load
from preflight_database.parity import kind as parity
from preflight_database.plan import Bastion, Plan, reads_catalogue
from preflight_database.progress import kind as progress
from preflight_database.settings import kind as settings
from preflight_database.spec import DatabaseSpec
from preflight_database.via import bastion

_KINDS = (index, settings, health, load, progress)


def expectations(section: dict[str, DatabaseSpec], ground: Ground) -> Iterator[Expectation[Any] | Problem]:
    """The checks of each database, kind by kind."""
    ways = {name: bastion(name, database, ground) for name, database in section.items()}
    yield from (via for via in ways.values() if isinstance(via, Problem))
    plans = _plans(section, ways)
    for name, database in section.items():
        for kind in _KINDS:
            yield from kind.expectations(plans[name], database, ground)
        yield from parity.expectations(plans[name], database, plans)


def surveys(section: dict[str, DatabaseSpec], ground: Ground) -> Iterator[Survey]:
    """Each database, with all that is in it."""
    ways = {name: bastion(name, database, ground) for name, database in section.items()}
    for name, plan in _plans(section, ways).items():
        yield Survey(name, reads_catalogue(None, plan), partial(survey.take, plan))


def _plans(section: dict[str, DatabaseSpec], ways: dict[str, Bastion | Problem | None]) -> dict[str, Plan]:
    """Where the host on the way is none, the inventory is refused: what stands here then does not matter."""
    plans = {}
    for name, database in section.items():
        via = ways[name]
        plans[name] = Plan(name, database.location(), None if isinstance(via, Problem) else via)
    return plans


_ALL = (index.INDEX, settings.SETTING, health.HEALTH, load.LOAD, progress.PROGRESS, parity.PARITY)
SECTION = Section(dict[str, DatabaseSpec], _ALL, expectations, surveys)
