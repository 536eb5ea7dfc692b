"""bloat: a table or index of which most is empty. An estimate, on the safe side."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Index, Table
from preflight_database.health.case import Case, Flaw
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import Facts

_PAGE, _HEADER, _BTREE_HEADER, _POINTER, _ALIGNMENT, _PADDING = 8192, 24, 16, 4, 8, 4


def candidates(facts: Facts) -> Iterator[Case]:
    """A large table or B-tree, with what its rows should take."""
    for size in facts.sizes:
        figures: dict[str, int | float | str] = {"bytes": size.bytes, "rows": size.rows, "index": size.index}
        figures |= {} if size.width is None else {"width": size.width}
        figures |= {} if size.fill is None else {"fill": size.fill}
        table = facts.tables.get(size.place)
        if table is not None:
            yield facts.case(Table(table.schema, table.name), figures=figures)


def flaws(case: Case, engine: Engine, limits: Limits) -> Iterator[Flaw]:
    index, size, table = case.text("index"), case.number("bytes"), ddl.place(engine, case.table)
    names = case.of_index(Index(index, ())) if index else case.of_table()
    if "width" not in case.figures:
        step = f"ANALYZE {table}; or GRANT SELECT ON it, if we may not see its statistics"
        yield Flaw(names, "", step, "large tables have no statistics that we may see")
        return
    needed = needed_bytes(case.number("rows"), case.number("width"), bool(index), case.number("fill"))
    empty = 100 * (1 - needed / size)
    if empty < limits.bloat:
        return
    what = f"{index} on {case.name}" if index else case.name
    observed = f"{what} has {size / 1e6:,.0f} MB, of which about {empty:.0f} % are empty, by its statistics"
    again = ddl.reindex(engine, case.table, Index(index, ()))
    locks = "it locks the table for as long as it takes to write it anew: in the window, or with pg_repack"
    yield Flaw(names, observed, f"{again};" if index else f"VACUUM (FULL, ANALYZE) {table}; {locks}")


def needed_bytes(rows: float, width: float, btree: bool, fill: float = 0) -> float:
    """What rows take that are packed as they are when they are loaded.

    On the safe side: it allows for some padding in each row, and knows nothing of B-trees that hold each key once.
    """
    head, page = (8, _PAGE - _HEADER - _BTREE_HEADER) if btree else (24, _PAGE - _HEADER)
    row = head + ceil((width + _PADDING) / _ALIGNMENT) * _ALIGNMENT + _POINTER
    return ceil(rows / max(page * (fill or (90 if btree else 100)) / 100 / row, 1)) * _PAGE


CHECK = HealthCheck(
    "bloat",
    "no large table or index is mostly empty",
    "tables and indexes that are mostly empty",
    "a copy, a backup and every scan take several times as long as they need",
    "warning",
    candidates,
    flaws,
    ("postgresql",),
    "there are no statistics to estimate it by",
)
