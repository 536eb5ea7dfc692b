"""What may I write under `dns:`?"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import dns.rdata
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from preflight.duration import parse_duration
from preflight.model import CheckSpec, OneOrSeveral, Several, Strictly
from preflight.validation import wrong_item
from preflight_dns.names import WrittenServer, bare, parse_name, parse_server
from preflight_dns.values import parse_type, parse_value, rdata_key

Status = Literal["NXDOMAIN", "NODATA", "SERVFAIL", "REFUSED"]


def _name(value: str) -> str:
    return bare(parse_name(value)).lower()


def _seconds(value: object) -> int:
    # 0 is a TTL (RFC 1035: not to be cached), but no length of time.
    return 0 if value == 0 and not isinstance(value, bool) else int(parse_duration(value))


def _server(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("should be a server: an address or a host name, such as 10.0.0.53 or ns1.example.com:5353")
    return parse_server(value)


def _servers(value: object) -> object:
    """A mapping of names to addresses, or a list; `auto` stays."""
    if isinstance(value, dict):
        return [
            WrittenServer(s.host, s.port, _name(n)) for n, s in ((n, parse_server(str(v))) for n, v in value.items())
        ]
    return value


def _ask(value: object) -> object:
    if isinstance(value, str) and value.partition(":")[0] in ("host", "group") and "." not in value:
        raise ValueError("asking from a host of the inventory is not supported yet; ask servers from here")
    return [value] if isinstance(value, str) and value not in ("authoritative", "resolvers") else value


DomainName = Annotated[str, AfterValidator(_name)]
RecordType = Annotated[str, AfterValidator(parse_type), Field(examples=["A", "AAAA", "CNAME", "MX", "TXT"])]
Seconds = Annotated[
    int, BeforeValidator(_seconds), WithJsonSchema({"type": ["integer", "string"], "examples": [300, "5m"]})
]
Server = Annotated[
    WrittenServer,
    BeforeValidator(lambda value: value if isinstance(value, WrittenServer) else _server(value)),
    WithJsonSchema({"type": "string", "examples": ["10.0.0.53", "10.0.0.53:5353", "ns1.example.com"]}),
]
_SERVERS_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"const": "auto"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
        {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
    ]
}
_ASK_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"enum": ["authoritative", "resolvers"]},
        {"type": "string", "description": "a server"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ]
}


class TtlRange(Strictly):
    """Bounds for the TTL of every RRset on the way, both included."""

    min: Seconds | None = None
    max: Seconds | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give `min`, `max` or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min ({self.min}) is above max ({self.max})")
        return self


class RecordSpec(CheckSpec):
    """One RRset: what must be found under a name, on every server asked."""

    name: DomainName
    type: RecordType
    values: Several[str] | None = Field(None, description="the RRset, in zone file syntax; TXT as the joined text")
    match: Literal["exact", "subset", "superset", "any"] = Field(
        "exact",
        description="exact: these and no others; subset: at least these; superset: none but these; any: one of these",
    )
    status: Status | None = Field(None, description="instead of values: the kind of no answer that is right")
    ttl: Seconds | TtlRange | None = Field(None, description="of every RRset in the CNAME chain")
    final: Several[str] | None = Field(None, description="the addresses at the end of the CNAME chain")
    ask: Annotated[
        Literal["authoritative", "resolvers"] | Annotated[tuple[Server, ...], Field(min_length=1, strict=False)],
        BeforeValidator(_ask),
        WithJsonSchema(_ASK_SCHEMA),
    ] = "authoritative"

    _keys: frozenset[Any] = PrivateAttr(default=frozenset())
    _final_keys: frozenset[Any] = PrivateAttr(default=frozenset())

    @field_validator("values", "final")
    @classmethod
    def _parse_values(cls, values: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        if values is None:
            return None
        if not values:
            raise ValueError("is empty: name the values, or write `status: NODATA` or `status: NXDOMAIN`")
        seen: dict[Any, str] = {}
        for index, value in enumerate(values):
            try:
                rdata = _final_address(value) if info.field_name == "final" else _value(value, info)
            except ValueError as error:
                raise wrong_item(index, str(error)) from None
            if rdata is not None and seen.setdefault(rdata_key(rdata), value) is not value:
                raise wrong_item(index, f'"{value}" is given twice')
        return values

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.status is not None and any(part is not None for part in (self.values, self.ttl, self.final)):
            raise ValueError("`status` says that there is no such RRset: it cannot have values, ttl or final as well")
        if self.status is None and self.values is None and self.final is None and self.ttl is None:
            raise ValueError("nothing is expected of it: give `values`, `status`, `ttl` or `final`")
        if self.match != "exact" and self.values is None:
            raise ValueError("`match` says how `values` are compared: give `values`")
        if self.final is not None and self.type != "CNAME":
            raise ValueError("`final` goes with type CNAME; for other types write the addresses as `values`")
        falls = self.ask == "resolvers" and (
            isinstance(self.ttl, int) or (self.ttl is not None and self.ttl.min is not None)
        )
        if falls:
            raise ValueError("a resolver's TTL counts down: only `ttl: {max: ...}` can be checked there")
        self._keys = frozenset(rdata_key(parse_value(self.type, value)) for value in self.values or ())
        self._final_keys = frozenset(rdata_key(_final_address(value)) for value in self.final or ())
        return self

    @property
    def keys(self) -> frozenset[Any]:
        """`values`, to compare by (see `preflight_dns.values.key`)."""
        return self._keys

    @property
    def final_keys(self) -> frozenset[Any]:
        return self._final_keys

    @property
    def ttl_bounds(self) -> tuple[int, int] | None:
        """Lowest and highest TTL allowed, in seconds."""
        if self.ttl is None:
            return None
        if isinstance(self.ttl, int):
            return self.ttl, self.ttl
        return self.ttl.min or 0, 2**31 - 1 if self.ttl.max is None else self.ttl.max


def _value(text: str, info: ValidationInfo) -> dns.rdata.Rdata | None:
    # Where the type itself is wrong, that is the error to show.
    return parse_value(info.data["type"], text) if "type" in info.data else None


def _final_address(text: str) -> dns.rdata.Rdata:
    try:
        return parse_value("AAAA" if ":" in text else "A", text)
    except ValueError:
        raise ValueError(f'"{text}" is no address') from None


class ZoneSpec(Strictly):
    """A zone, and who serves it."""

    name: DomainName
    servers: Annotated[
        Literal["auto"] | Annotated[tuple[Server, ...], Field(min_length=1, strict=False)],
        BeforeValidator(_servers),
        WithJsonSchema(_SERVERS_SCHEMA),
    ] = Field("auto", description="auto: those it is delegated to; or a list, or a mapping of names to addresses")


class DnsSection(Strictly):
    """The `dns:` section."""

    resolvers: Several[Server] = Field((), description="the system's, if empty")
    families: OneOrSeveral[Literal["ipv4", "ipv6"]] = Field(("ipv4", "ipv6"), description="of the servers' addresses")
    port: int = Field(53, ge=1, le=65535, description="on which servers are asked whose address comes from the DNS")
    zones: Several[ZoneSpec] = ()
    records: Several[RecordSpec] = ()
