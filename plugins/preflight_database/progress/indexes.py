"""Which indexes make a conversion crawl: those that somebody turns on while it runs, and those that are forbidden."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.finding import Finding
from preflight_database.catalogue.model import Index, Table, same_name
from preflight_database.index.judge import judge_index
from preflight_database.index.observation import IndexObservation
from preflight_database.progress import advice
from preflight_database.progress.forecast import rate
from preflight_database.progress.observation import ProgressObservation
from preflight_database.progress.spec import ProgressSpec


def judge_indexes(spec: ProgressSpec, seen: ProgressObservation) -> Iterator[Finding]:
    table = seen.table
    if table is None:
        return
    new = [index for index in table.indexes if _is_new(spec, seen, index)]
    yield from (_appeared(spec, seen, table, index) for index in new)
    old = tuple(index for index in table.indexes if index not in new)
    before = Table(table.schema, table.name, table.columns, old, foreign_keys=table.foreign_keys)
    for entry in spec.forbidding:
        for reason in judge_index(entry, IndexObservation(seen.server, before)):
            # What is wrong with the entry itself has no cause; its own check tells.
            if isinstance(reason, Finding) and reason.cause:
                yield reason


def _is_new(spec: ProgressSpec, seen: ProgressObservation, index: Index) -> bool:
    """It was not there at the first look, is there at the last one, and no `only:` allows it."""
    if index.constraint or index.name in seen.samples[0].indexes or index.name not in seen.samples[-1].indexes:
        return False
    allowed = (name for entry in spec.forbidding for name in entry.only or ())
    return not any(same_name(name, index.name, seen.server.engine) for name in allowed)


def _appeared(spec: ProgressSpec, seen: ProgressObservation, table: Table, index: Index) -> Finding:
    at = next(number for number, sample in enumerate(seen.samples) if index.name in sample.indexes)
    rates = rate(seen.samples[: at + 1]), rate(seen.samples[at:])
    return advice.new_index(spec, seen, table, index, seen.samples[at].at, rates)
