"""fk-duplicate: two foreign keys that say the same."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database.catalogue.model import Engine, ForeignKey
from preflight_database.health import foreign
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import Facts


def candidates(facts: Facts) -> Iterator[Case]:
    """The foreign keys of a table that refer to one table."""
    for table in facts.catalogue.tables:
        to: dict[tuple[str, str], list[ForeignKey]] = {}
        for key in facts.own_foreign_keys(table):
            to.setdefault((key.schema, key.table.lower()), []).append(key)
        for keys in to.values():
            if len(keys) > 1:
                cut = part_of(table, foreign_keys=tuple(keys))
                yield facts.case(cut)


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    kept: list[ForeignKey] = []
    for key in case.table.foreign_keys:
        first = next((one for one in kept if _same(one, key)), None)
        if first is None:
            kept.append(key)
            continue
        acts = "" if _acts(first) == _acts(key) else f"; they differ in what they do: {_acts(first)}, and {_acts(key)}"
        observed = f"{case.name}: {foreign.words(key)} says the same as {first.name or 'another one'}{acts}"
        yield Flaw(foreign.names(case, key), observed, foreign.drop(engine, case, key))


def _same(one: ForeignKey, other: ForeignKey) -> bool:
    return foreign.refer_to_one_table(one, other) and foreign.pairs(one) == foreign.pairs(other)


def _acts(key: ForeignKey) -> str:
    return f"on delete {key.on_delete}, on update {key.on_update}"


CHECK = HealthCheck(
    "fk-duplicate",
    "no two foreign keys say the same",
    "duplicate foreign keys",
    "every row is checked twice",
    "warning",
    candidates,
    flaws,
)
