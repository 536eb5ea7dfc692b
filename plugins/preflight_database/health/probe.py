"""What is looked up for the health of a database: its catalogue, and what a health check wants besides."""

from __future__ import annotations

from collections.abc import Iterable

from preflight.kind import Key, Sink
from preflight_database.catalogue.reading import Reading
from preflight_database.health.facts import mysql, postgres, sqlite
from preflight_database.health.facts.base import Facts
from preflight_database.health.observation import HealthObservation
from preflight_database.health.spec import HealthSpec
from preflight_database.session import CannotReadError
from preflight_database.url import Dialect

_FACTS: dict[Dialect, type[Facts]] = {
    "postgresql": postgres.PostgresFacts,
    "mysql": mysql.MySQLFacts,
    "sqlite": sqlite.SQLiteFacts,
}


def observe(reading: Reading, checks: Iterable[tuple[Key, HealthSpec]], sink: Sink) -> None:
    """Raises CannotReadError where there is no catalogue; what else cannot be read leaves one check not checked."""
    facts = _FACTS[reading.session.plan.location.dialect](reading)
    server = reading.catalogue.server
    for key, spec in checks:
        try:
            # The judge decides by the same function. Only what it will speak of is recorded.
            wrong = tuple(
                case for case in spec.check.candidates(facts)
                if any(spec.check.flaws(case, server.engine, spec.limits))
            )  # fmt: skip
        except CannotReadError as error:
            sink(key, error.reason)
            continue
        sink(key, HealthObservation(server, len(reading.catalogue.tables), wrong))
