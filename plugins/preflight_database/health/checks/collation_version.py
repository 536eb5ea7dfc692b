"""collation-version: texts that the operating system sorts otherwise than when the indexes were made."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Table
from preflight_database.health.case import Case, Flaw
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import Facts


def candidates(facts: Facts) -> Iterator[Case]:
    for one in facts.collations:
        figures: dict[str, int | float | str] = {
                   "collation": one.name, "recorded": one.recorded or "", "actual": one.actual or "",
                   "indexes": one.indexes, "some": ", ".join(one.some),
                   "database": int(one.of_database)}  # fmt: skip
        yield Case(Table("", ""), one.name, figures=figures)


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    recorded, actual, name = case.text("recorded"), case.text("actual"), case.text("collation")
    if not actual or recorded == actual:
        return
    schema, _dot, own = name.partition(".")
    whole = bool(case.number("database"))
    what = f"the collation of database {name}" if whole else name
    names = (name, own) if own else (name,)
    if whole:
        note = f"ALTER DATABASE {ddl.quoted(engine, name)} REFRESH COLLATION VERSION"
    else:
        note = f"ALTER COLLATION {ddl.quoted(engine, schema)}.{ddl.quoted(engine, own)} REFRESH VERSION"
    number, some = int(case.number("indexes")), case.text("some")
    listed = some + (", ..." if number > some.count(", ") + 1 else "")
    if not recorded:
        step = "compare the operating system's libc or ICU with that on which the data were made; in doubt, REINDEX"
        yield Flaw(names, "", step, "the server has not noted by which version texts were sorted")
        return
    observed = f"{what} was of version {recorded} when indexes were made, and is of {actual} now; {number} sort by it: "
    observed += listed
    step = f"REINDEX INDEX CONCURRENTLY ...; for each of them (amcheck tells which are broken); then {note};"
    yield Flaw(names, observed, step)


CHECK = HealthCheck(
    "collation-version",
    "texts are sorted as they were when the indexes were made",
    "collations that have changed",
    "indexes are not in order any more: rows are there and not found, and duplicates get in",
    "blocker",
    candidates,
    flaws,
    ("postgresql",),
    "its collations come with the server itself",
)
