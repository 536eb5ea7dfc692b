"""Are the TTLs of a whole zone short enough for what is about to change?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from preflight.duration import format_duration
from preflight.finding import Finding, NotChecked
from preflight_dns import advice
from preflight_dns.advice import length, listed
from preflight_dns.names import bare, parent
from preflight_dns.zone.asked import Asked
from preflight_dns.zone.aspect import Asker, Aspect, swept
from preflight_dns.zone.aspects.serial import soa_of
from preflight_dns.zone.differences import counted, unseen
from preflight_dns.zone.serving import heard, names_of
from preflight_dns.zone.spec import ZoneSpec
from preflight_dns.zone.ttls import Same, Ttls, TtlSeen

MOST_SHOWN = 8


async def look(asker: Asker, spec: ZoneSpec) -> Any:
    seen = await swept(asker, spec)
    # Named servers are perhaps not delegated to yet: what the zone above says is about others.
    if isinstance(seen, TtlSeen) and spec.is_delegated and asker.zone != ".":
        return replace(seen, delegation=await asker.ask_above(asker.zone, "NS"))
    return seen


def judge(spec: ZoneSpec, seen: TtlSeen, _at: datetime) -> Sequence[Finding | NotChecked]:
    findings = [*_outside(spec, seen), *_negative(spec, seen), *_mixed(spec, seen)]
    return [*findings, *unseen(seen.soa, seen.sources, seen.silences)]


def _outside(spec: ZoneSpec, seen: TtlSeen) -> Iterator[Finding]:
    if not seen.outside:
        return
    bounds = spec.ttl_bounds
    highest = max(same.ttls[-1] for same in seen.outside)
    count = sum(same.count for same in seen.outside)
    lines = [f"{count:,} of {seen.sources.rrsets:,} RRsets {'has' if count == 1 else 'have'} another"]
    lines += [_shown(same, seen) for same in seen.outside[:MOST_SHOWN]]
    more = len(seen.outside) - MOST_SHOWN
    yield Finding(
        expected=f"a TTL of {advice.ttl_range(*bounds)} for every RRset of {spec.name}",
        observed="\n".join(lines + [f"and {more} more TTLs"] * (more > 0)),
        next_step=advice.ttl_step(highest, bounds),
        consequence=spec.why or advice.ttl_consequence(highest, bounds),
        cause=f"TTLs of {spec.name} are not as they must be for the change",
    )


def _shown(same: Same, seen: TtlSeen) -> str:
    ttl = " and ".join(map(length, same.ttls))
    whole = len(same.servers) == len(heard(seen.soa.name, seen.soa).replies)
    where = "" if whole else f", on {listed(same.servers)}"
    more = same.count - min(MOST_SHOWN, len(same.rrsets))
    return f"{ttl}: {', '.join(same.rrsets[:MOST_SHOWN])}" + (f" and {more:,} more" if more else "") + where


def _negative(spec: ZoneSpec, seen: TtlSeen) -> Iterator[Finding]:
    """How long caches remember that a name does not exist (RFC 2308 section 5)."""
    high = spec.ttl_bounds[1]
    found = [(reply, soa_of(reply, seen.soa.name)) for reply in heard(seen.soa.name, seen.soa).replies]
    long = [(reply, soa) for reply, soa in found if soa is not None and soa.negative > high]
    if not long:
        return
    soa = max((soa for _, soa in long), key=lambda one: one.negative)
    time = format_duration(soa.negative)
    yield Finding(
        expected=f"that caches remember for at most {length(high)} which names do not exist",
        observed=f"{names_of([reply for reply, _ in long])}: {length(soa.negative)}, the smaller of the SOA's TTL "
        f"({soa.ttl} s) and its last field ({soa.minimum} s)",
        next_step=f"set the last field of the SOA to {high} at most, and raise the serial; create names {time} later",
        consequence=spec.why or f"who asks for a name before it is created is told for up to {time} that there is none",
        cause=f"TTLs of {spec.name} are not as they must be for the change",
    )


def _mixed(spec: ZoneSpec, seen: TtlSeen) -> Iterator[Finding]:
    for same in seen.mixed:
        yield Finding(
            expected="one TTL for all RRs of an RRset (RFC 2181 section 5.2)",
            observed=_shown(same, seen),
            next_step="give all records of a name and type the same TTL in the zone",
            consequence=spec.why or "a cache may drop a part of the RRset and go on giving out the rest",
        )


def sketch(spec: ZoneSpec, seen: TtlSeen) -> list[str]:
    """What was looked at; and what outlives the window, of those that tell caches whom to ask."""
    window = spec.window if spec.window is not None else spec.ttl_bounds[1]
    above = _longest(seen.delegation)
    lines = [f"{spec.name}: the TTLs of {counted(seen.sources)}"]
    named = [f"{length(seen.ns)} in the zone"] * (seen.ns > window)
    named += [f"{length(above)} in {bare(parent(seen.soa.name))} and below"] * (above > window)
    if named:
        last = format_duration(max(seen.ns, above))
        lines += [
            f"{spec.name}: its NS have {' and '.join(named)}: after a change of name servers, "
            f"the old ones are asked for another {last}"
        ]
    return lines


def _longest(delegation: Asked | None) -> int:
    """Of the NS and the glue that the zone above gives out."""
    if delegation is None:
        return 0
    ttls = (
        rr.ttl
        for reply in delegation.replies if not reply.authoritative
        for rr in (*reply.authority, *reply.additional) if rr.type in ("NS", "A", "AAAA")
    )  # fmt: skip
    return max(ttls, default=0)


ASPECT = Aspect(look, judge, sketch, follow=Ttls)
