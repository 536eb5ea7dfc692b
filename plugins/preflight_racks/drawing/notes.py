"""What a rack carries, in the lines that stand below its drawing; and what is to be known of a group. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from preflight_racks.audit.words import counted, units
from preflight_racks.demand import Demand, Place
from preflight_racks.observation import PlacementObservation
from preflight_racks.power.loads import loads
from preflight_racks.room import Rack
from preflight_racks.weight import kg, weight_of

MOST_MISNAMED = 3


def misnamed(seen: PlacementObservation) -> Iterator[str]:
    """Units kept for nearly the same name. Also of a group that fits without them: it would rather stand there, and
    nobody else is let in."""
    for each in seen.almost_ours[:MOST_MISNAMED]:
        yield f'{each.rack} reserves {units(each.units)} for "{each.holder}": did you mean "{seen.demand.holder}"?'
    if rest := seen.almost_ours[MOST_MISNAMED:]:
        yield f"and so in {counted(len(rest), 'other place')}"


def carrying(rack: Rack, places: Sequence[Place], demands: Sequence[Demand]) -> Rack:
    """The rack with all that is to stand in it."""
    by_name = {demand.name: demand for demand in demands}
    planned = [by_name[place.demand].device(place) for place in places if place.rack == rack.name]
    return replace(rack, devices=(*rack.devices, *planned))


def notes(rack: Rack, power_factor: float) -> list[str]:
    """`weight 455 kg of 460 kg`; `feed B after the loss of feed A: 5,100 W of 5,888 W (87 %)`."""
    lines = []
    weight = weight_of(rack.devices)
    if rack.max_weight is not None:
        unknown = f", and {len(weight.unknown)} of unknown weight" if weight.unknown else ""
        lines.append(f"weight {kg(weight.known)} of {kg(rack.max_weight)}{unknown}")
    known = [load for load in loads(rack, power_factor) if load.capacity is not None]
    if known:
        lines.append(max(known, key=lambda load: load.share).words)
    return lines
