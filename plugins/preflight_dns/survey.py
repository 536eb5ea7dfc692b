"""The records of an inventory as facts, for comparing environments: what they are, whatever they should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from preflight.finding import NotChecked
from preflight.kind import Batch, Key, Taken
from preflight_dns.observation import Hop, Observation
from preflight_dns.probe import probe
from preflight_dns.spec import RecordSpec


class _Gathering:
    """A sink that keeps what it is handed."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        self.seen: dict[Key, Any] = {}
        self._stopped = stopped

    @property
    def stopped(self) -> bool:
        return self._stopped()

    def __call__(self, key: Key, observation: Any) -> None:
        self.seen.setdefault(key, observation)

    def progress(self, key: Key, share: float, doing: str) -> None:
        """Nobody waits for one of these alone."""


def take(batch: Batch[RecordSpec], deadline: float | None, stopped: Callable[[], bool]) -> Taken | NotChecked:
    sink = _Gathering(stopped)
    probe(replace(batch, deadline=deadline), sink)
    return [fact for key, spec in batch.checks for fact in _facts(spec, sink.seen.get(key))]


def _facts(spec: RecordSpec, seen: object) -> Iterator[tuple[tuple[str, ...], str | NotChecked]]:
    path = (spec.name, spec.type)
    if not isinstance(seen, Observation):
        yield path, seen if isinstance(seen, NotChecked) else NotChecked("nobody waited for an answer")
        return
    hops = seen.lookups[0].hops
    for name, hop in (("leads to", hops[-1]),) if len(hops) > 1 else ():
        yield (*path, name), hop.name.rstrip(".")
    yield path, _answer(hops[-1], spec.type)


def _answer(hop: Hop, rdtype: str) -> str | NotChecked:
    """What the servers say, if they agree; all that they say, if they do not."""
    answered = [answer for answer in hop.answers if not answer.unanswered]
    if not answered:
        why = hop.unasked or "; ".join(answer.unanswered for answer in hop.answers)
        return NotChecked(f"{hop.name}: {why}", next_step=hop.advice)
    said = {", ".join(sorted(rr.text for rr in answer.rrs if rr.type == rdtype)) or answer.rcode for answer in answered}
    return " or ".join(sorted(said))
