"""invalid-index: an index that is there and does not work."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.cover import works
from preflight_database.health.facts.base import Facts


def candidates(facts: Facts) -> Iterator[Case]:
    """An index that does not work, for whatever reason."""
    for table in facts.catalogue.tables:
        for index in table.indexes:
            if not works(index):
                yield facts.case(part_of(table, indexes=(index,)))


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    for index in case.table.indexes:
        if index.valid and index.ready and index.live:
            continue
        names, drop = case.of_index(index), ddl.drop(engine, case.table, index)
        if index.partitioned:
            step = (
                f"make it on each partition that lacks it, then ALTER INDEX {index.name} ATTACH PARTITION ...; "
                "the last one makes it valid"
            )
            yield Flaw(names, f"{index.name} on {case.name} is invalid: not every partition has it", step)
        elif not index.live:
            yield Flaw(names, f"{index.name} on {case.name} is being dropped, and that was not finished", f"{drop};")
        else:
            state = "invalid" if index.ready else "invalid, and does not take new rows"
            why = "it is still being built, or CREATE INDEX CONCURRENTLY failed"
            again = ddl.reindex(engine, case.table, index)
            step = f"look into pg_stat_progress_create_index; where nobody builds it: {again}; or {drop};"
            yield Flaw(names, f"{index.name} on {case.name} is {state}: {why}", step)


CHECK = HealthCheck(
    "invalid-index",
    "every index works",
    "invalid indexes",
    "no query uses it, it keeps nothing unique, every write still pays for it; and pg_dump leaves it out",
    "blocker",
    candidates,
    flaws,
    ("postgresql",),
    "an index there is whole, or is not there",
)
