"""fk-overlapping: a foreign key that another one, of more columns, has in it."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database.catalogue.model import Engine
from preflight_database.health import foreign
from preflight_database.health.case import Case, Flaw
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.checks.fk_duplicate import candidates


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    """Two that merely share a column, such as a tenant's number, say different things."""
    for key in case.table.foreign_keys:
        within = (one for one in case.table.foreign_keys if foreign.pairs(key) < foreign.pairs(one))
        wide = next(within, None)
        if wide is not None and key.referenced and wide.referenced:
            observed = f"{case.name}: {foreign.words(key)} is part of {foreign.words(wide)}"
            step = f"{foreign.drop(engine, case, key)} unless the columns that only the other has may be NULL"
            yield Flaw(foreign.names(case, key), observed, step)


CHECK = HealthCheck(
    "fk-overlapping",
    "no foreign key is part of another",
    "overlapping foreign keys",
    "every row is checked twice, and one of the two may do something else on delete",
    "warning",
    candidates,
    flaws,
)
