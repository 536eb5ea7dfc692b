"""The `dns:` section: its kinds, and how its entries become checks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Batch, Expectation, Kind, Section, Survey
from preflight_dns.answers import answers
from preflight_dns.chain import within
from preflight_dns.drained import sketch
from preflight_dns.judge import judge
from preflight_dns.observation import Observation
from preflight_dns.probe import probe
from preflight_dns.spec import DnsSection, RecordSpec
from preflight_dns.survey import take
from preflight_dns.ways import Ways


def target(spec: RecordSpec) -> str:
    """`shop.example.com/A`; as in dig, `@10.0.0.53` where others than the authoritative servers are asked."""
    whom = "" if spec.ask == "authoritative" else f"@{_asked(spec)}"
    return f"{spec.name}/{spec.type}{whom}"


def contacts(spec: RecordSpec, ways: Ways) -> str:
    """Whom the probe asks."""
    how = "DNS queries over UDP and TCP, unauthenticated, from this machine to"
    if spec.ask == "resolvers":
        return f"{how} {_resolvers(ways)}"
    if not isinstance(spec.ask, str):
        return f"{how} {', '.join(map(str, spec.ask))}"
    zones = [zone for zone in ways.zones if within(f"{spec.name}.", f"{zone[0]}." if zone[0] != "." else ".")]
    _, servers = max(zones, key=lambda zone: len(zone[0]), default=("", ()))
    found = f"those its zone is delegated to, found through {_resolvers(ways)}"
    whom = ", ".join(map(str, servers)) or found
    sampled = (
        f"; and, where no earlier run tells how long caches hold it, {_resolvers(ways)}" if spec.must_drain else ""
    )
    return f"{how} the authoritative servers: {whom}; and on to where delegations and CNAMEs lead{sampled}"


def _asked(spec: RecordSpec) -> str:
    return spec.ask if isinstance(spec.ask, str) else ",".join(map(str, spec.ask))


def _resolvers(ways: Ways) -> str:
    return ", ".join(map(str, ways.resolvers)) or "the system's resolvers"


def expectations(section: DnsSection, ground: Ground) -> Iterator[Expectation[RecordSpec] | Problem]:
    """One check for each record."""
    ways = _ways(section)
    opens = ground.cutover.opens
    for number, record in enumerate(section.records):
        if record.must_drain and opens is None:
            why = "`drain` is about what caches hold when the cutover opens: say when, as `cutover: {opens: ...}`"
            yield Problem(record.place("ttl"), f"dns.records[{number}].ttl", why)
        record.before(opens)
        yield Expectation(RECORD, record, ways)


def surveys(section: DnsSection, _ground: Ground) -> Iterator[Survey]:
    """What the records of the inventory are, in one survey."""
    if section.records:
        ways = _ways(section)
        checks = tuple((("survey", str(number)), record) for number, record in enumerate(section.records))
        whom = dict.fromkeys(contacts(record, ways) for record in section.records)
        yield Survey("records", "; ".join(whom), partial(take, Batch(RECORD, checks, ways)))


def _ways(section: DnsSection) -> Ways:
    zones = tuple((zone.name, () if isinstance(zone.servers, str) else zone.servers) for zone in section.zones)
    return Ways(section.resolvers, zones, section.families, section.port)


RECORD = Kind("dns.record", RecordSpec, Observation, target, probe, judge, contacts, sketch=sketch, table=answers)
SECTION = Section(DnsSection, (RECORD,), expectations, surveys)
