"""What a type of device is, as far as a rack is concerned. Plain data, of whatever source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PowerPort:
    """A power inlet, with what it may draw and what is set aside for it, in W; None if that is not known."""

    name: str
    maximum: float | None = None
    allocated: float | None = None


@dataclass(frozen=True, slots=True)
class DeviceType:
    """A type of device.

    Attributes:
        height: in half units; 0 if it takes none.
        weight: in kg; None if it is not known.
        ports: its own power inlets.
        psu_bays: bays for power supplies, where these are modules of their own.
        powered: False if it needs no power at all.
        blank: it is a blanking panel.
        origin: the file it is from, or its page in NetBox.
    """

    slug: str
    manufacturer: str
    model: str
    height: int = 2
    full_depth: bool = True
    weight: float | None = None
    ports: tuple[PowerPort, ...] = ()
    psu_bays: int = 0
    powered: bool = True
    blank: bool = False
    origin: str = ""

    @property
    def supplies(self) -> int:
        return len(self.ports) or self.psu_bays


def needed_of(supplies: int) -> int:
    """How many of so many power supplies must live, where nobody says: all but one, since one more than needed is
    the least that redundancy means. A chassis that runs on half of them says so."""
    return max(supplies - 1, min(supplies, 1))


def draw_of(
    given: float | None, ports: Sequence[PowerPort], needed: int, *, modules: bool = False
) -> tuple[float | None, str]:
    """What a device draws, in W, and what says so; (None, "") if nothing does.

    What was measured or given holds first, then what is set aside for its ports, then what its power supplies can
    draw at most: of those, as many as it needs, since the others stand by.

    Args:
        modules: the ports are those of modules, and not of the type itself.
    """
    if given is not None:
        return given, "given"
    allocated = [port.allocated for port in ports if port.allocated is not None]
    if ports and len(allocated) == len(ports):
        return sum(allocated), "allocated_draw"
    maxima = sorted((port.maximum for port in ports if port.maximum is not None), reverse=True)
    if ports and len(maxima) == len(ports):
        return sum(maxima[:needed]), "module" if modules else "maximum_draw"
    return None, ""
