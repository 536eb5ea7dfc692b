"""Does a planned group fit? A pure function of what was searched and found; the places are checked once more."""

from __future__ import annotations

from preflight.finding import Finding, NotChecked
from preflight_racks.answer import Unsure
from preflight_racks.demand import Limit
from preflight_racks.observation import PlacementObservation
from preflight_racks.placement import advice
from preflight_racks.placement.spec import PlacementSpec
from preflight_racks.verify import broken


def judge(spec: PlacementSpec, seen: PlacementObservation) -> list[Finding | NotChecked]:
    if spec.count != seen.demand.count or spec.name != seen.demand.name:
        return [advice.another_plan(spec, seen)]
    if wrong := faults(seen):
        return [advice.does_not_hold(seen, wrong)]
    if seen.share.placed < spec.count:
        return [advice.does_not_fit(spec, seen) if seen.answer.status == "does-not-fit" else advice.unproven(seen)]
    return [advice.unsure(seen, limit, which) for limit, which in unsure(seen).items()]


def faults(seen: PlacementObservation) -> list[str]:
    """What the places break, by a checker that shares nothing with the search; none if they hold."""
    demands, limits = (seen.demand, *seen.others), frozenset(seen.limits)
    found = broken(seen.racks, demands, seen.places, limits, seen.power_factor, unsure=seen.answer.unsure)
    if len(seen.mine) != seen.share.placed:
        found.append(f"{seen.share.placed} are said to have places, and {len(seen.mine)} have")
    return found


def unsure(seen: PlacementObservation) -> dict[Limit, list[Unsure]]:
    """What the places of this group rest on without being known."""
    used = {place.rack for place in seen.mine}
    found: dict[Limit, list[Unsure]] = {}
    for each in seen.answer.unsure:
        if each.rack in used and seen.demand.takes(each.limit):
            found.setdefault(each.limit, []).append(each)
    return found
