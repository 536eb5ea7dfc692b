"""The `databases:` section: its kinds, and how its entries become checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Expectation, Kind, Section
from preflight.nearest import did_you_mean
from preflight_database.amount import amount
from preflight_database.judge import judge_index, judge_setting
from preflight_database.keys import unfit
from preflight_database.observation import IndexObservation, SettingObservation
from preflight_database.plan import Plan
from preflight_database.probe import probe_indexes, probe_settings
from preflight_database.spec import DatabaseSpec, IndexSpec, SettingSpec
from preflight_database.sqlite import SETTINGS
from preflight_database.url import Dialect


def index_target(spec: IndexSpec) -> str:
    """`orders/orders(customer_id,created_at desc)`, `orders/orders:only`, `orders/orders(email):forbidden`."""
    what = ":only" if spec.only is not None else spec.definition() + (":forbidden" if spec.forbidden else "")
    return f"{spec.database}/{spec.table}{what}"


def setting_target(spec: SettingSpec) -> str:
    return f"{spec.database}/{spec.name}"


def contacts(_: IndexSpec | SettingSpec, plan: Plan) -> str:
    location = plan.location
    if location.dialect == "sqlite":
        return f"reads the catalogue of the SQLite file {location.database}, read-only, on this machine"
    whom = location.user or "the user this runs as"
    return f"logs in to {plan.engine} as {whom}, database {location}, and reads its catalogue, from this machine"


def expectations(section: dict[str, DatabaseSpec], _: Ground) -> Iterator[Expectation[Any] | Problem]:
    """One check for each index entry and for each setting."""
    for name, database in section.items():
        plan = Plan(name, database.location())
        dialect = plan.location.dialect
        for number, index in enumerate(database.indexes):
            yield from _unfit_index(f"databases.{name}.indexes[{number}]", index, dialect)
            yield Expectation(INDEX, index.of(name, dialect), plan)
        for setting, specs in database.settings.items():
            at = database.place("settings", setting)
            if dialect == "sqlite" and setting not in SETTINGS:
                why = "is no setting of an SQLite file (others are those of each connection)"
                yield Problem(at, f"databases.{name}.settings.{setting}", why + did_you_mean(setting, SETTINGS))
            for number, spec in enumerate(specs):
                has_unit = amount(spec.value.text)
                if dialect != "postgresql" and has_unit and has_unit[1] == "time":
                    why = "its settings have no unit of time: write the number"
                    yield Problem(at, f"databases.{name}.settings.{setting}", why)
                place = database.place("settings", setting, number) if len(specs) > 1 else at
                yield Expectation(SETTING, spec.of(name, setting, place), plan)


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


INDEX = Kind("database.index", IndexSpec, IndexObservation, index_target, probe_indexes, judge_index, contacts)
SETTING = Kind(
    "database.settings", SettingSpec, SettingObservation, setting_target, probe_settings, judge_setting, contacts
)
SECTION = Section(dict[str, DatabaseSpec], (INDEX, SETTING), expectations)
