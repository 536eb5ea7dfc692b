"""What an aspect of a zone is. There is a module for each under `aspects/`, with an `ASPECT`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from preflight.finding import Finding, NotChecked
from preflight_dns.zone.asked import Asked, Traits
from preflight_dns.zone.comparison import Column
from preflight_dns.zone.known import Known, Sources
from preflight_dns.zone.said import Heard
from preflight_dns.zone.zonefile import ZoneFile

if TYPE_CHECKING:
    from preflight_dns.zone.spec import ZoneSpec

S = TypeVar("S")


class Asker(Protocol):
    """Asks for an aspect. Whoever asks the same again is told what was said before. Names are absolute, lower-case."""

    @property
    def zone(self) -> str:
        """The zone, absolute."""

    @property
    def at(self) -> datetime:
        """When the zone was looked at: the `now` of its judges."""

    @property
    def records(self) -> tuple[tuple[str, str], ...]:
        """What the inventory knows of the zone, as (name, type), names absolute."""

    @property
    def absent(self) -> tuple[str, ...]:
        """Names that must not exist in it by the inventory."""

    async def ask(self, name: str, rdtype: str, *, dnssec: bool = False) -> Asked:
        """Every address of every server of the zone, without recursion; `dnssec` asks for signatures too."""

    async def ask_above(self, name: str, rdtype: str, *, dnssec: bool = False) -> Asked:
        """Every server of the zone above, without recursion."""

    async def ask_at(self, servers: Sequence[tuple[str, str]], name: str, rdtype: str) -> Asked:
        """Servers by their (name, address), without recursion."""

    async def traits(self) -> tuple[Traits, ...]:
        """How each server that serves the zone deals with TCP, EDNS and names in mixed case."""

    async def swept(self, aspect: str) -> Any:
        """What an aspect has seen that follows the sweep: every RRset of the zone that is known, on every server."""

    async def known(self) -> Known:
        """What is known to be in the zone, by transfers and by the inventory."""

    async def resolve(self, name: str, rdtype: str, *, dnssec: bool = False, unchecked: bool = False) -> Asked:
        """The resolvers, for names outside of the zone: a recursor remembers which names do not exist.

        `unchecked`: not to validate what they answer (the bit CD).
        """


@dataclass(frozen=True, slots=True)
class Columns:
    """The servers of a sweep: those that serve the zone.

    Attributes:
        soa: the SOA on each server of the zone, serving or not; `old_soa` on those that it is compared with.
        all: in the order in which what they say is handed to followers.
        file: what the zone should be.
    """

    zone: str
    soa: Asked
    old_soa: Asked | None
    all: tuple[Column, ...]
    file: ZoneFile | None = None

    @property
    def own(self) -> tuple[int, ...]:
        """Where the zone's own servers stand."""
        return tuple(at for at, column in enumerate(self.all) if not column.old)


class Follower(Protocol):
    """Takes what every server says of every RRset, one after the other; keeps little of it."""

    @property
    def take(self) -> Callable[[str, str, Sequence[Heard]], None]:
        """Called with an RRset's name and type, and with what the server of each column said."""

    def seen(self, sources: Sources) -> Any:
        """What the aspect saw, or why it could not be seen: when all is done."""


async def swept(asker: Asker, spec: ZoneSpec) -> Any:
    """`look` of an aspect that follows the sweep."""
    return await asker.swept(spec.aspect)


@dataclass(frozen=True, slots=True)
class Aspect(Generic[S]):
    """One thing about a zone that can be right or wrong.

    Attributes:
        look: asks for whatever it takes; or says why the aspect cannot be seen.
        judge: pure; of what was seen, at that time. Empty is a pass.
        sketch: pure; what is worth knowing even of a zone that is right, in lines for the summary.
        follow: makes what follows the sweep; then `look` is `swept`.
        contacts: whom it asks besides the zone's servers, for `--plan`; empty if nobody.
    """

    look: Callable[[Asker, ZoneSpec], Awaitable[S | NotChecked]]
    judge: Callable[[ZoneSpec, S, datetime], Sequence[Finding | NotChecked]]
    sketch: Callable[[ZoneSpec, S], list[str]] | None = None
    follow: Callable[[ZoneSpec, Columns], Follower] | None = None
    contacts: Callable[[ZoneSpec], str] | None = None


AnyAspect = Aspect[Any]
