"""What all releases of an inventory share: the hosts they are on. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from preflight.model import Host


@dataclass(frozen=True, slots=True)
class Plan:
    """Hosts by name, as pairs, since a batch's `shared` must be hashable."""

    hosts: tuple[tuple[str, Host], ...] = ()
