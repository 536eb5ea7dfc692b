"""Do all servers say the same of everything in the zone?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from preflight.finding import Finding, NotChecked
from preflight_dns.advice import listed
from preflight_dns.zone.aspect import Aspect, Columns, swept
from preflight_dns.zone.comparison import ComparedSeen, Comparison
from preflight_dns.zone.differences import Words, counted, judge_compared
from preflight_dns.zone.known import Sources, nothing_known
from preflight_dns.zone.spec import ZoneSpec


class Agree:
    """Follows the sweep of the zone's own servers."""

    def __init__(self, _spec: ZoneSpec, columns: Columns) -> None:
        self._columns = columns
        self._comparison = Comparison(columns.zone, columns.all, columns.own)
        self.take = self._comparison.take

    def seen(self, sources: Sources) -> ComparedSeen | NotChecked:
        if sources.nothing:
            return nothing_known(self._columns.zone, sources)
        return self._comparison.seen("agree", self._columns.soa, None, sources)


def judge(spec: ZoneSpec, seen: ComparedSeen, _at: datetime) -> Sequence[Finding | NotChecked]:
    reasons = judge_compared(seen.soa.name, seen, _words(spec, seen))
    if len(seen.servers) < 2 and not reasons:
        return [_alone(spec, seen)]
    return reasons


def sketch(spec: ZoneSpec, seen: ComparedSeen) -> list[str]:
    servers = "1 server" if len(seen.servers) == 1 else f"{len(seen.servers)} servers"
    return [f"{spec.name}: compared {counted(seen.sources)}, on {servers}"]


def _words(spec: ZoneSpec, seen: ComparedSeen) -> Words:
    def step(odd: str, others: str) -> str:
        return (
            f"bring {odd} up to date: compare its SOA serial with that of {others}, "
            "see whether NOTIFY and zone transfers reach it, and reload"
        )

    def consequence(odd: str, _others: str) -> str:
        return spec.why or f"whoever happens to ask {odd} is told something else, and caches keep what they were told"

    def cause(odd: Sequence[str]) -> str:
        return f"{odd[0]} differs from the other servers" if len(odd) == 1 else ""

    expected = f"the same records on each of {len(seen.servers)} servers: {counted(seen.sources)}"
    return Words(expected, step, consequence, cause)


def _alone(spec: ZoneSpec, seen: ComparedSeen) -> NotChecked:
    whom = listed(seen.servers) or "no server"
    return NotChecked(
        f"only {whom} was asked: there is nothing to compare with",
        f"{spec.name} has one server only",
        "name another server of the zone, or leave `agree` out",
    )


ASPECT = Aspect(swept, judge, sketch, follow=Agree)
