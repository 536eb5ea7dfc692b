"""A planned group as it is written, and the demand that it is once its type is known. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_racks.demand import Demand, Limit
from preflight_racks.outfit import Given, UnfitError, outfit
from preflight_racks.placement.spec import PlacementSpec
from preflight_racks.types.devicetype import DeviceType


@dataclass(frozen=True, slots=True)
class Wanted:
    """A planned group, but for what its type says.

    Attributes:
        number: which of the planned groups it is, from 0: of two that compete, the earlier one comes first.
        given: what the inventory says of each device, and of its type.
    """

    number: int
    spec: PlacementSpec
    given: Given


def demand_of(wanted: Wanted, type: DeviceType, limits: frozenset[Limit]) -> Demand:
    """What such a group of this type demands.

    Raises:
        UnfitError: it is nothing that a place could be found for: what was given and its type contradict each other,
            it takes no units, or power counts and nothing says how many power supplies it has.
    """
    spec, one = wanted.spec, outfit(wanted.given, type)
    if not one.height:
        raise UnfitError("type", f"{type.slug} takes no units, so that there is no place to find for it")
    if one.psus is None and "power" in limits:
        raise UnfitError("psus", f"nothing says how many power supplies a {type.slug} has: {_SAY}")
    return Demand(
        name=spec.name,
        type=type.slug,
        count=spec.count,
        height=one.height,
        full_depth=one.full_depth,
        weight=one.weight,
        draw=one.draw,
        draw_by=one.draw_by,
        psus=one.psus or 0,
        needed=one.needed if one.psus else 0,
        ports=tuple(sorted(spec.ports.items())),
        holder=spec.for_,
        per_rack=spec.spread.rack if spec.spread else None,
        together=spec.together or "",
        racks=tuple(dict.fromkeys(spec.racks)),
        face=spec.face,
        remove_blanks=spec.remove_blanks,
        manufacturer=type.manufacturer,
        model=type.model,
    )


_SAY = "say `psus: {count: 2, needed: 1}`, or `{count: 0}` if it draws nothing, or leave `power` out of `limits`"
