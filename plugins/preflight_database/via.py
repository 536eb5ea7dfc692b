"""What `via:` names: which host of the inventory a database is reached through, or why it cannot be."""

from __future__ import annotations

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.nearest import did_you_mean
from preflight_database.plan import Bastion
from preflight_database.spec import DatabaseSpec
from preflight_database.url import Location


def bastion(name: str, database: DatabaseSpec, ground: Ground) -> Bastion | Problem | None:
    """None where the database called `name` is reached from this machine, as is what this machine itself can see."""
    if database.via is None:
        return None
    if why := _unfit(database, ground):
        return Problem(database.place("via"), f"databases.{name}.via", why)
    host = ground.hosts[database.via]
    return None if host.connection == "local" else Bastion(database.via, host)


def _unfit(database: DatabaseSpec, ground: Ground) -> str:
    via, location = database.via or "", database.location()
    if location.dialect == "sqlite":
        return "an SQLite database is a file of this machine: leave `via` out"
    if via not in ground.hosts:
        if via in ground.groups:
            members = ", ".join(f"host:{member}" for member in ground.groups[via])
            return f"{via} is a group, and a database is reached through one host: {members}"
        return f'there is no host "{via}" here{did_you_mean(via, ground.hosts)}'
    connection = ground.hosts[via].connection
    if connection not in ("ssh", "local"):
        return f"{via} is reached by {connection}: a database is reached through a host over SSH"
    return unseen(location, via) if connection == "ssh" else ""


def unseen(location: Location, via: str) -> str:
    """Why a host over SSH could not connect to that, if it could not."""
    if location.host and not {"host", "unix_socket"} & dict(location.options).keys():
        return ""
    return (
        f"what {via} connects to over TCP is the host in the URL, before the /, and nothing else: "
        f"name one there; localhost is {via} itself"
    )
