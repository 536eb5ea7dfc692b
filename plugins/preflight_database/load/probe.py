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
from preflight.kind import Batch, Sink
from preflight_database import ddl
from preflight_database.catalogue.model import Table
from preflight_database.catalogue.reading import Reading
from preflight_database.load import record
from preflight_database.load.blueprint import Blueprint
from preflight_database.load.likeness import caches, differences, shape, that_count
from preflight_database.load.mysql import MySQLWorkbench
from preflight_database.load.observation import Difference, LoadObservation, Order
from preflight_database.load.postgres import PostgresWorkbench
from preflight_database.load.rehearsal import FEWEST, Rehearsal
from preflight_database.load.spec import LoadSpec
from preflight_database.load.sqlite import SQLiteWorkbench
from preflight_database.load.stage import Stage
from preflight_database.load.workbench import GivenUpError, Workbench
from preflight_database.plan import Plan
from preflight_database.session import CONNECT, CannotReadError, Session, opened, reached

Over = Callable[[], NotChecked | None]
Tell = Callable[[float, str], None]
_BENCHES: dict[str, type[Workbench]] = {
    "postgresql": PostgresWorkbench, "mysql": MySQLWorkbench, "sqlite": SQLiteWorkbench,
}  # fmt: skip
# What an insertion touches of a table that a foreign key refers to: an entry of its key's index, and a row.
_REFERENCED_ROW = 150


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
            seen = _rehearsed(batch.shared, spec, _over(spec, sink, batch), partial(sink.progress, key))
        except (CannotReadError, GivenUpError) as error:
            sink(key, error.reason)
        else:
            sink(key, seen)


def _over(spec: LoadSpec, sink: Sink, batch: Batch[LoadSpec]) -> Over:
    limit = time.time() + spec.rehearse.limit

    def over() -> NotChecked | None:
        if sink.stopped or (batch.deadline is not None and time.time() > batch.deadline):
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
        begun = replace(begun, caches=caches(reading.server, reading.settings, spec.rehearse.pragmas))
    if unlike := _unlike(stage.scratch, spec, here, over):
        return replace(begun, unlike=unlike)
    before = here | shape(table)
    fingerprint = before | {"rehearse": repr(spec.rehearse), "scratch": str(stage.scratch.location)}
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
    with _bench(stage, spec, settings, over) as bench:
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
        rehearsal = Rehearsal(bench, blueprint, rows, spec.rehearse.batch, spec.rows, tell)
        repeats = rehearsal.run(spec.rehearse.arms, spec.rehearse.repeats)
        extra = [index for index in table.indexes if not index.constraint]
        engine = begun.server.engine
        return replace(
            begun,
            sample=rows,
            rows=rows,
            indexes=tuple(index.name for index in extra),
            drop=tuple(f"{ddl.drop(engine, table, index)};" for index in extra),
            bring_back=tuple(f"{ddl.bring_back(engine, table, index)};" for index in extra),
            orders=_orders(bench, blueprint),
            foreign_keys=tuple(reference.name for reference in blueprint.references),
            outside=sum(reference.estimate or 0 for reference in blueprint.references) * _REFERENCED_ROW,
            unrehearsed=blueprint.unrehearsed,
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


def _orders(bench: Workbench, blueprint: Blueprint) -> tuple[Order, ...]:
    things = [*((index, True) for index in blueprint.kept), *((index, False) for index in blueprint.deferred)]
    # What is not a B-tree (GIN, full text) has its rows everywhere.
    found = [Order(index.name, kept, bench.scattered(index.keys) if index.keys else 1.0) for index, kept in things]
    return (*found, Order("", True, bench.scattered(blueprint.clustered) if blueprint.clustered else 0.0))


@contextmanager
def _bench(stage: Stage, spec: LoadSpec, settings: dict[str, str], over: Over) -> Iterator[Workbench]:
    """Claimed, and cleared away whatever happens; what goes wrong in it becomes a reason."""
    from sqlalchemy import exc

    plan = stage.scratch
    # It is not given up on when time is up: what was made has to be dropped over it.
    with reached(plan, CONNECT, lambda: False, writable=True) as line:
        bench = _BENCHES[plan.location.dialect](plan, line.connection, over)
        try:
            bench.claim()
            try:
                bench.prepare(settings, spec.rehearse.pragmas)
                with bench.interruptible():
                    yield bench
            finally:
                bench.drop()
        except exc.DBAPIError as error:
            raise GivenUpError(over() or _broken(plan, line.why(error))) from None


def _broken(plan: Plan, reason: NotChecked) -> NotChecked:
    denied = "denied" in reason.reason.lower()
    step = f"let {plan.location.user or 'this user'} make and drop tables in {plan.location}"
    return replace(reason, reason=f"rehearsing in {reason.reason}", next_step=step if denied else reason.next_step)
