"""What may I write under `databases:`? Each kind of check has its own `spec.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr, WithJsonSchema, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from preflight.model import NOWHERE, OneOrSeveral, Several, Strictly
from preflight.secret import Secret
from preflight.source import Map, Mark, Seq
from preflight_database import url
from preflight_database.index.spec import IndexSpec
from preflight_database.load.spec import LoadSpec
from preflight_database.parity.spec import SameAs
from preflight_database.progress.spec import ProgressSpec
from preflight_database.settings.spec import Setting
from preflight_database.url import Location


def _host(text: str) -> str:
    word, colon, name = text.partition(":")
    if not colon:
        raise ValueError(f"should name a host of this inventory: `via: host:{text}`")
    if word != "host" or not name:
        raise ValueError("should be `host:` and the name of a host of this inventory, such as host:bastion")
    return name


def _url(secret: Secret) -> Secret:
    url.parse(secret.reveal())
    return secret


class DatabaseSpec(Strictly):
    """One database: where it is, and what must be true of it."""

    url: Annotated[Secret, AfterValidator(_url)] = Field(
        description="postgresql://user@host/database, mysql://user@host/database, sqlite:///path"
    )
    password: Secret | None = Field(None, description="kept apart from the URL, where it need not be percent-encoded")
    via: Annotated[str, AfterValidator(_host), WithJsonSchema({"type": "string", "pattern": "^host:."})] | None = Field(
        None, description="host:NAME, a host of this inventory over SSH that the database is reached through"
    )
    indexes: Several[IndexSpec] = ()
    settings: dict[str, Setting] = Field(
        {}, description="a setting of the server, and its value: 500, replica, on, >= 1GB"
    )
    load: OneOrSeveral[LoadSpec] = Field((), description="a load, rehearsed, and when it must have ended")
    same_as: SameAs = Field((), description="another database whose schema and indexes it must have")
    progress: OneOrSeveral[ProgressSpec] = Field((), description="a conversion that runs: whether it ends in time")

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
