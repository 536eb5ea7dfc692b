"""What is looked up for a setting."""

from __future__ import annotations

from collections.abc import Iterable

from preflight.kind import Key, Sink
from preflight_database.catalogue.reading import Reading, nearest
from preflight_database.session import Session
from preflight_database.settings.observation import SettingObservation
from preflight_database.settings.spec import SettingSpec


def observe(reading: Reading, checks: Iterable[tuple[Key, SettingSpec]], sink: Sink) -> None:
    """Raises CannotReadError."""
    server, settings = reading.server, reading.settings
    for key, spec in checks:
        setting = settings.get(spec.name.lower())
        hidden = setting is None and server.engine == "postgresql" and _hidden(reading.session, spec.name)
        names = nearest(spec.name, settings) if setting is None else ()
        sink(key, SettingObservation(server, setting, names, hidden))


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
