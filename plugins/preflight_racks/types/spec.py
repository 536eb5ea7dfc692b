"""What may stand in a file of the community's devicetype-library, as far as a rack is concerned?

Format and defaults: https://github.com/netbox-community/devicetype-library, folder `schema/`, and the models of NetBox.
Most keys of these files (interfaces, images, comments) do not matter here, and are not looked at.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from preflight.model import Several
from preflight_racks.fields import KG_OF, MOST_UNITS
from preflight_racks.types.bays import for_psu
from preflight_racks.types.devicetype import DeviceType, PowerPort
from preflight_racks.types.moduletype import ModuleType
from preflight_racks.types.racktype import RackType

Text = Annotated[str, Field(min_length=1)]
Weight = Annotated[float, Field(ge=0, le=100_000)]
Draw = Annotated[float, Field(gt=0, le=1_000_000)]
WeightUnit = Literal["kg", "g", "lb", "oz"]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class PowerPortPart(_Part):
    name: Text
    maximum_draw: Draw | None = None
    allocated_draw: Draw | None = None

    def port(self) -> PowerPort:
        return PowerPort(self.name, self.maximum_draw, self.allocated_draw)


class ModuleBayPart(_Part):
    name: Text
    description: str = ""

    @property
    def for_psu(self) -> bool:
        return for_psu(self.name, self.description)


class _File(_Part):
    what: ClassVar[str]

    manufacturer: Text
    model: Text
    part_number: str = ""
    weight: Weight | None = None
    weight_unit: WeightUnit | None = None

    @model_validator(mode="after")
    def _has_unit(self) -> Self:
        if self.weight and self.weight_unit is None:
            raise ValueError(f"`weight: {self.weight:g}` of what? Add `weight_unit:` kg, g, lb or oz")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """What it may be asked for by."""
        return ()

    def kg(self, weight: float | None) -> float | None:
        # Nothing weighs 0: somebody had to fill the field in.
        return weight * KG_OF[self.weight_unit] if weight and self.weight_unit else None


class DeviceFile(_File):
    """A file of `device-types/`."""

    what = "device type"

    slug: Text
    u_height: float = Field(1, ge=0, le=10 * MOST_UNITS, multiple_of=0.5)
    is_full_depth: bool = True
    # Some files have the underscore, from a time when NetBox refused the key.
    is_powered: bool = Field(True, validation_alias=AliasChoices("is_powered", "_is_powered"))
    subdevice_role: str = ""
    ports: Several[PowerPortPart] = Field((), alias="power-ports")
    outlets: Several[_Part] = Field((), alias="power-outlets")
    bays: Several[ModuleBayPart] = Field((), alias="module-bays")
    # Whether there are any is all that matters.
    front: Any = Field(None, alias="front-ports")
    rear: Any = Field(None, alias="rear-ports")
    interfaces: Any = None
    consoles: Any = Field(None, alias="console-ports")

    @property
    def names(self) -> tuple[str, ...]:
        return (self.slug,)

    @property
    def hands_through(self) -> bool:
        """All that it has is ports from front to rear: a patch panel, of which older files do not say `is_powered`."""
        active = self.ports or self.outlets or self.bays or self.interfaces or self.consoles
        return bool(self.front or self.rear) and not active

    def type(self, origin: str) -> DeviceType:
        # A PDU passes on what others draw, and a blade draws through its chassis: to count them as well would be twice.
        passes_on = bool(self.outlets) or (self.subdevice_role == "child" and not self.ports)
        draws = self.is_powered and not passes_on and not self.hands_through
        return DeviceType(
            slug=self.slug,
            manufacturer=self.manufacturer,
            model=self.model,
            height=int(2 * self.u_height),
            full_depth=self.is_full_depth,
            weight=self.kg(self.weight),
            ports=tuple(part.port() for part in self.ports) if draws else (),
            psu_bays=sum(bay.for_psu for bay in self.bays) if draws else 0,
            powered=draws,
            blank=is_blank(self.slug, self.model),
            origin=origin,
        )


class ModuleFile(_File):
    """A file of `module-types/`."""

    what = "module type"

    ports: Several[PowerPortPart] = Field((), alias="power-ports")

    @property
    def names(self) -> tuple[str, ...]:
        parts = (self.model, self.part_number)
        return (*parts, *(f"{self.manufacturer}/{part}" for part in parts))

    def type(self, origin: str) -> ModuleType:
        ports = tuple(part.port() for part in self.ports)
        return ModuleType(self.manufacturer, self.model, self.part_number, self.kg(self.weight), ports, origin)


class RackFile(_File):
    """A file of `rack-types/`."""

    what = "rack type"

    slug: Text
    u_height: Annotated[float, Field(ge=1, le=MOST_UNITS, multiple_of=1)]
    starting_unit: Annotated[float, Field(ge=1, le=10 * MOST_UNITS, multiple_of=1)] = 1
    desc_units: bool = False
    max_weight: Weight | None = None

    @model_validator(mode="after")
    def _has_unit_of_its_load(self) -> Self:
        if self.max_weight and self.weight_unit is None:
            raise ValueError(f"`max_weight: {self.max_weight:g}` of what? Add `weight_unit:` kg, g, lb or oz")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        return (self.slug,)

    def type(self, origin: str) -> RackType:
        return RackType(
            self.slug,
            self.manufacturer,
            self.model,
            int(self.u_height),
            int(self.starting_unit),
            self.desc_units,
            self.kg(self.max_weight),
            origin,
        )


def is_blank(*names: str) -> bool:
    """Whether something that is called so is a blanking panel."""
    return any("blank" in name.lower() for name in names)
