"""What a health check saw: plain data, recorded as it is and judged later."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_database.catalogue.model import Server
from preflight_database.health.case import Case


@dataclass(frozen=True, slots=True)
class HealthObservation:
    """A database, seen by one health check.

    Attributes:
        tables: how many the database has.
        cases: those that have it, or may have it, with all that it takes to see that; the rest
            of a large catalogue is not recorded.
    """

    server: Server
    tables: int
    cases: tuple[Case, ...] = ()
