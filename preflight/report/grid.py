"""A kind's checks by row and column, for a page: pure data in, pure data out.

What would be too large is reduced to the rows and columns in which something is not green, with a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from preflight.finding import Outcome
from preflight.report.document import CellPart, MatrixPart

MOST_ROWS, MOST_COLUMNS = 60, 40
WORST_LAST = [str(outcome) for outcome in Outcome]
NOTHING = CellPart("", ())


@dataclass(frozen=True, slots=True)
class Entry:
    """One check: where it stands, what was seen in short, what became of it."""

    row: str
    column: str
    text: str
    outcome: Outcome


def grid(title: str, entries: Sequence[Entry]) -> MatrixPart | None:
    """The matrix, in the order of the entries; None if there are no two rows."""
    rows, columns = _heads(entries)
    if len(rows) < 2:
        return None
    note = ""
    if len(rows) > MOST_ROWS or len(columns) > MOST_COLUMNS:
        size = f"{len(rows)} rows and {len(columns)} columns"
        rows, columns = _heads([one for one in entries if one.outcome != Outcome.PASSED])
        if not rows:
            return MatrixPart(title, (), (), (), f"all green, in {size}")
        first = "" if len(rows) <= MOST_ROWS and len(columns) <= MOST_COLUMNS else "the first of "
        note = f"shown: {first}where something is not green, of {size}"
        rows, columns = rows[:MOST_ROWS], columns[:MOST_COLUMNS]
    cells = _cells(entries)
    return MatrixPart(
        title,
        tuple(rows),
        tuple(columns),
        tuple(tuple(cells.get((row, column), NOTHING) for column in columns) for row in rows),
        note,
    )


def _heads(entries: Sequence[Entry]) -> tuple[list[str], list[str]]:
    return list(dict.fromkeys(one.row for one in entries)), list(dict.fromkeys(one.column for one in entries))


def _cells(entries: Sequence[Entry]) -> dict[tuple[str, str], CellPart]:
    seen: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        seen.setdefault((entry.row, entry.column), []).append(entry)
    return {place: _cell(several) for place, several in seen.items()}


def _cell(several: Sequence[Entry]) -> CellPart:
    """The worst first; what is the same once, with its number."""
    ordered = sorted(several, key=lambda one: -WORST_LAST.index(one.outcome))
    texts = Counter(one.text for one in ordered if one.text)
    shown = tuple(f"{text} x{number}" if number > 1 else text for text, number in texts.items())
    return CellPart(str(ordered[0].outcome), shown)  # type: ignore[arg-type]  # an outcome's name
