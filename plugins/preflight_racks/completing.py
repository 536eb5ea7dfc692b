"""What a source says of racks, completed by what the inventory says of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from preflight_racks.outfit import Given
from preflight_racks.room import Device, Rack, Room, Supply


def completed(theirs: Room, ours: Room, given: Mapping[str, Given]) -> Room:
    """All racks of both. Of a rack that both have, what the inventory says holds; what stands there is in both.

    Args:
        given: by slug of a type, what the inventory says of all devices of it. What it says of one device it has said
            over that already.
    """
    known = {rack.name: rack for rack in ours.racks}
    racks = []
    for rack in theirs.racks:
        full = replace(rack, devices=tuple(_as_given(rack.devices, given)))
        racks.append(_both(full, known.pop(rack.name)) if rack.name in known else full)
    return replace(theirs, racks=(*racks, *known.values()), power_factor=ours.power_factor)


def _both(theirs: Rack, ours: Rack) -> Rack:
    # How a rack is numbered is not told without its units.
    numbering = ours if ours.units else theirs
    feeds = {feed.name: feed for feed in (*theirs.feeds, *ours.feeds)}
    devices = {device.name: device for device in (*theirs.devices, *ours.devices)}
    return replace(
        theirs,
        units=numbering.units,
        first=numbering.first,
        descending=numbering.descending,
        max_weight=theirs.max_weight if ours.max_weight is None else ours.max_weight,
        feeds=tuple(feeds.values()),
        ports=theirs.ports if ours.ports is None else ours.ports,
        reserved=theirs.reserved + ours.reserved,
        blocked=tuple(sorted({*theirs.blocked, *ours.blocked})),
        devices=tuple(devices.values()),
        site=ours.site or theirs.site,
        location=ours.location or theirs.location,
    )


def _as_given(devices: Iterable[Device], given: Mapping[str, Given]) -> Iterator[Device]:
    for device in devices:
        own = given.get(device.type, Given())
        supplies = _supplies(device, own)
        draws_nothing = own.psus == 0
        yield replace(
            device,
            height=device.height if own.height is None else own.height,
            full_depth=device.full_depth if own.full_depth is None else own.full_depth,
            weight=device.weight if own.weight is None else own.weight,
            draw=0.0 if draws_nothing else device.draw if own.draw is None else own.draw,
            draw_by=device.draw_by if own.draw is None and not draws_nothing else "given",
            supplies=supplies,
            needed=_needed(device, own, len(supplies)),
        )


def _supplies(device: Device, own: Given) -> tuple[Supply, ...]:
    """Its power supplies. Those that only the inventory has are plugged in nobody knows where; and so is the one that
    a device has of which it is not known whether it draws anything."""
    if own.psus == 0:
        return ()
    draws = own.draw is not None or (device.draw is None and not device.blank)
    wanted = own.psus or (1 if draws else 0)
    more = range(len(device.supplies) + 1, wanted + 1)
    return (*device.supplies, *(Supply(f"PSU{number}") for number in more))


def _needed(device: Device, own: Given, supplies: int) -> int:
    if own.needed is not None:
        return own.needed
    # Of supplies that its source did not have, it could not say how many must live.
    return device.needed if supplies == len(device.supplies) else max(supplies - 1, 1)
