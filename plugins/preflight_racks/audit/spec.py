"""What may I write under `audit:`?"""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, PrivateAttr

from preflight.model import CheckSpec, OneOrSeveral, Several
from preflight_racks.fields import Line

Aspect = Literal["space", "weight", "power", "redundancy", "data", "reservations"]
ASPECTS: tuple[Aspect, ...] = ("space", "weight", "power", "redundancy", "data", "reservations")
T = TypeVar("T")


def _some(values: tuple[T, ...]) -> tuple[T, ...]:
    """As `min_length`, which would be said as well of a list whose only item is wrong."""
    if not values:
        raise ValueError("is empty: leave the entry out, or name at least one")
    return values


class AuditSpec(CheckSpec):
    """Racks that must be sound as they stand: one check for each."""

    racks: Annotated[OneOrSeveral[Line], AfterValidator(_some)] = Field(
        description='names, or patterns of them: "R1?", "R*"'
    )
    checks: Annotated[Several[Aspect], AfterValidator(_some)] = Field(
        ASPECTS, description="what is looked at; everything, if left out"
    )

    _rack: str = PrivateAttr(default="")

    @property
    def rack(self) -> str:
        """Its rack; or a pattern that only the source can resolve: all racks that match it."""
        return self._rack

    def on(self, rack: str, *, alone: bool) -> Self:
        """The entry for one of its racks. Its `id` says which, unless there is one."""
        spec = self.model_copy(update={"id": f"{self.id}/{rack}"} if self.id and not alone else {})
        spec._rack = rack
        return spec
