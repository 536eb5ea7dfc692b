"""What may I write under `planned:`?"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from preflight.model import CheckSpec, OneOrSeveral
from preflight_racks.fields import PORTS, Draw, GroupName, Line, RackName, Slug, Weight, Written
from preflight_racks.listed import PsusSpec
from preflight_racks.room import Face

Count = Annotated[int, Field(ge=1, le=100_000)]


class SpreadSpec(Written):
    example = "{rack: 4}"

    rack: Count = Field(description="at most so many of the group in one rack")


class PlacementSpec(CheckSpec):
    """A group of equal devices that want a place."""

    name: GroupName = Field(description="of the group; its devices are name-1, name-2, ...")
    type: Slug = Field(description="the slug of their type")
    count: Count
    for_: Line = Field("", alias="for", description="for whom: they may stand in what is reserved for them")
    draw: Draw | None = Field(None, description="of each in normal running: 430 W, 450 VA")
    weight: Weight | None = Field(None, description="of each")
    psus: PsusSpec | None = None
    ports: Annotated[dict[Line, Count], PORTS] = Field(
        {}, description="switch ports of its rack that each takes, by type"
    )
    spread: SpreadSpec | None = None
    together: Literal["rack", "adjacent"] | None = Field(
        None, description="all in one rack, or even without anything between them"
    )
    racks: OneOrSeveral[RackName] = Field((), description="those they may stand in; any, if left out")
    face: Face = "front"
    remove_blanks: bool = Field(False, description="blanking panels may make way")
    role: Line = Field("", description="for NetBox's import")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.together and self.spread and self.spread.rack < self.count:
            raise ValueError(
                f"{self.count} together in one rack cannot be {self.spread.rack} in each: leave out one of the two"
            )
        return self
