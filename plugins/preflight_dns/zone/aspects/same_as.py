"""Do other servers, such as those of the old provider, give out the same zone?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from preflight.finding import Finding, NotChecked
from preflight_dns.advice import listed
from preflight_dns.zone.aspect import Aspect, Columns, swept
from preflight_dns.zone.aspects.agree import sketch
from preflight_dns.zone.comparison import ComparedSeen, Comparison
from preflight_dns.zone.differences import Words, counted, judge_compared
from preflight_dns.zone.known import Sources, nothing_known
from preflight_dns.zone.spec import ZoneSpec


class SameAs:
    """Follows the sweep of the zone's servers and of the others."""

    def __init__(self, spec: ZoneSpec, columns: Columns) -> None:
        assert spec.same_as is not None
        left_out = frozenset(spec.same_as.left_out)
        self._columns = columns
        every = range(len(columns.all))
        self._comparison = Comparison(columns.zone, columns.all, every, leave_out=left_out)
        self.take = self._comparison.take

    def seen(self, sources: Sources) -> ComparedSeen | NotChecked:
        if sources.nothing:
            return nothing_known(self._columns.zone, sources)
        return self._comparison.seen("same_as", self._columns.soa, self._columns.old_soa, sources)


def judge(spec: ZoneSpec, seen: ComparedSeen, _at: datetime) -> Sequence[Finding | NotChecked]:
    return judge_compared(seen.soa.name, seen, _words(spec, seen))


def _words(spec: ZoneSpec, seen: ComparedSeen) -> Words:
    assert spec.same_as is not None
    left_out = f", but for {listed(spec.same_as.left_out)}" if spec.same_as.left_out else ""

    def step(odd: str, others: str) -> str:
        return (
            f"put these records into the zone on {odd} as {others} has them, or, where the change is meant, change "
            f"them on {others} first; a type that must differ goes into `same_as: {{except: [...]}}`"
        )

    def consequence(odd: str, _others: str) -> str:
        return (
            spec.why
            or f"with the delegation, these records change as well: whoever is told of {odd} finds other answers"
        )

    whom = listed([str(server) for server in spec.same_as.servers])
    expected = f"the same records as on {whom}{left_out}: {counted(seen.sources)}"
    return Words(expected, step, consequence, lambda _: "")


def _whom(spec: ZoneSpec) -> str:
    assert spec.same_as is not None
    return f"; and {', '.join(map(str, spec.same_as.servers))}"


ASPECT = Aspect(swept, judge, sketch, follow=SameAs, contacts=_whom)
