"""What a rack carries, in the lines that stand below its drawing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from preflight_racks.demand import Demand, Place
from preflight_racks.power.loads import loads
from preflight_racks.room import Rack
from preflight_racks.weight import kg, weight_of


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
