"""Which half units of which face a device takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from preflight_racks.room import Device, Face, Rack

FACES: tuple[Face, ...] = ("front", "rear")
Cell = tuple[int, Face]


def cells(device: Device) -> Iterator[Cell]:
    """Nothing, if it takes no units or nobody said where it stands."""
    if device.position is not None:
        for half in range(device.position, device.position + device.height):
            for face in FACES:
                if device.full_depth or face == device.face:
                    yield half, face


def whole_units(device: Device) -> range:
    """The numbers of the units it touches."""
    if device.position is None or not device.height:
        return range(0)
    return range(device.position // 2, (device.position + device.height - 1) // 2 + 1)


def lost(device: Device) -> bool:
    """It takes units, and nobody said which: it may stand anywhere."""
    return device.height > 0 and device.position is None


def crooked(device: Device) -> bool:
    """It stands at half a unit, where only what is half a unit high can be mounted."""
    return device.height > 1 and device.position is not None and device.position % 2 == 1


def outside(device: Device, rack: Rack) -> bool:
    """Part of it stands in units that the rack does not have."""
    return not all(unit in rack.numbers for unit in whole_units(device))


def overlaps(devices: Iterable[Device]) -> list[tuple[Device, Device, int]]:
    """Each two devices that are said to stand in one cell, with the lowest half unit of those."""
    found: dict[tuple[int, int], tuple[Device, Device, int]] = {}
    taken: dict[Cell, list[tuple[int, Device]]] = {}
    for number, device in enumerate(devices):
        for cell in cells(device):
            there = taken.setdefault(cell, [])
            for other, before in there:
                found.setdefault((other, number), (before, device, cell[0]))
            there.append((number, device))
    return list(found.values())
