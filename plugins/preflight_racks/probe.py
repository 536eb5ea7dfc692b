"""Reads the racks and searches for places: once for all checks of a section, since planned groups compete."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from preflight.finding import NotChecked
from preflight.kind import Batch, Key, Sink
from preflight.nearest import did_you_mean
from preflight_racks.audit.spec import AuditSpec
from preflight_racks.audit.words import joined
from preflight_racks.completing import completed
from preflight_racks.demand import Demand
from preflight_racks.fields import origin_of
from preflight_racks.fitting.search import search
from preflight_racks.netbox.reading import read
from preflight_racks.observation import AuditObservation, Standing
from preflight_racks.outfit import UnfitError
from preflight_racks.placement.outcome import outcome_of
from preflight_racks.placement.spec import PlacementSpec
from preflight_racks.plan import Plan
from preflight_racks.planning import ANOTHER_NAME, taken
from preflight_racks.room import Room
from preflight_racks.types.devicetype import DeviceType
from preflight_racks.wanted import demand_of

# A search that has found neither places nor a proof by then is given up, unless a check's `timeout:` says otherwise.
SEARCH_SECONDS = 60.0

# Where racks are from that nothing but the inventory has.
INVENTORY = "the inventory"

Told = Callable[[float, str], None]


def probe(batch: Batch[Any], sink: Sink) -> None:
    plan: Plan = batch.shared
    began = time.time()
    placements = [(key, spec) for key, spec in batch.checks if isinstance(spec, PlacementSpec)]

    def tell(share: float, doing: str) -> None:
        for key, _ in placements or batch.checks:
            sink.progress(key, share, doing)

    audited = {check for _, spec in batch.checks if isinstance(spec, AuditSpec) for check in spec.checks}
    power = "power" in plan.limits or not audited.isdisjoint(("power", "redundancy"))
    seen = _room(plan, power, batch.deadline, sink, tell)
    if isinstance(seen, NotChecked):
        for key, _ in batch.checks:
            sink(key, seen)
        return
    room, types, source = seen
    for key, spec in batch.checks:
        if isinstance(spec, AuditSpec):
            sink(key, _audited(spec, room, source))
    if placements:
        _place(plan, room, types, source, placements, _until(batch, placements, began), sink, tell)


def _room(
    plan: Plan, power: bool, deadline: float | None, sink: Sink, tell: Told
) -> tuple[Room, dict[str, DeviceType], str] | NotChecked:
    """All racks, the types that only their source has, and what it is called."""
    today = date.today().isoformat()
    if plan.source is None:
        return replace(plan.room, today=today), {}, INVENTORY
    wanted = list(dict.fromkeys(wanted.spec.type for wanted in plan.wanted))
    reading = read(
        plan.source,
        plan.room.power_factor,
        types=wanted,
        power=power,
        deadline=deadline,
        stopped=lambda: sink.stopped,
        progress=tell,
    )
    if isinstance(reading, NotChecked):
        return reading
    room = completed(reading.room, plan.room, dict(plan.given))
    return replace(room, today=today), dict(reading.types), plan.source.called


def _audited(spec: AuditSpec, room: Room, source: str) -> AuditObservation | NotChecked:
    racks = tuple(rack for rack in room.racks if fnmatchcase(rack.name, spec.rack))
    if not racks:
        known = did_you_mean(spec.rack, (rack.name for rack in room.racks))
        return NotChecked(f"{source} has no rack {spec.rack}{known}", next_step="mend its name in the inventory")
    unknown = [rack.name for rack in racks if not rack.units]
    if unknown:
        return _unknown_size(unknown, source)
    return AuditObservation(
        tuple(Standing(rack, source, room.power_factor, room.today, _trouble(room, f"{rack.name}: ")) for rack in racks)
    )


def _trouble(room: Room, of: str) -> tuple[str, ...]:
    """What is wrong with the records of a rack, or of whatever else their source begins its complaint with."""
    return tuple(each for each in room.trouble if each.startswith(of))


def _unknown_size(names: Sequence[str], source: str) -> NotChecked:
    one = len(names) == 1
    reason = f"nothing says how many units {joined(names)} {'has' if one else 'have'}"
    if source != INVENTORY:
        reason += f", and {source} has no such rack{'' if one else 's'}"
    return NotChecked(reason, next_step="say their `units:`, or mend their names")


def _place(
    plan: Plan,
    room: Room,
    types: dict[str, DeviceType],
    source: str,
    placements: Sequence[tuple[Key, PlacementSpec]],
    deadline: float,
    sink: Sink,
    tell: Told,
) -> None:
    demands = _demands(plan, room, types, source)
    if isinstance(demands, NotChecked):
        for key, _ in placements:
            sink(key, demands)
        return
    answer = search(room, demands, plan.limits, deadline=deadline, progress=tell, stopped=lambda: sink.stopped)
    for key, spec in placements:
        sink(key, outcome_of(spec.name, answer, room, demands, plan.limits, source))


def _demands(plan: Plan, room: Room, types: dict[str, DeviceType], source: str) -> tuple[Demand, ...] | NotChecked:
    """Every planned group; or why there is one of which nothing can be said: the others compete with it."""
    found: dict[str, Demand] = {}
    for wanted in plan.wanted:
        spec = wanted.spec
        if spec.type not in types:
            return _unknown_type(spec, room, types, source)
        try:
            found[spec.name] = demand_of(wanted, types[spec.type], plan.limits)
        except UnfitError as error:
            return NotChecked(f"{spec.name}: {error.message}", next_step=f"mend it in {origin_of(spec.mark)}")
    demands = plan.completed(found)
    known = {rack.name for rack in room.racks}
    for demand in demands:
        if missing := [name for name in demand.racks if name not in known]:
            reason = f"{source} has no rack {missing[0]}, which {demand.name} names{did_you_mean(missing[0], known)}"
            return NotChecked(reason, next_step=f"mend the `racks` of {demand.name}")
    unknown = [rack.name for rack in room.racks if not rack.units]
    return _unknown_size(unknown, source) if unknown else _there_already(demands, room, source) or demands


def _there_already(demands: Sequence[Demand], room: Room, source: str) -> NotChecked | None:
    """A device with the name of a planned one: such as those whose places were imported, which would count twice."""
    standing = {device.name: (rack.name, device.origin) for rack in room.racks for device in rack.devices}
    for demand in demands:
        if name := taken(demand.name, demand.count, standing):
            rack, origin = standing[name]
            reason = f"{source} has {name} of {demand.name} in {rack} already ({origin})"
            return NotChecked(reason, f"{source} has devices of {demand.name} already", ANOTHER_NAME)
    return None


def _unknown_type(spec: PlacementSpec, room: Room, types: Collection[str], source: str) -> NotChecked:
    origin = origin_of(spec.mark)
    if trouble := _trouble(room, f"device type {spec.type}: "):
        reason = f"{source} does not say which type {spec.name} is of: {trouble[0]}"
        return NotChecked(reason, next_step=f"describe it under `types:`, with its `height` ({origin})")
    reason = f"{source} has no device type {spec.type}, nor has a file of `device_types`"
    hint = did_you_mean(spec.type, types)
    return NotChecked(reason + hint, next_step=f"mend the type of {spec.name} ({origin}), or add it")


def _until(batch: Batch[Any], placements: Sequence[tuple[Key, PlacementSpec]], began: float) -> float:
    """When the search is over, on the monotonic clock: in time for the first check that is not waited for any more."""
    timeouts = [spec.timeout for _, spec in placements if spec.timeout]
    end = began + (min(timeouts) if timeouts else SEARCH_SECONDS)
    if batch.deadline is not None:
        end = min(end, batch.deadline)
    # A tenth is left for what comes after the search.
    left = max(end - time.time(), 0.0)
    return time.monotonic() + 0.9 * left
