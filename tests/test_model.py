"""Entries that know where they were written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from preflight.model import NOWHERE, Marked
from preflight.source import Mark
from preflight.yamlfile import parse


class Entry(Marked):
    name: str
    racks: Any = ()
    psus: Any = None
    count: int = 1


def entry(text: str) -> Entry:
    return Entry.model_validate(parse(Path("racks.yaml"), text.encode()).root)


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ((), 1, 1),
        (("name",), 1, 7),
        (("racks",), 2, 8),
        (("racks", 1), 2, 13),
        (("racks", 1, "units"), 2, 21),
        (("racks", 9), 2, 8),
        (("racks", "R1"), 2, 8),
        (("name", 0), 1, 7),
        (("psus",), 1, 1),
        (("psus", "count"), 1, 1),  # and not the count of the entry itself
    ],
)
def test_where_a_part_of_an_entry_is_written(path: tuple[str | int, ...], line: int, column: int) -> None:
    assert entry("name: a\nracks: [R1, {units: 3}]\ncount: 2\n").place(*path) == Mark("racks.yaml", line, column)


def test_what_was_written_nowhere_stands_where_it_is_said_to() -> None:
    made, at = Entry(name="a"), Mark("racks.yaml", 7, 3)
    assert (made.mark, made.written, made.place("name")) == (NOWHERE, None, NOWHERE)
    made.stand_at(at)
    assert (made.mark, made.place("name")) == (at, at)
    written = entry("name: a")
    written.stand_at(at)
    assert written.place("name") == Mark("racks.yaml", 1, 7)
    written.forget_places()
    assert (written.mark, written.written, written.place("name")) == (Mark("racks.yaml", 1, 1), None, written.mark)
