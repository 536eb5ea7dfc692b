"""What goes on the wire: every host of both environments is asked once, all at the same time; then an answer each."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from preflight.finding import NotChecked
from preflight.kind import Batch, Key, Sink, Survey
from preflight.remote import Unreachable
from preflight_drift.checks import FactsSpec, RuleSpec
from preflight_drift.collect.collector import collect
from preflight_drift.collect.globs import Glob
from preflight_drift.hiding import Hider
from preflight_drift.judge import comparison
from preflight_drift.model import Document, Fact, HostFacts, Subject
from preflight_drift.observation import FactsObservation, RuleObservation
from preflight_drift.plan import Place, Plan
from preflight_drift.reading import Reader
from preflight_drift.recorded import Past

MOST_AT_ONCE = 32
Stopped = Callable[[], bool]
Known = dict[tuple[str, str], "Future[HostFacts]"]  # (side, host or survey)


def probe(batch: Batch[Any], sink: Sink) -> None:
    plan: Plan = batch.shared
    reader = Reader(Hider(secrets.token_bytes(32)))  # digests of one run mean nothing in another

    def stopped() -> bool:
        return sink.stopped or (batch.deadline is not None and time.time() > batch.deadline)

    with ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="preflight-drift") as pool:
        known: Known = {}
        for side, places in (("ours", plan.ours), ("theirs", plan.theirs)):
            for place in places:
                known[side, place.name] = pool.submit(_collected, place, reader, batch.deadline, stopped)
        for name, ours, theirs in plan.surveys:
            for side, survey, environment in (
                ("ours", ours, plan.wording.here),
                ("theirs", theirs, plan.wording.there),
            ):
                if survey is None:
                    continue
                known[side, name] = pool.submit(_surveyed, name, survey, environment, batch.deadline, stopped)
        seen: dict[Key, tuple[FactsSpec, FactsObservation]] = {}
        for key, spec in batch.checks:
            if isinstance(spec, FactsSpec):
                observed = _observed(spec, known, plan.past)
                sink(key, observed)
                if isinstance(observed, FactsObservation):
                    seen[key] = spec, observed
    ruled = [(key, spec) for key, spec in batch.checks if isinstance(spec, RuleSpec)]
    if ruled and not stopped():
        _count(ruled, list(seen.values()), plan, sink)


def _collected(place: Place, reader: Reader, deadline: float | None, stopped: Stopped) -> HostFacts:
    """All of a host, read; what a check does not want of it, it leaves."""
    try:
        pieces = collect(place.name, place.host, place.wanted, deadline=deadline, stopped=stopped)
        return HostFacts(place.name, tuple(map(reader.read, pieces)))
    except Unreachable as unreachable:
        return _unknown(place.name, unreachable.not_checked)


def _surveyed(name: str, survey: Survey, environment: str, deadline: float | None, stopped: Stopped) -> HostFacts:
    taken = survey.take(deadline, stopped)
    if isinstance(taken, NotChecked):
        return _unknown(environment, taken)
    facts = tuple(Fact(path, value) for path, value in taken if not isinstance(value, NotChecked))
    unseen = tuple(
        Document("surveys", f"{name}.{'.'.join(path)}", trouble=value.reason)
        for path, value in taken if isinstance(value, NotChecked)
    )  # fmt: skip
    return HostFacts(environment, (Document("surveys", name, "survey", facts), *unseen))


def _unknown(name: str, why: NotChecked) -> HostFacts:
    return HostFacts(name, trouble=why.reason, cause=why.root, next_step=why.next_step)


def _observed(spec: FactsSpec, known: Known, past: Past | None) -> FactsObservation | NotChecked:
    """Waits for the hosts of one check."""
    matter = spec.matter
    ours = _parts(known, "ours", matter.ours, matter.subject, matter.glob)
    if past is None:
        return FactsObservation(ours, _parts(known, "theirs", matter.theirs, matter.subject, matter.glob_there))
    theirs = past.of(matter)
    if theirs is None:
        why = f"the run {past.run} has not seen what this is compared with"
        return NotChecked(why, f"the run {past.run} has not seen all of it", "compare with a run that has looked at it")
    return FactsObservation(ours, theirs, past.run)


def _parts(known: Known, side: str, names: Iterable[str], subject: Subject, glob: str) -> tuple[HostFacts, ...]:
    return tuple(_part(known[side, name].result(), subject, glob) for name in names)


def _part(facts: HostFacts, subject: Subject, glob: str) -> HostFacts:
    """Of a host, what one check is about."""
    documents = tuple(document for document in facts.documents if document.subject == subject)
    if glob and subject != "files":
        documents = tuple(document for document in documents if document.name == glob)
    elif glob:
        wanted = Glob(glob)
        # A directory above all that is wanted may be what cannot be looked into; unless that was known without a look.
        known = any(document.name == glob for document in documents)
        documents = tuple(
            document for document in documents
            if document.name == glob or wanted.matches(document.name)
            or (document.closed and not known and wanted.may_be_below(document.name))
        )  # fmt: skip
    return replace(facts, documents=documents)


def _count(
    ruled: Iterable[tuple[Key, RuleSpec]], seen: Sequence[tuple[FactsSpec, FactsObservation]], plan: Plan, sink: Sink
) -> None:
    """What each rule did, over all that was compared."""
    hidden: Counter[str] = Counter()
    matched: Counter[str] = Counter()
    shown = unknown = 0
    for spec, observation in seen:
        found = comparison(spec, observation)
        hidden += found.hidden
        matched += found.matched
        shown += len(found.differences)
        unknown += len(found.unknown)
    partial = len(seen) < plan.checks or bool(unknown)
    for key, rule in ruled:
        sink(key, RuleObservation(matched[rule.rule.at], hidden[rule.rule.at], shown, partial))
