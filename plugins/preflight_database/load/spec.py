"""What may I write under `load:`?"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, WithJsonSchema

from preflight.model import Duration, OneOrSeveral, Phase, Several, Strictly
from preflight.secret import Secret
from preflight_database import url
from preflight_database.deadline import Instant
from preflight_database.entry import Entry, TableName


def _count(value: object) -> object:
    """YAML 1.2 takes 120_000_000 for a text."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,3}(_\d{3})+", value):
        return int(value.replace("_", ""))
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("should be a number above 0, such as 120_000_000")
    return value


def _count_or_none(value: object) -> object:
    return 0 if value == 0 and not isinstance(value, bool) else _count(value)


_NUMBER = {"type": ["integer", "string"], "examples": [200000, "120_000_000"]}
Count = Annotated[int, BeforeValidator(_count), WithJsonSchema(_NUMBER)]


def _scratch(secret: Secret) -> Secret:
    url.parse(secret.reveal())
    return secret


def _arms(arms: tuple[str, ...]) -> tuple[str, ...]:
    if not arms or len(set(arms)) < len(arms):
        raise ValueError("should be deferred, present or both, that which is planned for the night first")
    return arms


class Rehearse(Strictly):
    """How a load is rehearsed."""

    scratch: Annotated[Secret, AfterValidator(_scratch)] = Field(
        description="the URL of a database in which tables may be made and dropped, on a server like the real one"
    )
    source: TableName = Field(
        "",
        description="the table with the rows to rehearse with, in the order of the load; the one that is loaded "
        "if left out",
    )
    rows: Count = Field(200_000, description="how many of them, at most")
    arms: Annotated[OneOrSeveral[Literal["deferred", "present"]], AfterValidator(_arms)] = Field(
        ("deferred", "present"),
        description="indexes built after the load, or present during it; the first is what is planned for the night",
    )
    batch: Count = Field(10_000, description="how many rows are inserted in one transaction")
    repeats: int = Field(3, ge=3, le=20, description="how often each arm is measured")
    limit: Duration = Field(1800.0, description="how long all of it may take")
    unlike: Several[str] = Field((), description="settings in which the scratch server may differ from the real one")
    pragmas: dict[str, str | int] = Field({}, description="SQLite: what the program that loads sets on its connection")
    record: str = Field("", description="a file that keeps the result, so that it need not be measured again")
    max_age: Duration = Field(604800.0, description="how long a kept result counts")


class LoadSpec(Entry):
    """A load, and when it must have ended."""

    table: TableName = Field(description="what is loaded: `orders`, or `schema.orders`")
    rows: Count = Field(description="how many rows will be loaded")
    already: Annotated[int, BeforeValidator(_count_or_none), WithJsonSchema(_NUMBER)] | None = Field(
        None, description="how many the table has when the load starts"
    )
    starts: Instant = Field("opens", description="when the load starts")
    abort_by: Instant = Field(description="when it must have ended, or be given up")
    time_to_go_back: Duration | None = Field(None, description="what going back takes, to be left before `abort_by`")
    supply: Count | None = Field(None, description="rows a second that the program that loads delivers at most")
    rehearse: Rehearse
    phase: OneOrSeveral[Phase] = Field(("before",), description="when it is rehearsed; before the cutover, if left out")

    _begin: float = PrivateAttr(default=0.0)
    _end: float = PrivateAttr(default=0.0)
    _until: datetime | None = PrivateAttr(default=None)

    def between(self, begin: datetime, end: datetime) -> Self:
        """This entry with its moments resolved; `end` is the last one at which the load may end."""
        spec = self.model_copy()
        spec._begin, spec._end, spec._until = begin.timestamp(), end.timestamp(), end
        return spec

    @property
    def total(self) -> int:
        """Rows that the table will have."""
        return self.rows + (self.already or 0)

    @property
    def available(self) -> float:
        """Seconds for the load."""
        return self._end - self._begin

    @property
    def until(self) -> datetime:
        assert self._until is not None
        return self._until
