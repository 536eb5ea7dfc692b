"""What the checks of one database share."""

from __future__ import annotations

from dataclasses import dataclass

from preflight import remote
from preflight.model import Host
from preflight_database.catalogue.model import ENGINES
from preflight_database.url import Location


@dataclass(frozen=True, slots=True)
class Bastion:
    """A host over SSH that sees what this machine does not: its name in the inventory, and its entry there."""

    name: str
    host: Host


@dataclass(frozen=True, slots=True)
class Plan:
    """A database by its name in the inventory, where it is, and the host it is reached through, if not from here."""

    name: str
    location: Location
    via: Bastion | None = None

    @property
    def engine(self) -> str:
        return "MySQL or MariaDB" if self.location.dialect == "mysql" else ENGINES[self.location.dialect]

    @property
    def client(self) -> str:
        """The machine that the server sees a connection come from."""
        return self.via.name if self.via else "this machine"

    @property
    def way(self) -> str:
        """For `--plan`: `from this machine`, `through bastion over SSH as deploy at 10.0.1.5 port 22`."""
        if self.via is None:
            return "from this machine"
        # Nothing is run there that `sudo:` could be about.
        return f"through {remote.contacts(self.via.name, self.via.host.model_copy(update={'sudo': False}))}"

    def trouble(self, what: str) -> str:
        """The one cause under which all checks of a database are gathered that cannot be read."""
        return f"database {self.name} cannot be read: {what}"


def reads_catalogue(_: object, plan: Plan) -> str:
    """For `--plan`."""
    location = plan.location
    if location.dialect == "sqlite":
        return f"reads the catalogue of the SQLite file {location.database}, read-only, on this machine"
    whom = location.user or "the user this runs as"
    return f"logs in to {plan.engine} as {whom}, database {location}, and reads its catalogue, {plan.way}"
