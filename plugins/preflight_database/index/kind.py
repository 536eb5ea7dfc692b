"""The kind `database.index`: an entry under `indexes:` becomes a check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Expectation, Kind
from preflight_database.index.judge import judge_index
from preflight_database.index.keys import unfit
from preflight_database.index.observation import IndexObservation
from preflight_database.index.spec import IndexSpec
from preflight_database.plan import Plan, reads_catalogue
from preflight_database.probe import probe
from preflight_database.spec import DatabaseSpec
from preflight_database.url import Dialect


def target(spec: IndexSpec) -> str:
    """`orders/orders(customer_id,created_at desc)`, `orders/orders:only`, `orders/orders(email):forbidden`."""
    what = ":only" if spec.only is not None else spec.definition() + (":forbidden" if spec.forbidden else "")
    return f"{spec.database}/{spec.table}{what}"


def expectations(plan: Plan, database: DatabaseSpec, _: Ground) -> Iterator[Expectation[Any] | Problem]:
    for number, index in enumerate(database.indexes):
        yield from _unfit_index(f"databases.{plan.name}.indexes[{number}]", index, plan.location.dialect)
        yield Expectation(INDEX, index.of(plan), plan)


# What an engine has no such thing as: refused, since it could never be right.
_POSTGRESQL_ONLY = ("include", "nulls_not_distinct", "deferrable")
_UNKNOWN_TO: dict[Dialect, dict[str, str]] = {
    "postgresql": {},
    "mysql": dict.fromkeys(_POSTGRESQL_ONLY, "only PostgreSQL has it")
    | {"where": "MySQL and MariaDB have no partial indexes"},
    "sqlite": dict.fromkeys(_POSTGRESQL_ONLY, "only PostgreSQL has it")
    | {"method": "an SQLite index is a B-tree: leave it out"},
}


def _unfit_index(path: str, index: IndexSpec, dialect: Dialect) -> Iterator[Problem]:
    for key, why in _UNKNOWN_TO[dialect].items():
        if getattr(index, key) is not None:
            yield Problem(index.place(key), f"{path}.{key}", why)
    for number, part in enumerate(index.columns or ()):
        if why := unfit(part, dialect):
            yield Problem(index.place("columns", number), f"{path}.columns[{number}]", why)


INDEX = Kind("database.index", IndexSpec, IndexObservation, target, probe, judge_index, reads_catalogue)
