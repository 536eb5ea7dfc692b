"""Follows a sweep of the zone, and keeps which TTLs are out of bounds: of each, a few RRsets. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from preflight.finding import NotChecked
from preflight_dns.line import NoReply
from preflight_dns.names import bare
from preflight_dns.wire import Message
from preflight_dns.zone.asked import Asked
from preflight_dns.zone.aspect import Columns
from preflight_dns.zone.comparison import Silence, Silences
from preflight_dns.zone.known import MADE_BY_SIGNING, Sources, nothing_known
from preflight_dns.zone.said import Heard, said, same
from preflight_dns.zone.spec import ZoneSpec

MOST_KEPT = 20  # RRsets with one TTL; of the rest, their number


@dataclass(frozen=True, slots=True)
class Same:
    """RRsets with the same TTLs on the same servers: how many, and the first few as `www.example.com A`."""

    servers: tuple[str, ...]
    ttls: tuple[int, ...]
    count: int
    rrsets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TtlSeen:
    """TTLs that are out of bounds, or that are several in one RRset.

    Attributes:
        soa: on each server; `delegation` is the NS of the zone above, None if it was not asked.
        ns: the longest TTL of the zone's own NS.
    """

    soa: Asked
    sources: Sources
    outside: tuple[Same, ...] = ()
    mixed: tuple[Same, ...] = ()
    silences: tuple[Silence, ...] = ()
    ns: int = 0
    delegation: Asked | None = None
    aspect: Literal["ttl"] = "ttl"


class Ttls:
    """Follows the sweep of the zone's own servers."""

    def __init__(self, spec: ZoneSpec, columns: Columns) -> None:
        self._columns = columns
        self._bounds = spec.ttl_bounds
        self._outside, self._mixed = _Same(), _Same()
        self._silences = Silences()
        self._ns = 0

    def take(self, name: str, rdtype: str, heard: Sequence[Heard]) -> None:
        by_ttls: dict[tuple[str, tuple[int, ...]], list[str]] = {}
        before: tuple[Message, tuple[str, tuple[int, ...]]] | None = None
        for at in self._columns.own:
            one, server = heard[at], self._columns.all[at].server
            if isinstance(one, NoReply):
                self._silences.add(server, one)
                continue
            if before is None or not same(one, before[0]):
                before = one, self._ttls(name, rdtype, one)
            by_ttls.setdefault(before[1], []).append(server)
        for (shown, ttls), servers in by_ttls.items():
            if ttls:
                self._sort(name, shown, ttls, tuple(servers))

    def _ttls(self, name: str, rdtype: str, message: Message) -> tuple[str, tuple[int, ...]]:
        """Of the RRset that is shown: an alias is one of its own, whatever it is asked for."""
        _, rrs = said(self._columns.zone, name, rdtype, message)
        alias = bool(rrs) and rrs[0].type == "CNAME"
        return "CNAME" if alias else rdtype, tuple(sorted({rr.ttl for rr in rrs}))

    def _sort(self, name: str, rdtype: str, ttls: tuple[int, ...], servers: tuple[str, ...]) -> None:
        low, high = self._bounds
        apex = name == self._columns.zone
        if apex and rdtype == "NS":
            self._ns = max(self._ns, ttls[-1])
        elif rdtype != "SOA" and rdtype not in MADE_BY_SIGNING and not low <= ttls[0] <= ttls[-1] <= high:
            self._outside.add(servers, ttls, f"{bare(name)} {rdtype}")
        if len(ttls) > 1 and (apex or rdtype != "NS"):  # a delegation has glue with it, which is of other RRsets
            self._mixed.add(servers, ttls, f"{bare(name)} {rdtype}")

    def seen(self, sources: Sources) -> TtlSeen | NotChecked:
        if sources.nothing:
            return nothing_known(self._columns.zone, sources)
        outside, mixed = self._outside.all(), self._mixed.all()
        return TtlSeen(self._columns.soa, sources, outside, mixed, self._silences.all(), self._ns)


class _Same:
    """Gathers RRsets by their TTLs and servers."""

    def __init__(self) -> None:
        self._found: dict[tuple[tuple[str, ...], tuple[int, ...]], list[str]] = {}
        self._counts: dict[tuple[tuple[str, ...], tuple[int, ...]], int] = {}
        self._aliases: set[tuple[str, tuple[str, ...]]] = set()

    def add(self, servers: tuple[str, ...], ttls: tuple[int, ...], what: str) -> None:
        key = servers, ttls
        if what.endswith(" CNAME"):
            if (what, servers) in self._aliases:
                return
            self._aliases.add((what, servers))
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] <= MOST_KEPT:
            self._found.setdefault(key, []).append(what)

    def all(self) -> tuple[Same, ...]:
        """The longest TTL first."""
        ordered = sorted(self._found.items(), key=lambda item: (-item[0][1][-1], item[0][0]))
        return tuple(
            Same(servers, ttls, self._counts[servers, ttls], tuple(sorted(what))) for (servers, ttls), what in ordered
        )
