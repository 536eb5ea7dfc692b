"""What cannot be in one rack: two things in one cell, or something where the rack has nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from preflight_racks.room import Device, Face, Rack, span_of

_FACES: tuple[Face, Face] = ("front", "rear")


@dataclass(frozen=True, slots=True)
class Clash:
    """A device that cannot stand where it is said to.

    Attributes:
        index: of the device in its rack.
        other: the index of what stands there; None if it is the rack itself that does not let it.
    """

    index: int
    message: str
    other: int | None = None


def clashes(rack: Rack) -> Iterator[Clash]:
    """What is wrong with where devices stand: each device once, with the first thing that it meets."""
    standing: dict[tuple[int, Face], int] = {}
    for index, device in enumerate(rack.devices):
        if device.position is None:
            continue
        reason = _unfit(device, device.position) or _outside(device, device.position, rack)
        met = next((standing[cell] for cell in cells(device) if cell in standing), None)
        if reason:
            yield Clash(index, reason)
        elif met is not None:
            other = rack.devices[met]
            yield Clash(index, f"{_called(device)} takes units that {_called(other)} stands in ({other.origin})", met)
        for cell in cells(device):
            standing.setdefault(cell, index)


def cells(device: Device) -> Iterator[tuple[int, Face]]:
    """The half units that it covers, by number, and of which face."""
    if device.position is not None:
        for face in _FACES if device.full_depth else (device.face,):
            yield from ((number, face) for number in range(device.position, device.position + device.height))


def _called(device: Device) -> str:
    span = span_of(device.position or 0, device.height)
    return f"{device.name} ({span}, {'front and rear' if device.full_depth else device.face})"


def _unfit(device: Device, position: int) -> str:
    if not device.height:
        return f"{device.type} takes no units (0U): leave `position` out"
    if device.height >= 2 and position % 2:
        return f"{device.type} is a unit high or more: such devices stand on whole units"
    return ""


def _outside(device: Device, position: int, rack: Rack) -> str:
    if not rack.units:
        return ""
    numbers = rack.numbers
    if position < 2 * numbers[0] or position + device.height > 2 * (numbers[-1] + 1):
        return f"{_called(device)} is out of {rack.name}, which has the units {numbers[0]}-{numbers[-1]}"
    blocked = [unit for unit in rack.blocked if position < 2 * unit + 2 and 2 * unit < position + device.height]
    if blocked and not device.blank:
        return f"{_called(device)} stands on unit {blocked[0]}, which is blocked"
    return ""
