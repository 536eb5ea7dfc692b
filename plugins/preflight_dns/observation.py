"""What was seen: plain data, recorded as it is and judged later."""

from __future__ import annotations

from dataclasses import dataclass

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
class Observation:
    """The lookup of a record; with `final`, those of the addresses at the end of its chain as well."""

    lookups: tuple[Lookup, ...]
