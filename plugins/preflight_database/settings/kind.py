"""The kind `database.settings`: a name and a value under `settings:` becomes a check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Expectation, Kind
from preflight.nearest import did_you_mean
from preflight_database.catalogue.sqlite import SETTINGS
from preflight_database.plan import Plan, reads_catalogue
from preflight_database.probe import probe
from preflight_database.settings.amount import amount
from preflight_database.settings.judge import judge_setting
from preflight_database.settings.observation import SettingObservation
from preflight_database.settings.spec import SettingSpec
from preflight_database.spec import DatabaseSpec


def target(spec: SettingSpec) -> str:
    return f"{spec.database}/{spec.name}"


def expectations(plan: Plan, database: DatabaseSpec, _: Ground) -> Iterator[Expectation[Any] | Problem]:
    dialect = plan.location.dialect
    for name, specs in database.settings.items():
        at, path = database.place("settings", name), f"databases.{plan.name}.settings.{name}"
        if dialect == "sqlite" and name not in SETTINGS:
            why = "is no setting of an SQLite file (others are those of each connection)"
            yield Problem(at, path, why + did_you_mean(name, SETTINGS))
        for number, spec in enumerate(specs):
            has_unit = amount(spec.value.text)
            if dialect != "postgresql" and has_unit and has_unit[1] == "time":
                yield Problem(at, path, "its settings have no unit of time: write the number")
            place = database.place("settings", name, number) if len(specs) > 1 else at
            yield Expectation(SETTING, spec.named(name, place).of(plan), plan)


SETTING = Kind("database.settings", SettingSpec, SettingObservation, target, probe, judge_setting, reads_catalogue)
