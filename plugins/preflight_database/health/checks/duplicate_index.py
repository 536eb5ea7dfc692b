"""duplicate-index: two indexes of one definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Index
from preflight_database.catalogue.words import index_words
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.cover import identical, works
from preflight_database.health.facts.base import Facts

_CARRIERS = ("primary key", "unique", "exclude", "")


def candidates(facts: Facts) -> Iterator[Case]:
    """The indexes of a table that start alike."""
    for table in facts.catalogue.tables:
        for indexes in alike(table.indexes):
            yield facts.case(part_of(table, indexes=indexes))


def alike(indexes: Sequence[Index]) -> Iterator[tuple[Index, ...]]:
    """Several that start with the same thing. Those of a partition are told of its table, where they come from."""
    found: dict[str, list[Index]] = {}
    for index in indexes:
        if not index.parent:
            found.setdefault((index.parts[0].column or index.parts[0].expression).lower(), []).append(index)
    return (tuple(several) for several in found.values() if len(several) > 1)


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    kept: list[Index] = []
    # What carries a constraint is kept, and of others the first by name.
    for index in sorted(case.table.indexes, key=lambda index: (_CARRIERS.index(_carried(index, engine)), index.name)):
        if not works(index):
            continue
        first = next((one for one in kept if identical(one, index, engine)), None)
        if first is None:
            kept.append(index)
            continue
        observed = f"{index_words(index)} on {case.name} is the same as {first.name}"
        step = f"{ddl.drop(engine, case.table, index)}; {first.name} does the same"
        yield Flaw(case.of_index(index), observed, step)


def _carried(index: Index, engine: Engine) -> str:
    """MySQL makes no difference between a unique index and a unique constraint."""
    return "" if engine in ("mysql", "mariadb") and index.constraint == "unique" else index.constraint


CHECK = HealthCheck(
    "duplicate-index",
    "no two indexes are the same",
    "duplicate indexes",
    "every write, and every row of a load, pays for it twice",
    "warning",
    candidates,
    flaws,
)
