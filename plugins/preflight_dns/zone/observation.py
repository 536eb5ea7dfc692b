"""What was seen of a zone, in one aspect: plain data, recorded as it is and judged later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from preflight_dns.zone.aspects.delegation import DelegationSeen
from preflight_dns.zone.aspects.serial import SerialSeen
from preflight_dns.zone.comparison import ComparedSeen
from preflight_dns.zone.facts import CaaSeen, DanglingSeen, DnssecSeen, MailSeen, WildcardSeen
from preflight_dns.zone.ttls import TtlSeen

# Each has a literal `aspect`, by which it is known again in a record.
Seen = (
    ComparedSeen | DelegationSeen | SerialSeen | TtlSeen | MailSeen | CaaSeen | DanglingSeen | WildcardSeen | DnssecSeen
)


@dataclass(frozen=True, slots=True)
class ZoneObservation:
    """A zone, seen by one of its checks.

    Attributes:
        at: when it was looked at.
    """

    zone: str
    at: datetime
    seen: Seen
