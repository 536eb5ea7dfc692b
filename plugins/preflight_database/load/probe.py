"""What a rehearsal does: looks at both servers, claims scratch, measures, drops all of it, and looks again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from preflight.duration import format_duration
from preflight.finding import NotChecked
from preflight.kind import Batch, Key, Sink
from preflight_database import ddl
from preflight_database.catalogue.model import Table
from preflight_database.catalogue.reading import Reading
from preflight_database.load import likeness, record
from preflight_database.load.bench import workbench
from preflight_database.load.blueprint import Blueprint
from preflight_database.load.likeness import differences, shape, that_count
from preflight_database.load.observation import Difference, LoadObservation, Order, Referenced
from preflight_database.load.rehearsal import FEWEST, Rehearsal
from preflight_database.load.spec import LoadSpec
from preflight_database.load.stage import Stage
from preflight_database.load.workbench import POLL, GivenUpError, Workbench
from preflight_database.plan import Plan
from preflight_database.session import CannotReadError, Session, opened

Over = Callable[[], NotChecked | None]
Tell = Callable[[float, str], None]
# Two rehearsals at once would slow each other down.
_ALONE = threading.Lock()


def probe(batch: Batch[LoadSpec], sink: Sink) -> None:
    """In a thread that Python waits for when it ends, so that scratch is dropped after a Ctrl-C as well."""
    done: Future[None] = Future()

    def run() -> None:
        try:
            _probe(batch, sink)
            done.set_result(None)
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, name="preflight-rehearsal", daemon=False).start()
    done.result()


def _probe(batch: Batch[LoadSpec], sink: Sink) -> None:
    for key, spec in batch.checks:
        try:
            with _alone(sink, batch.deadline, key):
                over = _over(spec, sink, batch)
                seen = _rehearsed(batch.shared, spec, over, partial(sink.progress, key))
        except CannotReadError as error:
            sink(key, over() or error.reason)  # a reading that is stopped does not know why
        except GivenUpError as error:
            sink(key, error.reason)
        else:
            sink(key, seen)


@contextmanager
def _alone(sink: Sink, deadline: float | None, key: Key) -> Iterator[None]:
    """Wait for the rehearsal of another database in this run; go on anyway once nobody waits for ours."""
    while not (ours := _ALONE.acquire(timeout=POLL)) and not _unwanted(sink, deadline):
        sink.progress(key, 0, "waiting for another rehearsal of this run")
    try:
        yield
    finally:
        if ours:
            _ALONE.release()


def _unwanted(sink: Sink, deadline: float | None) -> bool:
    return sink.stopped or (deadline is not None and time.time() > deadline)


def _over(spec: LoadSpec, sink: Sink, batch: Batch[LoadSpec]) -> Over:
    limit = time.time() + spec.rehearse.limit

    def over() -> NotChecked | None:
        if _unwanted(sink, batch.deadline):
            return NotChecked("nobody waited for the rehearsal any more", next_step="give the run more time")
        if time.time() > limit:
            what = f"the rehearsal did not end within its limit of {format_duration(spec.rehearse.limit)}"
            return NotChecked(what, next_step="raise `limit:`, or rehearse with fewer `rows:`")
        return None

    return over


def _rehearsed(stage: Stage, spec: LoadSpec, over: Over, tell: Tell) -> LoadObservation:
    """Raises CannotReadError, GivenUpError."""
    tell(0, "looking at the servers")
    with _reading(stage.plan, over) as reading:
        table = reading.table(spec.table)
        begun = LoadObservation(reading.server, table is not None)
        if table is None:
            return replace(begun, tables=reading.tables_like(spec.table))
        _refuse(table)
        here = that_count(reading.server, reading.settings)
        settings = reading.settings
        caches = likeness.caches(reading.server, settings, spec.rehearse.pragmas)
        begun = replace(
            begun,
            now=table.rows or 0,
            caches=caches,
            page=likeness.page(reading.server, settings),
            sorting=likeness.sorting(reading.server, settings, caches),
            workers=likeness.workers(settings),
        )
    if unlike := _unlike(stage.scratch, spec, here, over):
        return replace(begun, unlike=unlike)
    before = here | shape(table)
    what = {"rows": str(spec.total), "rehearse": repr(spec.rehearse), "scratch": str(stage.scratch.location)}
    fingerprint = before | what
    record.keepable(spec)
    if (known := record.kept(spec, fingerprint)) is not None:
        return known
    seen = _measured(stage, spec, begun, here, over, tell)
    with _reading(stage.plan, over) as reading:
        table = reading.table(spec.table)
        after = that_count(reading.server, reading.settings) | (shape(table) if table else {})
    changed = tuple(change.name for change in differences(before, after))
    seen = replace(seen, changed=changed, finished=time.time())
    record.keep(spec, fingerprint, seen)
    return seen


@contextmanager
def _reading(plan: Plan, over: Over) -> Iterator[Reading]:
    """For a short time: a transaction that stays open keeps PostgreSQL from clearing up."""
    with opened(plan, lambda: over() is not None, None) as session:
        yield Reading(session)


def _refuse(table: Table) -> None:
    if table.partitioned:
        what = f"{table.name} is partitioned: that is not rehearsed yet"
        raise GivenUpError(NotChecked(what, what, "name one of its partitions"))


def _unlike(scratch: Plan, spec: LoadSpec, here: dict[str, str], over: Over) -> tuple[Difference, ...]:
    """In what the scratch server is not like the real one, and should be."""
    try:
        with _reading(scratch, over) as reading:
            there = that_count(reading.server, reading.settings)
    except CannotReadError:
        if scratch.location.dialect == "sqlite":  # there is no file yet: it will be made like the real one
            return ()
        raise
    return tuple(one for one in differences(here, there) if one.name not in spec.rehearse.unlike)


def _measured(
    stage: Stage, spec: LoadSpec, begun: LoadObservation, settings: dict[str, str], over: Over, tell: Tell
) -> LoadObservation:
    with workbench(stage.scratch, spec, settings, over, tell) as bench:
        leftovers = bench.sweep()
        tell(0, f"copying up to {spec.rehearse.rows:,} rows to {stage.scratch.location}")
        with _reading(stage.plan, over) as reading:
            table, source = reading.table(spec.table), _source(reading, spec)
            if table is None:
                raise GivenUpError(NotChecked(f"table {spec.table} went away meanwhile"))
            _refuse_the_real_one(bench, reading.session)
            blueprint = bench.blueprint(reading.session, table, reading.tables)
            rows = bench.take_sample(reading.session, source, blueprint, spec.rehearse.rows)
        if rows < (fewest := spec.rehearse.batch * FEWEST):
            what = f"{source.name} gave {rows:,} rows: too few to rehearse transactions of {spec.rehearse.batch:,} rows"
            step = f"rehearse with at least {fewest:,} rows (`rows:`, `source:`), or with a smaller `batch:`"
            raise GivenUpError(NotChecked(what, next_step=step))
        rehearsal = Rehearsal(bench, blueprint, rows, spec.rehearse.batch, spec.total, tell)
        repeats = rehearsal.run(spec.rehearse.arms, spec.rehearse.repeats)
        extra = [index for index in table.indexes if not index.constraint]
        engine = begun.server.engine
        return replace(
            begun,
            sample=rows,
            rows=rows,
            indexes=tuple(index.name for index in extra),
            # A foreign key may stand on one of the indexes.
            drop=(
                *(f"{key.real_drop};" for key in blueprint.references),
                *(f"{ddl.drop(engine, table, index)};" for index in extra),
            ),
            bring_back=(
                *(f"{ddl.bring_back(engine, table, index)};" for index in extra),
                *(f"{key.bring_back};" for key in blueprint.references),
            ),
            orders=_orders(bench, blueprint),
            now=max(begun.now, rows if source == table else 0),
            referenced=tuple(Referenced(key.name, key.rows, bench.count(key.table)) for key in blueprint.references),
            sorted_by=_sorted_by(spec, table, blueprint),
            flushes=bench.flushes,
            unrehearsed=blueprint.unrehearsed,
            unsized=blueprint.unsized,
            repeats=repeats,
            leftovers=leftovers,
        )


def _source(reading: Reading, spec: LoadSpec) -> Table:
    name = spec.rehearse.source or spec.table
    found = reading.table(name)
    if found is None:
        what = f"there is no table {name} to rehearse with"
        like = ", ".join(reading.tables_like(name)[:3])
        raise GivenUpError(NotChecked(what, next_step=f"see to `source:`; there are: {like}"))
    return found


def _refuse_the_real_one(bench: Workbench, real: Session) -> None:
    if bench.same_as(real):
        what = f"scratch is the real database itself, {real.plan.location}"
        raise GivenUpError(NotChecked(what, what, "make a database of its own for `scratch:`"))


def _sorted_by(spec: LoadSpec, table: Table, blueprint: Blueprint) -> tuple[str, ...]:
    """A number is mostly counted up by who makes rows. Of another key, somebody has to say in what order they come."""
    numbers = [column for column in table.columns if "int" in column.type.lower()]
    keys = blueprint.clustered
    counted = len(keys) == 1 and any(column.name in keys[0] for column in numbers)
    return () if spec.rehearse.source or counted else keys


def _orders(bench: Workbench, blueprint: Blueprint) -> tuple[Order, ...]:
    things = [*((index, True) for index in blueprint.kept), *((index, False) for index in blueprint.deferred)]
    # What is not a B-tree (GIN, full text) has its rows everywhere.
    found = [Order(index.name, kept, bench.scattered(index.keys) if index.keys else 1.0) for index, kept in things]
    return (*found, Order("", True, bench.scattered(blueprint.clustered) if blueprint.clustered else 0.0))
