"""Rooms small enough to be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preflight_racks.answer import Answer, Relief
from preflight_racks.demand import Demand, Limit
from preflight_racks.room import Device, Feed, Leg, Rack, Reservation, Room, Supply
from preflight_racks.tests.fitting_check import wrong
from preflight_racks.tests.test_fitting_search import looked_for

PAIR = (Feed("A", "P1", 230, 10), Feed("B", "P2", 230, 10))  # 1,840 W each
POWER: frozenset[Limit] = frozenset({"power"})
WEIGHT: frozenset[Limit] = frozenset({"weight"})
NONE: frozenset[Limit] = frozenset()


def device(unit: float, units: float = 1, **more: object) -> Device:
    fields = {"name": f"at-{unit}", "type": "x", "height": int(2 * units), "position": int(2 * unit), "weight": 10.0}
    return Device(**{**fields, **more})  # type: ignore[arg-type]


def group(count: int, units: float = 1, **more: object) -> Demand:
    fields = {"name": "new", "type": "x", "count": count, "height": int(2 * units), "weight": 10.0, "draw": 400.0}
    return Demand(**{**fields, **more})  # type: ignore[arg-type]


def rack(units: int, *devices: Device, name: str = "R1", **more: object) -> Rack:
    return Rack(name, units, devices=devices, **more)  # type: ignore[arg-type]


def ask(racks: Rack | tuple[Rack, ...], *demands: Demand, limits: frozenset[Limit] = NONE, **more: object) -> Answer:
    room = Room(racks if isinstance(racks, tuple) else (racks,), today="2026-11-01", **more)  # type: ignore[arg-type]
    answer = looked_for(room, *demands, limits=limits)
    if not answer.unsure:
        assert wrong(room, demands, answer.places, limits) == []
    return answer


def test_gaps_of_one_unit_hold_nothing_of_two() -> None:
    racks = tuple(rack(6, device(2), device(4), device(6), name=name) for name in ("R12", "R13", "R14"))
    answer = ask(racks, group(3, 2))
    assert (answer.status, answer.at_most, answer.proof) == ("does-not-fit", 0, "the units of the racks")
    assert [(berth.most, berth.by_units, berth.largest, berth.binds) for berth in answer.shares[0].berths] == [
        (0, 0, 2, "units")
    ] * 3


def test_enough_units_that_are_not_side_by_side_are_not_enough() -> None:
    answer = ask(rack(8, device(4), device(8)), group(3, 2), group(1, 1, name="small"))
    assert (answer.status, answer.at_most, answer.shares[0].placed) == ("does-not-fit", 3, 2)


def test_weight_binds_before_units() -> None:
    answer = ask(rack(10, device(1), max_weight=45), group(5), limits=WEIGHT)
    assert (answer.status, answer.shares[0].placed) == ("does-not-fit", 3)
    berth = answer.shares[0].berths[0]
    assert (berth.most, berth.by_units, berth.binds) == (3, 5, "weight")
    assert answer.shares[0].reliefs == (Relief("limit", "", "weight", 5),)


def test_two_feeds_at_half_each_have_nothing_left_after_a_loss() -> None:
    """Each feed shows 50 %, and one of them would have to carry all."""
    supplies = (Supply("1", "A"), Supply("2", "B"))
    full = rack(10, device(1, draw=1840.0, supplies=supplies), feeds=PAIR)
    answer = ask(full, group(1, psus=2, needed=1), limits=POWER)
    assert (answer.status, answer.proof) == ("does-not-fit", "what each rack takes of new")
    assert answer.shares[0].berths[0].binds == "power"
    half = rack(10, device(1, draw=1040.0, supplies=supplies), feeds=PAIR)
    assert ask(half, group(2, psus=2, needed=1), limits=POWER).status == "fits"
    assert ask(half, group(3, psus=2, needed=1), limits=POWER).shares[0].placed == 2


def test_one_power_supply_each_is_shared_out_over_both_feeds() -> None:
    answer = ask(rack(10, feeds=PAIR), group(8, psus=1, needed=1), limits=POWER)
    assert answer.status == "fits"
    assert sorted(place.plugs[0][0] for place in answer.places) == ["A"] * 4 + ["B"] * 4
    assert ask(rack(10, feeds=PAIR), group(9, psus=1, needed=1), limits=POWER).at_most == 8


def test_different_draws_on_one_feed_each_are_split_as_they_must_be() -> None:
    """3 x 600 W on one feed, 2 x 900 W on the other: putting the hungriest where most is left finds no way."""
    answer = ask(
        rack(10, feeds=PAIR),
        group(2, name="large", draw=900.0, psus=1, needed=1),
        group(3, name="small", draw=600.0, psus=1, needed=1),
        limits=POWER,
    )
    assert answer.status == "fits"
    assert len({place.plugs for place in answer.places if place.demand == "large"}) == 1


def test_feeds_of_one_panel_are_no_redundancy() -> None:
    feeds = (PAIR[0], replace(PAIR[1], panel="P1"))
    answer = ask(rack(10, feeds=feeds), group(1, psus=2, needed=1), limits=POWER)
    assert (answer.status, answer.shares[0].berths[0].binds) == ("does-not-fit", "redundancy")
    assert ask(rack(10, feeds=feeds), group(1, psus=2, needed=2), limits=POWER).status == "fits"


def test_redundant_devices_hang_on_two_panels() -> None:
    feeds = (PAIR[0], replace(PAIR[1], panel="P1"), Feed("C", "P2", 230, 10))
    answer = ask(rack(10, feeds=feeds), group(4, psus=2, needed=1), limits=POWER)
    assert answer.status == "fits"
    assert all("C" in {feed for feed, _ in place.plugs} for place in answer.places)


@pytest.mark.parametrize(
    ("feed", "watts"),
    [
        (Feed("A", "P", 208, 30), 4992.0),
        (Feed("A", "P", 208, 30, phases=3), 8646.0),
        (Feed("A", "P", 208, 60, phases=3, wiring="delta", bank_amps=16), 9984.0),
    ],
)
def test_a_feed_carries_what_its_plate_says(feed: Feed, watts: float) -> None:
    """Of many small devices as much as of one sum, and not one device more."""
    number = int(watts // 52)
    alone = rack(200, feeds=(feed,))
    answer = ask(alone, group(number + 6, draw=52.0, psus=1, needed=1), limits=POWER)
    assert number - feed.phases < answer.shares[0].placed <= number
    assert answer.shares[0].alone_proven


def test_a_leg_that_is_full_takes_no_more_whatever_the_feed_has_left() -> None:
    legs: tuple[Leg, ...] = ("A", "B", "C")
    feed = Feed("A", "P", 400, 10, phases=3)  # 1,847 W a leg
    on_legs = tuple(
        device(number + 1, draw=draw, supplies=(Supply("1", "A", leg),))
        for number, (leg, draw) in enumerate(zip(legs, (1500.0, 1500.0, 1000.0), strict=True))
    )
    answer = ask(rack(10, *on_legs, feeds=(feed,)), group(3, psus=1, needed=1), limits=POWER)
    assert [place.plugs for place in answer.places] == [(("A", "C"),)] * 2
    assert answer.status == "does-not-fit"


def test_ports_of_the_rack_bind() -> None:
    answer = ask(rack(10, ports=(("sfp", 5),)), group(3, ports=(("sfp", 2),)))
    assert (answer.shares[0].placed, answer.shares[0].berths[0].binds) == (2, "ports")
    assert ask(rack(10, ports=()), group(1, ports=(("sfp", 2),))).at_most == 0


def test_units_show_only_what_they_would_leave() -> None:
    assert ask(rack(8), group(20)).proof == "the units of the racks"
    answer = ask(rack(8, ports=(("sfp", 5),)), group(20, ports=(("sfp", 1),)))
    assert (answer.at_most, answer.proof) == (5, "what each rack takes of new")


def test_a_group_is_spread() -> None:
    racks = tuple(rack(10, name=name) for name in ("R1", "R2", "R3"))
    answer = ask(racks, group(6, per_rack=2))
    assert [place.rack for place in answer.places] == ["R1", "R1", "R2", "R2", "R3", "R3"]
    short = ask(racks[:2], group(6, per_rack=2))
    assert (short.shares[0].placed, short.shares[0].berths[0].binds) == (4, "spread")
    assert short.shares[0].reliefs == (Relief("limit", "", "spread", 6),)


def test_a_group_stays_in_one_rack_or_goes_nowhere() -> None:
    racks = (rack(3, name="R1"), rack(5, device(3), name="R2"))
    assert {place.rack for place in ask(racks, group(4, together="rack")).places} == {"R2"}
    assert ask(racks, group(5, together="rack")).places == ()
    assert ask(racks, group(4, together="adjacent")).status == "does-not-fit"
    adjacent = ask(racks, group(3, together="adjacent"))
    assert [(place.rack, place.position) for place in adjacent.places] == [("R1", 2), ("R1", 4), ("R1", 6)]


def test_half_depth_devices_share_units_front_and_rear() -> None:
    occupied = rack(3, device(1, full_depth=False), device(2, full_depth=False, face="rear"))
    front = ask(occupied, group(3, full_depth=False))
    assert [(place.position, place.face) for place in front.places] == [(4, "front"), (6, "front")]
    rear = ask(occupied, group(3, full_depth=False, face="rear"))
    assert [(place.position, place.face) for place in rear.places] == [(2, "rear"), (6, "rear")]
    assert ask(occupied, group(2)).shares[0].placed == 1
    both = ask(rack(1), group(1, full_depth=False), group(1, name="behind", full_depth=False, face="rear"))
    assert both.status == "fits"


def test_half_units_stand_anywhere_and_whole_ones_at_whole_units() -> None:
    assert [place.position for place in ask(rack(2, device(1, 0.5)), group(3, 0.5)).places] == [3, 4, 5]
    assert [place.position for place in ask(rack(3, device(1, 0.5)), group(3)).places] == [4, 6]
    assert ask(rack(3), group(2, 1.5)).at_most == 1


def test_reserved_units_are_for_their_holder_alone() -> None:
    kept = rack(4, reserved=(Reservation((1, 2), "us"), Reservation((3,), "them", until="2026-10-01")))
    assert ask(kept, group(4, holder="us")).shares[0].placed == 3
    assert [place.position for place in ask(kept, group(4)).places] == [8]
    assert [place.position for place in ask(kept, group(2, holder="us")).places] == [2, 4]


def test_the_weight_of_a_blank_that_may_make_way_shows_nothing() -> None:
    """It would fit beside the blanks, or without them; which of them go is not weighed."""
    blanks = rack(4, device(1, blank=True), device(2, blank=True), max_weight=25.0)
    assert ask(blanks, group(1, remove_blanks=True, weight=5.0), limits=WEIGHT).status == "fits"
    assert ask(blanks, group(1, remove_blanks=True), limits=WEIGHT).status == "unproven"
    assert ask(blanks, group(1), limits=WEIGHT).status == "does-not-fit"
    assert ask(blanks, group(1, remove_blanks=True, weight=26.0), limits=WEIGHT).status == "does-not-fit"


def test_a_rack_that_is_over_its_weight_or_power_takes_no_more_of_it() -> None:
    heavy = rack(4, device(1), max_weight=9)
    assert ask(heavy, group(1, weight=0.0), limits=WEIGHT).status == "does-not-fit"
    hot = rack(4, device(1, draw=1900.0, supplies=(Supply("1", "A"),)), feeds=PAIR)
    assert ask(hot, group(1, psus=1, needed=1, draw=1.0), limits=POWER).status == "does-not-fit"
    assert ask(hot, group(1), limits=POWER).status == "fits"


def test_reserved_units_are_used_before_those_that_are_for_all() -> None:
    racks = (rack(20, name="R1"), rack(4, device(1), name="R2", reserved=(Reservation((3, 4), "us"),)))
    answer = ask(racks, group(3, holder="us"))
    assert [(place.rack, place.position) for place in answer.places][-2:] == [("R2", 6), ("R2", 8)]


def test_a_group_that_is_too_large_leaves_room_for_smaller_ones() -> None:
    """19 kg: 9 of 1 kg and the 5 of 2 kg that stay together; counting from the lightest must not stop at 10."""
    answer = ask(
        rack(30, max_weight=19),
        group(10, name="light", weight=1.0),
        group(5, name="block", weight=2.0, together="rack"),
        group(3, name="heavy", weight=3.0),
        limits=WEIGHT,
    )
    assert ([share.placed for share in answer.shares], answer.at_most) == ([9, 5, 0], 14)


def test_what_would_help_is_said_best_first() -> None:
    kept = rack(
        6,
        device(1, blank=True, weight=1.0),
        device(2, 2, blank=True, weight=1.0),
        reserved=(Reservation((4,), "old", until="2026-10-01"), Reservation((5,), "them")),
        blocked=(6,),
    )
    share = ask(kept, group(5)).shares[0]
    assert share.placed == 0
    assert share.reliefs == (
        Relief("blanks", "R1", "", 3, (1, 2, 3)),
        Relief("reservation", "R1", "old", 1, (4,)),
        Relief("reservation", "R1", "them", 1, (5,)),
    )
    assert ask(kept, group(5, remove_blanks=True)).shares[0].placed == 3


def test_blanks_of_all_racks_are_one_relief() -> None:
    racks = tuple(rack(2, device(1, blank=True), device(2), name=name) for name in ("R1", "R2"))
    reliefs = ask(racks, group(2)).shares[0].reliefs
    assert [(relief.what, relief.rack, relief.room_for) for relief in reliefs] == [
        ("blanks", "", 2),
        ("blanks", "R1", 1),
        ("blanks", "R2", 1),
    ]


def test_what_helps_only_if_another_group_goes_elsewhere_is_said_too() -> None:
    """One of each rack; without the blanks, the first group goes beside one of the second."""
    racks = (rack(2, name="R1"), rack(4, device(1, blank=True), device(4, blank=True), name="R2"))
    first, second = group(1, 2, name="first"), group(2, 2, name="second", per_rack=1)
    answer = ask(racks, first, second)
    assert [(place.demand, place.rack) for place in answer.places] == [("first", "R1"), ("second", "R2")]
    assert answer.shares[1].reliefs == (Relief("blanks", "R2", "", 2, (1, 4)),)


def test_blanks_make_way_only_where_they_have_to() -> None:
    blanks = tuple(device(unit, blank=True) for unit in (1, 2, 3))
    racks = (rack(3, *blanks, name="R1"), rack(6, *blanks[:2], name="R2"))
    beside = ask(racks, group(4, remove_blanks=True))
    assert [(place.rack, place.position) for place in beside.places] == [("R2", 2 * unit) for unit in (3, 4, 5, 6)]
    one_rack = ask(racks[1], group(5, remove_blanks=True))
    assert sorted(place.position for place in one_rack.places) == [2, 6, 8, 10, 12]
    kept = replace(racks[1], reserved=(Reservation((2, 3), "us"),))
    assert [place.position for place in ask(kept, group(1, remove_blanks=True, holder="us")).places] == [6]
    full = ask(racks, group(9, remove_blanks=True))
    assert (full.status, len(full.places)) == ("fits", 9)


def test_places_are_numbered_in_the_order_of_the_room_from_the_bottom() -> None:
    racks = (rack(2, device(2), name="R1"), rack(4, name="R2", first=5))
    answer = ask(racks, group(5))
    assert [(place.number, place.rack, place.position) for place in answer.places] == [
        (1, "R1", 2),
        (2, "R2", 10),
        (3, "R2", 12),
        (4, "R2", 14),
        (5, "R2", 16),
    ]


def test_few_racks_are_touched_and_long_runs_stay_whole() -> None:
    racks = (rack(20, device(3), name="R1"), rack(20, name="R2"), rack(4, name="R3"))
    assert {place.rack for place in ask(racks, group(20)).places} == {"R2"}
    assert [place.position for place in ask(racks[0], group(2)).places] == [2, 4]


def test_heavy_devices_stand_below_light_ones() -> None:
    answer = ask(rack(4), group(2, name="light", weight=5.0), group(2, name="heavy", weight=30.0))
    assert [(place.name, place.position) for place in answer.places] == [
        ("light-1", 6),
        ("light-2", 8),
        ("heavy-1", 2),
        ("heavy-2", 4),
    ]


def test_a_rack_of_which_all_is_known_comes_first() -> None:
    racks = (rack(10, name="R1"), rack(10, name="R2", max_weight=500))
    answer = ask(racks, group(8), limits=WEIGHT)
    assert ({place.rack for place in answer.places}, answer.unsure) == ({"R2"}, ())
    more = ask(racks, group(12), limits=WEIGHT)
    assert more.status == "fits"
    assert [(each.rack, each.limit, each.missing) for each in more.unsure] == [("R1", "weight", "no max_weight")]
    assert sum(place.rack == "R2" for place in more.places) == 10
    assert ask(racks, group(21), limits=WEIGHT).status == "does-not-fit"


def test_what_is_not_known_of_one_group_is_kept_away_from_the_others() -> None:
    racks = (rack(10, name="R1", max_weight=500), rack(10, name="R2", max_weight=500))
    vague = group(3, name="vague", weight=None)
    answer = ask(racks, group(3), vague, limits=WEIGHT)
    assert [place.rack for place in answer.places] == ["R1"] * 3 + ["R2"] * 3
    assert [(each.rack, each.missing) for each in answer.unsure] == [("R2", "vague has no weight")]
    crowded = ask(racks[:1], group(3), vague, limits=WEIGHT)
    assert (crowded.status, [share.placed for share in crowded.shares]) == ("fits", [3, 3])


def test_what_fits_nowhere_keeps_no_other_group_from_where_all_is_known() -> None:
    """R2 carries one of the three: that of the group which is sure then as a whole."""
    racks = (rack(4, name="R1"), rack(4, name="R2", max_weight=12))
    two, one, tall = group(2, name="two", weight=7.0), group(1, name="one", weight=8.0), group(1, 5, name="tall")
    answer = ask(racks, two, one, tall, limits=WEIGHT)
    assert [(place.name, place.rack) for place in answer.places] == [("two-1", "R1"), ("two-2", "R1"), ("one-1", "R2")]


def test_of_many_groups_the_small_ones_come_first_where_all_is_known() -> None:
    """Six of ten, with 9 units of 11; there are too many sets of groups to try them all."""
    racks = (rack(20, name="R1"), rack(11, name="R2", max_weight=5000))
    sizes = (4, 3, 3, 1, 2, 1, 2, 1, 2, 4)
    groups = [group(size, name=f"g{number}") for number, size in enumerate(sizes)]
    answer = ask(racks, *groups, group(1, 30, name="tall"), limits=WEIGHT)
    elsewhere = {place.demand for place in answer.places if place.rack == "R1"}
    assert [each.name for each in groups if each.name not in elsewhere] == ["g3", "g4", "g5", "g6", "g7", "g8"]


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"feeds": ()}, "nothing says what feeds it"),
        ({"feeds": (PAIR[0], Feed("B", "", None, 10))}, "feed B has no panel and no volts"),
        (
            {"devices": (device(1, supplies=(Supply("1", "A"),)), device(2, draw=5.0, supplies=(Supply("1"),)))},
            "1 of 2 devices has no draw; 1 of 2 devices is not known to be plugged into a feed of it",
        ),
        (
            {
                "feeds": (replace(PAIR[0], phases=3), PAIR[1]),
                "devices": (device(1, draw=5.0, supplies=(Supply("1", "A"),)),),
            },
            "1 of 1 device is on a three-phase feed without a known leg",
        ),
    ],
)
def test_power_that_is_not_known_is_named(changed: dict[str, object], missing: str) -> None:
    answer = ask(replace(rack(10, feeds=PAIR), **changed), group(1, psus=2, needed=1), limits=POWER)  # type: ignore[arg-type]
    assert answer.status == "fits"
    assert [each.missing for each in answer.unsure] == [missing]
    assert ask(replace(rack(10, feeds=PAIR), **changed), group(1), limits=POWER).unsure == ()  # type: ignore[arg-type]


def test_what_is_known_of_a_load_counts() -> None:
    """1,500 W of 3,000 are on A, wherever the other supply is: 340 W are left there, and all of B."""
    half = device(1, draw=3000.0, supplies=(Supply("1", "A"), Supply("2")), needed=2)
    answer = ask(rack(10, half, feeds=PAIR), group(5, psus=1, needed=1), limits=POWER)
    assert (answer.shares[0].placed, answer.status) == (4, "does-not-fit")
    assert {place.plugs for place in answer.places} == {(("B", ""),)}


def test_a_group_without_weight_or_draw_is_named() -> None:
    known = rack(10, feeds=PAIR, max_weight=100)
    answer = ask(known, group(1, weight=None, draw=None, psus=2, needed=1), limits=WEIGHT | POWER)
    assert [(each.limit, each.missing) for each in answer.unsure] == [
        ("weight", "new has no weight"),
        ("power", "new has no draw"),
    ]


def test_a_rack_whose_devices_overlap_is_not_used() -> None:
    racks = (rack(10, device(1, 2), device(2), name="R1"), rack(10, device(10, 2), name="R2"))
    answer = ask(racks, group(1))
    assert [(berth.most, berth.binds) for berth in answer.shares[0].berths] == [(0, "contradiction")] * 2


def test_a_device_without_a_position_makes_the_units_unsure() -> None:
    answer = ask(rack(3, device(1, position=None)), group(1))
    assert [(each.limit, each.missing) for each in answer.unsure] == [("units", "1 of 1 device has no position")]


def test_nothing_planned_fits_and_nothing_fits_nowhere() -> None:
    assert ask((), group(0)).status == "fits"
    assert ask((), group(1)).status == "does-not-fit"
