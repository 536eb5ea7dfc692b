"""The kind `dns.zone`: each of the `checks` of a zone becomes a check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from preflight.errors import Problem
from preflight.finding import Finding, NotChecked
from preflight.inventory import Ground
from preflight.kind import Expectation, Kind
from preflight.source import Mark
from preflight_dns.spec import DnsSection
from preflight_dns.ways import Ways, resolvers_in_words
from preflight_dns.zone.aspects import aspect
from preflight_dns.zone.observation import ZoneObservation
from preflight_dns.zone.probe import probe
from preflight_dns.zone.shared import Zone, absent_of, records_of
from preflight_dns.zone.spec import ZoneSpec
from preflight_dns.zone.zonefile import Unreadable, ZoneFile, read


def target(spec: ZoneSpec) -> str:
    """`example.com/agree`."""
    return f"{spec.name}/{spec.aspect}"


def expectations(section: DnsSection, ways: Ways, ground: Ground) -> Iterator[Expectation[ZoneSpec] | Problem]:
    """One check for each zone and aspect; those of a zone share what is asked."""
    for number, entry in enumerate(section.zones):
        file = _file(number, entry)
        if isinstance(file, Problem):
            yield file
            continue
        if entry.aspects:
            records = records_of(entry.name, section)
            zone = Zone(entry.name, ways, records, file, absent_of(entry.name, section))
            for name in entry.aspects:
                yield Expectation(ZONE, entry.only(name, ground.cutover.opens, ground.cutover.closes), zone)


def _file(number: int, entry: ZoneSpec) -> ZoneFile | Problem | None:
    if entry.source is None:
        return None
    at = entry.place("from")
    path = Path(at.file).parent / entry.source.zonefile
    try:
        return read(path.read_text("utf-8"), path.name, entry.name)
    except OSError as error:
        return Problem(at, f"dns.zones[{number}].from", f"{entry.source.zonefile}: {error.strerror}")
    except UnicodeDecodeError:
        return Problem(at, f"dns.zones[{number}].from", f"{entry.source.zonefile} is not in UTF-8")
    except Unreadable as error:
        return Problem(Mark(str(path), error.line, 1), f"the zone file of {entry.name}", error.message)


def contacts(spec: ZoneSpec, zone: Zone) -> str:
    """Whom the probe asks."""
    found = f"those it is delegated to, found through {resolvers_in_words(zone.ways)}"
    whom = found if isinstance(spec.servers, str) else ", ".join(map(str, spec.servers))
    this = aspect(spec.aspect)
    besides = this.contacts(spec) if this.contacts is not None else ""
    if this.follow is not None and spec.transfer:
        key = f"with the TSIG key {spec.tsig.name}" if spec.tsig is not None else "unsigned"
        besides += f"; and zone transfers (AXFR, {key}) from them"
    how = "DNS queries over UDP and TCP, unauthenticated, from this machine to"
    return f"{how} the servers of {spec.name}: {whom}{besides}"


def judge(spec: ZoneSpec, observation: ZoneObservation) -> Sequence[Finding | NotChecked]:
    return aspect(spec.aspect).judge(spec, observation.seen, observation.at)


def sketch(spec: ZoneSpec, observation: ZoneObservation, _columns: int, _whole: bool) -> list[str]:
    drawn = aspect(spec.aspect).sketch
    return [] if drawn is None else drawn(spec, observation.seen)


ZONE = Kind("dns.zone", ZoneSpec, ZoneObservation, target, probe, judge, contacts, sketch=sketch)
