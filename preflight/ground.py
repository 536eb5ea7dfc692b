"""What an inventory says besides its checks: what sections of plugins stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preflight.kind import Recorded, Survey
from preflight.model import Cutover, Host

if TYPE_CHECKING:
    from preflight.inventory import Inventory


def nowhere(name: str) -> Inventory:
    raise LookupError(f"there is no inventory {name!r} to compare with")


def unrecorded(name: str) -> Recorded:
    raise LookupError(f"there is no recorded run {name!r}")


@dataclass(frozen=True, slots=True)
class Ground:
    """What an inventory says besides its checks; plugins see it while their section becomes checks.

    Attributes:
        path: its file or folder.
        against: the environment to compare with, as `--against` names it; empty if it does not.
        elsewhere: another inventory by its name, without its own sections that compare. Raises LookupError, or
            InventoryError if that one cannot be used.
        recorded: what a recorded run saw, by its folder. Raises LookupError.
        surveys: what the other sections of this inventory have to compare, by `section.name`.
    """

    environment: str
    hosts: Mapping[str, Host]
    cutover: Cutover
    allow: frozenset[str]
    vars: Mapping[str, Any]
    path: Path = Path()
    against: str = ""
    elsewhere: Callable[[str], Inventory] = nowhere
    recorded: Callable[[str], Recorded] = unrecorded
    surveys: Mapping[str, Survey] = field(default_factory=dict)

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Group name to the names of its hosts, in the order of the file."""
        groups: dict[str, tuple[str, ...]] = {}
        for name, host in self.hosts.items():
            for group in host.groups:
                groups[group] = (*groups.get(group, ()), name)
        return groups
