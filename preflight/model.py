"""The fields that stand in every inventory: hosts, the cutover, and what every check accepts."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PrivateAttr,
    Strict,
    WithJsonSchema,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler  # pydantic itself exports it since 2.11

from preflight.duration import parse_duration
from preflight.source import Map, Mark, Seq

T = TypeVar("T")
NOWHERE = Mark("", 1, 1)
Phase = Literal["before", "during", "after"]
Duration = Annotated[
    float, BeforeValidator(parse_duration), WithJsonSchema({"type": ["string", "number"], "examples": ["30s", "5m"]})
]


def _one_or_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


class _OrOneInSchema:
    """JSON Schema does not see what a validator accepts besides."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        several = handler(schema)
        return {"anyOf": [several["items"], several]}


# A YAML list, kept as a tuple so that a spec is frozen all the way down.
Several = Annotated[tuple[T, ...], Strict(False)]
OneOrSeveral = Annotated[tuple[T, ...], Strict(False), BeforeValidator(_one_or_list), _OrOneInSchema()]


def _tag(value: str) -> str:
    if not re.fullmatch(TAG, value):
        raise ValueError('should be a word for `pytest -m`, of letters, digits, "_", "." and "-"')
    if value in PYTEST_MARKS:
        raise ValueError(f"{value} is a mark with a meaning of its own in pytest: choose another word")
    return value


TAG = r"[A-Za-z0-9][\w.-]*"
PYTEST_MARKS = {"filterwarnings", "flaky", "parametrize", "skip", "skipif", "timeout", "usefixtures", "xfail"}
Tag = Annotated[str, AfterValidator(_tag), WithJsonSchema({"type": "string", "pattern": f"^{TAG}$"})]


def _moment(value: object) -> object:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("should be a date and time with its offset, such as 2026-12-04T21:00-05:00")
    return value


Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "examples": ["2026-12-04T21:00-05:00"]})
]


