"""What a device comes to: what was given of it, completed by what its type says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from preflight_racks.types.devicetype import DeviceType, draw_of, needed_of
from preflight_racks.types.moduletype import ModuleType
from preflight_racks.weight import BLANK_KG

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """What an inventory says of a device, or of all of a type; None where it says nothing.

    Attributes:
        height: in half units.
        weight, draw: in kg and W.
        psus, needed: how many power supplies it has, and how many of them must live.
        module: what each of its power supplies is.
    """

    height: int | None = None
    full_depth: bool | None = None
    weight: float | None = None
    draw: float | None = None
    psus: int | None = None
    needed: int | None = None
    module: ModuleType | None = None

    def over(self, other: Given) -> Given:
        """This, and what only the other says."""
        return Given(
            _first(self.height, other.height),
            _first(self.full_depth, other.full_depth),
            _first(self.weight, other.weight),
            _first(self.draw, other.draw),
            _first(self.psus, other.psus),
            _first(self.needed, other.needed),
            _first(self.module, other.module),
        )


@dataclass(frozen=True, slots=True)
class Outfit:
    """A device, but for its place. As in `Device`; and `psus` is None if nothing says how many it has."""

    height: int
    full_depth: bool
    weight: float | None
    draw: float | None
    draw_by: str
    psus: int | None
    needed: int
    blank: bool


class UnfitError(ValueError):
    """What was given and what the type says contradict each other. `key` is what was given: `psus`, `draw`, ..."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key, self.message = key, message


def outfit(given: Given, type: DeviceType) -> Outfit:
    """A device of this type of which this was given.

    Raises:
        UnfitError: it cannot be both.
    """
    psus = _psus(given, type)
    needed = _needed(given, type, psus)
    draw, by = _draw(given, type, psus, needed)
    height = type.height if given.height is None else given.height
    full_depth = type.full_depth if given.full_depth is None else given.full_depth
    return Outfit(height, full_depth, _weight(given, type, psus, height), draw, by, psus, needed, type.blank)


def _psus(given: Given, type: DeviceType) -> int | None:
    if given.psus is None and not (type.blank or not type.powered):
        return type.supplies or None
    if not given.psus and given.draw is not None:
        says = "`psus: {count: 0}`" if given.psus == 0 else f"the type {type.slug}"
        raise UnfitError(
            "draw", f"{says} says that it draws nothing from a feed: leave `draw` out, or say `psus: {{count: 2}}`"
        )
    return given.psus or 0


def _needed(given: Given, type: DeviceType, psus: int | None) -> int:
    if given.needed is None:
        return needed_of(psus) if psus is not None else 1
    if psus is not None and given.needed > psus:
        raise UnfitError("psus", f"needs {given.needed} of {psus} power supplies, which is what {type.slug} has")
    return given.needed


def _draw(given: Given, type: DeviceType, psus: int | None, needed: int) -> tuple[float | None, str]:
    """Given, `allocated_draw`, the modules, `maximum_draw`: in this order."""
    if psus == 0:
        return None, ""
    # What an inlet draws that the type does not have is not known.
    by_type = draw_of(given.draw, type.ports if (psus or 0) <= len(type.ports) else (), needed)
    if by_type[1] in ("given", "allocated_draw") or given.module is None:
        return by_type
    ports = given.module.ports * psus if psus else ()
    by_module = draw_of(None, ports, needed, modules=True)
    return by_type if by_module[0] is None else by_module


def _weight(given: Given, type: DeviceType, psus: int | None, height: int) -> float | None:
    if given.weight is not None:
        return given.weight
    if type.weight is None:
        return BLANK_KG * height / 2 if type.blank else None
    # As NetBox does it: the weight of a type is that without its modules.
    modules = psus * given.module.weight if psus and given.module and given.module.weight else 0
    return type.weight + modules


def _first(one: T | None, other: T | None) -> T | None:
    return other if one is None else one
