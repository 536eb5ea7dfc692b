"""What a health check is. There is a module for each under `checks/`, found by being there: it has a `CHECK`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Literal

from preflight_database.catalogue.model import Engine
from preflight_database.health import checks
from preflight_database.health.case import Case, Flaw
from preflight_database.url import Dialect

if TYPE_CHECKING:
    from preflight_database.health.facts.base import Facts

EVERYWHERE: tuple[Dialect, ...] = ("postgresql", "mysql", "sqlite")


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something counts as wrong; the entry may say otherwise.

    Attributes:
        statistics_age: seconds for which use must have been counted before "not used" means anything.
        sequence_left: percent of the numbers of a sequence.
        nulls: percent of the rows of an index.
        bloat: percent of a table or index.
    """

    statistics_age: float = 30 * 86400.0
    sequence_left: float = 10.0
    nulls: float = 50.0
    bloat: float = 50.0


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One thing that can be wrong with a database.

    Attributes:
        name: as it stands in an inventory.
        expects: what should be so; `in database orders (...)` is put behind it.
        title: the objects that are found, in the plural: the cause that they are gathered under.
        why: the consequence.
        severity: unless the entry has another.
        dialects: whose databases can have it.
        absent: why the others cannot.
        candidates: every case that may be wrong, cut out of what was read. What is plainly right may be left out: of a
            large catalogue, nearly everything is.
        flaws: pure; what is wrong with a case, or why that cannot be told.
    """

    name: str
    expects: str
    title: str
    why: str
    severity: Literal["blocker", "warning"]
    candidates: Callable[[Facts], Iterable[Case]]
    flaws: Callable[[Case, Engine, Limits], Iterable[Flaw]]
    dialects: tuple[Dialect, ...] = EVERYWHERE
    absent: str = ""


@cache
def registry() -> dict[str, HealthCheck]:
    """Every health check by its name."""
    modules = (import_module(f"{checks.__name__}.{module.name}") for module in iter_modules(checks.__path__))
    found: list[HealthCheck] = [module.CHECK for module in modules]
    return {check.name: check for check in sorted(found, key=lambda check: check.name)}
