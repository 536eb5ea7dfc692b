"""What may I write about a zone?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, WithJsonSchema, model_validator

from preflight.model import CheckSpec, OneOrSeveral, Several
from preflight.nearest import did_you_mean
from preflight_dns.fields import HIGHEST_TTL, DomainName, Ttl, TtlRange, ZoneServers
from preflight_dns.zone.aspects import BY_KEY, NAMES
from preflight_dns.zone.fields import From, NameAndType, SameAs, Tsig
from preflight_dns.zone.settings import CaaSettings, Dnssec, DnssecSettings, MailSettings, WildcardSettings

# What counts for each check that the entry makes; without one, it would be read by nobody.
_OF_ASPECTS = {"serial_tolerance", "names", "transfer", "tsig", "ttl", "allow", "mail", "caa", "wildcard", "dnssec"}
_OF_CHECKS = frozenset(CheckSpec.model_fields) | _OF_ASPECTS


def _known(name: str) -> str:
    if name in BY_KEY:
        raise ValueError(f'"{name}" is a key of its own: write `{name}: ...` beside `checks`')
    if name not in NAMES:
        raise ValueError(f'"{name}" is no check of a zone{did_you_mean(name, NAMES)}')
    return name


_CheckName = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(NAMES)})]


class ZoneSpec(CheckSpec):
    """A zone, and who serves it; with `checks`, what must be true of it. A check is this entry in one aspect."""

    name: DomainName
    servers: ZoneServers = Field(
        "auto", description="auto: those it is delegated to; or a list, or a mapping of names to addresses"
    )
    checks: OneOrSeveral[_CheckName] = Field((), description="what must be true of the zone; nothing, if left out")
    serial_tolerance: int = Field(0, ge=0, lt=2**31, description="serial: how far a server may be behind")

    names: Several[NameAndType] = Field((), description="names of the zone to compare by: name, or name/TYPE")
    transfer: bool = Field(True, description="false: no server is asked for a zone transfer")
    tsig: Tsig | None = Field(None, description="the key that zone transfers have to be signed with")

    ttl: Ttl | None = Field(None, description="ttl: of every RRset of the zone")
    allow: OneOrSeveral[Literal["recursion", "tcp", "edns", "case"]] = Field(
        (), description="delegation: what servers may do that no public name server should"
    )
    same_as: SameAs | None = Field(None, description="a check: other servers give out the same zone")
    source: From | None = Field(None, alias="from", description="a check: the zone is what this says, and no more")

    mail: MailSettings = Field(MailSettings(), description="for the check `mail`")
    caa: CaaSettings = Field(CaaSettings(), description="for the check `caa`")
    wildcard: WildcardSettings = Field(WildcardSettings(), description="for the check `wildcard`")
    dnssec: Dnssec = Field(
        DnssecSettings(), description="for the check `dnssec`; false: the zone is to be unsigned, and have no DS"
    )

    _aspect: str = PrivateAttr(default="")
    _opens: datetime | None = PrivateAttr(default=None)
    _closes: datetime | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        repeated = next((name for number, name in enumerate(self.checks) if name in self.checks[:number]), None)
        if repeated:
            raise ValueError(f"`checks` names {repeated} twice")
        if "ttl" in self.checks and self.ttl is None:
            raise ValueError("the check ttl needs to know which TTL is right: give `ttl: {max: 5m}` beside `checks`")
        if isinstance(self.ttl, TtlRange) and self.ttl.drain is not None:
            raise ValueError("`drain` goes with the records that change: give it in `dns.records`")
        if self.same_as is not None and not set(map(str, self.same_as.servers)).isdisjoint(
            map(str, listed_servers(self))
        ):
            raise ValueError("`same_as` names a server of the zone itself: it is the same as itself")
        unread = sorted(self.model_fields_set & _OF_CHECKS)
        if unread and not self.aspects:
            raise ValueError(f"`{unread[0]}` is for the zone's checks, and it has none: give `checks`")
        return self

    @property
    def aspects(self) -> tuple[str, ...]:
        """The checks that it stands for: those named, and those that a key of their own makes."""
        return (*self.checks, *(name for name, given in self._by_key.items() if given))

    @property
    def _by_key(self) -> dict[str, bool]:
        return {"same_as": self.same_as is not None, "from": self.source is not None}

    def only(self, aspect: str, opens: datetime | None, closes: datetime | None) -> Self:
        """This entry as one of its checks, in an inventory with that window."""
        spec = self.model_copy(update={"id": f"{self.id}/{aspect}"} if self.id else {})
        spec._aspect, spec._opens, spec._closes = aspect, opens, closes
        return spec

    @property
    def aspect(self) -> str:
        """Which check it is."""
        return self._aspect

    @property
    def opens(self) -> datetime | None:
        """When the cutover begins, if the inventory says so."""
        return self._opens

    @property
    def closes(self) -> datetime | None:
        """When the cutover is over, if the inventory says so."""
        return self._closes

    @property
    def ttl_bounds(self) -> tuple[int, int]:
        """Lowest and highest TTL allowed, in seconds."""
        if isinstance(self.ttl, int):
            return self.ttl, self.ttl
        low, high = (self.ttl.min, self.ttl.max) if self.ttl is not None else (None, None)
        return low or 0, HIGHEST_TTL if high is None else high

    @property
    def window(self) -> int | None:
        """How long the cutover lasts, in seconds, if the inventory says so."""
        if self._opens is None or self._closes is None:
            return None
        return round((self._closes - self._opens).total_seconds())

    @property
    def is_delegated(self) -> bool:
        """The servers asked are those that everybody asks; else they are named, and may count only later."""
        return isinstance(self.servers, str)


def listed_servers(spec: ZoneSpec) -> tuple[Any, ...]:
    """The servers as written; none where they are those it is delegated to."""
    return () if isinstance(spec.servers, str) else spec.servers
