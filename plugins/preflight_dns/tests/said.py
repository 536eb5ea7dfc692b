"""What servers said, written short, and what must hold for whatever the judge makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from preflight.finding import Finding, NotChecked
from preflight.testing import assert_serialises, parse
from preflight_dns.judge import judge
from preflight_dns.observation import Answer, Hop, Lookup, Observation
from preflight_dns.plugin import pytest_preflight_domain
from preflight_dns.section import RECORD
from preflight_dns.spec import RecordSpec
from preflight_dns.wire import Rr
from tests.reasons import text

DNS = pytest_preflight_domain()
ONE, TWO, THREE = (f"ns{n}.example.com 192.0.2.{n}" for n in (1, 2, 3))
TIMEOUT = "no answer in 3 tries over UDP (1, 2, 3 s), and TCP connected, but did not answer in 3 s"
TRUNCATED = "truncated over UDP, and connection refused over TCP"
RIGHT = "type: A, values: [192.0.2.10]"
TEN, ELEVEN, TWELVE = (f"www 300 A 192.0.2.{n}" for n in (10, 11, 12))  # what a server may hold, see `rrs`
ALIAS = "www 300 CNAME shop.example.com."
CDN = "www 300 CNAME www.cdn.example.net."
CDN_ONE, CDN_TWO = "ns1.example.net 198.51.100.1", "ns2.example.net 198.51.100.2"


def rrs(*lines: str) -> tuple[Rr, ...]:
    """`www 300 A 192.0.2.10`: owners are names in example.com unless they end in a dot."""
    found = []
    for owner, ttl, rdtype, data in (line.split(None, 3) for line in lines):
        found.append(Rr(owner if owner.endswith(".") else f"{owner}.example.com.", int(ttl), rdtype, data))
    return tuple(found)


def says(server: str, *lines: str, rcode: str = "NOERROR", aa: bool = True, referral: str = "") -> Answer:
    return Answer(server, rcode, aa, rrs(*lines), referral)


def silent(server: str, why: str = TIMEOUT, *, dead: bool = True) -> Answer:
    return Answer(server, unanswered=why, dead=dead)


def hop(name: str, *answers: Answer, zone: str = "example.com.") -> Hop:
    return Hop(f"{name}.example.com." if not name.endswith(".") else name, zone, answers)


def seen(*answers: Answer, name: str = "www", rdtype: str = "A", zone: str = "example.com.") -> Observation:
    """What was seen where no CNAME leads to other servers."""
    return Observation((Lookup(rdtype, (hop(name, *answers, zone=zone),)),))


def lookups(*found: tuple[str, Sequence[Hop]]) -> Observation:
    return Observation(tuple(Lookup(rdtype, tuple(hops)) for rdtype, hops in found))


def through_cdn(*answers: Answer, first: Sequence[Answer] = (says(ONE, CDN), says(TWO, CDN))) -> Observation:
    """www.example.com is an alias that leads to other servers."""
    return lookups(("A", [hop("www", *first), hop("www.cdn.example.net.", *answers, zone="example.net.")]))


def spec_of(fields: str) -> RecordSpec:
    (check,) = parse(DNS, f"dns: {{records: [{{name: www.example.com, {fields}}}]}}")
    spec: RecordSpec = check.spec
    return spec


@dataclass(frozen=True)
class Case:
    """What the inventory says of www.example.com, what was seen, and how the reasons read.

    `reasons`: the `observed` of each finding; of what was not checked, "not checked: " and the reason.
    """

    id: str
    spec: str
    seen: Observation
    reasons: list[str] = field(default_factory=list)


def assert_reasons(case: Case) -> None:
    """The reasons are those of the case, each is complete, and the observation survives being recorded."""
    reasons = judge(spec_of(case.spec), case.seen)
    assert [text(reason) for reason in reasons] == case.reasons
    for reason in reasons:
        assert reason.next_step
        if isinstance(reason, Finding):
            assert reason.expected
            assert reason.consequence
        else:
            assert reason.cause
    for reason in judge(spec_of(f"{case.spec}, why: the flyers are printed"), case.seen):
        assert isinstance(reason, NotChecked) or reason.consequence == "the flyers are printed"
    assert_serialises(RECORD, case.seen)
