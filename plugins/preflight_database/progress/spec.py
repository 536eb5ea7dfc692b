"""What may I write under `progress:`?"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, WithJsonSchema, model_validator

from preflight.model import Duration, OneOrSeveral, Phase
from preflight_database.deadline import Instant
from preflight_database.entry import Entry
from preflight_database.index.spec import IndexSpec
from preflight_database.progress.query import counts_rows, one_select, table_of


def _total(value: object) -> int | str:
    """120000000, 120_000_000 (which is text in YAML 1.2), 1.2e8; or a SELECT."""
    if isinstance(value, str) and re.fullmatch(r"\d[\d_]*", value):
        value = int(value.replace("_", ""))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, str):
        return one_select(value)
    raise ValueError("should be a number above 0, such as 120_000_000, or a SELECT that gives it")


def _long_enough(seconds: float) -> float:
    if not 1 <= seconds <= 3600:
        raise ValueError("should be between 1s and 1h: an operator waits for it")
    return seconds


Total = Annotated[
    int | str,
    BeforeValidator(_total),
    WithJsonSchema(
        {"type": ["integer", "number", "string"], "examples": ["120_000_000", "select count(*) from orders"]}
    ),
]


class ProgressSpec(Entry):
    """A conversion that runs: how far it is, and whether it ends in time."""

    done: Annotated[str, AfterValidator(one_select)] | None = Field(
        None, description="a SELECT that gives how much is done: select count(*) from orders_new"
    )
    table: str = Field(
        "", description="the table that is filled; that of `done`, if left out. Alone: its rows without counting them"
    )
    total: Total = Field(description="how much there is to do, in the unit of `done`: a number, or a SELECT")
    sample: Annotated[Duration, AfterValidator(_long_enough)] = Field(20.0, description="for how long it is watched")
    started: Instant = Field("opens", description="when it began: opens, ... (of the cutover), or a date and time")
    abort_by: Instant = Field("closes", description="when it must be done: closes, ..., or a date and time")
    time_to_go_back: Duration = Field(0.0, description="how long it takes to go back: so long before, one decides")
    phase: OneOrSeveral[Phase] = Field(("during",), description="when it must be true; during, if left out")

    _began: datetime = PrivateAttr(default=datetime.min)
    _ends: datetime = PrivateAttr(default=datetime.min)
    _forbidding: tuple[IndexSpec, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.done is None and not self.table:
            raise ValueError("should have `done` (a SELECT that gives how much is done) or `table` (which is filled)")
        if self.timeout is not None and self.timeout <= self.sample:
            raise ValueError("its `timeout` is not longer than its `sample`")
        return self

    def between(self, began: datetime, ends: datetime, forbidding: tuple[IndexSpec, ...]) -> Self:
        """This entry with the moments that are meant, and the entries that forbid indexes of its table."""
        spec = self.model_copy()
        spec._began, spec._ends, spec._forbidding = began, ends, forbidding
        return spec

    @property
    def watched(self) -> str:
        """The name of the table that is filled; empty if that is not known."""
        return self.table or (table_of(self.done) if self.done else "")

    @property
    def of_rows(self) -> bool:
        """`done` is how many rows the table has: those of a COPY that still runs are some more of them."""
        return self.done is None or (counts_rows(self.done) and self.watched == table_of(self.done))

    @property
    def began(self) -> datetime:
        return self._began

    @property
    def ends(self) -> datetime:
        """It must be done by then."""
        return self._ends

    @property
    def decide_by(self) -> datetime:
        """Who goes back later than that is not back in time."""
        return self._ends - timedelta(seconds=self.time_to_go_back)

    @property
    def forbidding(self) -> tuple[IndexSpec, ...]:
        return self._forbidding
