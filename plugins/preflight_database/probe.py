"""What goes on the wire: one connection for a database, its catalogue in a handful of queries, then an answer each."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterable

from preflight.garbage import no_garbage_collection
from preflight.kind import Batch, Sink
from preflight_database import mysql, postgres, sqlite
from preflight_database.canonical import canonical
from preflight_database.catalogue import Catalogue, Engine, Setting, Table
from preflight_database.observation import IndexObservation, SettingObservation
from preflight_database.session import CannotReadError, Session, opened
from preflight_database.spec import IndexSpec, SettingSpec

MOST_NAMES = 12
_READERS = {"postgresql": postgres, "mysql": mysql, "sqlite": sqlite}


def probe_indexes(batch: Batch[IndexSpec], sink: Sink) -> None:
    try:
        with opened(batch.shared, _stopped(batch.deadline, sink), batch.deadline) as session:
            with no_garbage_collection():
                catalogue = _READERS[batch.shared.location.dialect].read(session)
            by_name = catalogue.by_name()
            homes = {(table.schema, index.name): table.name for table in catalogue.tables for index in table.indexes}
            for key, spec in batch.checks:
                table = _table(by_name, spec.table)
                sink(key, _seen(session, catalogue, spec, table, _nearest(spec.table, by_name, table), homes))
    except CannotReadError as error:
        for key, _ in batch.checks:
            sink(key, error.reason)


def _seen(
    session: Session,
    catalogue: Catalogue,
    spec: IndexSpec,
    table: Table | None,
    nearest: tuple[str, ...],
    homes: dict[tuple[str, str], str],
) -> IndexObservation:
    head = catalogue.engine, catalogue.version, catalogue.user
    if table is None:
        return IndexObservation(*head, None, nearest)
    # MySQL's indexes have their names within a table.
    elsewhere = homes.get((table.schema, spec.name), "") if spec.dialect != "mysql" else ""
    elsewhere = "" if elsewhere == table.name else elsewhere
    texts = _texts(spec, table) if catalogue.engine == "postgresql" else ()
    return IndexObservation(*head, table, (), elsewhere, canonical(session, table, texts))


def _texts(spec: IndexSpec, table: Table) -> Iterable[str]:
    """The expressions and predicates of an entry and, where it has any, those of the indexes it is compared with."""
    wanted = [part.expression for part in spec.columns or ()] + [spec.where or ""]
    if not any(wanted):
        return ()
    there = [part.expression for index in table.indexes for part in index.parts]
    return (*wanted, *there, *(index.where for index in table.indexes))


def _table(by_name: dict[str, Table], name: str) -> Table | None:
    """By its name; where nothing has just that, by its only match in other capitals, as SQL would find it."""
    if name in by_name:
        return by_name[name]
    alike = [table for known, table in by_name.items() if known.lower() == name.lower()]
    return alike[0] if len(alike) == 1 else None


def _nearest(name: str, known: Iterable[str], found: object) -> tuple[str, ...]:
    if found is not None:
        return ()
    names = sorted(known)
    return tuple(difflib.get_close_matches(name, names, MOST_NAMES, 0.6)) or tuple(names[:MOST_NAMES])


def probe_settings(batch: Batch[SettingSpec], sink: Sink) -> None:
    try:
        with opened(batch.shared, _stopped(batch.deadline, sink), batch.deadline) as session:
            head, settings = _settings(session)
            for key, spec in batch.checks:
                setting = settings.get(spec.name.lower())
                hidden = setting is None and head[0] == "postgresql" and _hidden(session, spec.name)
                nearest = _nearest(spec.name, settings, setting)
                sink(key, SettingObservation(*head, setting, nearest, hidden))
    except CannotReadError as error:
        for key, _ in batch.checks:
            sink(key, error.reason)


def _settings(session: Session) -> tuple[tuple[Engine, str, str], dict[str, Setting]]:
    dialect = session.plan.location.dialect
    if dialect == "sqlite":
        found = sqlite.settings(session)
        head: tuple[Engine, str, str] = ("sqlite", sqlite.version(session), "")
    elif dialect == "mysql":
        version, user = session.rows("select version(), substring_index(current_user(), '@', 1)")[0]
        found, head = mysql.settings(session), (mysql.engine(version), version, user)
    else:
        version, user = session.rows(
            "select split_part(current_setting('server_version'), ' ', 1), current_user::text"
        )[0]
        found, head = postgres.settings(session), ("postgresql", version, user)
    return head, {setting.name.lower(): setting for setting in found}


def _hidden(session: Session, name: str) -> bool:
    """Whether PostgreSQL has a setting that pg_settings does not show us: it refuses to show it."""
    from sqlalchemy.exc import DBAPIError

    session.connection.exec_driver_sql("savepoint hidden")
    try:
        session.attempt("select current_setting(%s)", name)
    except DBAPIError as error:
        session.connection.exec_driver_sql("rollback to savepoint hidden")
        return getattr(error.orig, "sqlstate", "") == "42501"
    return False


def _stopped(deadline: float | None, sink: Sink) -> Callable[[], bool]:
    return lambda: sink.stopped or (deadline is not None and time.time() > deadline)
