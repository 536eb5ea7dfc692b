"""What goes on the wire for all kinds that look into a catalogue: one connection for a database, an answer each."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from preflight.kind import Batch, Key, Sink
from preflight_database.catalogue.reading import Reading
from preflight_database.entry import Entry
from preflight_database.health import probe as health
from preflight_database.health.spec import HealthSpec
from preflight_database.index import probe as index
from preflight_database.index.spec import IndexSpec
from preflight_database.session import CannotReadError, opened
from preflight_database.settings import probe as settings
from preflight_database.settings.spec import SettingSpec

_OBSERVERS: dict[type[Entry], Callable[[Reading, Iterable[tuple[Key, Any]], Sink], None]] = {
    IndexSpec: index.observe,
    SettingSpec: settings.observe,
    HealthSpec: health.observe,
}


def probe(batch: Batch[Any], sink: Sink) -> None:
    """The checks of one database, of whatever kind."""
    by_kind = defaultdict(list)
    for key, spec in batch.checks:
        by_kind[type(spec)].append((key, spec))
    try:
        with opened(batch.shared, stopped(batch.deadline, sink), batch.deadline) as session:
            reading = Reading(session)
            for kind, checks in by_kind.items():
                _OBSERVERS[kind](reading, checks, sink)
    except CannotReadError as error:
        for key, _ in batch.checks:
            sink(key, error.reason)


def stopped(deadline: float | None, sink: Sink) -> Callable[[], bool]:
    return lambda: sink.stopped or (deadline is not None and time.time() > deadline)