class Strictly(BaseModel):
    """The base of everything an inventory may hold: exact types, no unknown keys, frozen."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _plain(text: str) -> str:
    if not re.fullmatch(PLAIN, text):
        raise ValueError("should have no blanks and no control characters, and not begin with a dash")
    return text


# What becomes part of a command line or of a configuration: it must not be read as an option, nor as a line of its own.
PLAIN = r"([^\s\x00-\x1f\x7f-][^\s\x00-\x1f\x7f]*)?"
Plain = Annotated[str, AfterValidator(_plain)]


class Host(Strictly):
    """A machine that checks may start from or look into."""

    address: Plain = Field("", description="a name or an address; a container; namespace/pod")
    groups: Several[str] = ()
    connection: Literal["ssh", "local", "docker", "podman", "kubectl"] = "ssh"
    user: Plain = ""
    port: int | None = Field(None, ge=1, le=65535)
    sudo: bool = False
    jump: Plain = Field("", description="ssh: the way there, as ProxyJump of ssh_config(5): user@bastion:22,...")
    identity_file: str = Field("", description="ssh: the private key to offer")
    host_key: str = Field(
        "strict",
        description="ssh: strict (known_hosts has it), accept-new (an unknown one is taken), or SHA256:... (this one)",
        pattern=r"^(strict|accept-new|SHA256:[A-Za-z0-9+/]{43}=?)$",
    )
    container: Plain = Field("", description="kubectl: which container of the pod")

    @model_validator(mode="after")
    def _fits_its_connection(self) -> Self:
        """What would be ignored is refused."""
        for key, connections in _ONLY_WITH.items():
            given = getattr(self, key) != type(self).model_fields[key].default
            if given and self.connection not in connections:
                raise ValueError(f"`{key}:` is for `connection: {' or '.join(connections)}`, not {self.connection}")
        return self


_ONLY_WITH = {
    "user": ("ssh", "docker", "podman", "local"),
    "port": ("ssh",),
    "jump": ("ssh",),
    "identity_file": ("ssh",),
    "host_key": ("ssh",),
    "container": ("kubectl",),
}


class Cutover(Strictly):
    """The night itself. Moments carry their offset from UTC."""

    name: str = ""
    opens: Moment | None = None
    point_of_no_return: Moment | None = None
    closes: Moment | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        stages = {"opens": self.opens, "point_of_no_return": self.point_of_no_return, "closes": self.closes}
        given = [(name, at) for name, at in stages.items() if at is not None]
        for (earlier, start), (later, end) in pairwise(given):
            if start >= end:
                raise ValueError(f"{later} ({end}) is not after {earlier} ({start})")
        return self


class Marked(Strictly):
    """An entry that knows where it was written."""

    # A factory, since pydantic makes a deep copy of a plain default for every spec.
    _at: tuple[Mark, Map | None] = PrivateAttr(default_factory=lambda: (NOWHERE, None))

    @model_validator(mode="wrap")
    @classmethod
    def _keep_mark(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        spec = handler(value)
        if isinstance(value, Map):
            spec._at = value.mark, value
        return spec

    @property
    def mark(self) -> Mark:
        """Where the entry stands in the inventory."""
        return self._at[0]

    @property
    def written(self) -> Map | None:
        """The entry itself, while an inventory is loaded."""
        return self._at[1]

    def place(self, *path: str | int) -> Mark:
        """Where the value of a key stands, or an item below it; if that is not written, what it would stand in.

        For a `Problem` with it: known while an inventory is loaded, and not after that.
        """
        at = self.mark
        written: Any = self.written
        for part in path:
            if isinstance(written, Map) and part in written:
                at, written = written.values_at[str(part)], written[str(part)]
            elif isinstance(written, Seq) and isinstance(part, int) and part < len(written):
                at, written = written.items_at[part], written[part]
            else:
                break
        return at

    def stand_at(self, mark: Mark) -> None:
        """Say where it is written, of what was no mapping or was made of another entry. A place of its own stays."""
        if not self.mark.file:
            self._at = mark, None

    def forget_places(self) -> None:
        """Let go of what was written: ten thousand checks would keep as many trees of values."""
        self._at = self.mark, None


class RehearseOn(Strictly):
    """Where a check has to have passed before it counts."""

    inventory: str = Field(min_length=1, description="the name of the inventory where it is tried first")
    within: Duration = Field(604800.0, description="how long ago that may be (7d)")


def _by_name(value: object) -> object:
    return {"inventory": value} if isinstance(value, str) else value


class OrInSchema:
    """What a validator takes instead of a mapping, which JSON Schema does not see: a bare name that is short for it."""

    def __init__(self, bare: dict[str, Any]) -> None:
        self._bare = bare

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [self._bare, handler(schema)]}


class CheckSpec(Marked):
    """What every check accepts, whatever its kind."""

    id: str = Field("", description="a word without [ and ], in place of the target", pattern=r"^[^\[\]\s]*$")
    severity: Literal["blocker", "warning"] = Field("blocker", description="a failed warning does not stop a GO")
    owner: str = Field("", description="who mends it")
    why: str = Field("", description="the consequence if it is wrong")
    fix: str = Field("", description="what to do; replaces the finding's own advice")
    ticket: str = ""
    tags: Several[Tag] = Field((), description="marks for `pytest -m`")
    phase: OneOrSeveral[Phase] = Field((), description="when it must be true; always, if empty")
    timeout: Duration | None = Field(None, description="how long this check may take")
    retry: int = Field(
        0, ge=0, le=10, description="how often it is observed again (after 1, 2, 4 ... s) before it counts"
    )
    needs: Several[str] = Field((), description="ids of checks without which this one means nothing")
    rehearse_on: Annotated[RehearseOn | None, BeforeValidator(_by_name), OrInSchema({"type": "string"})] = Field(
        None, description="it counts only if the same check has passed there; {inventory: standby, within: 7d}"
    )
