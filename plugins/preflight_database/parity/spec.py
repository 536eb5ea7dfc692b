"""What may I write under `same_as:`?"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from preflight.model import OneOrSeveral, OrInSchema, Several
from preflight.source import Mark
from preflight_database.entry import Entry

Things = Literal["tables", "columns", "indexes", "constraints", "foreign_keys", "triggers", "sequences"]


class SameAsSpec(Entry):
    """A database has the schema and the indexes of another one."""

    other: str = Field(alias="database", description="the name of another entry of `databases:`, of the same engine")
    only: Several[Things] = Field((), description="what is compared; everything, if left out")
    ignore: Several[str] = Field(
        (), description="names that may differ: table, schema.table, table.column, index, ...; with * and ?"
    )
    column_order: bool = Field(False, description="the columns stand in the same order, too")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"database": value} if isinstance(value, str) else value

    def at(self, mark: Mark) -> Self:
        """This entry at its place, which a bare name does not know."""
        spec = self.model_copy()
        spec.stand_at(mark)
        return spec


SameAs = OneOrSeveral[Annotated[SameAsSpec, OrInSchema({"type": "string"})]]
