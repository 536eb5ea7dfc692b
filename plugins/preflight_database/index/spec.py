"""What may I write under `indexes:`?"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from preflight.model import OneOrSeveral, Several
from preflight.validation import wrong_item
from preflight_database.entry import Entry, TableName
from preflight_database.index.keys import Key, canonical_text


def _columns(parts: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    if parts is not None and not parts:
        raise ValueError("is empty: name a column")
    for index, part in enumerate(parts or ()):
        if parts and part in parts[:index]:
            raise wrong_item(index, f"{part} is given twice")
    return parts


class IndexSpec(Entry):
    """An index that a table must have, or must not have, or all that it may have."""

    table: TableName = Field(description="`orders`, or `schema.orders`")
    columns: Annotated[OneOrSeveral[Key] | None, AfterValidator(_columns)] = Field(
        None, description="what it sorts by, in order: columns or expressions, with desc, nulls first, collate, ..."
    )
    name: str = Field("", description="what it is called; the definition counts, but this name must not have another")
    unique: bool | None = Field(None, description="whether it is unique; not, if left out")
    where: Annotated[str, AfterValidator(canonical_text)] | None = Field(
        None, description="the predicate of a partial index"
    )
    method: str | None = Field(None, description="btree (if left out), hash, gin, gist, brin, fulltext, ...")
    include: Several[str] | None = Field(None, description="columns that it carries along (PostgreSQL)")
    nulls_not_distinct: bool | None = Field(None, description="unique, and NULL equals NULL (PostgreSQL 15)")
    deferrable: bool | None = Field(None, description="it is that of a deferrable constraint (PostgreSQL)")
    forbidden: bool = Field(False, description="there must be no such index; what is left out may be anything")
    only: Several[str] | None = Field(
        None, description="the names of all indexes that there may be besides those of constraints"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.columns is None) == (self.only is None):
            raise ValueError("should have either `columns` (one index) or `only` (all that there may be)")
        if self.only is not None and (given := sorted(self.model_fields_set & _OF_ONE_INDEX)):
            raise ValueError(f"`{given[0]}` is about one index, and `only` about all of a table: make two entries")
        if self.nulls_not_distinct and not self.unique:
            raise ValueError("`nulls_not_distinct` goes with `unique: true`")
        if self.forbidden and self.name:
            raise ValueError("a forbidden index is known by its definition: leave `name` out")
        return self

    def definition(self) -> str:
        """`(customer_id,created_at desc) unique where deleted_at is null`."""
        words = ["(" + ",".join(map(str, self.columns or ())) + ")"]
        words += [f"using {self.method}"] if self.method and self.method != "btree" else []
        words += [f"include ({','.join(self.include)})"] if self.include else []
        words += ["unique"] if self.unique else []
        words += ["nulls not distinct"] if self.nulls_not_distinct else []
        words += ["deferrable"] if self.deferrable else []
        return " ".join(words + ([f"where {self.where}"] if self.where else []))


_OF_ONE_INDEX = frozenset(IndexSpec.model_fields) - frozenset(Entry.model_fields) - {"table", "columns", "only"}
