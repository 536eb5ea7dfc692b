"""Whatever the search finds holds by the independent check, in rooms of which not all is known too."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from preflight_racks.demand import Demand
from preflight_racks.room import Device, Feed, Rack, Room
from preflight_racks.tests.test_fitting_search import ALL, FEW, GROUPS, ROOMS, looked_for
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
