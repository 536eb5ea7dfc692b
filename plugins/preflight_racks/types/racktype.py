"""What a type of rack is. Plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RackType:
    """A type of rack.

    Attributes:
        units: how many it has.
        first: the number of its first unit.
        descending: its units are numbered from top to bottom.
        max_weight: of all that it carries, in kg; None if it is not known.
        origin: the file it is from.
    """

    slug: str
    manufacturer: str
    model: str
    units: int
    first: int = 1
    descending: bool = False
    max_weight: float | None = None
    origin: str = ""
