"""What may I write under `drift:`?"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from preflight.model import CheckSpec, Marked, Several, Strictly
from preflight.nearest import did_you_mean
from preflight_drift.collect.daemons import DAEMONS
from preflight_drift.collect.globs import Glob
from preflight_drift.model import Subject
from preflight_drift.rules import Rule, RuleName
from preflight_drift.words import Words

SUBJECTS: tuple[Subject, ...] = (
    "files", "packages", "sysctl", "services", "users", "mounts", "env", "effective", "commands", "surveys",
)  # fmt: skip


def _day(value: object) -> object:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("should be a day, such as 2026-12-31") from None


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "examples": ["2026-12-31"]})]


def _glob(text: str) -> str:
    Glob(text)  # raises ValueError
    return text


def _daemon(name: str) -> str:
    if name not in DAEMONS:
        raise ValueError(
            f'there is no way to ask "{name}"{did_you_mean(name, DAEMONS)}: known are {", ".join(DAEMONS)}'
        )
    return name


def _at(text: str) -> str:
    subject = re.split(r"[.*\[]", text, maxsplit=1)[0]
    # `*` alone, or a beginning such as `pack*`, may stand for subjects; a word that is none never matches.
    if "*" not in text[: len(subject) + 1] and subject not in SUBJECTS:
        raise ValueError(
            f'begins with "{subject}", and can match nothing: a path begins with {", ".join(SUBJECTS)} or *'
        )
    return text


class Collect(Strictly):
    """What is looked at on each host."""

    files: Several[Annotated[str, AfterValidator(_glob)]] = Field((), description="paths; * and ** stand for more")
    packages: bool = Field(False, description="installed packages and their versions")
    sysctl: Several[str] = Field((), description="kernel parameters: `net.*`, `vm.swappiness`")
    services: bool = Field(False, description="what is enabled, and what is running")
    users: bool = Field(False, description="users and groups; no passwords")
    mounts: bool = Field(False, description="what is mounted, and /etc/fstab")
    env: dict[str, Several[str]] = Field({}, description="a systemd unit, and which variables of its environment")
    effective: Several[Annotated[str, AfterValidator(_daemon)]] = Field(
        (), description="daemons, by the configuration that they say they have"
    )
    commands: dict[str, str] = Field(
        {}, description="a name, and a command that changes nothing; its output is compared"
    )
    surveys: bool = Field(True, description="what other sections have to compare: databases, DNS records")

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Those of hosts that are looked at."""
        return tuple(subject for subject in SUBJECTS if subject != "surveys" and getattr(self, subject))


class RuleSpec(Marked):
    """How what is at a path may, or must, differ."""

    at: Annotated[str, AfterValidator(_at)] = Field(
        description="a path as findings print it: `files./etc/app.yaml.pool.size`; * stands for anything"
    )
    rule: RuleName
    reason: str = Field(description="why; TODO, until somebody has thought about it", min_length=1)
    owner: str = ""
    expires: Day | None = Field(None, description="the last day on which it counts")
    values: dict[str, str] = Field({}, description="matches: a regular expression, mapped: a value, by environment")
    default: str | int | float | bool | None = Field(None, description="what it is where it is not written")

    @model_validator(mode="after")
    def _has_its_values(self) -> Self:
        if (self.rule in ("matches", "mapped")) != bool(self.values):
            wants = "a value for each environment, as `values:`" if not self.values else "no `values:`"
            raise ValueError(f"the rule `{self.rule}` has {wants}")
        for name, pattern in self.values.items() if self.rule == "matches" else ():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"values.{name} is no regular expression: {error}") from None
        return self

    def as_rule(self, today: date, words: Words) -> Rule:
        expired = self.expires is not None and self.expires < today
        place = str(self.mark).rpartition(":")[0]
        values = tuple(sorted(self.values.items()))
        return Rule(self.at, self.rule, self.reason, place, self.owner, expired, values, self.default, words(self.at))


class DriftSpec(CheckSpec):
    """An environment to compare with, what to look at, and what may differ. What every check accepts goes for all."""

    against: str = Field("", description="the inventory to compare with, `local`, or `ledger:RUN`; --against wins")
    hosts: dict[str, str] = Field({}, description="a group or host here, and the one there it is compared with")
    collect: Collect
    rules: Several[RuleSpec] = ()
    vars: dict[str, dict[str, str]] = Field({}, description="names that stand for the same: {token: {staging: stg}}")
