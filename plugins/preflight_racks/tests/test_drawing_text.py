"""Elevations on a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preflight_racks.demand import Demand, Place
from preflight_racks.drawing.names import cut, harmless, listed, width
from preflight_racks.drawing.text import elevations, placement_lines
from preflight_racks.room import Rack
from preflight_racks.tests.cabinets import HOSTILE, PHOENIX, PLACES, R12, R13, STORAGE, TODAY, device, place

ONE = """\
R12 (12 units, 0 free)
dc1 / room-1
U12   # high
U11   ~ blank-2
U9-10 . free          | * storage-1
U8    : was for old until 2026-05-31
U7    - for lab until 2027-01-15
U6    # panel         | # tray
U4-5  # app-1
U3    + phoenix-3
U2    + phoenix-2
U1    + phoenix-1
0U: pdu-a
no position: lost
U12-13 is outside: high
take out first: blank-1 (U3)

+ proposed
* proposed for another group
# occupied   ~ blanking panel
- reserved   : reservation expired
. free   a | b: front | rear"""


def drawn(columns: int, *racks: Rack, holder: str = "Phoenix") -> list[str]:
    return elevations(racks, PLACES, [PHOENIX, STORAGE], holder, columns, today=TODAY, group="phoenix")


def test_one_rack_in_40_columns() -> None:
    assert "\n".join(drawn(40, R12)) == ONE


def test_as_many_racks_side_by_side_as_fit() -> None:
    racks = [replace(R13, name=f"R{number}") for number in range(5)]
    for columns, abreast in ((20, 1), (74, 1), (75, 2), (80, 2), (113, 2), (114, 3), (500, 5)):
        lines = drawn(columns, *racks)
        assert lines[0].count("units") == abreast, columns
        assert sum(line.count("units") for line in lines) == 5
        assert max(map(len, lines)) <= max(columns, 24)


def test_racks_of_one_row_do_not_run_into_each_other() -> None:
    lines = drawn(80, R13, R12)
    at = lines[0].index("R12")
    assert [line[at:].rstrip() for line in lines[:16]] == drawn(38, R12)[:16]


def test_a_full_rack_of_runs_is_short() -> None:
    rack = Rack("R1", 42, devices=tuple(device(f"web-{number}", number) for number in range(1, 13)), reserved=())
    rack = replace(rack, devices=(*rack.devices, *(device(f"db-{n:02}.x", 11 + 2 * n, 2) for n in range(1, 9))))
    assert drawn(40, rack)[1:4] == [
        "U29-42 . free",
        "U13-28 # db-08.x ... db-01.x (8 x 2U)",
        "U1-12  # web-12 ... web-1 (12)",
    ]


def test_what_is_proposed_has_a_line_each_and_so_have_devices_of_other_names() -> None:
    rack = Rack("R12", 9, devices=tuple(device(name, 7 + number) for number, name in enumerate(("x", "y", "z"))))
    lines = elevations([rack], PLACES[:3], [PHOENIX], "", 40)
    names = [line.split()[-1] for line in lines[1:8]]
    assert names == ["z", "y", "x", "free", "phoenix-3", "phoenix-2", "phoenix-1"]


def test_a_device_that_goes_on_is_not_a_second_one() -> None:
    rack = Rack(
        "R", 3, devices=(device("two", 1, 2, full_depth=False), device("one", 2, face="rear", full_depth=False))
    )
    assert drawn(40, rack)[1:4] == ["U3 . free", "U2 # two             | # one", 'U1 # "               | . free']


def test_units_reserved_for_us_are_counted() -> None:
    assert drawn(40, replace(R12, devices=(), name="R"))[0] == "R (12 units, 6 free, 3 ours)"


def test_no_racks_no_lines() -> None:
    assert drawn(80) == []


def test_hostile_names_are_harmless_and_our_own_words_ascii() -> None:
    rack = replace(R12, name=HOSTILE, site=HOSTILE, devices=(device(HOSTILE, 4), device(HOSTILE, None, 0)))
    lines = drawn(40, rack, holder=HOSTILE)
    assert all(line.isprintable() and line.isascii() for line in lines)
    demand = replace(PHOENIX, name=HOSTILE)
    assert placement_lines(demand, [place(HOSTILE, 1, HOSTILE, 1)], [rack])[0].isprintable()


@pytest.mark.parametrize("name", ["x" * 500, "e\u0301" * 500, "\u0301" * 500, "機" * 500, "א" * 500, "\U0001f5a5" * 99])
def test_long_names_leave_the_columns_as_they_are(name: str) -> None:
    rack = replace(R12, name=name, location=name, devices=(device(name, 4), device(name, None, 0)))
    for columns in (30, 40, 80):
        assert max(map(width, drawn(columns, rack))) <= columns


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("app-1", 5, "app-1"),
        ("phoenix-app-13", 10, "phoe...-13"),
        ("phoenix-app-13", 3, "pho"),
        ("機械機械機械", 9, "機械...械"),
        ("a" + "\u0301" * 50, 8, "a" + "\u0301" * 9 + "..." + "\u0301" * 4),
        ("abc", 0, ""),
    ],
)
def test_what_is_cut_keeps_its_ends(text: str, room: int, expected: str) -> None:
    assert cut(text, room) == expected


def test_all_of_a_name_shows_on_one_line() -> None:
    assert harmless("a\tb\n\x1b\u202e\u200f\ufeffé機") == r"a\tb\n\x1b\u202e\u200f\ufeffé機"


def test_of_many_names_the_first_are_said() -> None:
    assert listed("abc") == "a, b, c"
    assert listed("abcd", 2) == "a, b and 2 more"


def test_where_the_devices_of_a_group_go() -> None:
    assert placement_lines(PHOENIX, PLACES, [R12, R13]) == [
        "R12  U1-2  phoenix-1 to -2  feeds A+B",
        "R12  U3    phoenix-3        feeds B+C  take out blank-1 first",
        "R13  U5    phoenix-4        feeds A+B",
    ]


@pytest.mark.parametrize(
    ("demand", "places", "expected"),
    [
        (PHOENIX, [], []),
        (
            PHOENIX,
            [place("phoenix", n, rack, 9) for n, rack in ((1, "R13"), (2, "R12"))],
            ["R12  U9  phoenix-2", "R13  U9  phoenix-1"],
        ),
        (
            PHOENIX,
            [place("phoenix", n, "R13", n) for n in (1, 2, 5, 4)],
            ["R13  U1-2, U4-5  phoenix-1 to -2, -4 to -5"],
        ),
        (
            STORAGE,
            [place("storage", n, "R13", u, face=f) for n, u, f in ((1, 1, "rear"), (2, 3, "rear"), (3, 1, "front"))],
            ["R13  U1-2, U1-4 (rear)  storage-1 to -3"],
        ),
        (PHOENIX, [place("phoenix", 1, "elsewhere", 9)], ["elsewhere  U9  phoenix-1"]),
    ],
)  # fmt: skip
def test_lines_of_a_placement(demand: Demand, places: list[Place], expected: list[str]) -> None:
    assert placement_lines(demand, places, [R12, R13]) == expected
