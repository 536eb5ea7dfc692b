"""Why did it fail? From a spec and what every server said to the reasons an operator can act on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from preflight.finding import BUDGET_SPENT, Finding, NotChecked
from preflight_dns import advice
from preflight_dns.advice import ADDRESS, listed
from preflight_dns.drained import judge_drain, lowered_now
from preflight_dns.fields import HIGHEST_TTL, address_key
from preflight_dns.host.advice import on_host
from preflight_dns.names import bare
from preflight_dns.observation import ADDRESS_UNKNOWN, NO_ADDRESS, Drain, Lookup, Observation
from preflight_dns.spec import RecordSpec
from preflight_dns.values import JOINED_TEXT, key, shown, value_key
from preflight_dns.views import Sight, View, views

Reasons = Iterator[Finding | NotChecked]
_MATCH_WORDS = {"exact": "", "subset": "at least ", "superset": "none but ", "any": "one of "}
UNSEEN = (Sight.UNANSWERED, Sight.UNASKED)


def judge(spec: RecordSpec, observation: Observation) -> Sequence[Finding | NotChecked]:
    """Wrong on any server is wrong; else unanswered by any server is not checked."""
    record, *addresses = observation.lookups
    seen = views(record)
    reasons: list[Finding | NotChecked] = []
    if spec.status is not None:
        reasons += _judge_status(spec, spec.status, seen)
    elif spec.values is not None or not addresses:
        reasons += _judge_values(spec, seen)
    if addresses:
        through = addresses_of(addresses)
        reasons += _judge_final(spec, through)
        seen = [*seen, *through]
    wrong = list(_judge_ttls(spec, seen, observation.drain))
    reasons += wrong or judge_drain(spec, observation.drain)
    reasons += _unseen(seen)
    return on_host(spec, reasons, observation.lookups) if record.path is not None else reasons


def _judge_values(spec: RecordSpec, seen: list[View]) -> Reasons:
    values = [_written(spec.type, value) for value in spec.values or ()]
    expected = f"{spec.type} {_MATCH_WORDS[spec.match]}{listed(values)}" if values else f"an RRset of type {spec.type}"
    yield from _wrong(spec, seen, partial(right, spec), expected, spec.type)


def right(spec: RecordSpec, view: View) -> bool:
    """Whether a server shows of the record itself what it must; its TTLs aside."""
    if spec.status is not None:
        return view.sight == spec.status
    got = {key(spec.type, rr.text) for rr in view.rrs}
    return view.sight == Sight.FOUND and (spec.values is None or _matches(spec.match, spec.keys, got))


def in_time(spec: RecordSpec, view: View) -> bool:
    """Whether all TTLs that a server shows are as they must be."""
    low, high = spec.ttl_bounds or (0, HIGHEST_TTL)
    return all(low <= rr.ttl <= high for rr in (*view.chain, *view.rrs))


def ends_right(spec: RecordSpec, view: View) -> bool:
    """Whether its CNAME chain ends at the addresses that it must."""
    return {key(rr.type, rr.text) for rr in view.rrs} == spec.final_keys


def _judge_status(spec: RecordSpec, status: str, seen: list[View]) -> Reasons:
    yield from _wrong(spec, seen, partial(right, spec), advice.NOTHING[status], spec.type)


def _judge_final(spec: RecordSpec, seen: list[View]) -> Reasons:
    yield from _wrong(
        spec, seen, partial(ends_right, spec), f"its CNAME chain ends at {listed(spec.final or ())}", ADDRESS
    )


def _wrong(spec: RecordSpec, seen: list[View], right: Callable[[View], bool], expected: str, rdtype: str) -> Reasons:
    """One finding for each different wrong answer, with all servers that give it."""
    answered = [view for view in seen if view.sight not in UNSEEN]
    wrong: dict[str, list[View]] = {}
    for view in answered:
        if not right(view):
            besides = f" ({'; '.join(view.ede)})" if view.ede else ""
            wrong.setdefault(_observed(spec, rdtype, view) + besides, []).append(view)
    good = [view.server for view in answered if right(view)]
    for what, group in wrong.items():
        servers = _servers(group)
        whole = len(group) == len(answered)
        yield Finding(
            expected=expected + (f", on each of {len(answered)} servers" if len(answered) > 1 else ""),
            observed=f"{_who(group, whole)}: {what}",
            next_step=advice.next_step(spec, rdtype, group[0], servers, good),
            consequence=spec.why or advice.consequence(spec, rdtype, group[0], len(servers), len(answered)),
            cause=advice.cause(group[0], servers, whole),
        )


def _observed(spec: RecordSpec, rdtype: str, view: View) -> str:
    """What a view shows; for values, what is missing and what is extra as well."""
    if view.sight != Sight.FOUND:
        return advice.sight(view, rdtype)
    written, wanted = (spec.final, spec.final_keys) if rdtype == ADDRESS else (spec.values, spec.keys)
    got = {key(rr.type, rr.text): shown(rr.type, rr.text) for rr in view.rrs}
    match = "exact" if rdtype == ADDRESS else spec.match
    parts = []
    if wanted - got.keys() and match in ("exact", "subset"):
        missing = [_written(rdtype, value) for value in written or () if _key_of(rdtype, value) not in got]
        parts.append(f"missing {listed(missing)}")
    if got.keys() - wanted and wanted and match in ("exact", "superset"):
        parts.append(f"extra {listed(sorted(value for k, value in got.items() if k not in wanted))}")
    end = bare(view.end)
    by_way = "" if end == spec.name else f" at {end}, where its CNAME leads"
    return listed(sorted(got.values())) + (f" ({'; '.join(parts)})" if parts else "") + by_way


def addresses_of(lookups: list[Lookup]) -> list[View]:
    """A and AAAA put together, server by server: an address of one family is no lack of the other."""
    merged: dict[str, View] = {}
    for view in (view for lookup in lookups for view in views(lookup)):
        before = merged.get(view.server)
        if before is not None and before.sight == view.sight == Sight.FOUND:
            merged[view.server] = replace(before, rrs=before.rrs + view.rrs)
        elif before is None or before.sight == Sight.NODATA or view.sight not in (Sight.NODATA, Sight.FOUND):
            merged[view.server] = view
    return list(merged.values())


def _judge_ttls(spec: RecordSpec, seen: list[View], drain: Drain | None) -> Reasons:
    bounds = spec.ttl_bounds
    outside: dict[str, list[View]] = {}
    mixed: dict[str, list[View]] = {}
    highest = 0
    for view in seen:
        for rr in (*view.chain, *view.rrs):
            if bounds is not None and not bounds[0] <= rr.ttl <= bounds[1]:
                outside.setdefault(f"{bare(rr.name)} {rr.type} has {advice.length(rr.ttl)}", []).append(view)
                highest = max(highest, rr.ttl)
        for rdtype in {rr.type: None for rr in view.rrs}:
            ttls = sorted({rr.ttl for rr in view.rrs if rr.type == rdtype})
            if len(ttls) > 1:
                what = f"the {rdtype} records of {bare(view.end)} have the TTLs {', '.join(map(str, ttls))}"
                mixed.setdefault(what, []).append(view)
    if bounds is not None and outside:
        yield Finding(
            expected=f"a TTL of {advice.ttl_range(*bounds)}",
            observed="\n".join(f"{_who(group, _all(group, seen))}: {what}" for what, group in outside.items()),
            next_step=advice.ttl_step(highest, bounds)
            + (lowered_now(spec, drain, highest) if highest > bounds[1] else ""),
            consequence=spec.why or advice.ttl_consequence(highest, bounds),
            cause=_cause([view for group in outside.values() for view in group], seen),
        )
    for what, group in mixed.items():
        yield Finding(
            expected="one TTL for all RRs of an RRset (RFC 2181 section 5.2)",
            observed=f"{_who(group, _all(group, seen))}: {what}",
            next_step="give all records of this name and type the same TTL in the zone",
            consequence=spec.why or "a cache may drop a part of the RRset and go on giving out the rest",
            cause=_cause(group, seen),
        )


def _unseen(seen: list[View]) -> Reasons:
    yield from dict.fromkeys(_why_unseen(view) for view in seen if view.sight in UNSEEN)


def _why_unseen(view: View) -> NotChecked:
    if view.detail == BUDGET_SPENT.reason:
        return BUDGET_SPENT  # which says nothing about the server
    text = f"{view.server}: {view.detail}" if view.server else view.detail
    silent = f"{view.server} does not answer" if view.dead else f"{view.server} did not answer every question"
    asked = view.sight == Sight.UNANSWERED and not view.detail.startswith((NO_ADDRESS, ADDRESS_UNKNOWN))
    return NotChecked(text, silent if asked else text, view.advice or advice.unanswered(view))


def _matches(match: str, wanted: frozenset[Any], got: set[Any]) -> bool:
    if match == "subset":
        return wanted <= got
    if match == "superset":
        return got <= wanted
    return bool(wanted & got) if match == "any" else wanted == got


def _written(rdtype: str, value: str) -> str:
    return f'"{value}"' if rdtype in JOINED_TEXT and not value.startswith('"') else value


def _key_of(rdtype: str, value: str) -> Any:
    return address_key(value) if rdtype == ADDRESS else value_key(rdtype, value)


def _servers(group: list[View]) -> list[str]:
    return list(dict.fromkeys(view.server for view in group))


def _all(group: list[View], seen: list[View]) -> bool:
    return len(_servers(group)) == len({view.server for view in seen if view.sight not in UNSEEN})


def _cause(group: list[View], seen: list[View]) -> str:
    return advice.cause(group[0], _servers(group), _all(group, seen))


def _who(group: list[View], whole: bool) -> str:
    servers = {view.server: view.nsid for view in group}
    if whole and len(servers) > 1:
        return "both servers" if len(servers) == 2 else f"all {len(servers)} servers"
    return ", ".join(f"{server} (which calls itself {nsid})" if nsid else server for server, nsid in servers.items())
