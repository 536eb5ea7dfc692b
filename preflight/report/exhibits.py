"""What kinds have to show of their checks besides reasons: figures, tables, lines of text, cells of a matrix.

They are made anew from the observations of a run's record. A bug in a plugin costs its own exhibit, and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from preflight.finding import Outcome
from preflight.kind import Check, Table
from preflight.record import cell_of, decoded
from preflight.report.document import TablePart
from preflight.report.grid import Entry
from preflight.report.picture import UnfitError, fit
from preflight.report.wording import safe
from preflight.secret import Masker

MOST_BYTES = 400_000  # of all exhibits together: a report has to fit into a mail
MOST_ROWS = 60
MOST_LINES = 120
COLUMNS = 100
MOST_IN_A_CELL = 400


@dataclass(frozen=True, slots=True)
class Exhibit:
    figure: str = ""
    table: TablePart | None = None
    sketch: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    deadline: tuple[datetime, str] | None = None

    @property
    def size(self) -> int:
        """In bytes, about, with the marks of HTML around it."""
        rows = (self.table.columns, *self.table.rows) if self.table else ()
        cells = sum(_bytes(text) + 27 for row in rows for text in row)
        return _bytes(self.figure) + cells + 40 * len(rows) + sum(map(_bytes, self.sketch))


NOTHING = Exhibit()


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


class Exhibits:
    """Makes them, as long as there is room; `left_out` counts the checks for which there was none."""

    def __init__(self) -> None:
        self._room = MOST_BYTES
        self.left_out = 0

    def of(self, check: Check, record: Mapping[str, Any], mask: Masker) -> Exhibit:
        kind = check.kind
        full, shows = self._room <= 0, kind.figure or kind.table or kind.sketch
        self.left_out += bool(full and shows)
        if not kind.deadline and (full or not shows):
            return NOTHING
        seen, why_not = seen_of(check, record)
        if seen is None:
            return Exhibit(notes=(why_not,) if why_not else ())
        exhibit = _exhibit(check, seen, mask, full=full)
        self._room -= exhibit.size
        return exhibit


def seen_of(check: Check, record: Mapping[str, Any]) -> tuple[Any, str]:
    """The observation that is recorded of a check; or None, and why it cannot be used, if it is there."""
    if record.get("observed") is None:
        return None, ""
    try:
        return decoded(check.kind, record["observed"]), ""
    except ValueError:
        return None, "what it has seen cannot be shown: it was recorded by another version"


def _exhibit(check: Check, seen: Any, mask: Masker, *, full: bool) -> Exhibit:
    """What there is to show; if all is `full`, no more than by when something is to be decided."""
    kind, notes = check.kind, list[str]()

    def made(what: str, function: Callable[..., Any] | None, *arguments: Any) -> Any:
        try:
            return function(check.spec, seen, *arguments) if function is not None else None
        except Exception as error:
            bug = f"{type(error).__name__}: {error}"
            notes.append(safe(mask(f"its {what} cannot be shown: its plugin raised {bug} (a bug: report it)"), 500))
            return None

    due = made("deadline", kind.deadline)
    deadline = (due.at.astimezone(due.at.tzinfo), safe(mask(due.what))) if due is not None else None
    if full:
        return Exhibit(notes=tuple(notes), deadline=deadline)
    figure = made("figure", kind.figure) or ""
    try:
        figure = fit(figure, mask) if figure else ""
    except UnfitError as error:
        notes.append(safe(mask(f"its figure cannot be shown: {error} (a bug of its plugin: report it)"), 500))
        figure = ""
    table: Table | None = made("table", kind.table)
    part = table_part(table, mask) if table is not None and table.rows else None
    # A figure tells more than the lines that stand for it on a terminal.
    lines = () if figure else made("sketch", kind.sketch, COLUMNS, True) or ()
    sketch = tuple(safe(mask(line)).replace("\n", " ") for line in lines[:MOST_LINES])
    return Exhibit(figure, part, sketch, tuple(notes), deadline)


def table_part(table: Table, mask: Masker) -> TablePart:
    """The table, masked; of a long one the rows that matter, in their own order."""
    marked = {*table.wrong, *table.unknown}
    order = sorted(range(len(table.rows)), key=lambda row: row not in marked)
    kept = sorted(order[:MOST_ROWS])
    place = {row: number for number, row in enumerate(kept)}

    def text(value: str) -> str:
        return safe(mask(value), MOST_IN_A_CELL)

    return TablePart(
        text(table.caption),
        tuple(map(text, table.columns)),
        tuple(tuple(map(text, table.rows[row])) for row in kept),
        tuple(place[row] for row in table.wrong if row in place),
        tuple(place[row] for row in table.unknown if row in place),
        len(table.rows) - len(kept),
    )


def entries(checks: Iterable[tuple[Check, Mapping[str, Any]]], mask: Masker) -> dict[str, list[Entry]]:
    """By kind, the cells of those checks whose kind has a matrix. What has no cell for a bug is left out."""
    by_kind: dict[str, list[Entry]] = {}
    for check, record in checks:
        if check.kind.cell is None:
            continue
        cell = cell_of(check, seen_of(check, record)[0], mask)
        if cell is not None and "bug" not in cell:
            row, column, text = (safe(cell[name], MOST_IN_A_CELL) for name in ("row", "column", "text"))
            by_kind.setdefault(check.kind.name, []).append(Entry(row, column, text, Outcome(record["outcome"])))
    return by_kind
