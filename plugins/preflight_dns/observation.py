"""What was seen: plain data, recorded as it is and judged later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from preflight_dns.wire import Rr

NO_ADDRESS = "its name has no address"
ADDRESS_UNKNOWN = "its address could not be looked up"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one server said to one question.

    Attributes:
        server: the host name and address asked, such as `ns2.example.com 192.0.2.2`.
        rcode: `NOERROR`, `NXDOMAIN`, ...; empty if it did not answer.
        authoritative: the AA bit.
        rrs: the answer section.
        referral: the zone the authority section refers to, where there is no answer and no SOA.
        unanswered: why there is no answer; empty if there is one.
        dead: it has not answered anything in this run.
    """

    server: str
    rcode: str = ""
    authoritative: bool = False
    rrs: tuple[Rr, ...] = ()
    referral: str = ""
    unanswered: str = ""
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Hop:
    """One name of a CNAME chain asked of all servers that are to be asked for it. Names end in a dot.

    Attributes:
        zone: the zone that the servers are authoritative for; empty if they are asked as resolvers.
        unasked: why no server could be asked for this name (none was found, ...); empty if they were.
        advice: what would make it possible to ask.
    """

    name: str
    zone: str
    answers: tuple[Answer, ...]
    unasked: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A name and all names its CNAMEs lead to, for one type. The first hop is the name itself."""

    type: str
    hops: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """What caches may still hold, since a server gave it with a TTL that is too long.

    Attributes:
        server: the one that gave it.
        name, type: of the RRset; the name ends in a dot.
        ttl: in seconds, as it was given.
        seen: when it was last seen with that TTL.
        until: when it was first seen without it: a cache may have asked at any moment up to then.
        ends: when no cache has it any more.
    """

    server: str
    name: str
    type: str
    ttl: int
    seen: datetime
    until: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Sample:
    """How much longer one resolver would give out what it holds, in seconds; or why that is not known."""

    resolver: str
    left: int = 0
    unanswered: str = ""


@dataclass(frozen=True, slots=True)
class Drain:
    """How long caches hold what was given before the TTL was lowered.

    Attributes:
        at: when it was looked at.
        since: when the oldest of the earlier runs looked that count for it; None if there was none.
        held: the last to end first, also what has ended.
        samples: of the resolvers; only where earlier runs do not say enough.
    """

    at: datetime
    since: datetime | None = None
    held: tuple[Held, ...] = ()
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """The lookup of a record; with `final`, those of the addresses at the end of its chain as well."""

    lookups: tuple[Lookup, ...]
    drain: Drain | None = None
