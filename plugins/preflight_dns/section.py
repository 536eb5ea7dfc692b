"""The `dns:` section: its kinds, and how its entries become checks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Batch, Expectation, Kind, Section, Survey
from preflight_dns.answers import answers
from preflight_dns.chain import within
from preflight_dns.drained import deadline
from preflight_dns.drained import sketch as drained
from preflight_dns.fields import FromHost
from preflight_dns.host import plan
from preflight_dns.host.advice import stale
from preflight_dns.host.plan import Hosts
from preflight_dns.judge import judge
from preflight_dns.observation import Observation
from preflight_dns.probe import probe
from preflight_dns.spec import DnsSection, RecordSpec
from preflight_dns.survey import take
from preflight_dns.tls import objection
from preflight_dns.ways import Ways, resolvers_in_words
from preflight_dns.zone import kind as zones


def target(spec: RecordSpec) -> str:
    """`shop.example.com/A`; as in dig, `@10.0.0.53` where others than the authoritative servers are asked."""
    whom = "" if spec.ask == "authoritative" else f"@{_asked(spec)}"
    return f"{spec.name}/{spec.type}{whom}"


def contacts(spec: RecordSpec, shared: Ways | Hosts) -> str:
    """Whom the probe asks."""
    if isinstance(shared, Hosts):
        return plan.contacts(spec, shared)
    ways = shared
    how = "DNS queries over UDP and TCP, unauthenticated, from this machine to"
    if spec.ask == "resolvers":
        return f"{how} {resolvers_in_words(ways)}"
    if isinstance(spec.ask, tuple):
        clear = [str(server) for server in spec.ask if not server.secured]
        secured = [str(server) for server in spec.ask if server.secured]
        over_tls = ["DNS queries over TLS, its certificate verified, from this machine to " + ", ".join(secured)]
        return "; and ".join([f"{how} {', '.join(clear)}"] * bool(clear) + over_tls * bool(secured))
    zones = [zone for zone in ways.zones if within(f"{spec.name}.", f"{zone[0]}." if zone[0] != "." else ".")]
    _, servers = max(zones, key=lambda zone: len(zone[0]), default=("", ()))
    found = f"those its zone is delegated to, found through {resolvers_in_words(ways)}"
    whom = ", ".join(map(str, servers)) or found
    sampled = (
        f"; and, where no earlier run tells how long caches hold it, {resolvers_in_words(ways)}"
        if spec.must_drain
        else ""
    )
    return f"{how} the authoritative servers: {whom}; and on to where delegations and CNAMEs lead{sampled}"


def _asked(spec: RecordSpec) -> str:
    return ",".join(map(str, spec.ask)) if isinstance(spec.ask, tuple) else str(spec.ask)


def sketch(spec: RecordSpec, seen: Observation, columns: int, whole: bool) -> list[str]:
    """What is worth knowing of a record that is right, too."""
    paths = [(lookup.path, lookup.type) for lookup in seen.lookups if lookup.path is not None]
    pinned = dict.fromkeys(stale(path, rdtype) for path, rdtype in paths)
    return [*filter(None, pinned), *drained(spec, seen, columns, whole)]


def expectations(section: DnsSection, ground: Ground) -> Iterator[Expectation[Any] | Problem]:
    """One check for each record, and for each zone those that it asks for."""
    ways = _ways(section)
    if ways.ca and (why := objection(ways.ca)):
        yield Problem(section.place("ca"), "dns.ca", f"{section.ca}: {why}")
    yield from zones.expectations(section, ways, ground)
    opens = ground.cutover.opens
    on_hosts = {
        number: list(plan.expanded(number, record, record.ask, ground))
        for number, record in enumerate(section.records)
        if isinstance(record.ask, FromHost)
    }
    hosts = plan.shared(on_hosts.values(), ground)
    for number, record in enumerate(section.records):
        if record.must_drain and opens is None:
            why = "`drain` is about what caches hold when the cutover opens: say when, as `cutover: {opens: ...}`"
            yield Problem(record.place("ttl"), f"dns.records[{number}].ttl", why)
        record.before(opens)
        shared = hosts if number in on_hosts else ways
        for each in on_hosts.get(number, [record]):
            yield each if isinstance(each, Problem) else Expectation(RECORD, each, shared)


def surveys(section: DnsSection, _ground: Ground) -> Iterator[Survey]:
    """What the records of the inventory are, in one survey."""
    # What one host is told is nothing that another environment would have, too.
    records = [record for record in section.records if not isinstance(record.ask, FromHost)]
    if records:
        ways = _ways(section)
        checks = tuple((("survey", str(number)), record) for number, record in enumerate(records))
        whom = dict.fromkeys(contacts(record, ways) for record in records)
        yield Survey("records", "; ".join(whom), partial(take, Batch(RECORD, checks, ways)))


def _ways(section: DnsSection) -> Ways:
    zones = tuple((zone.name, () if isinstance(zone.servers, str) else zone.servers) for zone in section.zones)
    ca = str(Path(section.place("ca").file).parent / section.ca) if section.ca else ""
    return Ways(section.resolvers, zones, section.families, section.port, ca)


RECORD = Kind(
    "dns.record",
    RecordSpec,
    Observation,
    target,
    probe,
    judge,
    contacts,
    sketch=sketch,
    table=answers,
    deadline=deadline,
)
SECTION = Section(DnsSection, (RECORD, zones.ZONE), expectations, surveys)
