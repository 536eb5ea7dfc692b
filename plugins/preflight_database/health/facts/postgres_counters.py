"""The sequences of a PostgreSQL database, what they number, and how far both have got.

A look at a table locks it and each of its indexes until the transaction ends, and the server has room for a few
thousand locks of all its sessions. So the looks are joined to a few statements, after each of which the locks are let
go. For the same reason a sequence is read like a table: pg_sequence_last_value() would hold its lock to the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from preflight_database.health.case import Counter
from preflight_database.health.facts import postgres_queries as queries
from preflight_database.health.facts.base import NO_INDEX, Facts, Numbered

_SEQUENCES, _COLUMNS = 500, 100  # that are looked at in one statement
_JOINT = " union all "


@dataclass(frozen=True, slots=True)
class Feed:
    """A column that a sequence numbers, as the catalogue has it, and the number that comes next."""

    row: Any
    counter: Counter

    def numbered(self, highest: int | None = None, unknown: str = "") -> Numbered:
        place = self.row.schema, self.row.relation
        if self.counter.next is None:
            unknown = f"SELECT ON SEQUENCE {self.counter.name}"
        return Numbered(place, replace(self.counter, highest=highest), unknown)


def feeds(facts: Facts) -> list[Feed]:
    rows = facts.rows(queries.COUNTERS)
    after = dict(_next(facts, rows))
    found = [Feed(row, _counter(row, after.get(at))) for at, row in enumerate(rows)]
    fed = {((feed.row.schema, feed.row.relation), feed.row.attribute, feed.counter.name) for feed in found}
    # What a partition has from its table is told of that one.
    above = (facts.parents.get((feed.row.schema, feed.row.relation)) for feed in found)
    return [feed for feed, parent in zip(found, above, strict=True)
            if (parent, feed.row.attribute, feed.counter.name) not in fed]  # fmt: skip


def numbered(facts: Facts, found: list[Feed]) -> list[Numbered]:
    """With the highest number of each column.

    The sequences have been read before: what they hand out meanwhile is in rows that our snapshot does not show.
    """
    wanted = [(at, feed) for at, feed in enumerate(found)
              if feed.row.readable and feed.row.cheap and feed.row.numeric and not feed.row.empty]  # fmt: skip
    pieces = [
        f"select {at}, (select {'max' if feed.counter.increment > 0 else 'min'}({_quoted(feed.row.attribute)}) "
        f"from {_quoted(feed.row.schema)}.{_quoted(feed.row.relation)})::numeric"
        for at, feed in wanted
    ]
    highest = {at: None if value is None else int(value) for at, value in facts.in_chunks(pieces, _COLUMNS, _JOINT)}
    return [feed.numbered(highest.get(at), _lacking(feed.row)) for at, feed in enumerate(found)]


def _lacking(row: Any) -> str:
    if not row.readable:
        return f"SELECT ON {row.schema}.{row.relation}"
    return "" if row.cheap or not row.numeric else NO_INDEX


def _next(facts: Facts, rows: Any) -> Iterator[tuple[int, int]]:
    """The number that comes next, of the sequences that may be read: one that was not used yet begins with its own."""
    pieces = [
        f"select {at}, last_value, is_called from {_quoted(row.sequence_schema)}.{_quoted(row.sequence)}"
        for at, row in enumerate(rows) if row.selectable
    ]  # fmt: skip
    for at, last, called in facts.in_chunks(pieces, _SEQUENCES, _JOINT):
        yield at, int(last) + (int(rows[at].seqincrement) if called else 0)


def _counter(row: Any, after: int | None) -> Counter:
    step, bounds = int(row.seqincrement), (int(row.seqmin), int(row.seqmax))
    bounds = bounds if step > 0 else (bounds[1], bounds[0])
    name = row.sequence if row.seen else f"{row.sequence_schema}.{row.sequence}"
    return Counter(row.attribute, row.type, after, name, row.sequence_type, *bounds, step, row.seqcycle)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
