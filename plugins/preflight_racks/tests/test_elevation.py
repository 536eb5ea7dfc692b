"""What each half unit of a rack is, from the top as it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight_racks.elevation import Beside, State, elevation, taken_out
from preflight_racks.room import Device, Rack, Reservation
from preflight_racks.tests.cabinets import PHOENIX, PLACES, R12, R13, STORAGE, TODAY, device, place, written


def test_a_rack_with_all_that_one_can_have() -> None:
    drawn = elevation(R12, PLACES, [PHOENIX, STORAGE], "Phoenix", today=TODAY, group="phoenix")
    below = ["U4-5 occupied app-1", *(f"U{number} proposed phoenix-{number}" for number in (3, 2, 1))]
    kept = ["U8 expired old until 2026-05-31", "U7 theirs lab until 2027-01-15"]
    assert written(drawn.front) == [
        "U12 occupied high", "U11 blank blank-2", "U9-10 free", *kept, "U6 occupied panel", *below,
    ]  # fmt: skip
    assert written(drawn.rear) == [
        "U12 occupied high", "U11 blank blank-2", "U9-10 other storage-1", *kept, "U6 occupied tray", *below,
    ]  # fmt: skip
    assert drawn.beside == (Beside("pdu-a", "0U"), Beside("lost", "no position"), Beside("high", "U12-13 is outside"))
    assert [blank.name for blank in drawn.removed] == ["blank-1"]


def test_units_that_nobody_fills_show_for_whom_they_are_kept() -> None:
    drawn = elevation(replace(R12, devices=()), holder="Phoenix", today=TODAY)
    assert written(drawn.front) == [
        "U12 blocked", "U9-11 free", "U8 expired old until 2026-05-31", "U7 theirs lab until 2027-01-15", "U4-6 free",
        "U1-3 ours Phoenix",
    ]  # fmt: skip
    assert drawn.units("free") == [4, 5, 6, 9, 10, 11]
    assert drawn.units("ours", "expired") == [1, 2, 3, 8]


def test_a_rack_numbered_from_the_top_begins_with_its_first_unit() -> None:
    drawn = elevation(R13, PLACES, [PHOENIX])
    assert written(drawn.front) == [
        "U1 occupied a", "U2 clash a / b", "U3-4 free", "U4.5 occupied half", "U5 proposed phoenix-4", "U6 free",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reservations", "holder", "expected"),
    [
        ((Reservation((1,), "us"),), "us", "U1 ours us"),
        ((Reservation((1,), "us"),), "", "U1 theirs us"),
        ((Reservation((1,), ""),), "", "U1 theirs"),  # nobody's name is not everybody's
        ((Reservation((1,), "us", TODAY),), "", f"U1 theirs us until {TODAY}"),
        ((Reservation((1,), "us", "2026-05-31"),), "us", "U1 ours us until 2026-05-31"),
        ((Reservation((1,), "us", stale=True),), "", "U1 expired us"),
        ((Reservation((1,), "us"), Reservation((1,), "them")), "us", "U1 theirs them"),
        ((Reservation((1,), "us"), Reservation((1,), "old", stale=True)), "us", "U1 expired old"),
    ],
)
def test_reservations(reservations: tuple[Reservation, ...], holder: str, expected: str) -> None:
    drawn = elevation(Rack("R", 1, reserved=reservations), holder=holder, today=TODAY)
    assert written(drawn.front) == written(drawn.rear) == [expected]


def test_without_a_date_a_reservation_is_taken_to_hold() -> None:
    drawn = elevation(Rack("R", 1, reserved=(Reservation((1,), "us", "2020-01-01"),)))
    assert drawn.front[0].state == "theirs"


@pytest.mark.parametrize(("group", "states"), [("phoenix", ["proposed", "other"]), ("", ["proposed", "proposed"])])
def test_whose_devices_are_proposed(group: str, states: list[State]) -> None:
    rack = Rack("R12", 3)
    places = [place("phoenix", 1, "R12", 1), place("storage", 1, "R12", 2, face="rear"), place("gone", 1, "R12", 1)]
    drawn = elevation(rack, places, [PHOENIX, STORAGE], group=group)
    assert [drawn.front[-1].state, drawn.rear[0].state] == states


def test_a_blank_makes_way_with_all_its_units() -> None:
    rack = Rack(
        "R12", 3, devices=(device("wide", 1, 2, blank=True), device("rear", 3, 1, face="rear", full_depth=False))
    )
    drawn = elevation(rack, [place("phoenix", 1, "R12", 2)], [PHOENIX])
    assert written(drawn.front) == ["U3 free", "U2 proposed phoenix-1", "U1 free"]
    coming = PHOENIX.device(place("phoenix", 1, "R12", 2))
    assert taken_out(rack, coming) == ["wide"]
    assert taken_out(rack, replace(coming, position=6)) == []


def test_bands_end_where_either_face_changes() -> None:
    rack = Rack(
        "R", 3, devices=(device("two", 1, 2, full_depth=False), device("one", 2, 1, face="rear", full_depth=False))
    )
    bands = [(band.start, band.height, band.front.label, band.rear.label, band.alike) for band in elevation(rack).bands]
    assert bands == [(6, 2, "", "", True), (4, 2, "two", "one", False), (2, 2, "two", "", False)]


devices = st.builds(
    Device, st.sampled_from("abc"), st.just("t"), st.integers(0, 5), st.none() | st.integers(-3, 15),
    st.sampled_from(["front", "rear"]), st.booleans(), blank=st.booleans(),
)  # fmt: skip
racks = st.builds(
    Rack, st.just("R12"), st.integers(1, 6), st.integers(0, 3), st.booleans(),
    reserved=st.lists(st.builds(Reservation, st.tuples(st.integers(-1, 8)), st.sampled_from(["", "x"]))).map(tuple),
    blocked=st.tuples(st.integers(-1, 8)), devices=st.lists(devices, max_size=5).map(tuple),
)  # fmt: skip


@settings(max_examples=60)
@given(racks, st.integers(0, 12), st.sampled_from(["", "x"]))
def test_every_half_unit_is_shown_once_on_each_face_from_the_top(rack: Rack, position: int, holder: str) -> None:
    drawn = elevation(rack, [place("phoenix", 1, "R12", position / 2)], [PHOENIX], holder)
    cells = list(range(2 * rack.first, 2 * (rack.first + rack.units)))
    for shown in (drawn.front, drawn.rear, tuple(drawn.bands)):
        covered = [sorted(range(one.start, one.start + one.height), reverse=not rack.descending) for one in shown]
        assert [cell for each in covered for cell in each] == (cells if rack.descending else cells[::-1])
