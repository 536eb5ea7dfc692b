"""A placement that holds, and every way to break one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight_racks.answer import Unsure
from preflight_racks.demand import Demand, Limit, Place
from preflight_racks.room import Device, Feed, Rack, Reservation, Supply
from preflight_racks.verify import broken

ALL: frozenset[Limit] = frozenset({"units", "weight", "power", "ports"})
APP = Demand(
    "app",
    "r650",
    count=3,
    height=2,
    weight=20,
    draw=500,
    draw_by="given",
    psus=2,
    needed=1,
    ports=(("10gbase-t", 2),),
    holder="Phoenix",
)
R12 = Rack(
    "R12",
    42,
    max_weight=100,
    feeds=(Feed("A", "P1", 230, 32), Feed("B", "P2", 230, 32)),
    ports=(("10gbase-t", 6),),
    reserved=(Reservation((1, 2), "Phoenix"), Reservation((30, 31), "storage", until="2020-01-01")),
    blocked=(42,),
    devices=(
        Device("old", "r640", 4, 20, weight=30, draw=400, supplies=(Supply("1", "A"), Supply("2", "B"))),
        Device("half", "sw", 2, 40, full_depth=False, weight=5, draw=0),
        Device("panel", "blank", 4, 50, full_depth=False, blank=True),
        Device("pdu", "ap8868", 0, None, weight=5),
    ),
)
AB = (("A", ""), ("B", ""))


def place(number: int, unit: float = 3, rack: str = "R12", **fields: Any) -> Place:
    return Place(**{"demand": "app", "position": round(unit * 2), "plugs": AB} | fields, number=number, rack=rack)


def check(
    *places: Place,
    racks: Sequence[Rack] = (R12,),
    demands: Sequence[Demand] = (APP,),
    limits: frozenset[Limit] = ALL,
    unsure: Sequence[Unsure] = (),
    **rack: Any,
) -> list[str]:
    return broken([replace(each, **rack) for each in racks], demands, places, limits, 1.0, unsure=unsure)


GOOD = (place(1, 1), place(2, 2), place(3, 12))


def test_a_placement_that_holds() -> None:
    assert check(*GOOD) == []
    assert check() == []


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([place(1, rack="R99")], ["app-1 is to stand in R99, and there is no such rack"]),
        ([place(1, demand="web")], ["web-1 is of no group that is planned"]),
        ([place(1, 3), place(1, 4)], ["app-1 has 2 places"]),
        ([place(4)], ["app-4 is none of the 3 of app"]),
        ([place(0)], ["app-0 is none of the 3 of app"]),
        ([place(1, 43)], ["app-1 at U43 (front) of R12: the rack has U1-42"]),
        ([place(1, 0)], ["app-1 at U0 (front) of R12: the rack has U1-42"]),
        ([place(1, 3.5)], ["app-1 at U3.5-4 (front) of R12: what is higher than half a unit stands at whole units"]),
        ([place(1, 10)], ["app-1 at U10 (front) of R12: old is there"]),
        ([place(1, 11)], ["app-1 at U11 (front) of R12: old is there"]),
        ([place(1, 9)], []),
        ([place(1, 20)], ["app-1 at U20 (front) of R12: half is there"]),
        ([place(1, 5), place(2, 5)], ["app-2 at U5 (front) of R12: app-1 is there"]),
        ([place(1, 25)], ["app-1 at U25 (front) of R12: the blanking panel panel is there"]),
        ([place(1, 42)], ["app-1 at U42 (front) of R12: U42 is blocked"]),
        ([place(1, 30)], ["app-1 at U30 (front) of R12: that is reserved for storage"]),
        ([place(1, face="rear")], ["app-1 at U3 (rear) of R12: it is to be mounted at the front"]),
        ([place(1, plugs=())], ["app-1 at U3 (front) of R12 has 2 power supplies, and 0 are plugged in",
                                "app-1 at U3 (front) of R12: whether it survives the loss of a panel is not known"]),
        ([place(1, plugs=(("A", ""),))], ["app-1 at U3 (front) of R12 has 2 power supplies, and 1 are plugged in"]),
        ([place(1, plugs=(("A", ""), ("A", "")))], ["app-1 at U3 (front) of R12 does not survive the loss of feed A"]),
        ([place(1, plugs=(("A", ""), ("C", "")))],
         ["app-1 at U3 (front) of R12 is plugged into feed C, which the rack does not have",
          "app-1 at U3 (front) of R12: whether it survives the loss of a panel is not known"]),
        ([place(1, plugs=(("A", ""), ("B", "A")))],
         ["app-1 at U3 (front) of R12 is plugged into leg A of feed B, which has one phase"]),
    ],
)  # fmt: skip
def test_what_one_place_breaks(places: list[Place], expected: list[str]) -> None:
    assert check(*places) == expected


def test_half_depth_devices_share_a_unit() -> None:
    rear = replace(APP, full_depth=False, face="rear")
    assert check(place(1, 20, face="rear"), demands=[rear]) == []
    assert check(place(1, 20), demands=[replace(rear, face="front")]) == ["app-1 at U20 (front) of R12: half is there"]
    assert check(place(1, 20, face="rear"), demands=[replace(rear, full_depth=True)]) == [
        "app-1 at U20 (rear) of R12: half is there"
    ]


def test_half_units() -> None:
    half = replace(APP, height=1)
    assert check(place(1, 3), place(2, 3.5), demands=[half]) == []
    assert check(place(1, 42), demands=[half], blocked=()) == []
    assert check(place(1, 42.5), demands=[half], blocked=()) == []
    assert check(place(1, 43), demands=[half]) == ["app-1 at U43 (front) of R12: the rack has U1-42"]


def test_a_rack_whose_units_begin_elsewhere() -> None:
    assert check(place(1, 50), first=10) == []
    assert check(place(1, 9), first=10, devices=()) == ["app-1 at U9 (front) of R12: the rack has U10-51"]


def test_blanks_make_way_for_whom_they_may() -> None:
    taking = replace(APP, remove_blanks=True)
    assert check(place(1, 25), demands=[taking]) == []
    heavy = replace(R12.devices[2], weight=90.0)
    devices = (*R12.devices[:2], heavy, R12.devices[3])
    assert check(place(1, 25), demands=[taking], devices=devices) == []  # its weight goes with it
    assert check(place(1, 24), demands=[taking], devices=devices) == ["R12 would carry 150 kg, 50 kg too much"]


@pytest.mark.parametrize("holder", ["Phoenix", ""])
def test_what_is_reserved_for_somebody_unknown_is_for_nobody(holder: str) -> None:
    assert check(place(1), demands=[replace(APP, holder=holder)], reserved=(Reservation((3,), ""),)) == [
        "app-1 at U3 (front) of R12: that is reserved for somebody else"
    ]


def test_groups_keep_off_each_other() -> None:
    web = replace(APP, name="web", holder="")
    assert check(place(1), place(1, demand="web"), demands=[APP, web]) == ["web-1 at U3 (front) of R12: app-1 is there"]
    assert check(place(1, 1, demand="web"), demands=[web]) == [
        "web-1 at U1 (front) of R12: that is reserved for Phoenix"
    ]
    assert check(place(1), demands=[APP, APP])[0] == "several groups are called app"


def test_where_a_group_may_stand() -> None:
    r13 = replace(R12, name="R13")
    both = [R12, r13]
    assert check(place(1), racks=both, demands=[replace(APP, racks=("R13", "R14"))]) == [
        "app may stand in R13, R14, and app-1 is to stand in R12"
    ]
    assert check(place(1), demands=[replace(APP, racks=("R13", "R12"))]) == []
    one = replace(APP, per_rack=1)
    assert check(place(1), place(2, rack="R13"), racks=both, demands=[one]) == []
    assert check(place(1), place(2, 4), racks=both, demands=[one]) == [
        "2 of app are in R12, and at most 1 may be in one rack"
    ]
    assert check(place(1), racks=[R12, R12]) == ["app-1 is to stand in R12, and several racks are called so"]


def test_together() -> None:
    racks = [R12, replace(R12, name="R13")]
    rack, adjacent = replace(APP, together="rack"), replace(APP, together="adjacent")
    assert check(*GOOD, demands=[rack]) == []
    assert check(*GOOD[:2], place(3, rack="R13"), racks=racks, demands=[rack]) == [
        "app is to be in one rack, and is in R12, R13"
    ]
    assert check(*GOOD[:2], demands=[rack]) == ["app is to be together, and only 2 of 3 have a place"]
    assert check(demands=[rack]) == []
    assert check(place(1), place(2, rack="R13"), place(3, 4), racks=racks, demands=[adjacent]) == [
        "app is to be in one rack, and is in R12, R13"
    ]
    assert check(place(1, 4), place(2, 3), place(3, 5), demands=[adjacent]) == []
    assert check(*GOOD, demands=[adjacent]) == ["app-3 is not right above app-2 in R12, though they are to be adjacent"]


@pytest.mark.parametrize(("most", "expected"), [(100, []), (99.9, ["R12 would carry 100 kg, 0.1 kg too much"])])
def test_weight(most: float, expected: list[str]) -> None:
    """30 + 5 + 5 kg are there."""
    assert check(*GOOD, max_weight=most) == expected
    assert check(*GOOD, max_weight=most, limits=frozenset({"power"})) == []


def test_a_weight_not_known_does_not_hold() -> None:
    assert check(*GOOD, max_weight=None) == ["how much R12 carries is not known"]
    assert check(*GOOD, max_weight=None, unsure=[Unsure("R12", "weight", "")]) == []
    assert check(*GOOD, demands=[replace(APP, weight=None)]) == ["the weight of R12 is not known: app-1, app-2, app-3"]
    unweighed = tuple(replace(device, weight=None) for device in R12.devices)
    assert check(*GOOD, devices=unweighed) == ["the weight of R12 is not known: old, half, pdu"]
    assert check(*GOOD, devices=unweighed, unsure=[Unsure("R12", "weight", "")]) == []
    assert check(*GOOD, devices=unweighed, unsure=[Unsure("R13", "weight", "")]) != []
    assert check(*GOOD, devices=unweighed, max_weight=50, unsure=[Unsure("R12", "weight", "")]) == [
        "R12 would carry 60 kg, 10 kg too much"
    ]


def test_ports() -> None:
    assert check(*GOOD, ports=(("10gbase-t", 5), ("1000base-t", 48)), limits=frozenset()) == [
        "R12 has 5 free switch ports 10gbase-t, and 6 are needed"
    ]
    assert check(*GOOD, ports=()) == ["R12 has 0 free switch ports 10gbase-t, and 6 are needed"]
    assert check(*GOOD, ports=None) == ["the free switch ports of R12 are not known"]
    assert check(*GOOD, ports=None, unsure=[Unsure("R12", "ports", "")]) == []
    assert check(*GOOD, ports=None, demands=[replace(APP, ports=())]) == []


def test_power_after_a_loss() -> None:
    """1,900 W, of which half hangs on each feed."""

    def feeds(amps: float) -> tuple[Feed, ...]:
        return tuple(replace(feed, amps=amps) for feed in R12.feeds)

    assert check(*GOOD, feeds=feeds(10.4)) == []
    assert check(*GOOD, feeds=feeds(10.3)) == [
        "R12: feed B after the loss of feed A: 1,900 W of 1,895 W (100.3 %)",
        "R12: feed A after the loss of feed B: 1,900 W of 1,895 W (100.3 %)",
    ]
    assert check(*GOOD, feeds=feeds(10.3), limits=frozenset({"weight"})) == []
    assert check(*GOOD, feeds=feeds(1), demands=[replace(APP, psus=0)]) == []  # it adds nothing to that


def test_a_leg_that_is_over_behind_a_fine_total() -> None:
    three = Feed("A", "P1", 208, 10, phases=3)
    single = replace(APP, draw=600, psus=1, needed=1)
    on_one = [place(n, 2 + n, plugs=(("A", "A"),)) for n in (1, 2)]
    spread = [place(n, 2 + n, plugs=(("A", leg),)) for n, leg in ((1, "A"), (2, "B"))]
    unplugged = [place(1, plugs=(("A", ""),))]
    assert check(*spread, demands=[single], feeds=(three,), devices=()) == []
    assert check(*on_one, demands=[single], feeds=(three,), devices=()) == [
        "R12: leg A of feed A in normal running: 1,200 W of 961 W (125 %)"
    ]
    assert check(*unplugged, demands=[single], feeds=(three,), devices=()) == [
        "app-1 at U3 (front) of R12 is plugged into feed A, and nothing says into which leg"
    ]


def test_power_not_known_does_not_hold() -> None:
    fed = "the power of R12 is not known: nothing says what feeds it"
    assert fed in check(place(1), feeds=())
    unsure = [Unsure("R12", "power", "")]
    assert check(place(1, plugs=()), feeds=(), unsure=unsure) == []
    assert check(place(1, plugs=AB[:1]), unsure=unsure) == [
        "app-1 at U3 (front) of R12 has 2 power supplies, and 1 are plugged in"
    ]
    assert check(place(1, plugs=(("", ""), AB[1])), unsure=unsure) == [
        "app-1 at U3 (front) of R12 is plugged into feed ?, which the rack does not have"
    ]
    three = tuple(replace(feed, phases=3) for feed in R12.feeds)
    assert check(place(1), feeds=three, unsure=unsure) == []
    unrated = (Feed("A", "P1"), R12.feeds[1])
    assert check(place(1), feeds=unrated) == ["the power of R12 is not known: volts or amps of feed A are not known"]
    assert check(place(1), demands=[replace(APP, draw=None)]) == [
        "the power of R12 is not known: 1 of 2 devices has no draw"
    ]
    no_panel = (replace(R12.feeds[0], panel=""), R12.feeds[1])
    assert check(place(1), feeds=no_panel) == [
        "app-1 at U3 (front) of R12: whether it survives the loss of a panel is not known"
    ]
    single = replace(APP, psus=1)
    assert check(place(1, plugs=AB[:1]), feeds=no_panel, demands=[single]) == []


def test_false_redundancy() -> None:
    one_panel = tuple(replace(feed, panel="P1") for feed in R12.feeds)
    assert check(place(1), feeds=one_panel) == ["app-1 at U3 (front) of R12 does not survive the loss of panel P1"]
    assert check(place(1), feeds=one_panel, demands=[replace(APP, needed=2)]) == []


def test_a_device_that_may_stand_anywhere_may_stand_in_the_way() -> None:
    lost = replace(R12.devices[0], name="lost", position=None)
    assert check(place(1), devices=(lost,)) == ["where lost stands in R12 is not known: it may be anywhere"]
    assert check(place(1), devices=(lost,), unsure=[Unsure("R12", "units", "")]) == []
    twice = (R12.devices[0], replace(R12.devices[0], name="other", position=22))
    assert check(place(1), devices=twice) == ["old and other cannot both be at U11 of R12: where is not known"]
    out = replace(R12.devices[0], position=84)
    assert check(place(1), devices=(out,)) == ["old cannot be outside of R12: where it is is not known"]
    assert check(devices=twice) == []  # nothing is to stand there


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-4, 90), max_size=3), st.integers(1, 6), st.booleans(), st.booleans())
def test_units_agree_with_a_grid(positions: list[int], height: int, deep: bool, taking: bool) -> None:
    """A rack written as two strings of half units, in which every device is put down letter by letter."""
    demand = replace(APP, height=height, full_depth=deep, remove_blanks=taking)
    grid = {face: [" "] * 88 for face in ("front", "rear")}
    for face, start, end, letter in [
        ("both", 0, 2, "#"),  # below the rack
        ("both", 20, 24, "#"),
        ("front", 40, 42, "#"),
        ("front", 50, 54, "b"),
        ("both", 60, 64, "#"),
        ("both", 84, 88, "#"),
    ]:
        for name, row in grid.items():
            if face in (name, "both"):
                row[start:end] = letter * (end - start)
    fine = True
    for position in positions:
        fine &= position >= 0 and (height == 1 or position % 2 == 0)
        for name, row in grid.items():
            if (deep or name == "front") and position >= 0:
                part = row[position : position + height]
                fine &= len(part) == height and set(part) <= ({" ", "b"} if taking else {" "})
                row[position : position + height] = "x" * len(part)
    places = [place(n, position / 2) for n, position in enumerate(positions, 1)]
    assert (check(*places, demands=[demand], limits=frozenset({"units"})) == []) == fine
