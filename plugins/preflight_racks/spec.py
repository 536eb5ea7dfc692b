"""What may I write under `racks:`? See `listed.py` for what is below `list:`; each kind has a `spec.py` of its own."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from preflight.model import Several
from preflight.secret import Secret
from preflight_racks.audit.spec import AuditSpec
from preflight_racks.fields import Draw, Height, Line, Share, Slug, Weight, Written
from preflight_racks.listed import PsusSpec, RackSpec
from preflight_racks.netbox.source import objection
from preflight_racks.placement.spec import PlacementSpec


def _url(text: str) -> str:
    if why := objection(text):
        raise ValueError(why)
    return text


class SourceSpec(Written):
    """A NetBox that has the racks, and what stands in them."""

    example = '{netbox: "https://netbox.example", token: "${env:NETBOX_TOKEN}"}'

    netbox: Annotated[str, AfterValidator(_url)] = Field(description="its URL: https://netbox.example")
    token: Secret = Field(description='of its API: "${env:NETBOX_TOKEN}"')
    site: Line = Field("", description="the slug of the site whose racks are read; all, if left out")
    location: Line = Field("", description="the slug of a location of it")
    ca: Line = Field("", description="a file with the certificate of its authority, found from this file")
    verify: bool = Field(True, description="whether its certificate must be right")
    reserved_for: Literal["tenant", "description", "user"] = Field(
        "tenant", description="what says for whom a reservation is"
    )
    blanks: Several[Slug] = Field((), description="the slugs of roles or types that blanking panels have")
    derate: Share | None = Field(
        None, description="how much of a breaker a continuous load may take; what NetBox says of each feed, if left out"
    )
    wiring: Literal["wye", "delta"] | None = Field(
        None,
        description="of three-phase feeds; told by the plugs of their PDUs, if left out, and wye where these do not",
    )
    switch_roles: Several[Slug] = Field(
        (), description="the slugs of the roles that switches have: whose free ports count"
    )
    connections: int = Field(4, ge=1, le=16, description="how many requests are under way at a time")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.location and not self.site:
            raise ValueError("`location` goes with the `site` that it is in")
        return self


class TypeSpec(Written):
    """A type of device: what its file does not say, or all of it."""

    example = "{height: 2, weight: 22 kg, psus: {count: 2}}"

    height: Height | None = Field(None, description="in units: 2, 0.5; 0 if it takes none")
    full_depth: bool | None = Field(None, description="whether it takes the front and the rear of its units: true")
    weight: Weight | None = None
    draw: Draw | None = None
    psus: PsusSpec | None = None


class Racks(Written):
    """Racks, and what is planned for them."""

    device_types: Several[Line] = Field(
        (), description="files and folders in the format of the community's devicetype-library, found from this file"
    )
    module_types: Several[Line] = Field((), description="the same, of modules such as power supplies")
    rack_types: Several[Line] = Field((), description="the same, of racks")
    types: dict[Slug, TypeSpec] = Field({}, description="by slug: what the files do not say, or whole types")
    derate: Share = Field(0.8, description="how much of a breaker a continuous load may take")
    power_factor: Share = Field(1.0, description="W for each VA")
    limits: Several[Literal["weight", "power"]] = Field(
        ("weight", "power"), description="what counts besides units; what is left out is not held against a rack"
    )
    from_: SourceSpec | None = Field(None, alias="from", description="a NetBox that has the racks")
    list_: Several[RackSpec] = Field((), alias="list", description="the racks, or what their source does not know")
    planned: Several[PlacementSpec] = ()
    audit: Several[AuditSpec] | None = Field(
        None, description="racks that are looked at as they stand; all that are named here, if left out"
    )
