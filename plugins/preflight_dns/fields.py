"""What may I write in one field? Names, types, values, TTLs and servers, and their forms for the JSON Schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from preflight.duration import parse_duration
from preflight.model import OneOrSeveral, Several, Strictly
from preflight.validation import wrong_item
from preflight_dns.names import WrittenServer, canonical, parse_server
from preflight_dns.values import parse_type, value_key

T = TypeVar("T")
HIGHEST_TTL = 2**31 - 1  # RFC 2181 section 8
ASK_WORDS = ("authoritative", "resolvers")
_FROM_A_HOST = re.compile(r"(host|group):(?!\d+$)")  # `host:53` is a server called host


@dataclass(frozen=True, slots=True)
class FromHost:
    """`host:web-1`, or `group:web`: who is asked what it is told."""

    what: Literal["host", "group"]
    name: str

    def __str__(self) -> str:
        return f"{self.what}:{self.name}"


def _value(text: str, info: ValidationInfo) -> str:
    if "type" in info.data:  # where the type itself is wrong, that is the error to show
        value_key(info.data["type"], text)
    return text


def address_key(text: str) -> Any:
    """What an address of either family is compared by. Raises ValueError."""
    try:
        return value_key("AAAA" if ":" in text else "A", text)
    except ValueError:
        raise ValueError(f'"{text}" is no address') from None


def _final(text: str) -> str:
    address_key(text)
    return text


def _values(values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    if not values:
        raise ValueError("is empty: name the values, or write `status: NODATA` or `status: NXDOMAIN`")
    if "type" in info.data:
        _refuse_same([value_key(info.data["type"], value) for value in values], values)
    return values


def _finals(values: tuple[str, ...]) -> tuple[str, ...]:
    _refuse_same([address_key(value) for value in values], values)
    return some(values)


def _seconds(value: object) -> int:
    # 0 is a TTL (RFC 1035: not to be cached), but no length of time.
    try:
        seconds = 0.0 if value in (0, "0") and not isinstance(value, bool) else parse_duration(value)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= HIGHEST_TTL or seconds % 1:
        raise ValueError(f"should be a TTL: whole seconds from 0 to {HIGHEST_TTL}, or such as 5m or 1h30m")
    return int(seconds)


def _server(value: object) -> WrittenServer:
    if isinstance(value, WrittenServer):
        return value
    if not isinstance(value, str):
        raise ValueError("should be a server: an address or a host name, such as 10.0.0.53 or ns1.example.com:5353")
    return parse_server(value)


def _in_the_clear(server: WrittenServer) -> WrittenServer:
    if server.secured:
        raise ValueError(
            f"the servers of a zone are asked over UDP and TCP; {server} can stand in `ask` or `resolvers`"
        )
    return server


def _asked(value: object) -> object:
    """A server in `ask`, where a word that is none is easily taken for one."""
    if isinstance(value, str):
        if _FROM_A_HOST.match(value):
            raise ValueError(f"one host or group by itself can be asked from, not several: `ask: {value}`")
        meant = get_close_matches(value.lower(), ASK_WORDS, n=1, cutoff=0.8)
        if meant:
            raise ValueError(f'"{value}" is no server; did you mean `ask: {meant[0]}`?')
    return value


def _from_host(value: object) -> object:
    if not isinstance(value, str):
        return value
    what, _, name = value.partition(":")
    if not name:
        raise ValueError(f'"{value}" names no {what}: write `{what}:` and its name in the inventory')
    return FromHost("group" if what == "group" else "host", name)


def _form_of_ask(value: object) -> str:
    if isinstance(value, FromHost) or (isinstance(value, str) and _FROM_A_HOST.match(value)):
        return "host"
    return "word" if value in ASK_WORDS else "servers"


def by_name(value: object) -> object:
    """The servers of a zone, if they are a mapping of names to addresses."""
    if not isinstance(value, dict):
        return value
    servers: list[WrittenServer] = []
    for name, written in value.items():
        try:
            server = _in_the_clear(_server(written))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        servers.append(WrittenServer(server.host, server.port, canonical(name)))
    return servers


def _auto(value: str) -> str:
    if value != "auto":
        raise ValueError(f'"{value}" should be `auto`, a list of servers, or a mapping of their names to addresses')
    return value


def some(values: tuple[T, ...]) -> tuple[T, ...]:
    """Not empty, and nothing twice."""
    if not values:
        raise ValueError("is empty")
    _refuse_same(values, values)
    return values


def refuse_repeated(values: tuple[T, ...]) -> tuple[T, ...]:
    """Nothing twice."""
    _refuse_same(values, values)
    return values


def _refuse_same(keys: tuple[Any, ...] | list[Any], written: tuple[Any, ...]) -> None:
    first: dict[Any, int] = {}
    for index, key in enumerate(keys):
        if first.setdefault(key, index) != index:
            raise wrong_item(index, f'"{written[index]}" is given twice')


DomainName = Annotated[str, AfterValidator(canonical)]
RecordType = Annotated[str, AfterValidator(parse_type), Field(examples=["A", "AAAA", "CNAME", "MX", "TXT"])]
Values = Annotated[Several[Annotated[str, AfterValidator(_value)]], AfterValidator(_values)]
Finals = Annotated[Several[Annotated[str, AfterValidator(_final)]], AfterValidator(_finals)]
Families = Annotated[OneOrSeveral[Literal["ipv4", "ipv6"]], AfterValidator(some)]
Seconds = Annotated[
    int, BeforeValidator(_seconds), WithJsonSchema({"type": ["integer", "string"], "examples": [300, "5m"]})
]
Server = Annotated[
    WrittenServer,
    BeforeValidator(_server),
    WithJsonSchema(
        {
            "type": "string",
            "examples": ["10.0.0.53", "10.0.0.53:5353", "ns1.example.com", "tls://dns.example.com@10.0.0.53"],
        }
    ),
]

PlainServer = Annotated[Server, AfterValidator(_in_the_clear)]  # one that is asked over UDP and TCP


class TtlRange(Strictly):
    """Bounds for the TTL of every RRset on the way, both included; and what caches hold of a longer one."""

    min: Seconds | None = None
    max: Seconds | None = None
    drain: bool | None = Field(
        None,
        description="what was given with a TTL above max must have left the caches when the cutover opens; "
        "true: that has to be known; false: it does not matter; left out: as far as earlier runs tell",
    )

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give `min`, `max` or both")
        if self.drain and self.max is None:
            raise ValueError("`drain` is about what had a longer TTL than `max`: give `max`")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min ({self.min}) is above max ({self.max})")
        return self


# A tag says which form of a value is meant, so that what is wrong is said of that form alone.
Ttl = Annotated[
    Annotated[Seconds, Tag("seconds")] | Annotated[TtlRange, Tag("range")],
    Discriminator(lambda value: "range" if isinstance(value, dict | TtlRange) else "seconds"),
]
Ask = Annotated[
    Annotated[Literal["authoritative", "resolvers"], Tag("word")]
    | Annotated[FromHost, BeforeValidator(_from_host), Tag("host")]
    | Annotated[OneOrSeveral[Annotated[Server, BeforeValidator(_asked)]], AfterValidator(some), Tag("servers")],
    Discriminator(_form_of_ask),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(ASK_WORDS)},
                {"type": "string", "description": "a server, or host:NAME or group:NAME: as that host is told"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]
ZoneServers = Annotated[
    Annotated[Literal["auto"], BeforeValidator(_auto), Tag("word")]
    | Annotated[
        Several[PlainServer],
        BeforeValidator(by_name),
        AfterValidator(some),
        Tag("servers"),
    ],
    Discriminator(lambda value: "word" if isinstance(value, str) else "servers"),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "auto"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
                {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
            ]
        }
    ),
]
