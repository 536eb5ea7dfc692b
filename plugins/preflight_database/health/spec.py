"""What may I write under `health:`?"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr, WithJsonSchema, model_validator

from preflight.model import Duration, OneOrSeveral, OrInSchema
from preflight.nearest import did_you_mean
from preflight.source import Mark
from preflight_database.entry import Entry
from preflight_database.health.check import HealthCheck, Limits, registry

ALL = "all"
_STANDARD = Limits()


def _known(name: str) -> str:
    if name not in registry():
        raise ValueError(f'"{name}" is no health check{did_you_mean(name, registry())}')
    return name


def _known_or_all(name: str) -> str:
    return name if name == ALL else _known(name)


def _names(known: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "enum": list(known)}


_CheckName = Annotated[str, AfterValidator(_known), WithJsonSchema(_names(tuple(registry())))]
_CheckOrAll = Annotated[str, AfterValidator(_known_or_all), WithJsonSchema(_names((ALL, *registry())))]
_Percent = Annotated[float, Field(gt=0, lt=100, strict=False)]


class HealthSpec(Entry):
    """Health checks of a database, and what they may find; `check` is the one of them that it stands for."""

    checks: OneOrSeveral[_CheckOrAll] = Field((ALL,), description="which ones; all that the engine has, if left out")
    without: OneOrSeveral[_CheckName] = Field((), alias="except", description="which ones of `all` not")
    allow: dict[_CheckName, OneOrSeveral[str]] = Field(
        {}, description="what a check may find: a table, table.column, index or constraint, with *"
    )
    statistics_age: Duration = Field(
        _STANDARD.statistics_age, description="how long the use of indexes must have been counted: 30d"
    )
    sequence_left: _Percent = Field(_STANDARD.sequence_left, description="percent of a sequence that must be left: 10")
    nulls: _Percent = Field(_STANDARD.nulls, description="percent of NULLs that is too much for an index: 50")
    bloat: _Percent = Field(_STANDARD.bloat, description="percent of empty space that is too much: 50")

    _check: str = PrivateAttr(default="")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"checks": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.checks:
            raise ValueError("`checks` is empty: name a health check, or leave it out for all")
        if self.without and ALL not in self.checks:
            raise ValueError("`except` goes with `checks: all`")
        return self

    def named(self, dialect: str) -> tuple[str, ...]:
        """The checks it stands for, in a database of this dialect."""
        if ALL not in self.checks:
            return tuple(dict.fromkeys(self.checks))
        every = [name for name, check in registry().items() if dialect in check.dialects]
        explicit = [name for name in self.checks if name != ALL]
        return tuple(name for name in dict.fromkeys(explicit + every) if name not in self.without)

    def only(self, name: str, mark: Mark) -> Self:
        """This entry as the one check of that name."""
        check = registry()[name]
        own: dict[str, Any] = {} if "severity" in self.model_fields_set else {"severity": check.severity}
        own |= {"id": f"{self.id}/{name}"} if self.id else {}
        spec = self.model_copy(update=own)
        spec._check = name
        spec.stand_at(mark)
        return spec

    @property
    def check(self) -> HealthCheck:
        return registry()[self._check]

    @property
    def limits(self) -> Limits:
        return Limits(self.statistics_age, self.sequence_left, self.nulls, self.bloat)


Health = OneOrSeveral[Annotated[HealthSpec, OrInSchema(_names((ALL, *registry())))]]
