"""Whatever the search finds holds by the independent check, in rooms of which not all is known too."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from preflight_racks.answer import Answer
from preflight_racks.demand import Demand
from preflight_racks.room import Device, Feed, Rack, Room
from preflight_racks.tests.fitting_check import most, most_sure
from preflight_racks.tests.test_fitting_search import ALL, FEEDS, FEW, GROUPS, ROOMS, looked_for
from preflight_racks.verify import broken


@FEW
@given(ROOMS, GROUPS)
def test_places_hold_where_all_is_known(room: Room, demands: tuple[Demand, ...]) -> None:
    answer = looked_for(room, *demands)
    assert answer.unsure == ()
    assert broken(room.racks, demands, answer.places, ALL, room.power_factor) == []


@st.composite
def forgetful(draw: st.DrawFn) -> Room:
    """A room of which this and that is not known."""
    sometimes = st.sampled_from((False, False, False, True))

    def device(one: Device) -> Device:
        one = replace(one, draw=None) if draw(sometimes) else one
        one = replace(one, weight=None) if draw(sometimes) else one
        one = replace(one, position=None) if draw(sometimes) else one
        forgotten = [replace(each, **({"feed": ""} if draw(sometimes) else {})) for each in one.supplies]
        return replace(one, supplies=tuple(replace(e, leg="") if draw(sometimes) else e for e in forgotten))

    def feed(one: Feed) -> Feed:
        one = replace(one, panel="") if draw(sometimes) else one
        return replace(one, volts=None) if draw(sometimes) else one

    def rack(one: Rack) -> Rack:
        one = replace(one, max_weight=None) if draw(sometimes) else one
        one = replace(one, ports=None) if draw(sometimes) else one
        one = replace(one, feeds=() if draw(sometimes) else tuple(feed(each) for each in one.feeds))
        return replace(one, devices=tuple(device(each) for each in one.devices))

    room = draw(ROOMS)
    return replace(room, racks=tuple(rack(each) for each in room.racks))


@FEW
@given(forgetful(), GROUPS)
def test_places_hold_but_for_what_is_said_not_to_be_known(room: Room, demands: tuple[Demand, ...]) -> None:
    answer = looked_for(room, *demands)
    assert broken(room.racks, demands, answer.places, ALL, room.power_factor, unsure=answer.unsure) == []
    if not answer.unsure:
        assert broken(room.racks, demands, answer.places, ALL, room.power_factor) == []


@st.composite
def vague(draw: st.DrawFn) -> tuple[Room, tuple[Demand, ...]]:
    """Empty racks, and groups that find places in most of them; of some, a figure is not known."""
    ports = st.sampled_from((None, (("sfp", 4),), (("sfp", 4),)))
    racks = tuple(
        Rack(
            name,
            draw(st.integers(2, 5)),
            max_weight=draw(st.sampled_from((None, 15, 100, 100))),
            feeds=draw(st.sampled_from(((), FEEDS[0], FEEDS[0]))),
            ports=draw(ports),
        )
        for name in ("R1", "R2", "R3")[: draw(st.integers(2, 3))]
    )
    groups = tuple(
        Demand(
            name,
            "x",
            draw(st.integers(1, 3)),
            draw(st.sampled_from((2, 2, 4))),
            weight=draw(st.sampled_from((None, 5, 5, 5))),
            draw=draw(st.sampled_from((None, 100, 100, 300))),
            psus=(psus := draw(st.sampled_from((0, 2)))),
            needed=min(psus, 1),
            ports=draw(st.sampled_from(((), (), (("sfp", 2),)))),
        )
        for name in ("g1", "g2", "g3")[: draw(st.integers(2, 3))]
    )
    return Room(racks), groups


@FEW
@given(vague())
def test_as_many_groups_as_can_be_stand_where_all_is_known(case: tuple[Room, tuple[Demand, ...]]) -> None:
    room, demands = case
    answer = looked_for(room, *demands)
    assert tuple(share.placed for share in answer.shares) == most(room, demands, ALL)[1:]
    whole = [demand for demand, share in zip(demands, answer.shares, strict=True) if share.placed == demand.count]
    sure = [demand for demand in whole if not doubted(demand, answer)]
    assert len(sure) == most_sure(room, demands, ALL)


def doubted(demand: Demand, answer: Answer) -> bool:
    racks = {place.rack for place in answer.places if place.demand == demand.name}
    return any(each.rack in racks and demand.takes(each.limit) for each in answer.unsure)
