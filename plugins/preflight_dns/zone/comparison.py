"""Follows a sweep of the zone, and keeps where servers do not say the same: of each way to differ, a few. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from preflight_dns.line import NoReply
from preflight_dns.wire import Message, Rr
from preflight_dns.zone.asked import Asked
from preflight_dns.zone.known import Sources
from preflight_dns.zone.said import BELOW, NODATA, Heard, Said, said, same, value_of, values
from preflight_dns.zone.zonefile import FileSays

MOST_KEPT = 20  # differences of one kind; of the rest, their number
MOST_VALUES = 12
ComparedAspect = Literal["agree", "same_as", "from"]


@dataclass(frozen=True, slots=True)
class Group:
    """Servers that say the same of an RRset.

    Attributes:
        sight: `found`, or which kind of nothing.
        ttls: in seconds, sorted.
        own: of the values that not every group has, the first few, as a person writes them; `more` is how many besides.
    """

    servers: tuple[str, ...]
    sight: str
    ttls: tuple[int, ...] = ()
    own: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """An RRset that is not the same everywhere; the first group is the odd one."""

    name: str
    type: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Parting:
    """All RRsets by which the servers part into the same groups: how many, and the first few."""

    count: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """A server that left questions unanswered."""

    server: str
    count: int
    reason: str
    dead: bool


@dataclass(frozen=True, slots=True)
class ComparedSeen:
    """How a zone compares on its servers, with other servers, or with a zone file.

    Attributes:
        soa: the SOA on each server: who serves the zone at all; `old` on the servers it is compared with.
        servers: those that were compared.
    """

    aspect: ComparedAspect
    soa: Asked
    old: Asked | None
    servers: tuple[str, ...]
    sources: Sources
    partings: tuple[Parting, ...] = ()
    silences: tuple[Silence, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A server of a sweep; an `old` one is what the zone is compared with."""

    server: str
    old: bool = False


class Silences:
    """Counts what servers leave unanswered."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, NoReply]] = {}

    def add(self, server: str, reply: NoReply) -> None:
        count, _ = self._seen.get(server, (0, reply))
        self._seen[server] = count + 1, reply

    def all(self) -> tuple[Silence, ...]:
        return tuple(
            Silence(server, count, reply.reason, reply.unanswered_server)
            for server, (count, reply) in self._seen.items()
        )


class Comparison:
    """Takes what each server says of one RRset after the other.

    Args:
        columns: of the sweep; `counts` are the positions of those to compare.
        besides: what stands beside the servers.
        leave_out: types not to compare; NS is that at the top of the zone.
    """

    def __init__(
        self,
        zone: str,
        columns: Sequence[Column],
        counts: Sequence[int],
        besides: FileSays | None = None,
        leave_out: frozenset[str] = frozenset(),
    ) -> None:
        self._zone = zone
        self._columns = columns
        self._counts = counts
        self._besides = besides
        self._leave_out = leave_out
        self._partings: dict[tuple[tuple[str, ...], ...], list[Difference]] = {}
        self._numbers: dict[tuple[tuple[str, ...], ...], int] = {}
        self._silences = Silences()
        self._whole: set[str] = set()  # names of which a difference is known

    def take(self, name: str, rdtype: str, heard: Sequence[Heard]) -> None:
        if rdtype in self._leave_out and (rdtype != "NS" or name == self._zone):
            return
        counted = [heard[at] for at in self._counts]
        first = counted[0] if counted else None
        if self._besides is None and isinstance(first, Message) and all(same(one, first) for one in counted):
            return
        groups: dict[Said, tuple[list[str], tuple[Rr, ...]]] = {}
        for at, one in zip(self._counts, counted, strict=True):
            if isinstance(one, NoReply):
                self._silences.add(self._columns[at].server, one)
                continue
            what, rrs = said(self._zone, name, rdtype, one)
            if what.sight != BELOW:
                groups.setdefault(what, ([], rrs))[0].append(self._columns[at].server)
        if self._besides is not None and groups:
            what, rrs = self._besides.of(name, rdtype) or (_nothing_like(groups), ())
            if what.sight != BELOW:
                groups.setdefault(what, ([], rrs))[0].append(self._besides.label)
        if len(groups) < 2:
            return
        # An alias differs for whatever type, and so does a name that is not there: that is one difference.
        if any(map(_is_alias, groups)) and all(_is_alias(what) or not what.is_found for what in groups):
            rdtype = "CNAME"
        whole = rdtype == "CNAME" or not any(what.is_found for what in groups)
        if not whole or name not in self._whole:
            self._differ(name, rdtype, groups)
        self._whole.add(name)

    def _differ(self, name: str, rdtype: str, groups: dict[Said, tuple[list[str], tuple[Rr, ...]]]) -> None:
        everywhere = frozenset.intersection(*(what.keys for what in groups))
        ordered = sorted(groups.items(), key=lambda item: self._oddness(item[1][0]))
        parting = tuple(tuple(servers) for _, (servers, _) in ordered)
        self._numbers[parting] = self._numbers.get(parting, 0) + 1
        kept = self._partings.setdefault(parting, [])
        if len(kept) < MOST_KEPT:
            made = tuple(_group(what, servers, rrs, everywhere) for what, (servers, rrs) in ordered)
            kept.append(Difference(name, rdtype, made))

    def _oddness(self, servers: list[str]) -> tuple[bool, int, int]:
        """What is compared with comes last; before that, who is with fewer others, and among these a later server."""
        label = self._besides.label if self._besides is not None else ""
        old = {column.server for column in self._columns if column.old} | {label}
        first = next((at for at, column in enumerate(self._columns) if column.server in servers), -1)
        return bool(old.intersection(servers)), len(servers), -first

    def seen(self, aspect: ComparedAspect, soa: Asked, old: Asked | None, sources: Sources) -> ComparedSeen:
        partings = tuple(
            Parting(
                self._numbers[key], tuple(sorted(kept, key=lambda one: (one.name != self._zone, one.name, one.type)))
            )
            for key, kept in sorted(self._partings.items())
        )
        servers = tuple(self._columns[at].server for at in self._counts)
        return ComparedSeen(aspect, soa, old, servers, sources, partings, self._silences.all())


def _is_alias(what: Said) -> bool:
    return what.is_found and all(rdtype == "CNAME" for _, rdtype, _ in what.keys)


def _nothing_like(groups: Mapping[Said, object]) -> Said:
    """What is not in a file is nowhere: NXDOMAIN or NODATA, whichever the servers say of what they have not either."""
    return next((what for what in groups if what.sight in ("NXDOMAIN", NODATA)), Said(NODATA))


def _group(what: Said, servers: list[str], rrs: tuple[Rr, ...], everywhere: frozenset[object]) -> Group:
    own = values(rr for rr in rrs if (rr.name, rr.type, value_of(rr.type, rr.text)) not in everywhere)
    ttls = tuple(sorted({rr.ttl for rr in rrs}))
    return Group(tuple(servers), what.sight, ttls, tuple(own[:MOST_VALUES]), max(0, len(own) - MOST_VALUES))
