"""The aspects of a zone, by their names in an inventory: each has a module here, with an `ASPECT` of that name."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preflight_dns.zone.aspect import AnyAspect

# What may stand under `checks:`. What an aspect sees joins the union `Seen` of observation.py.
NAMES = (
    "agree",
    "serial",
    "delegation",
    "ttl",
    "mail",
    "caa",
    "dangling",
    "wildcard",
    "dnssec",
)
# What a key of its own makes a check of; "from" is no name for a module.
BY_KEY = {"same_as": "same_as", "from": "zonefile"}


@cache
def aspect(name: str) -> AnyAspect:
    """Loaded when a check of it is made."""
    found: AnyAspect = import_module(f"{__name__}.{BY_KEY.get(name, name)}").ASPECT
    return found
