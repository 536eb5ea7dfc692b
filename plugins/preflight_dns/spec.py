"""What may I write under `dns:`?"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, field_validator, model_validator

from preflight.model import CheckSpec, Marked, Several
from preflight.validation import wrong_item
from preflight_dns.fields import (
    HIGHEST_TTL,
    Ask,
    DomainName,
    Families,
    Finals,
    FromHost,
    RecordType,
    Server,
    Ttl,
    Values,
    address_key,
)
from preflight_dns.values import value_key
from preflight_dns.zone.spec import ZoneSpec

Status = Literal["NXDOMAIN", "NODATA", "SERVFAIL", "REFUSED"]


class RecordSpec(CheckSpec):
    """One RRset: what must be found under a name, on every server asked."""

    name: DomainName
    type: RecordType
    values: Values | None = Field(None, description="the RRset, in zone file syntax; TXT as the joined text")
    match: Literal["exact", "subset", "superset", "any"] = Field(
        "exact",
        description="exact: these and no others; subset: at least these; superset: none but these; any: one of these",
    )
    status: Status | None = Field(None, description="instead of values: the kind of no answer that is right")
    ttl: Ttl | None = Field(None, description="of every RRset in the CNAME chain")
    final: Finals | None = Field(None, description="the addresses at the end of the CNAME chain")
    ask: Ask = Field("authoritative", description="authoritative, resolvers, servers, host:NAME or group:NAME")

    _opens: datetime | None = PrivateAttr(default=None)
    _keys: frozenset[Any] = PrivateAttr(default=frozenset())
    _final_keys: frozenset[Any] = PrivateAttr(default=frozenset())

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
        if self.ask == "resolvers" and self.must_drain:
            raise ValueError("`drain` goes by what the authoritative servers gave: leave `ask: resolvers` out")
        if isinstance(self.ask, FromHost):
            self._fits_a_host()
        self._keys = frozenset(value_key(self.type, value) for value in self.values or ())
        self._final_keys = frozenset(address_key(value) for value in self.final or ())
        return self

    def _fits_a_host(self) -> None:
        if self.ttl is not None:
            raise ValueError("a host is told no TTL: leave `ttl` out, or ask servers for it")
        if self.type in ("A", "AAAA", "CNAME") and not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", self.name):
            raise ValueError(
                "a host looks up names of letters, digits, hyphens and dots only: ask servers for this one"
            )

    def on(self, host: str, *, alone: bool) -> Self:
        """This record as one host is told it; unless it is the only one, its `id` names that."""
        named = {"id": f"{self.id}@{host}"} if self.id and not alone else {}
        return self.model_copy(update={"ask": FromHost("host", host), **named})

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
        return self.ttl.min or 0, HIGHEST_TTL if self.ttl.max is None else self.ttl.max

    def before(self, opens: datetime | None) -> None:
        """Say when the cutover opens: what was to be changed has left the caches by then."""
        self._opens = opens

    @property
    def opens(self) -> datetime | None:
        """When its TTL has to have taken effect; None if that does not matter, or nobody has said."""
        bounds = self.ttl_bounds
        short = bounds is not None and bounds[1] < HIGHEST_TTL and self.ask != "resolvers"
        return self._opens if short and self._drain is not False else None

    @property
    def must_drain(self) -> bool:
        """It has to be known that nothing older is in the caches."""
        return bool(self._drain)

    @property
    def _drain(self) -> bool | None:
        return None if self.ttl is None or isinstance(self.ttl, int) else self.ttl.drain


class DnsSection(Marked):
    """The `dns:` section."""

    resolvers: Several[Server] = Field((), description="the system's, if empty")
    families: Families = Field(("ipv4", "ipv6"), description="of the servers' addresses")
    port: int = Field(53, ge=1, le=65535, description="on which servers are asked whose address comes from the DNS")
    ca: str = Field(
        "",
        description="a file with certificates of authorities for tls:// and https:// servers, besides those that this "
        "machine trusts; found from this file",
    )
    zones: Several[ZoneSpec] = ()
    records: Several[RecordSpec] = ()

    @field_validator("zones")
    @classmethod
    def _once_each(cls, zones: tuple[ZoneSpec, ...]) -> tuple[ZoneSpec, ...]:
        first: dict[str, int] = {}
        for index, zone in enumerate(zones):
            if first.setdefault(zone.name, index) != index:
                raise wrong_item(index, f"the zone {zone.name} is given twice")
        return zones
