"""Will the conversion that runs be done in time? Only what is certain is a finding, or a pass."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.finding import Finding, NotChecked
from preflight_database.progress import advice
from preflight_database.progress.forecast import forecast
from preflight_database.progress.indexes import judge_indexes
from preflight_database.progress.observation import ProgressObservation
from preflight_database.progress.spec import ProgressSpec

Reason = Finding | NotChecked


def judge_progress(spec: ProgressSpec, seen: ProgressObservation) -> list[Reason]:
    if seen.missing:
        return [advice.no_table(spec, seen)]
    if seen.locked:
        return [*_too_late(spec, seen), advice.locked(spec, seen)]
    if seen.total <= 0:
        return [advice.no_total(spec, seen)]
    if seen.samples[-1].done >= seen.total or (seen.committed or 0) >= seen.total:
        return list(_all_done(spec, seen))
    return [*_in_time(spec, seen), *judge_indexes(spec, seen)]


def _in_time(spec: ProgressSpec, seen: ProgressObservation) -> list[Reason]:
    first, last = seen.samples[0], seen.samples[-1]
    if late := list(_too_late(spec, seen)):
        return late
    if last.done < first.done:
        return [advice.going_back(spec, seen)]
    if last.done == first.done:
        return [_stalled(spec, seen)]
    found = forecast(seen.samples, seen.total, spec.began.timestamp())
    ends = spec.ends.timestamp()
    if found.earliest > ends:
        return [advice.late(spec, seen, found)]
    return [] if found.latest <= ends else [advice.cannot_tell(spec, seen, found)]


def _all_done(spec: ProgressSpec, seen: ProgressObservation) -> Iterator[Reason]:
    """Whether it has all that there is, committed, and no more."""
    if seen.committed is None:
        yield advice.not_counted(spec, seen)
    elif seen.committed > seen.total or (seen.samples[-1].done > seen.total and not seen.estimated):
        yield advice.too_much(spec, seen)
    elif seen.committed < seen.total:
        late = list(_too_late(spec, seen))
        yield from late or [advice.not_committed(spec, seen)]


def _too_late(spec: ProgressSpec, seen: ProgressObservation) -> Iterator[Reason]:
    if seen.samples and seen.samples[-1].at > spec.ends.timestamp():
        yield advice.too_late(spec, seen)


def _stalled(spec: ProgressSpec, seen: ProgressObservation) -> Reason:
    """A transaction that is still open may do what cannot be counted."""
    first, last = seen.samples[0], seen.samples[-1]
    grown = last.bytes is not None and first.bytes is not None and last.bytes > first.bytes
    if grown or (seen.copying and not spec.of_rows):
        return advice.not_to_be_seen(spec, seen)
    if seen.copying is None and spec.of_rows:
        return advice.hidden(spec, seen)
    return advice.stalled(spec, seen)
