"""What may I write under `settings:`?"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, GetJsonSchemaHandler, PrivateAttr, WithJsonSchema, model_validator

from preflight.model import OneOrSeveral
from preflight.source import Mark
from preflight_database.entry import Entry
from preflight_database.settings.amount import Wanted, parse_wanted


class _OrItsValueInSchema:
    """JSON Schema does not see that a bare value is short for `{value: ...}`."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": ["string", "number", "boolean"]}, handler(schema)]}


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


Setting = OneOrSeveral[Annotated[SettingSpec, _OrItsValueInSchema()]]
