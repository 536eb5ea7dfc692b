"""What is known to be in a zone, and from where: what its servers can be compared by. Plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from preflight.finding import NotChecked
from preflight_dns.names import absolute, bare

RrsetName = tuple[str, str]  # (name, type); the name is absolute and lower-case

# What a name without a type is asked for. A shows a CNAME as well.
USUAL = ("A", "AAAA", "MX", "TXT", "CAA", "SRV", "HTTPS")
# Every zone has these; a zone of which nothing more is known is not known.
AT_THE_TOP = ("SOA", "NS")
# Each server may have made them itself; `dnssec` is for these.
SIGNATURES = frozenset({"RRSIG", "NSEC", "NSEC3"})
# What servers that sign a zone add to it.
MADE_BY_SIGNING = frozenset({"DNSKEY", "CDS", "CDNSKEY", "NSEC3PARAM", "ZONEMD"})


@dataclass(frozen=True, slots=True)
class Transfer:
    """A zone transfer that a server was asked for.

    Attributes:
        rrsets: how many it had.
        refused: why there is none, where that is the server's right.
        broken: what went wrong with one that began.
    """

    server: str
    rrsets: int = 0
    refused: str = ""
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the names that were compared come from.

    Attributes:
        transfers: of all servers that were asked.
        inventory, written, zone_file: how many RRsets come from the records of the inventory, from `names:`, and from
            the zone file.
        rrsets, names: how many were found on some server.
    """

    transfers: tuple[Transfer, ...] = ()
    inventory: int = 0
    written: int = 0
    zone_file: int = 0
    rrsets: int = 0
    names: int = 0

    @property
    def complete(self) -> tuple[str, ...]:
        """The servers that gave the whole zone."""
        return tuple(one.server for one in self.transfers if not one.refused and not one.broken)

    @property
    def nothing(self) -> bool:
        """Nothing is known of the zone but that it has a top."""
        return not (self.complete or self.inventory or self.written or self.zone_file)


@dataclass(frozen=True, slots=True)
class Known:
    """The RRsets to ask for, in order, each once."""

    rrsets: tuple[RrsetName, ...]
    sources: Sources


def at_the_top(zone: str) -> list[RrsetName]:
    return [(zone, rdtype) for rdtype in (*AT_THE_TOP, *USUAL)]


def written(names: Iterable[tuple[str, str]]) -> Iterator[RrsetName]:
    """`names:` of an entry; the type is empty where none is written."""
    for name, rdtype in names:
        for one in (rdtype,) if rdtype else USUAL:
            yield absolute(name), one


def nothing_known(zone: str, sources: Sources) -> NotChecked:
    """No name of the zone is known but its own."""
    refused = (
        "; ".join(f"{one.server}: {one.refused or one.broken}" for one in sources.transfers) or "none was asked for"
    )
    return NotChecked(
        f"what is in {bare(zone)} is not known: there is no zone transfer ({refused}), "
        "and no record of it in the inventory",
        f"what is in {bare(zone)} is not known",
        "let a server allow transfers to this machine, with a `tsig:` key if it wants one; or name what matters under "
        "`names:`, or in a zone file under `from:`",
    )
