"""redundant-index: an index whose work a longer one, or a unique one, does as well."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Index
from preflight_database.catalogue.words import index_words
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.checks.duplicate_index import alike
from preflight_database.health.cover import identical, needless, preferred
from preflight_database.health.facts.base import Facts


def candidates(facts: Facts) -> Iterator[Case]:
    """The indexes of a table that start alike, and its primary key, which may be no index of its own (SQLite)."""
    for table in facts.catalogue.tables:
        primary = facts.primary(table)
        behind = () if primary is None else (primary,)
        every = table.indexes if primary in table.indexes else (*table.indexes, *behind)
        for indexes in alike(every):
            yield facts.case(part_of(table, indexes=indexes if primary in indexes else (*indexes, *behind)))


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    indexes = case.table.indexes
    primary = next((index for index in indexes if index.constraint == "primary key"), None)
    needed: list[Index] = []
    for narrow in indexes:
        # A second one of the same definition is told of by its own check.
        if any(identical(narrow, one, engine) for one in needed):
            continue
        needed.append(narrow)
        wide = next((one for one in indexes if _replaces(one, narrow, primary, engine)), None)
        if wide is None:
            continue
        observed = f"{index_words(narrow)} on {case.name} does nothing that {index_words(wide)} does not do"
        step = f"{ddl.drop(engine, case.table, narrow)}; to have it back: {ddl.bring_back(engine, case.table, narrow)};"
        yield Flaw(case.of_index(narrow), observed, step)


def _replaces(wide: Index, narrow: Index, primary: Index | None, engine: Engine) -> bool:
    """Whether it does all that the other does; of two of which each does, the one to be kept."""
    if wide == narrow or not needless(narrow, wide, primary, engine):
        return False
    return preferred(wide, narrow, primary, engine)


CHECK = HealthCheck(
    "redundant-index",
    "no index does what another one does as well",
    "redundant indexes",
    "every write, and every row of a load, pays for it",
    "warning",
    candidates,
    flaws,
)
