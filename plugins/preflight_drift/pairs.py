"""Which hosts are compared with which: a group with a group, a host with a host, or any with this machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from preflight.errors import InventoryError, Problem
from preflight.inventory import Ground
from preflight.kind import Survey
from preflight.model import Host
from preflight.nearest import did_you_mean
from preflight.source import Mark
from preflight_drift.recorded import PREFIX, Past, past
from preflight_drift.spec import DriftSpec

LOCAL = "local"
Hosts = tuple[tuple[str, Host], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A name here and one there, and the hosts that they stand for."""

    here: str
    there: str
    ours: Hosts
    theirs: Hosts


@dataclass(frozen=True, slots=True)
class Environment:
    """What is compared, or compared with: its name, its hosts by name and by group, and its surveys.

    Of one of the `past`, the hosts are names alone.
    """

    name: str
    hosts: dict[str, Host]
    groups: dict[str, tuple[str, ...]]
    surveys: dict[str, Survey]
    past: Past | None = None

    def named(self, name: str) -> Hosts:
        """The hosts of a group, or the one host; none if there is no such name."""
        members = self.groups.get(name, (name,) if name in self.hosts else ())
        return tuple((member, self.hosts[member]) for member in members)

    @property
    def names(self) -> list[str]:
        return [*self.groups, *self.hosts]


def own(ground: Ground) -> Environment:
    return Environment(ground.environment or "here", dict(ground.hosts), ground.groups, dict(ground.surveys))


def other(section: DriftSpec, ground: Ground) -> Environment | Problem:
    """The environment to compare with, or why there is none."""
    at, path = section.place("against"), "drift.against"
    name = ground.against or section.against
    if not name:
        return Problem(at, path, "is missing: name an inventory to compare with, or `local`; or give --against")
    if name == LOCAL:
        return Environment(LOCAL, {LOCAL: Host(connection="local")}, {}, {})
    if name.startswith(PREFIX):
        try:
            return _recorded(ground, name.removeprefix(PREFIX))
        except LookupError as error:
            return Problem(at, path, str(error.args[0]))
    try:
        found = ground.elsewhere(name)
    except LookupError as error:
        return Problem(at, path, str(error.args[0]))
    except InventoryError as error:
        first, rest = error.problems[0], len(error.problems) - 1
        more = f" (and {rest} more)" if rest else ""
        return Problem(at, path, f"the inventory {name} cannot be used: {first}{more}")
    theirs = found.ground
    called = theirs.environment or found.name
    if called == (ground.environment or "here"):  # a copy that was not renamed, or the same inventory
        called = found.name if found.name != called else f"{called} (there)"
    return Environment(called, dict(theirs.hosts), theirs.groups, dict(theirs.surveys))


def _recorded(ground: Ground, name: str) -> Environment:
    found = ground.recorded(name)
    own = found.inventory == (ground.path.stem if ground.path.is_file() else ground.path.name)
    seen = past(found, own=own)
    # Rules and `vars` speak of environments by their names; what was before has no other words than what is now.
    called = found.environment or found.inventory
    called = f"{called} at {found.at.isoformat(' ', 'minutes')}" if own else called
    hosts = {host: Host() for members in seen.groups.values() for host in members}
    return Environment(called, hosts, seen.groups, {}, seen)


def pairs(section: DriftSpec, here: Environment, there: Environment) -> Iterator[Pair | Problem]:
    """Those that are written; or each group that both have, or each host that both have."""
    at = section.place("hosts")
    local = there.name == LOCAL and LOCAL in there.hosts
    if there.past is not None and there.past.own:  # the names that are written are those of another environment
        written = {name: name for name in section.hosts} or _common(here, there, local)
    else:
        written = section.hosts or _common(here, there, local)
    if not written:
        message = (
            f"no group or host has the same name in {here.name} and {there.name}: say which is compared with which"
        )
        yield Problem(at, "drift.hosts", message)
    for mine, theirs in written.items():
        theirs = LOCAL if local else theirs
        unknown = list(_unknown(mine, here, at)) + list(_unknown(theirs, there, at))
        yield from unknown
        if not unknown:
            yield Pair(mine, theirs, here.named(mine), there.named(theirs))


def _common(here: Environment, there: Environment, local: bool) -> dict[str, str]:
    if local:
        return dict.fromkeys(here.groups or here.hosts, LOCAL)
    groups = {name: name for name in here.groups if name in there.groups}
    return groups or {name: name for name in here.hosts if name in there.hosts}


def _unknown(name: str, environment: Environment, at: Mark) -> Iterator[Problem]:
    if not environment.named(name):
        hint = did_you_mean(name, environment.names)
        yield Problem(at, f"drift.hosts.{name}", f"there is no group or host {name} in {environment.name}{hint}")
