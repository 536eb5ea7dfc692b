"""unused-index: an index that no query has used for long enough."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.duration import format_duration
from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Index, Table
from preflight_database.catalogue.words import index_words
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.cover import covers, works
from preflight_database.health.facts.base import Facts, Place


def candidates(facts: Facts) -> Iterator[Case]:
    """An index that keeps nothing right and that was not used; that of a partitioned table, in none of its parts."""
    scans = facts.scans
    for place, table in facts.tables.items():
        for index in table.indexes:
            if index.parent or index.constraint or index.unique or not works(index):
                continue
            if _used(facts, place, index) or _only_for_foreign_key(facts, table, index):
                continue
            figures = {"seconds": scans.seconds or 0.0, "elsewhere": scans.elsewhere, "remedy": scans.remedy}
            yield facts.case(part_of(table, indexes=(index,)), figures=figures)


def _only_for_foreign_key(facts: Facts, table: Table, index: Index) -> bool:
    """Without it, a foreign key would have none."""
    engine = facts.catalogue.server.engine
    for key in table.foreign_keys:
        if covers(index, key.columns, engine):
            others = (one for one in table.indexes if one != index)
            if not any(covers(one, key.columns, engine) for one in others):
                return True
    return False


def _used(facts: Facts, place: Place, index: Index) -> int:
    """An index of a partitioned table is used where those of the partitions are."""
    own = facts.scans.of.get((*place, index.name), 0)
    if not index.partitioned:
        return own
    children = (
        (child, one)
        for child in facts.children.get(place, ())
        for one in facts.tables[child].indexes
        if one.parent == index.name
    )
    return own + sum(_used(facts, child, one) for child, one in children)


def flaws(case: Case, engine: Engine, limits: Limits) -> Iterator[Flaw]:
    """That there was no use means something once it has been counted everywhere, and for long."""
    for index in case.table.indexes:
        seconds, names = case.number("seconds"), case.of_index(index)
        counted = format_duration(seconds // 3600 * 3600 or max(seconds, 1) // 1)
        if elsewhere := case.text("elsewhere"):
            yield Flaw(names, "", f"{case.text('remedy')}; or leave the check out: except: unused-index", elsewhere)
        elif seconds < limits.statistics_age:
            wanted = format_duration(limits.statistics_age)
            step = f"look again once use has been counted for {wanted} (`statistics_age:`); or except: unused-index"
            yield Flaw(names, "", step, f"the use of indexes has been counted for {counted} only, not {wanted}")
        else:
            size = f", {index.bytes / 1e6:.0f} MB" if index.bytes else ""
            drop, back = ddl.drop(engine, case.table, index), ddl.bring_back(engine, case.table, index)
            observed = f"{index_words(index)} on {case.name}{size}: no query has used it in {counted}"
            yield Flaw(names, observed, f"unless it was made only lately: {drop}; to have it back: {back};")


CHECK = HealthCheck(
    "unused-index",
    "every index is used",
    "unused indexes",
    "every write, and every row of a load, pays for it",
    "warning",
    candidates,
    flaws,
    ("postgresql", "mysql"),
    "nothing counts there how often an index is used",
)
