"""Is the zone what its zone file says, on every server, and nothing besides?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from preflight.finding import Finding, NotChecked
from preflight_dns.zone.aspect import Aspect, Columns, swept
from preflight_dns.zone.aspects.agree import sketch
from preflight_dns.zone.comparison import ComparedSeen, Comparison
from preflight_dns.zone.differences import Words, counted, judge_compared
from preflight_dns.zone.known import Sources
from preflight_dns.zone.spec import ZoneSpec
from preflight_dns.zone.zonefile import left_out, says


class FromFile:
    """Follows the sweep of the zone's own servers, with the file beside them."""

    def __init__(self, _spec: ZoneSpec, columns: Columns) -> None:
        file = columns.file
        assert file is not None
        self._columns = columns
        self._comparison = Comparison(columns.zone, columns.all, columns.own, says(file, columns.zone), left_out(file))
        self.take = self._comparison.take

    def seen(self, sources: Sources) -> ComparedSeen:
        return self._comparison.seen("from", self._columns.soa, None, sources)


def judge(spec: ZoneSpec, seen: ComparedSeen, _at: datetime) -> Sequence[Finding | NotChecked]:
    return judge_compared(seen.soa.name, seen, _words(spec, seen))


def _words(spec: ZoneSpec, seen: ComparedSeen) -> Words:
    assert spec.source is not None
    file = spec.source.zonefile
    beside = "and none besides" if seen.sources.complete else "(what is there besides, no zone transfer tells)"

    def step(odd: str, _others: str) -> str:
        return f"load {file} on the primary of {odd} with a higher serial, or mend the file where it is behind"

    def consequence(_odd: str, _others: str) -> str:
        return spec.why or "what was planned and reviewed in the file is not what users are told"

    expected = f"the records of {file} on each server, {beside}: {counted(seen.sources)}"
    return Words(expected, step, consequence, lambda _: "", like="as in {}", elsewhere="in the file")


ASPECT = Aspect(swept, judge, sketch, follow=FromFile)
