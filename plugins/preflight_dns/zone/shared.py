"""What the checks of one zone share: the unit of what is asked. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preflight_dns.chain import within
from preflight_dns.names import absolute
from preflight_dns.ways import Ways
from preflight_dns.zone.zonefile import ZoneFile

if TYPE_CHECKING:
    from preflight_dns.spec import DnsSection


@dataclass(frozen=True, slots=True)
class Zone:
    """What is known of the zone beforehand.

    Attributes:
        records: what the inventory knows, as (name, type), names absolute; `absent` are names that must not exist.
        file: what the zone should be.
    """

    name: str
    ways: Ways
    records: tuple[tuple[str, str], ...] = ()
    file: ZoneFile | None = None
    absent: tuple[str, ...] = ()


def records_of(zone: str, section: DnsSection) -> tuple[tuple[str, str], ...]:
    """The records whose servers are those of the zone: not those of a view, nor of a zone below that has an entry."""
    apex = absolute(zone)
    below = [absolute(other.name) for other in section.zones if len(other.name) > len(zone)]
    deeper = [other for other in below if within(other, apex)]
    found = (
        (absolute(record.name), record.type)
        for record in section.records if record.ask == "authoritative"
    )  # fmt: skip
    return tuple(
        dict.fromkeys(
            (name, rdtype) for name, rdtype in found
            if within(name, apex) and not any(within(name, other) for other in deeper)
        )
    )  # fmt: skip


def absent_of(zone: str, section: DnsSection) -> tuple[str, ...]:
    """Names of the zone of which the inventory says that they do not exist."""
    apex = absolute(zone)
    gone = (absolute(record.name) for record in section.records if record.status == "NXDOMAIN")
    return tuple(dict.fromkeys(name for name in gone if within(name, apex)))
