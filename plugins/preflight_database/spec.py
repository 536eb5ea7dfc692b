"""What may I write under `databases:`? Each kind of check has its own `spec.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from preflight.model import Marked, OneOrSeveral, Several
from preflight.secret import Secret
from preflight_database import url
from preflight_database.health.spec import Health
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


class DatabaseSpec(Marked):
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

    health: Health = Field((), description="what nobody should have to ask for: all, or health checks by name")

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
