"""ignored-index: an index that somebody hid from the planner (MySQL: INVISIBLE, MariaDB: IGNORED)."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine
from preflight_database.health.case import Case, Flaw
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.checks.invalid_index import candidates


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    word = "ignored" if engine == "mariadb" else "invisible"
    for index in case.table.indexes:
        if not index.visible:
            show, drop = ddl.show(engine, case.table, index), ddl.drop(engine, case.table, index)
            step = f"{show}; or, if nobody missed it: {drop};"
            yield Flaw(case.of_index(index), f"{index.name} on {case.name} is {word}", step)


CHECK = HealthCheck(
    "ignored-index",
    "the planner sees every index",
    "indexes that the planner does not see",
    "no query uses it, and every write still pays for it",
    "blocker",
    candidates,
    flaws,
    ("mysql",),
    "the planner sees every index there",
)
