"""What the checks of one database share."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_database.catalogue.model import ENGINES
from preflight_database.url import Location


@dataclass(frozen=True, slots=True)
class Plan:
    """A database by its name in the inventory, and where it is."""

    name: str
    location: Location

    @property
    def engine(self) -> str:
        return "MySQL or MariaDB" if self.location.dialect == "mysql" else ENGINES[self.location.dialect]

    def trouble(self, what: str) -> str:
        """The one cause under which all checks of a database are gathered that cannot be read."""
        return f"database {self.name} cannot be read: {what}"


def reads_catalogue(_: object, plan: Plan) -> str:
    """For `--plan`."""
    location = plan.location
    if location.dialect == "sqlite":
        return f"reads the catalogue of the SQLite file {location.database}, read-only, on this machine"
    whom = location.user or "the user this runs as"
    return f"logs in to {plan.engine} as {whom}, database {location}, and reads its catalogue, from this machine"
