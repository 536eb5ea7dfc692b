"""Why is an index not as it should be?"""

from __future__ import annotations

from collections.abc import Iterator

from preflight.finding import Finding, NotChecked
from preflight_database.catalogue.model import Column, Table, same_name
from preflight_database.index import advice
from preflight_database.index.match import Comparison, compare
from preflight_database.index.observation import IndexObservation
from preflight_database.index.spec import IndexSpec

Reason = Finding | NotChecked


def judge_index(spec: IndexSpec, seen: IndexObservation) -> list[Reason]:
    table = seen.table
    if table is None:
        return [advice.no_table(spec, seen)]
    if spec.only is not None:
        allowed = spec.only
        extra = [i for i in table.indexes if not i.constraint and not any(
            same_name(name, i.name, seen.server.engine) for name in allowed)]  # fmt: skip
        return [advice.extra(spec, seen, table, extra)] if extra else []
    if unreadable := list(_unreadable(spec, seen, table)):
        return unreadable
    canonical = {one.written: one.text for one in seen.canonical if one.text}
    compared = [compare(spec, index, seen.server.engine, canonical) for index in table.indexes]
    judge = _forbidden if spec.forbidden else _required
    return list(judge(spec, seen, table, compared))


def _unreadable(spec: IndexSpec, seen: IndexObservation, table: Table) -> Iterator[Reason]:
    """What the table has no column for would never match: to a forbidden index, that would be a pass."""
    wanted = [part.column for part in spec.columns or () if part.column] + list(spec.include or ())
    for name in wanted:
        if not _column(table, name, seen):
            yield advice.no_column(spec, seen, table, name)
    texts = {part.expression for part in spec.columns or ()} | {spec.where or ""}
    for one in seen.canonical:
        # Class 42 is what is wrong with the text; without the right to read the table nothing is known of it.
        if one.written in texts and one.sqlstate.startswith("42") and one.sqlstate != advice.DENIED:
            yield advice.no_expression(spec, seen, one)


def _column(table: Table, name: str, seen: IndexObservation) -> Column | None:
    return next((column for column in table.columns if same_name(name, column.name, seen.server.engine)), None)


def _required(spec: IndexSpec, seen: IndexObservation, table: Table, compared: list[Comparison]) -> Iterator[Reason]:
    named = next((c for c in compared if spec.name and same_name(spec.name, c.index.name, seen.server.engine)), None)
    if spec.name and (seen.elsewhere or (named and named.differs)):
        yield advice.other_definition(spec, seen, table, named)
        return
    right = [one for one in compared if one.matches]
    working = [one for one in right if _works(one)]
    if working:
        return
    if right:
        yield from (advice.not_working(spec, seen, table, one.index) for one in right)
        return
    spelled = [one for one in compared if one.spelled and not one.differs]
    if spelled:
        yield advice.spelled_differently(spec, seen, table, spelled[0])
    else:
        yield advice.missing(spec, seen, table, compared)


def _works(one: Comparison) -> bool:
    return one.index.valid and one.index.ready and one.index.live and one.index.visible


def _forbidden(spec: IndexSpec, seen: IndexObservation, table: Table, compared: list[Comparison]) -> Iterator[Reason]:
    if found := [one.index for one in compared if one.matches]:
        yield advice.forbidden(spec, seen, table, found)
    for one in compared:
        if one.spelled and not one.differs:
            yield advice.spelled_differently(spec, seen, table, one)
