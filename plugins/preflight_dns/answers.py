"""What each server said, side by side, for reports. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from preflight.kind import Table
from preflight_dns import advice
from preflight_dns.advice import ADDRESS, listed
from preflight_dns.judge import UNSEEN, addresses_of, ends_right, in_time, right
from preflight_dns.names import bare
from preflight_dns.observation import Observation
from preflight_dns.spec import RecordSpec
from preflight_dns.values import shown
from preflight_dns.views import Sight, View, views


def answers(spec: RecordSpec, observation: Observation) -> Table:
    """A row for each server asked, and for a CNAME's addresses one for each that was asked for them."""
    marked = list(_rows(spec, observation))
    return Table(
        f"{spec.type} of {spec.name}, server by server",
        ("server", "answer", "TTL"),
        tuple(row for row, _ in marked),
        wrong=tuple(number for number, (_, fits) in enumerate(marked) if fits is False),
        unknown=tuple(number for number, (_, fits) in enumerate(marked) if fits is None),
    )


def _rows(spec: RecordSpec, observation: Observation) -> Iterator[tuple[tuple[str, ...], bool | None]]:
    """Each with whether it is as it must be; None where there was no answer."""
    record, *addresses = observation.lookups
    if spec.status is not None or spec.values is not None or not addresses:
        yield from (_row(spec, view, spec.type, right) for view in views(record))
    yield from (_row(spec, view, ADDRESS, ends_right) for view in (addresses_of(addresses) if addresses else ()))


def _row(
    spec: RecordSpec, view: View, rdtype: str, fits: Callable[[RecordSpec, View], bool]
) -> tuple[tuple[str, ...], bool | None]:
    if view.sight in UNSEEN:
        return (view.server or spec.name, f"no answer: {view.detail}", ""), None
    if view.sight == Sight.FOUND:
        way = " -> ".join(bare(rr.name) for rr in view.chain)
        values = listed(sorted(shown(rr.type, rr.text) for rr in view.rrs))
        answer = f"{way} -> {bare(view.end)}: {values}" if way else values
    else:
        answer = advice.sight(view, rdtype)
    ttls = sorted({rr.ttl for rr in (*view.chain, *view.rrs)})
    return (view.server, answer, ", ".join(map(str, ttls))), fits(spec, view) and in_time(spec, view)
