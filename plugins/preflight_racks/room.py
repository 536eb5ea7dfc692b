"""What there is: racks, what stands in them, and what feeds them. Plain data, of whatever source.

Lengths are in half units, since some devices are half a unit high: the unit 12 of a rack is the cells 24 and 25, and
something at `position` (its lowest number, whichever way a rack is numbered) covers [position, position + height).
Weights are in kg, draws in W. What is not known is None, and never 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Face = Literal["front", "rear"]
Leg = Literal["", "A", "B", "C"]
Wiring = Literal["wye", "delta"]


@dataclass(frozen=True, slots=True)
class Supply:
    """A power supply of a device, and where it is plugged in.

    Attributes:
        feed: a feed of the rack; empty if that is not known.
        leg: of a three-phase feed: A is L1 (wye) or L1-L2 (delta), B and C the next ones; empty if that is not
            known, or if the feed has one phase.
    """

    name: str
    feed: str = ""
    leg: Leg = ""


@dataclass(frozen=True, slots=True)
class Device:
    """What stands in a rack, or beside its units.

    Attributes:
        type: the slug of its type.
        height: in half units; 0 if it takes none.
        position: the lowest half unit it covers; None if it takes none, or if nobody said where it stands.
        full_depth: it takes both faces of its units.
        draw: of the whole device in normal running, in W.
        draw_by: what says so: `given`, `allocated_draw`, `module` or `maximum_draw`; empty if nothing does.
        supplies: empty if it draws nothing from the feeds of the rack.
        needed: how many of its supplies must live for it to run.
        blank: a blanking panel, which may be taken out.
        origin: where that is written: `inventories/prod/racks.yaml:12`, `https://netbox.example/dcim/devices/12/`.
    """

    name: str
    type: str
    height: int
    position: int | None
    face: Face = "front"
    full_depth: bool = True
    weight: float | None = None
    draw: float | None = None
    draw_by: str = ""
    supplies: tuple[Supply, ...] = ()
    needed: int = 1
    blank: bool = False
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A circuit that ends in a rack.

    Attributes:
        panel: the distribution panel it comes from: what fails with it fails together. Empty if that is not known.
        volts: between lines, where it has three phases.
        amps: of its breaker.
        derate: how much of that a continuous load may take.
        wiring: of three phases: loads between a line and neutral (wye), or between two lines (delta).
        bank_amps: what the PDU's breaker of each leg carries for long, where it has such.
    """

    name: str
    panel: str = ""
    volts: float | None = None
    amps: float | None = None
    phases: Literal[1, 3] = 1
    derate: float = 0.8
    wiring: Wiring = "wye"
    bank_amps: float | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """Whole units, by number, kept for somebody.

    Attributes:
        holder: for whom.
        until: an ISO date, the last day it holds; empty if it has none.
        stale: its source says that it holds no more, though nobody has taken it back.
    """

    units: tuple[int, ...]
    holder: str
    until: str = ""
    stale: bool = False
    origin: str = ""

    def expired(self, today: str) -> bool:
        return self.stale or bool(self.until and self.until < today)


@dataclass(frozen=True, slots=True)
class Rack:
    """A rack.

    Attributes:
        units: how many it has.
        first: the number of its first unit.
        descending: its units are numbered from top to bottom.
        max_weight: of all that it carries, in kg.
        feeds: empty if it is not known what feeds it.
        ports: free switch ports by type; None if they are not known.
        blocked: whole units, by number, that nothing may take.
        site, location: as its source calls them.
    """

    name: str
    units: int
    first: int = 1
    descending: bool = False
    max_weight: float | None = None
    feeds: tuple[Feed, ...] = ()
    ports: tuple[tuple[str, int], ...] | None = None
    reserved: tuple[Reservation, ...] = ()
    blocked: tuple[int, ...] = ()
    devices: tuple[Device, ...] = ()
    site: str = ""
    location: str = ""
    origin: str = ""

    @property
    def numbers(self) -> range:
        """Its units' numbers, the lowest first."""
        return range(self.first, self.first + self.units)

    @property
    def lost_together(self) -> Iterator[tuple[str, frozenset[str]]]:
        """What may fail, and the feeds that are gone then: each feed, and each panel of several."""
        for feed in self.feeds:
            yield f"feed {feed.name}", frozenset({feed.name})
        for panel in dict.fromkeys(feed.panel for feed in self.feeds if feed.panel):
            gone = frozenset(feed.name for feed in self.feeds if feed.panel == panel)
            if len(gone) > 1:
                yield f"panel {panel}", gone


@dataclass(frozen=True, slots=True)
class Room:
    """All racks of one source.

    Attributes:
        power_factor: W for each VA.
        today: the ISO date on which it was read.
        trouble: what its source said of single records that could not be taken as they are.
    """

    racks: tuple[Rack, ...]
    power_factor: float = 1.0
    today: str = ""
    trouble: tuple[str, ...] = ()


def unit_of(position: int) -> str:
    """A position as people write it: `12`, or `12.5`."""
    return f"{position // 2}{'.5' if position % 2 else ''}"


def span_of(position: int, height: int) -> str:
    """The units from a position on: `U12`, `U12-13`, `U12.5`."""
    if height <= 1:
        return f"U{unit_of(position)}"
    last = (position + height - 1) // 2
    return f"U{unit_of(position)}" if last == position // 2 else f"U{unit_of(position)}-{last}"
