"""disabled-trigger: a trigger that does not fire, as after a load that turned it off."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Table
from preflight_database.health.case import Case, Flaw
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import Facts


def candidates(facts: Facts) -> Iterator[Case]:
    """A trigger, in its state where that is not the usual one."""
    states = {(one.place, one.name): one.state for one in facts.disabled_triggers}
    for place, table in facts.tables.items():
        for trigger in table.triggers:
            figures = {"trigger": trigger.name, "state": states.get((place, trigger.name), "")}
            yield facts.case(Table(table.schema, table.name), figures=figures)


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    if not case.text("state"):
        return
    trigger = case.text("trigger")
    step = f"ALTER TABLE {ddl.place(engine, case.table)} ENABLE TRIGGER {ddl.quoted(engine, trigger)};"
    step += " and see to the rows from meanwhile"
    yield Flaw(case.of_constraint(trigger), f"{trigger} on {case.name} {case.text('state')}", step)


CHECK = HealthCheck(
    "disabled-trigger",
    "every trigger fires",
    "triggers that do not fire",
    "what it keeps up to date, refuses or logs is not kept up to date, refused or logged any more, and nobody is told",
    "blocker",
    candidates,
    flaws,
    ("postgresql",),
    "a trigger there cannot be disabled",
)
