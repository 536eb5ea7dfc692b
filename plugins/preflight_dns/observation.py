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
        nsid: what it calls itself (RFC 5001); empty if it does not say.
        ede: what it says besides of what happened (RFC 8914), such as `EDE 7: signature expired`.
        unchecked: the rcode of a resolver that answered SERVFAIL, when asked again not to validate (the bit CD).
    """

    server: str
    rcode: str = ""
    authoritative: bool = False
    rrs: tuple[Rr, ...] = ()
    referral: str = ""
    unanswered: str = ""
    dead: bool = False
    nsid: str = ""
    ede: tuple[str, ...] = ()
    unchecked: str = ""


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
class HostPath:
    """How a host of the inventory came to what it says of a name.

    Attributes:
        host: its name in the inventory.
        service: of nsswitch, which answered (`files`, `dns`, ...); empty if none did, or nobody can tell.
        hosts: the lines of its /etc/hosts with that name, their number before each: `12 10.0.0.5 shop`.
        nsswitch: its order of services; empty if it has no nsswitch.conf.
        nameservers, search: of its resolv.conf; `upstream` are those that a resolver on the host itself asks.
        canonical: what the name is called in the end, where that is another one.
        server: the name server that was asked on the host, for what follows; empty if none answered.
        dns_rcode, dns: what that one says of the name, whoever answered the host.
        nscd: a cache stands before all of it.
    """

    host: str
    service: str = ""
    hosts: tuple[str, ...] = ()
    nsswitch: str = ""
    nameservers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    canonical: str = ""
    server: str = ""
    dns_rcode: str = ""
    dns: tuple[str, ...] = ()
    nscd: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """A name and all names its CNAMEs lead to, for one type. The first hop is the name itself.

    Asked on a host of the inventory, there is one hop, whose server is that host; `path` is the way it took.
    """

    type: str
    hops: tuple[Hop, ...]
    path: HostPath | None = None


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
