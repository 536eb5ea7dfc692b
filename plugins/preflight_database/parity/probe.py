"""What is read of two databases: the catalogue of each, at the same time, over a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from preflight.kind import Batch, Sink
from preflight_database.catalogue.model import Catalogue
from preflight_database.catalogue.reading import Reading
from preflight_database.parity.compare import differences
from preflight_database.parity.observation import ParityObservation
from preflight_database.parity.spec import SameAsSpec
from preflight_database.plan import Plan
from preflight_database.probe import stopped
from preflight_database.session import CannotReadError, opened


@dataclass(frozen=True, slots=True)
class Pair:
    """A database, and the one that it is to be as."""

    here: Plan
    there: Plan


def probe(batch: Batch[SameAsSpec], sink: Sink) -> None:
    """The checks of one pair. Where neither can be read, the reason is that of the first."""
    pair: Pair = batch.shared
    stop = stopped(batch.deadline, sink)
    try:
        here, there = _catalogues((pair.here, pair.there), stop, batch.deadline)
    except CannotReadError as error:
        for key, _ in batch.checks:
            sink(key, error.reason)
        return
    found = tuple(differences(here, there)) if here.server.engine == there.server.engine else ()
    seen = ParityObservation(here.server, there.server, (len(here.tables), len(there.tables)), found)
    for key, _ in batch.checks:
        sink(key, seen)


def _catalogues(
    plans: tuple[Plan, Plan], stop: Callable[[], bool], deadline: float | None
) -> tuple[Catalogue, Catalogue]:
    """Raises CannotReadError."""
    read: dict[Plan, Catalogue | BaseException] = {}

    def reading(plan: Plan) -> None:
        try:
            with opened(plan, stop, deadline) as session:
                read[plan] = Reading(session).catalogue
        except BaseException as error:  # raised where somebody waits for it
            read[plan] = error

    # A daemon: where nobody waits any more, it does not keep the process from ending.
    other = threading.Thread(target=reading, args=(plans[1],), daemon=True)
    other.start()
    reading(plans[0])
    other.join()
    here, there = read[plans[0]], read[plans[1]]
    for found in (here, there):
        if isinstance(found, BaseException):
            raise found
    assert isinstance(here, Catalogue)
    assert isinstance(there, Catalogue)
    return here, there
