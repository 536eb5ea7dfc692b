"""What a type of module is: a power supply that a device has in a bay. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_racks.types.devicetype import PowerPort


@dataclass(frozen=True, slots=True)
class ModuleType:
    """A type of module.

    Attributes:
        weight: in kg; None if it is not known.
        ports: its power inlets.
        origin: the file it is from.
    """

    manufacturer: str
    model: str
    part_number: str = ""
    weight: float | None = None
    ports: tuple[PowerPort, ...] = ()
    origin: str = ""
