"""What may I write under `databases:`?"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PrivateAttr,
    WithJsonSchema,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler

from preflight.model import NOWHERE, CheckSpec, OneOrSeveral, Several, Strictly
from preflight.secret import Secret
from preflight.source import Map, Mark, Seq
from preflight.validation import wrong_item
from preflight_database import url
from preflight_database.amount import Wanted, parse_wanted
from preflight_database.keys import Key, canonical_text
from preflight_database.url import Dialect, Location


def _table(text: str) -> str:
    if not text or text.count(".") > 1 or any(not part or part != part.strip() for part in text.split(".")):
        raise ValueError("should be a table, as `orders` or `schema.orders`, without quotes")
    return text


def _columns(parts: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    if parts is not None and not parts:
        raise ValueError("is empty: name a column")
    for index, part in enumerate(parts or ()):
        if parts and part in parts[:index]:
            raise wrong_item(index, f"{part} is given twice")
    return parts


class IndexSpec(CheckSpec):
    """An index that a table must have, or must not have, or all that it may have."""

    table: Annotated[str, AfterValidator(_table)] = Field(description="`orders`, or `schema.orders`")
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

    _database: str = PrivateAttr(default="")
    _dialect: Dialect = PrivateAttr(default="postgresql")

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

    def of(self, database: str, dialect: Dialect) -> Self:
        """This entry in its database."""
        spec = self.model_copy()
        spec._database, spec._dialect = database, dialect
        return spec

    @property
    def database(self) -> str:
        return self._database

    @property
    def dialect(self) -> Dialect:
        return self._dialect

    def definition(self) -> str:
        """`(customer_id,created_at desc) unique where deleted_at is null`."""
        words = ["(" + ",".join(map(str, self.columns or ())) + ")"]
        words += [f"using {self.method}"] if self.method and self.method != "btree" else []
        words += [f"include ({','.join(self.include)})"] if self.include else []
        words += ["unique"] if self.unique else []
        words += ["nulls not distinct"] if self.nulls_not_distinct else []
        words += ["deferrable"] if self.deferrable else []
        return " ".join(words + ([f"where {self.where}"] if self.where else []))


_OF_ONE_INDEX = frozenset(IndexSpec.model_fields) - frozenset(CheckSpec.model_fields) - {"table", "columns", "only"}


class _OrItsValueInSchema:
    """JSON Schema does not see that a bare value is short for `{value: ...}`."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": ["string", "number", "boolean"]}, handler(schema)]}


class SettingSpec(CheckSpec):
    """A setting of the server, and what it must be."""

    value: Annotated[Wanted, BeforeValidator(parse_wanted), WithJsonSchema({"type": ["string", "number", "boolean"]})]

    _database: str = PrivateAttr(default="")
    _name: str = PrivateAttr(default="")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"value": value} if isinstance(value, str | int | float) else value

    def of(self, database: str, name: str, mark: Mark) -> Self:
        """This entry in its database, under its name; a bare value does not know where it stands."""
        spec = self.model_copy()
        spec._database, spec._name = database, name
        if not spec._mark.file:
            spec._mark = mark
        return spec

    @property
    def database(self) -> str:
        return self._database

    @property
    def name(self) -> str:
        return self._name


def _not_yet(_: str) -> str:
    raise ValueError("not yet: a database is reached from this machine only; leave it out, or open a tunnel yourself")


def _url(secret: Secret) -> Secret:
    url.parse(secret.reveal())
    return secret


class DatabaseSpec(Strictly):
    """One database: where it is, and what must be true of it."""

    url: Annotated[Secret, AfterValidator(_url)] = Field(
        description="postgresql://user@host/database, mysql://user@host/database, sqlite:///path"
    )
    password: Secret | None = Field(None, description="kept apart from the URL, where it need not be percent-encoded")
    via: Annotated[str, AfterValidator(_not_yet)] = Field("", description="not yet")
    indexes: Several[IndexSpec] = ()
    settings: dict[str, OneOrSeveral[Annotated[SettingSpec, _OrItsValueInSchema()]]] = Field(
        {}, description="a setting of the server, and its value: 500, replica, on, >= 1GB"
    )

    _written: Map | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_mark(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        spec = handler(value)
        spec._written = value if isinstance(value, Map) else None
        return spec

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        location = url.parse(self.url.reveal())
        if self.password is not None and (location.password.reveal() or location.dialect == "sqlite"):
            raise ValueError("has a password in `url` and another in `password`" if location.password.reveal() else
                             "an SQLite database has no password")  # fmt: skip
        return self

    def location(self) -> Location:
        """Where it is, with its password."""
        found = url.parse(self.url.reveal())
        found = replace(found, password=self.password) if self.password is not None else found
        return url.below(found, self.place("url").file)

    def place(self, key: str, *path: str | int) -> Mark:
        """Where something of it is written, for a `Problem`."""
        at, written = NOWHERE, self._written
        for part in (key, *path):
            if isinstance(written, Map) and part in written:
                at, written = written.values_at[str(part)], written[str(part)]
            elif isinstance(written, Seq) and isinstance(part, int) and part < len(written):
                at, written = written.items_at[part], written[part]
        return at
