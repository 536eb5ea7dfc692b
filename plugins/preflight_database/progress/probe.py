"""What is looked at while a conversion runs: again and again for a while, each time in a transaction of its own.

Between two looks no transaction is open: it would keep the conversion from its ALTER TABLE, and in SQLite from its
commit. Between them there is also as much time as the last one took, so that counting takes half of it at most.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from preflight.finding import NotChecked
from preflight.kind import Batch, Key, Sink
from preflight_database.catalogue.model import Server, Table
from preflight_database.catalogue.reading import Reading
from preflight_database.probe import stopped
from preflight_database.progress import mysql, postgres, sqlite
from preflight_database.progress.look import Look, TableLockedError, count, number
from preflight_database.progress.observation import Activity, ProgressObservation, Sample
from preflight_database.progress.spec import ProgressSpec
from preflight_database.progress.words import how_far
from preflight_database.session import CannotReadError, Session, opened
from preflight_database.url import Dialect


class _Engine(Protocol):
    READS_UNCOMMITTED: bool

    def look(self, session: Session, spec: ProgressSpec, table: Table | None, /) -> Look: ...
    def activities(self, session: Session, table: Table, /) -> tuple[Activity, ...]: ...


LOOKS = 8  # after the first one
PAUSE = 0.1  # seconds in which nobody looks whether the run has ended
NEARLY = 0.95  # of the total: where the statistics no longer tell whether all is done
_ENGINES: dict[Dialect, _Engine] = {"postgresql": postgres, "mysql": mysql, "sqlite": sqlite}
_ENDED = NotChecked("the run ended before it had been looked at twice", next_step="run again with a larger --budget")


def probe(batch: Batch[ProgressSpec], sink: Sink) -> None:
    """The conversions of one database, over one connection."""
    stop = stopped(batch.deadline, sink)
    try:
        with opened(batch.shared, stop, batch.deadline) as session:
            reading = Reading(session)
            catalogue = reading.catalogue
            session.end()
            watches = []
            for key, spec in batch.checks:
                table = reading.table(spec.watched) if spec.watched else None
                if table is None and spec.table:
                    missing = reading.tables_like(spec.table)
                    sink(key, ProgressObservation(catalogue.server, missing=True, tables=missing))
                    continue
                try:
                    watches.append(_Watch(key, spec, catalogue.server, table, _total(session, spec)))
                except CannotReadError as error:
                    sink(key, error.reason)
            _watch(session, watches, sink, stop)
    except CannotReadError as error:
        for key, _ in batch.checks:
            sink(key, error.reason)


def _total(session: Session, spec: ProgressSpec) -> float:
    """Raises CannotReadError."""
    with _transaction(session):
        if spec.done is None and spec.dialect == "postgresql":
            postgres.needs_statistics(session)
        try:
            return number(session, "total", spec.total) if isinstance(spec.total, str) else float(spec.total)
        except TableLockedError:
            reason = f"what `total` is asked of in database {spec.database} is locked by somebody"
            raise CannotReadError(NotChecked(reason, next_step="write the number, which does not change")) from None


@contextmanager
def _transaction(session: Session, *, uncommitted: bool = False) -> Iterator[None]:
    session.begin(uncommitted=uncommitted)
    try:
        yield
    finally:
        session.end()


@dataclass(slots=True)
class _Watch:
    """One conversion while it is watched.

    Times are by the monotonic clock, as that of the wall may be set meanwhile; `began` is where both were at first.
    """

    key: Key
    spec: ProgressSpec
    server: Server
    table: Table | None
    total: float
    samples: list[Sample] = field(default_factory=list)
    last: Look | None = None
    due: float = 0.0
    began: tuple[float, float] | None = None
    elapsed: float = 0.0

    @property
    def over(self) -> bool:
        """As long as it is locked, there may be no samples; what is done need not be watched."""
        if len(self.samples) >= 2 and self.samples[-1].done >= self.total:
            return True
        locked = self.last is not None and self.last.locked
        return self.elapsed >= self.spec.sample and (locked or len(self.samples) >= 2)

    def look(self, session: Session, engine: _Engine, sink: Sink) -> None:
        """Raises CannotReadError."""
        begun = time.monotonic()
        self.began = self.began or (begun, time.time())
        self.elapsed = begun - self.began[0]
        with _transaction(session, uncommitted=engine.READS_UNCOMMITTED):
            self.last = engine.look(session, self.spec, self.table)
        ended = time.monotonic()
        self.due = max(begun + self.spec.sample / LOOKS, ended + (ended - begun))
        if self.last.done is not None:
            at = self.began[1] + self.elapsed
            self.samples.append(Sample(at, self.last.done, self.last.bytes, self.last.indexes))
            share = min(self.elapsed / self.spec.sample, 1.0)
            sink.progress(self.key, share, how_far(self.last.done, self.seen(), self.spec))

    def seen(self, committed: float | None = None, activities: tuple[Activity, ...] = ()) -> ProgressObservation:
        return ProgressObservation(
            self.server,
            self.total,
            tuple(self.samples),
            committed,
            estimated=self.spec.done is None and self.spec.dialect == "postgresql",
            table=self.table,
            locked=self.last is not None and self.last.locked,
            copying=self.last.copying if self.last is not None else 0,
            activities=activities,
        )

    def finished(self, session: Session, engine: _Engine) -> ProgressObservation:
        """With what is asked only once, at the end. Raises CannotReadError."""
        assert self.last is not None
        activities: tuple[Activity, ...] = ()
        still = self.last.locked or self.samples[0].done >= self.samples[-1].done
        with _transaction(session):
            if self.table is not None and still:
                activities = engine.activities(session, self.table)
            if self.table is not None and {*self.last.indexes} != {index.name for index in self.table.indexes}:
                self.table = Reading(session).table(f"{self.table.schema}.{self.table.name}") or self.table
        return self.seen(None if self.last.locked else self._committed(session), activities)

    def _committed(self, session: Session) -> float | None:
        """What is committed of the last sample. Raises CannotReadError."""
        assert self.last is not None
        if self.spec.done is not None and self.last.committed is not None:
            return self.last.committed
        with _transaction(session):
            if self.spec.done is not None:
                return number(session, "done", self.spec.done)
            if self.samples[-1].done < NEARLY * self.total or self.table is None:
                return self.last.committed
            try:
                return number(session, "done", count(self.server.engine, self.table))
            except (CannotReadError, TableLockedError):
                return None  # the statistics have to do, which are not enough here


def _watch(session: Session, watches: list[_Watch], sink: Sink, stop: Callable[[], bool]) -> None:
    """Whichever is due next, until each has been watched for as long as its entry says, or nobody waits any more."""
    engine = _ENGINES[session.plan.location.dialect]
    while watches:
        watch = min(watches, key=lambda each: each.due)
        while (wait := watch.due - time.monotonic()) > 0 and not stop():
            time.sleep(min(wait, PAUSE))
        try:
            if not stop():
                watch.look(session, engine, sink)
                if not watch.over:
                    continue
                sink(watch.key, watch.finished(session, engine))
        except CannotReadError as error:
            if not stop():
                sink(watch.key, error.reason)
        if stop():
            # What is known is told: the last samples are missing, and each has its time.
            sink(watch.key, watch.seen() if len(watch.samples) >= 2 else _ENDED)
        watches.remove(watch)
