"""Devices as they stand in the racks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from preflight_racks.netbox.devicetypes import blank, passive, port_of
from preflight_racks.netbox.rows import Row, count, half_units, height_of, ident, kilograms, text, word
from preflight_racks.netbox.source import NetBox
from preflight_racks.room import Device, Supply
from preflight_racks.types.devicetype import draw_of, needed_of
from preflight_racks.weight import BLANK_KG


@dataclass(slots=True)
class Parts:
    """What NetBox says of a device in other tables than its own.

    Attributes:
        type: its device type.
        ports: its power ports; None if power was not asked for.
        supplies: where these are plugged in.
        feeds_others: it has power outlets.
        modules: the weights of what is plugged into it, as far as they are known.
    """

    type: Row
    ports: Sequence[Row] | None = None
    supplies: Sequence[Supply] = ()
    feeds_others: bool = False
    modules: float = 0.0
    trouble: list[str] = field(default_factory=list)


def device(source: NetBox, row: Row, parts: Parts) -> Device:
    """A device. What is wrong with it goes to `parts.trouble`."""
    slug, page = text(row, "device_type", "slug"), source.page("devices", row["id"])
    name = text(row, "name") or text(row, "display") or f"device {row['id']}"
    position = half_units(row, "position")
    if position is None and row.get("position") is not None:
        parts.trouble.append(f"{name} ({page}) stands at {row['position']}, which is no whole or half unit")
    height, is_blank = height_of(parts.type), _is_blank(source, row, slug)
    weight = kilograms(parts.type, "weight")
    if weight is None and is_blank:
        weight = BLANK_KG * height / 2
    draw, draw_by, supplies = _power(row, name, page, parts)
    return Device(
        name=name,
        type=slug,
        height=height,
        position=position,
        # NetBox wants a face of whatever has a position; front is what it draws where there is none.
        face="rear" if word(row, "face") == "rear" else "front",
        full_depth=parts.type.get("is_full_depth") is not False,
        weight=weight + parts.modules if weight is not None else None,
        draw=draw,
        draw_by=draw_by,
        supplies=supplies,
        needed=needed_of(len(supplies)),
        blank=is_blank,
        origin=page,
    )


def _power(row: Row, name: str, page: str, parts: Parts) -> tuple[float | None, str, tuple[Supply, ...]]:
    """What it draws from the feeds of its rack, what says so, and by which supplies."""
    if parts.ports is None:
        return None, "", ()
    # A blade draws through its chassis; a PDU hands on what others draw.
    if row.get("parent_device") or parts.feeds_others:
        return 0.0, "", ()
    counted = count(row, "power_port_count")
    if counted is not None and counted > len(parts.ports):
        parts.trouble.append(
            f"{name} ({page}) has {counted} power ports, but NetBox shows {len(parts.ports)} of them to this token"
        )
        return None, "", tuple(parts.supplies)
    if not parts.ports:
        return (0.0 if passive(row) else None), "", ()
    ports = [port_of(port) for port in parts.ports]
    modules = all(ident(port, "module") is not None for port in parts.ports)
    draw, draw_by = draw_of(None, ports, needed_of(len(ports)), modules=modules)
    return draw, draw_by, tuple(parts.supplies)


def _is_blank(source: NetBox, row: Row, slug: str) -> bool:
    role = text(row, "role", "slug") or text(row, "device_role", "slug")
    return role in source.blanks or blank(slug, text(row, "device_type", "model"), source.blanks)


def module_weights(modules: Sequence[Row], types: Mapping[int, Row]) -> float:
    """The known weights of modules. A module whose weight nobody wrote down is taken to be in that of its device's
    type, as NetBox does when it adds them up."""
    kinds = (types.get(ident(each, "module_type") or 0) for each in modules)
    weights = (kilograms(kind, "weight") for kind in kinds if kind is not None)
    return sum(weight for weight in weights if weight is not None)
