"""One group's part of an answer, with what is needed to check it again and to draw it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from preflight.nearest import did_you_mean
from preflight_racks.answer import Answer, Share
from preflight_racks.demand import Demand, Limit
from preflight_racks.observation import AlmostOurs, PlacementObservation
from preflight_racks.room import Room

# So many racks are kept to show why the rest of a group has no place.
MOST_NEAREST = 6


def outcome_of(
    name: str, answer: Answer, room: Room, demands: Sequence[Demand], limits: Iterable[Limit], source: str
) -> PlacementObservation:
    demand = next(each for each in demands if each.name == name)
    share = next(each for each in answer.shares if each.demand == name)
    whole = share.placed == demand.count
    used = {place.rack for place in answer.places if place.demand == name}
    shown = used if whole else used | set(_nearest(share))
    racks = tuple(rack for rack in room.racks if rack.name in shown)
    places = tuple(place for place in answer.places if place.rack in shown)
    placed = {place.demand for place in places}
    others = tuple(each for each in demands if each.name != name and (not whole or each.name in placed))
    return PlacementObservation(
        demand=demand,
        answer=replace(
            answer,
            places=places,
            # Why no more of it would fit matters only where some do not.
            shares=(replace(share, berths=()) if whole else share,),
            unsure=tuple(each for each in answer.unsure if each.rack in shown),
        ),
        racks=racks,
        others=others,
        limits=tuple(sorted(limits)),
        source=source,
        power_factor=room.power_factor,
        today=room.today,
        looked_at=len(room.racks),
        almost_ours=tuple(_almost_ours(room, demand, {each.holder for each in demands})),
    )


def _almost_ours(room: Room, demand: Demand, planned: Collection[str]) -> Iterator[AlmostOurs]:
    """A name that is written in two ways keeps units from those that they are for."""
    near: dict[str, bool] = {}
    for rack in room.racks if demand.holder else ():
        for each in rack.reserved:
            if each.holder and each.holder not in planned:
                if each.holder not in near:
                    near[each.holder] = "did you mean" in did_you_mean(each.holder, [demand.holder])
                if near[each.holder]:
                    yield AlmostOurs(rack.name, each.units, each.holder)


def _nearest(share: Share) -> Iterable[str]:
    """The racks that come nearest to taking one more: by units alone they would, or they have the largest gaps."""
    by_room = sorted(share.berths, key=lambda berth: (berth.most - berth.by_units, -berth.largest))
    return [berth.rack for berth in by_room[:MOST_NEAREST]]
