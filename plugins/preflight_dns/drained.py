"""Have the caches let go of it when the window opens? Pure: the time is that of the observation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from preflight.duration import format_duration
from preflight.finding import Finding, NotChecked
from preflight.kind import Deadline
from preflight_dns.advice import length, listed
from preflight_dns.drain import given, kept, told
from preflight_dns.names import bare
from preflight_dns.observation import Drain, Held, Observation
from preflight_dns.spec import RecordSpec

MOST_TOLD = 3


def judge_drain(spec: RecordSpec, drain: Drain | None) -> Iterator[Finding | NotChecked]:
    """The TTL is what it should be by now. When was it not?"""
    opens = spec.opens
    if opens is None or drain is None:
        return
    safe = _safe_at(spec, drain)
    if safe is not None and safe > max(opens, drain.at):
        yield _too_late(spec, drain, opens, safe)
    elif safe is None and spec.must_drain and not told(drain.since, drain.held, opens):
        yield _unknown(spec, drain, opens)


def lowered_now(spec: RecordSpec, drain: Drain | None, ttl: int) -> str:
    """When it would be safe if it was lowered at once; empty where that does not matter."""
    if spec.opens is None or drain is None:
        return ""
    safe = _moment(drain.at + timedelta(seconds=ttl), spec.opens)
    return f": it would be safe at {safe}, and the window opens at {_moment(spec.opens, spec.opens)}"


def sketch(spec: RecordSpec, seen: Observation, _columns: int, whole: bool) -> list[str]:
    """From when it is safe, where somebody wants to know."""
    drain, opens = seen.drain, spec.opens
    if drain is None or opens is None or not (spec.must_drain or (whole and drain.held)):
        return []
    safe = _safe_at(spec, drain)
    shown = _moment(opens, opens)
    if safe is None:
        return []
    if safe > drain.at:
        return [
            f"safe at {_moment(safe, opens)}, the window opens at {shown}: {line}"
            for line in _why(spec, drain, opens)[:1]
        ]
    if not drain.samples:
        return [f"safe now, the window opens at {shown}: no cache holds an answer from before its TTL was lowered"]
    whom = listed([each.resolver for each in drain.samples if not each.unanswered])
    return [
        f"safe now by a sample, the window opens at {shown}: {whom} holds no such answer; of other caches nobody knows"
    ]


def deadline(spec: RecordSpec, seen: Observation) -> Deadline | None:
    """When TTLs that are too long have to be lowered at the latest."""
    if spec.opens is None or spec.ttl_bounds is None:
        return None
    ttls = (rr.ttl for answer in given(seen) for rr in answer.rrs)
    highest = max(ttls, default=0)
    if highest <= spec.ttl_bounds[1]:
        return None
    lasts = length(highest)
    what = f"lower the TTLs of {lasts}: later, caches still hold the old answer when the window opens"
    return Deadline(spec.opens - kept(highest), what)


def _safe_at(spec: RecordSpec, drain: Drain) -> datetime | None:
    """None if nobody knows."""
    if drain.held:
        return drain.held[0].ends
    left = [each.left for each in drain.samples if not each.unanswered]
    if not left:
        return None
    bounds = spec.ttl_bounds
    assert bounds is not None
    # What is within the bounds was, or could have been, given with the TTL that it has now.
    return drain.at + timedelta(seconds=max(left)) if max(left) > bounds[1] else drain.at


def _too_late(spec: RecordSpec, drain: Drain, opens: datetime, safe: datetime) -> Finding:
    at, shown = _moment(safe, opens), _moment(opens, opens)
    over = format_duration(max(60, round((safe - opens).total_seconds() / 60) * 60))
    return Finding(
        expected=f"{spec.name} {spec.type} with its old TTL gone from all caches when the window opens, at {shown}",
        observed="\n".join([f"safe at {at}, {over} after that", *_why(spec, drain, opens)]),
        next_step=f"open the window at {at} or later, or keep what the old answer leads to in service until then",
        consequence=spec.why or f"caches may give out the old answer until {at}, {over} into the window",
        cause=f"TTLs were lowered too late for a window that opens at {shown}",
    )


def _why(spec: RecordSpec, drain: Drain, opens: datetime) -> list[str]:
    late = [held for held in drain.held if held.ends > drain.at]
    if late:
        more = [f"and {len(late) - MOST_TOLD} more"] if len(late) > MOST_TOLD else []
        return [_of(held, opens) for held in late[:MOST_TOLD]] + more
    bounds = spec.ttl_bounds
    return [
        f"sampled: {each.resolver} holds it for another {length(each.left)}, in no earlier run was its TTL seen"
        for each in drain.samples if not each.unanswered and bounds is not None and each.left > bounds[1]
    ]  # fmt: skip


def _of(held: Held, opens: datetime) -> str:
    return (
        f"{held.server}: {bare(held.name)} {held.type} had {length(held.ttl)} at {_moment(held.seen, opens)}, "
        f"and was first seen without at {_moment(held.until, opens)}"
    )


def _unknown(spec: RecordSpec, drain: Drain, opens: datetime) -> NotChecked:
    whom = "; ".join(f"{each.resolver}: {each.unanswered}" for each in drain.samples) or "no resolver was asked"
    since = f"none before {_moment(drain.since, opens)}" if drain.since is not None else "none"
    return NotChecked(
        f"how long caches hold {spec.name} {spec.type} is not known: of earlier runs there is {since}, and {whom}",
        cause="how long caches hold old answers is not known",
        next_step="name resolvers that answer under `dns.resolvers`; and next time, run this before TTLs are lowered",
    )


def _moment(at: datetime, opens: datetime) -> str:
    """In the time that the cutover is planned in."""
    return at.astimezone(opens.tzinfo).isoformat(" ", "minutes")
