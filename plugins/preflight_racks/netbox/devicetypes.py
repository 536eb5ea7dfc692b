"""Types of devices as NetBox has them."""

from __future__ import annotations

from collections.abc import Container, Sequence

from preflight_racks.netbox.rows import Row, count, height_of, kilograms, text, watts
from preflight_racks.netbox.source import NetBox
from preflight_racks.types.bays import for_psu
from preflight_racks.types.devicetype import DeviceType, PowerPort


def port_of(row: Row) -> PowerPort:
    return PowerPort(text(row, "name"), watts(row, "maximum_draw"), watts(row, "allocated_draw"))


def device_type(source: NetBox, row: Row, ports: Sequence[Row], bays: Sequence[Row]) -> DeviceType:
    """A type.

    Args:
        ports, bays: the templates of its power ports and module bays.
    """
    psu_bays = sum(for_psu(text(bay, "name"), text(bay, "description")) for bay in bays)
    slug, model = text(row, "slug"), text(row, "model")
    return DeviceType(
        slug=slug,
        manufacturer=text(row, "manufacturer", "name") or text(row, "manufacturer", "display"),
        model=model,
        height=height_of(row),
        full_depth=row.get("is_full_depth") is not False,
        weight=kilograms(row, "weight"),
        ports=tuple(port_of(port) for port in ports),
        psu_bays=psu_bays,
        powered=bool(ports or psu_bays) or not passive(row, "_template_count"),
        blank=blank(slug, model, source.blanks),
        origin=source.page("device-types", row["id"]),
    )


def passive(row: Row, suffix: str = "_count") -> bool:
    """It has no socket for power, and none that would need any: a patch panel, a shelf. Where NetBox does not count
    them (before 3.6), that is not known."""
    counts = [count(row, f"{kind}{suffix}") for kind in ("power_port", "interface", "console_port")]
    return all(number == 0 for number in counts)


def blank(slug: str, model: str, blanks: Container[str]) -> bool:
    return slug in blanks or "blank" in slug.lower() or "blank" in model.lower()
