"""What devices weigh together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from preflight_racks.room import Device

# A blanking panel of one unit weighs 0.1 to 0.4 kg, and no datasheet says it. A rack with forty of them is not one of
# unknown weight.
BLANK_KG = 0.5
TOLERANCE = 1e-6  # relative: what sums of floats may be off by


@dataclass(frozen=True, slots=True)
class Weight:
    """Of several devices.

    Attributes:
        known: of those whose weight is known, in kg.
        unknown: the others. A blanking panel is not among them: it is a sheet of some hundred grams, far below what the
            capacity of a rack is rounded by.
    """

    known: float
    unknown: tuple[Device, ...]

    def over(self, most: float) -> bool:
        return self.known > most * (1 + TOLERANCE)


def weight_of(devices: Iterable[Device]) -> Weight:
    those = list(devices)
    unknown = tuple(device for device in those if device.weight is None and not device.blank)
    return Weight(sum(device.weight for device in those if device.weight is not None), unknown)


def kg(number: float) -> str:
    """`968 kg`, `21.8 kg`, `0.04 kg`."""
    return f"{number:.2g} kg" if 0 < number < 1 else f"{number:,.1f}".removesuffix(".0") + " kg"
