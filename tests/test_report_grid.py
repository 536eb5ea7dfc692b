"""Checks by row and column."""

from __future__ import annotations

from preflight.report.document import CellPart
from preflight.report.grid import MOST_COLUMNS, MOST_ROWS, Entry, grid


def test_a_cell_has_the_worst_outcome_and_what_was_seen() -> None:
    entries = [
        Entry("a", "x", "open", "passed"), Entry("a", "x", "filtered", "failed"), Entry("a", "x", "open", "passed"),
        Entry("b", "y", "", "not-checked"),
    ]  # fmt: skip
    matrix = grid("ports", entries)
    assert matrix is not None
    assert (matrix.rows, matrix.columns, matrix.note) == (("a", "b"), ("x", "y"), "")
    assert matrix.cells == (
        (CellPart("failed", ("filtered", "open x2")), CellPart("", ())),
        (CellPart("", ()), CellPart("not-checked", ())),
    )


def test_one_row_is_no_matrix() -> None:
    assert grid("ports", [Entry("a", "x", "", "passed"), Entry("a", "y", "", "passed")]) is None


def test_what_is_large_is_reduced_to_what_is_not_green() -> None:
    entries = [Entry(f"r{n}", f"c{n}", "open", "failed" if n in (3, 70) else "passed") for n in range(100)]
    matrix = grid("ports", entries)
    assert matrix is not None
    assert (matrix.rows, matrix.columns) == (("r3", "r70"), ("c3", "c70"))
    assert matrix.note == "shown: where something is not green, of 100 rows and 100 columns"


def test_what_is_too_large_even_then_is_cut_and_says_so() -> None:
    matrix = grid("ports", [Entry(f"r{n}", f"c{n}", "", "failed") for n in range(1000)])
    assert matrix is not None
    assert (len(matrix.rows), len(matrix.columns)) == (MOST_ROWS, MOST_COLUMNS)
    assert matrix.note == "shown: the first of where something is not green, of 1000 rows and 1000 columns"


def test_what_is_large_and_green_is_told_in_a_line() -> None:
    matrix = grid("ports", [Entry(f"r{n}", f"c{n}", "", "passed") for n in range(100)])
    assert matrix is not None
    assert (matrix.rows, matrix.note) == ((), "all green, in 100 rows and 100 columns")
