"""What the inventory says of racks and types that it has from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from preflight_racks.completing import completed
from preflight_racks.outfit import Given
from preflight_racks.power.gaps import gaps
from preflight_racks.room import Device, Feed, Rack, Reservation, Room, Supply

FEEDS = (Feed("A", "P1", 230, 32), Feed("B", "P2", 230, 32))
SERVER = Device(
    "app-1", "r650", 2, 20, weight=20, draw=400, draw_by="maximum_draw", supplies=(Supply("PSU1", "A"),), needed=1
)
THEIRS = Rack(
    "R12", 42, 1, False, 900, FEEDS, (("sfp", 4),), (Reservation((1, 2), "lab"),), (42,), (SERVER,), "dc1", "room-1"
)
SAYS_NOTHING = Rack("R12", 0)


def both(ours: Rack | None = None, theirs: Rack = THEIRS, **given: Given) -> Rack:
    racks = completed(Room((theirs,)), Room((ours,) if ours else ()), given).racks
    return racks[0]


def test_what_the_inventory_says_nothing_of_is_as_its_source_has_it() -> None:
    assert both() == both(SAYS_NOTHING) == THEIRS


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_weight", 700.0),
        ("ports", ()),
        ("site", "dc2"),
        ("location", "cellar"),
        ("feeds", (Feed("A", "P1", 230, 32), Feed("B", "P9", 230, 16))),
        ("devices", (replace(SERVER, position=30),)),
    ],
)
def test_what_the_inventory_says_of_a_rack_wins(field: str, value: Any) -> None:
    ours: Any = {field: value}
    assert both(replace(SAYS_NOTHING, **ours)) == replace(THEIRS, **ours)


def test_how_a_rack_is_numbered_goes_with_its_units() -> None:
    assert both(replace(SAYS_NOTHING, first=5, descending=True)) == THEIRS
    ours = both(Rack("R12", 30, 5, True))
    assert (ours.units, ours.first, ours.descending) == (30, 5, True)


def test_what_stands_in_a_rack_and_what_is_kept_of_it_is_that_of_both() -> None:
    other, kept = replace(SERVER, name="app-2", position=24), Reservation((5,), "Phoenix")
    ours = Rack("R12", 0, feeds=(Feed("C"),), devices=(other,), reserved=(kept,), blocked=(40, 42))
    full = both(ours)
    assert [device.name for device in full.devices] == ["app-1", "app-2"]
    assert [feed.name for feed in full.feeds] == ["A", "B", "C"]
    assert full.reserved == (*THEIRS.reserved, kept)
    assert full.blocked == (40, 42)


def test_racks_that_one_of_both_has_are_there_too() -> None:
    theirs, ours = Room((THEIRS, replace(THEIRS, name="R13")), 1.0, "2026-06-01", ("x",)), Room((Rack("R1", 9),), 0.9)
    room = completed(theirs, ours, {})
    assert [rack.name for rack in room.racks] == ["R12", "R13", "R1"]
    assert (room.power_factor, room.today, room.trouble) == (0.9, "2026-06-01", ("x",))


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        (Given(weight=30.0), {"weight": 30.0}),
        (Given(draw=150.0), {"draw": 150.0, "draw_by": "given"}),
        (Given(height=4), {"height": 4}),
        (Given(full_depth=False), {"full_depth": False}),
        (Given(needed=2), {"needed": 2}),
        (Given(psus=1), {}),
        # What its source does not have is plugged in nobody knows where.
        (Given(psus=2), {"supplies": (Supply("PSU1", "A"), Supply("PSU2")), "needed": 1}),
        (Given(psus=2, needed=2), {"supplies": (Supply("PSU1", "A"), Supply("PSU2")), "needed": 2}),
        (Given(psus=0), {"supplies": (), "draw": 0.0, "draw_by": "given"}),
    ],
)
def test_what_types_say_holds_for_the_devices_of_the_source(given: Given, changed: dict[str, Any]) -> None:
    (device,) = both(r650=given).devices
    assert device == replace(SERVER, **changed)
    assert both(r640=given) == THEIRS


def test_what_is_said_of_one_device_goes_before_what_is_said_of_its_type() -> None:
    ours = replace(SAYS_NOTHING, devices=(replace(SERVER, draw=510.0, draw_by="given"),))
    assert both(ours, r650=Given(draw=430.0)).devices[0].draw == 510
    assert both(r650=Given(draw=430.0)).devices[0].draw == 430


@pytest.mark.parametrize(
    ("device", "given", "known"),
    [
        # NetBox knows no power port of it, and no draw.
        (replace(SERVER, draw=None, supplies=()), Given(), False),
        (replace(SERVER, draw=None, supplies=()), Given(draw=9000.0), False),
        # A patch panel, a blade; or what the inventory says is one.
        (replace(SERVER, draw=0.0, supplies=()), Given(), True),
        (replace(SERVER, draw=None, supplies=()), Given(psus=0), True),
        (replace(SERVER, draw=None, supplies=(), blank=True), Given(), True),
        (SERVER, Given(), True),
    ],
)
def test_a_device_of_which_no_power_is_known_is_not_one_that_draws_none(
    device: Device, given: Given, known: bool
) -> None:
    rack = both(theirs=replace(THEIRS, devices=(replace(SERVER, name="known"), device)), r650=given)
    assert (not gaps(rack, 1.0)) == known
