"""What may I write of a rack under `list:`?"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from preflight.model import Several
from preflight_racks.fields import (
    MOST_UNITS,
    PORTS,
    Day,
    Draw,
    Line,
    Position,
    RackName,
    Share,
    Slug,
    Units,
    Weight,
    Written,
)
from preflight_racks.room import Face


class PsusSpec(Written):
    """The power supplies of a device."""

    example = "{count: 2, needed: 1}"

    count: int | None = Field(
        None, ge=0, le=64, description="how many there are; 0 if it draws nothing; what its type says, if left out"
    )
    needed: int | None = Field(
        None, ge=1, le=64, description="how many must live; all but one, if left out, and the only one of one"
    )
    module: Line = Field("", description="what they are: manufacturer/model, or the part number, of module_types")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.count is None and self.needed is None and not self.module:
            raise ValueError("says nothing: give `count`, `needed` or `module`, such as {count: 2, needed: 1}")
        if self.count == 0 and (self.needed or self.module):
            raise ValueError("`count: 0` is a device that draws nothing: leave out what else stands here")
        if self.count is not None and self.needed is not None and self.needed > self.count:
            raise ValueError(f"needs {self.needed} of {self.count}")
        return self


class PlugSpec(Written):
    """Where a power supply is plugged in."""

    feed: Line
    leg: Literal["A", "B", "C"] = Field(description="of a three-phase feed: A is L1 (delta: L1-L2), B L2, C L3")


# A discriminator, since a plain union reports one mistake once for each of its members.
Plug = Annotated[
    Annotated[Line, Tag("feed")] | Annotated[PlugSpec, Tag("mapping")],
    Discriminator(lambda value: "mapping" if isinstance(value, dict | PlugSpec) else "feed"),
]


class DeviceSpec(Written):
    """What stands in a rack, or beside its units."""

    example = "{name: app-1, type: dell-poweredge-r650, position: 10}"

    name: Line
    type: Slug = Field(description="the slug of its type, of device_types or types")
    position: Position | None = Field(
        None, description="the lowest unit that it covers, by number; 5.5 for half of one"
    )
    face: Face = "front"
    draw: Draw | None = Field(None, description="what it draws in normal running, all supplies together: 430 W, 450 VA")
    weight: Weight | None = Field(None, description="with its unit: kg, g, lb, oz")
    psus: PsusSpec | None = None
    feeds: Several[Plug] | None = Field(
        None, description="what its supplies are plugged into, one for each; if left out, the rack's feeds in turn"
    )


class FeedSpec(Written):
    """A circuit that ends in the rack."""

    example = "{name: A, panel: P1, volts: 230, amps: 32}"

    name: Line
    panel: Line = Field("", description="the distribution panel it comes from: what fails with it fails together")
    volts: float = Field(gt=0, le=1000, description="between two lines, where it has three phases")
    amps: float = Field(gt=0, le=5000, description="of its breaker")
    phases: Literal[1, 3] = 1
    wiring: Literal["wye", "delta"] | None = Field(
        None, description="of three phases: loads between line and neutral (wye, the default) or between lines"
    )
    bank_amps: float | None = Field(
        None, gt=0, le=5000, description="of three phases: what the PDU's breaker of each leg carries for long"
    )
    derate: Share | None = Field(None, description="how much of its breaker a continuous load may take")

    @model_validator(mode="after")
    def _fits_its_phases(self) -> Self:
        if self.phases == 1 and (self.wiring or self.bank_amps):
            raise ValueError("`wiring` and `bank_amps` are for `phases: 3`")
        return self


class ReservationSpec(Written):
    """Units that are kept for somebody."""

    example = "{units: 1-4, for: Phoenix}"

    units: Units
    for_: Line = Field(alias="for")
    until: Day = Field("", description="the last day it holds")


class RackSpec(Written):
    """A rack, or what its source does not know of one."""

    example = "{name: R12, units: 42}"

    name: RackName
    type: Slug | None = Field(None, description="of rack_types: gives units, first, descending and max_weight")
    units: int | None = Field(None, ge=1, le=MOST_UNITS, description="how many it has")
    first: int | None = Field(None, ge=1, le=10 * MOST_UNITS, description="the number of its first unit: 1")
    descending: bool | None = Field(None, description="unit 1 is on top")
    max_weight: Weight | None = Field(None, description="of all that it carries")
    site: Line = ""
    location: Line = ""
    switch_ports: Annotated[dict[Line, Annotated[int, Field(ge=0)]], PORTS] | None = Field(
        None, description="free ones, by type"
    )
    feeds: Several[FeedSpec] = ()
    reserved: Several[ReservationSpec] = ()
    blocked: Units = Field((), description="that nothing may take: 42, 1-4, or a list")
    blanks: Units = Field((), description="under blanking panels, which may be taken out")
    devices: Several[DeviceSpec] = ()
