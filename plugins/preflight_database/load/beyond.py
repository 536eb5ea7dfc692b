"""How much slower rows go in than on the last rung, at most, and when nobody can say. Pure.

A row costs more in a larger table for three reasons; each is bounded as if it were the reason for all of the time:

- The trees are deeper: log n (`forecast.py`).
- Pages have to come from disk. Of all that is touched, a share 1 - C/B(n) is not in a cache of C bytes, where rows are
  scattered over B(n). So from a rung m that was beyond the cache to n, by (1 - C/B(n)) / (1 - C/B(m)).
- Fewer rows share a page that is written. Of p pages that b rows are scattered over, p (1 - exp(-b/p)) are touched, and
  each of them is written: in a checkpoint, a flush, a transaction's journal or as a full page image in the WAL.

Indexes that rows arrive at in their order touch their last page only, and count for nothing there. Without a rung that
was beyond a cache which the whole load will outgrow, nothing bounds the load from above.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from preflight_database.load.observation import Cache, LoadObservation, Repeat

# A rung counts as beyond a cache from here on: its pages have to take turns in it.
BEYOND = 1.25
# This share of a cache is there for scattered pages: the rest has the table's last ones, and other tables.
ROOM = 0.5
# Rows that go where none of those before them went, above which an index is scattered.
SCATTERED = 0.01
# What an insertion touches of a table that a foreign key refers to: an entry of its key's index, and a row.
_REFERENCED_ROW = 150


@dataclass(frozen=True, slots=True)
class Bound:
    """Why an arm's answer is a lower bound only.

    Attributes:
        rows: with how many a rehearsal would tell more; 0 if with none.
        step: what else would help; empty if nothing but to time a part of the real load.
    """

    why: str
    rows: int = 0
    step: str = ""


@dataclass(frozen=True, slots=True)
class Scattered:
    """What rows are scattered over, on the last rung: bytes, at least and at most, and the number of trees."""

    least: float
    most: float
    trees: int


def scattered(repeat: Repeat, seen: LoadObservation) -> Scattered:
    """Of the table (where its primary key sorts it), and of its indexes."""
    top = repeat.rungs[-1]
    names = {order.index for order in seen.orders if order.scattered > SCATTERED}
    kept = {order.index for order in seen.orders if order.kept and order.index}
    known = {name: top.sizes[name] for name in names & top.sizes.keys() if name in kept or repeat.arm == "present"}
    certain: float = sum(known.values())
    certain += top.table_bytes if "" in names else 0
    # Of some servers only sums are known: it may be all of them, or next to nothing.
    rest = top.kept_bytes - sum(top.sizes.get(name, 0) for name in kept)
    unsaid = kept - top.sizes.keys()
    least, most = certain, certain
    if unsaid & names:
        most += rest
        least += rest if unsaid <= names else 0
    built = {step.name: step.bytes for step in repeat.steps if step.what == "index" and step.name not in top.sizes}
    if repeat.arm == "present" and any(built.values()):
        share = sum(built[name] for name in built.keys() & names) / sum(built.values())
        grown = (
            top.index_bytes - top.kept_bytes - sum(top.sizes.get(name, 0) for name in top.sizes.keys() - kept)
        ) * share
        least, most = least + grown, most + grown
    trees = len(names) if repeat.arm == "present" else len(names & (kept | {""}))
    return Scattered(least, most, trees)


def scattered_bytes(repeat: Repeat, seen: LoadObservation, rows: int) -> tuple[int, int]:
    """Bytes that rows are scattered over: on the last rung, at least, and with `rows` rows in the table, at most."""
    here = scattered(repeat, seen)
    outside = sum((one.rows or 0) for one in seen.referenced) * _REFERENCED_ROW if repeat.arm == "present" else 0
    return round(here.least), round(here.most * rows / repeat.rows) + outside


def growth(repeat: Repeat, seen: LoadObservation, rows: int) -> float:
    """How many times as long as on the last rung a row takes at most with so many in the table, but for their depth."""
    reached, projected = scattered_bytes(repeat, seen, rows)
    here, top = scattered(repeat, seen), repeat.rungs[-1]
    most = max((_misses(cache, reached, projected) for cache in seen.caches), default=1.0)
    if not here.trees or not here.most:
        return most
    batch, pages = top.fresh_rows or top.rows, here.most / seen.page / here.trees
    return max(most, _touched(batch, pages * rows / repeat.rows) / _touched(batch, pages))


def _misses(cache: Cache, reached: int, projected: int) -> float:
    """How many times as often pages come from disk as they did on the last rung, at most; 1 if they did not."""
    if reached < cache.bytes * BEYOND or projected <= reached:
        return 1.0
    return (1 - cache.bytes / projected) / (1 - cache.bytes / reached)


def _touched(rows: int, pages: float) -> float:
    """How many of so many pages, where each row goes to any of them."""
    return pages * -math.expm1(-rows / pages)


def bounds(repeat: Repeat, seen: LoadObservation, rows: int, already: int | None) -> Iterator[Bound]:
    """Every reason why nothing bounds the load from above."""
    total = rows + (already or 0)
    if already is None and seen.now > rows / 100:
        step = "write `already:`, the rows that it has when the load starts: 0 if it is emptied before"
        yield Bound(f"the table has about {seen.now:,} rows now, and nothing says whether they stay", step=step)
    if seen.sorted_by:
        step = "name the table whose order is that of the load: `source:` (the one that is loaded, if it is)"
        yield Bound(f"rows came in the order of ({', '.join(seen.sorted_by)}), as the table keeps them", step=step)
    yield from _unseen(repeat, seen, total)
    for what in seen.unrehearsed:
        yield Bound(f"{what} is not in the rehearsal")
    if not seen.flushes:
        step = {
            "postgresql": "let the user of `scratch` ask for checkpoints (GRANT pg_checkpoint, PostgreSQL 15)",
            "sqlite": "",
        }.get(seen.server.engine, "let the user of `scratch` flush its tables (GRANT RELOAD ON *.*)")
        yield Bound("what is written to disk behind the load's back could not be timed", step=step)
    if repeat.arm == "deferred":
        yield from _unbuilt(repeat, seen, total)


def _unseen(repeat: Repeat, seen: LoadObservation, total: int) -> Iterator[Bound]:
    """A cache that the load will outgrow, and the rehearsal did not; or what nobody knows the size of."""
    reached, projected = scattered_bytes(repeat, seen, total)
    what = "its indexes" if repeat.arm == "present" else "the indexes that are kept"
    for cache in seen.caches:
        if projected > cache.bytes * ROOM and reached < cache.bytes * BEYOND and projected > reached * BEYOND:
            needed = math.ceil(repeat.rows * 2 * cache.bytes / reached) if reached else total
            yield Bound(f"{what} will take {size(projected)}, {cache.name} is {size(cache.bytes)}, and the rehearsal "
                        f"reached {size(reached)}", min(needed, total))  # fmt: skip
            break
    if repeat.arm == "present":
        for name in seen.unsized:
            yield Bound(f"the size of {name} is not known")
        for one in seen.referenced:
            if one.rows is None:
                yield Bound(f"the size of the table that {one.key} refers to is not known", step="ANALYZE it")


def _unbuilt(repeat: Repeat, seen: LoadObservation, total: int) -> Iterator[Bound]:
    """Indexes are built of a table that does not fit memory any more, which none of the rehearsal did."""
    for one in seen.referenced:
        if one.rows is None:
            yield Bound(f"the size of the table that {one.key} refers to is not known", step="ANALYZE it")
    if not seen.caches or not (seen.indexes or seen.referenced):
        return
    memory, top = seen.caches[-1], repeat.rungs[-1]
    table = top.table_bytes * total / repeat.rows
    if table > memory.bytes * ROOM and top.table_bytes < memory.bytes * BEYOND and table > top.table_bytes * BEYOND:
        needed = math.ceil(total * 2 * memory.bytes / table)
        yield Bound(f"the table that indexes are built of will take {size(table)}, {memory.name} is "
                    f"{size(memory.bytes)}, and the rehearsal reached {size(top.table_bytes)}",
                    min(needed, total))  # fmt: skip


def size(number: float) -> str:
    """`3.2 GB`."""
    for unit, base in (("TB", 1024**4), ("GB", 1024**3), ("MB", 1024**2)):
        if number >= base:
            return f"{number / base:{'.0f' if number >= 100 * base else '.3g'}} {unit}"
    return f"{number / 1024:.3g} kB"
