"""What may I write under `settings:`?"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, PrivateAttr, WithJsonSchema, model_validator

from preflight.model import OneOrSeveral, OrInSchema
from preflight.source import Mark
from preflight_database.entry import Entry
from preflight_database.settings.amount import Wanted, parse_wanted


class SettingSpec(Entry):
    """A setting of the server, and what it must be."""

    value: Annotated[Wanted, BeforeValidator(parse_wanted), WithJsonSchema({"type": ["string", "number", "boolean"]})]

    _name: str = PrivateAttr(default="")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"value": value} if isinstance(value, str | int | float) else value

    def named(self, name: str, mark: Mark) -> Self:
        """This entry under its name; a bare value does not know where it stands."""
        spec = self.model_copy()
        spec._name = name
        spec.stand_at(mark)
        return spec

    @property
    def name(self) -> str:
        return self._name


Setting = OneOrSeveral[Annotated[SettingSpec, OrInSchema({"type": ["string", "number", "boolean"]})]]
