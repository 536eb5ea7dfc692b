"""A kind's checks as a table to fit the terminal. Pure: cells and outcomes in, lines out; the writer colours.

What is not green is told apart by words as well. Nothing is cut where it could be taken for something
else: what is too wide is wrapped, and columns that find no room stand in a block of their own below.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, zip_longest

from _pytest._io.wcwidth import wcswidth

from preflight.finding import Outcome
from preflight.report.grid import Entry

MARKS = {Outcome.FAILED: "FAIL", Outcome.NOT_CHECKED: "?", Outcome.WARNED: "WARN", Outcome.WAIVED: "waived"}
WITHOUT_TEXT = {Outcome.NOT_CHECKED: "not checked", Outcome.PASSED: "ok"}
STYLES = {Outcome.FAILED: "red", Outcome.PASSED: "green"}  # the others are yellow
GAP = 2
COLUMN_WIDTHS = (60, 36, 24, 16)  # the widest a column may be: the first by which all fit side by side
LONGEST_TEXT, LONGEST_NAME = 60, 80
MOST_PARTS = 6
MOST_ROWS, MOST_COLUMNS = 30, 15

Styled = tuple[str, str]  # a text, and pytest's markup for it: "red", "bold", "", ...
Line = list[Styled]
Head = tuple[int, str]  # of a row or column: its position among all, its name
NOTHING: Styled = ("-", "")


def matrix(title: str, entries: Iterable[Entry], width: int, *, whole: bool = False) -> list[Line]:
    """The table, its rows and columns in the order of the entries; no lines if there are no two rows.

    Rows with equal cells stand as one, and so do columns where not all fit side by side. What is large even
    then is reduced to where something is not green, with a note. With `whole`, none of this is done.
    """
    table = _table(entries)
    if len(table.rows) < 2:
        return []
    if whole:
        return list(_rendered(title, table, width))
    short = _fitted(title, table, width)
    if len(short.rows) <= MOST_ROWS and len(short.columns) <= MOST_COLUMNS:
        return list(_rendered(title, short, width))
    left = table.not_green()
    if not left.rows:
        return _note(f"{title}: all green in {len(table.rows)} rows and {len(table.columns)} columns", width)
    left = left.turned().not_green().turned()
    where = f"{len(left.rows)} of {len(table.rows)} rows and {len(left.columns)} of {len(table.columns)} columns"
    short = _fitted(title, left, width)
    cut = short.first(MOST_ROWS).turned().first(MOST_COLUMNS).turned()
    what = "what is not green" if cut == short else "the first of what is not green"
    return [*_rendered(title, cut, width), *_note(f"shown: {what}, in {where}", width)]


@dataclass(frozen=True, slots=True)
class _Table:
    rows: list[Head]
    columns: list[Head]
    cells: list[list[Styled]]

    def turned(self) -> _Table:
        return _Table(self.columns, self.rows, [list(cells) for cells in zip(*self.cells, strict=True)])

    def first(self, most: int) -> _Table:
        return _Table(self.rows[:most], self.columns, self.cells[:most])

    def not_green(self) -> _Table:
        """The rows in which something is not green."""
        pairs = zip(self.rows, self.cells, strict=True)
        kept = [(row, cells) for row, cells in pairs if any(style not in ("green", "") for _, style in cells)]
        return _Table([row for row, _ in kept], self.columns, [cells for _, cells in kept])

    def merged(self) -> _Table:
        """Rows with equal cells as one, where the first of them stands."""
        alike: dict[tuple[Styled, ...], list[Head]] = {}
        for row, cells in zip(self.rows, self.cells, strict=True):
            alike.setdefault(tuple(cells), []).append(row)
        rows = [(heads[0][0], _names(heads)) for heads in alike.values()]
        return _Table(rows, self.columns, [list(cells) for cells in alike])


def _table(entries: Iterable[Entry]) -> _Table:
    places: dict[tuple[str, str], Counter[tuple[Outcome, str]]] = {}
    for entry in entries:
        places.setdefault((entry.row, entry.column), Counter())[entry.outcome, entry.text] += 1
    written = {place: _written(seen) for place, seen in places.items()}
    rows, columns = (list(dict.fromkeys(names)) for names in ([r for r, _ in places], [c for _, c in places]))
    cells = [[written.get((row, column), NOTHING) for column in columns] for row in rows]
    return _Table(list(enumerate(_shortened(rows))), list(enumerate(_shortened(columns))), cells)


def _written(seen: Counter[tuple[Outcome, str]]) -> Styled:
    """The checks of one cell, the worst first: `FAIL filtered x2, open`."""
    ordered = sorted(seen.items(), key=lambda item: list(Outcome).index(item[0][0]), reverse=True)
    parts = []
    for (outcome, text), number in ordered:
        words = (MARKS.get(outcome, ""), text or WITHOUT_TEXT.get(outcome, ""), f"x{number}" if number > 1 else "")
        parts.append(" ".join(filter(None, words)))
    joined = ", ".join(parts)
    text = joined if len(joined) <= LONGEST_TEXT else f"{joined[: LONGEST_TEXT - 3]}..."
    return text, STYLES.get(ordered[0][0][0], "yellow")


def _shortened(names: list[str]) -> list[str]:
    """Very long names without their middle, if they can be told apart then."""
    half = LONGEST_NAME // 2
    short = [name if len(name) <= LONGEST_NAME else f"{name[: half - 3]}...{name[-half:]}" for name in names]
    return short if len(set(short)) == len(names) else names


def _names(heads: Sequence[Head]) -> str:
    """`web-1, web-3`, and of many in a row the first and the last: `web-1 ... web-30 (30)`."""
    parts: list[str] = []
    for _, run in groupby(enumerate(heads), lambda numbered: numbered[1][0] - numbered[0]):
        names = [name for _, (_, name) in run]
        parts += names if len(names) <= 3 else [f"{names[0]} ... {names[-1]}"]
    if len(parts) == len(heads) <= MOST_PARTS:
        return ", ".join(parts)
    rest = " ..." if len(parts) > MOST_PARTS else ""
    return f"{', '.join(parts[:MOST_PARTS])}{rest} ({len(heads)})"


def _fitted(title: str, table: _Table, width: int) -> _Table:
    merged = table.merged()
    names, widths = _widths(title, merged, width)
    return merged if names + sum(widths) <= width else merged.turned().merged().turned()


def _widths(title: str, table: _Table, width: int) -> tuple[int, list[int]]:
    """Of the names of the rows, and of each column with the gap before it."""
    names = min(max(_width(text) for text in (title, *(name for _, name in table.rows))), width * 2 // 5)
    texts = zip(
        (name for _, name in table.columns), *([text for text, _ in cells] for cells in table.cells), strict=True
    )
    needed = [max(map(_width, column)) for column in texts]
    for most in COLUMN_WIDTHS:
        widths = [GAP + min(need, most, width - names - GAP) for need in needed]
        if names + sum(widths) <= width:
            break
    return names, widths


def _rendered(title: str, table: _Table, width: int) -> Iterator[Line]:
    names, widths = _widths(title, table, width)
    first = 0
    while first < len(widths):
        last = first + 1
        while last < len(widths) and names + sum(widths[first : last + 1]) <= width:
            last += 1
        block = slice(first, last)
        if first:
            yield []
        yield from _row((title, "bold"), [(name, "bold") for _, name in table.columns[block]], names, widths[block])
        for (_, name), cells in zip(table.rows, table.cells, strict=True):
            yield from _row((name, ""), cells[block], names, widths[block])
        first = last


def _row(head: Styled, cells: Sequence[Styled], names: int, widths: Sequence[int]) -> Iterator[Line]:
    name, *more = _wrapped(head[0], names) if _width(head[0]) <= names else _wrapped(head[0], names - 1)
    wrapped = [[name, *(f" {text}" for text in more)]]  # indented, or it would look like a row of its own
    wrapped += [_wrapped(text, room - GAP) for (text, _), room in zip(cells, widths, strict=True)]
    starts = [0, *accumulate(widths[:-1], initial=names + GAP)]
    for texts in zip_longest(*wrapped, fillvalue=""):
        line: Line = []
        at = 0
        for text, (_, style), start in zip(texts, (head, *cells), starts, strict=True):
            if text:
                line += [(" " * (start - at), ""), (text, style)]
                at = start + _width(text)
        yield line


def _wrapped(text: str, width: int) -> list[str]:
    """In lines of at most this width, between words if possible, else after punctuation."""
    lines = [""]
    for word in text.split():
        if lines[-1] and _width(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
            continue
        lines.append("")
        for part in [word] if _width(word) <= width else re.findall(r"\w+\W?|\W", word):
            for piece in [part] if _width(part) <= width else part:
                if lines[-1] and _width(lines[-1] + piece) > width:
                    lines.append("")
                lines[-1] += piece
    return lines[1:] or lines


def _width(text: str) -> int:
    return len(text) if text.isascii() else max(wcswidth(text), 0)


def _note(text: str, width: int) -> list[Line]:
    return [[(line, "")] for line in textwrap.wrap(f"{text} (-v shows all)", width)]
