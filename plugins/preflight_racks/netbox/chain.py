"""From a power supply to the feed that it hangs on, cable by cable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from preflight_racks.netbox.rows import Row, by_id, grouped, ident, word
from preflight_racks.room import Leg

# PDUs behind PDUs: more than this is a loop of cables, or not worth believing.
MOST_PDUS = 8


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a power port ends.

    Attributes:
        feed: its id.
        leg: of the outlet nearest to the feed that has one.
        plug: the type of the power port that is cabled to the feed: `iec-60309-3p-n-e-6h`.
    """

    feed: int
    leg: Leg
    plug: str


class Cabling:
    """The power ports and outlets of a site."""

    def __init__(self, ports: Iterable[Row], outlets: Iterable[Row]) -> None:
        self._ports, self._outlets = by_id(ports), by_id(outlets)
        self._inlets = grouped(self._ports.values(), "device")

    def reach(self, port: int) -> Reach | None:
        """What feeds a power port, in the end; None if no cable says so."""
        leg = ""
        for _ in range(MOST_PDUS):
            row = self._ports.get(port)
            end = _far_end(row) if row is not None else None
            if row is None or end is None:
                return None
            kind, number = end
            if kind == "dcim.powerfeed":
                return Reach(number, cast(Leg, leg), word(row, "type"))
            outlet = self._outlets.get(number) if kind == "dcim.poweroutlet" else None
            inlet = self._inlet(outlet) if outlet is not None else None
            if outlet is None or inlet is None:
                return None
            said = word(outlet, "feed_leg")
            leg, port = said if said in ("A", "B", "C") else leg, inlet
        return None

    def _inlet(self, outlet: Row) -> int | None:
        """The power port of its PDU that an outlet hangs on. Where nobody said and there is but one, it is that."""
        said = ident(outlet, "power_port")
        if said is not None:
            return said
        inlets = self._inlets.get(ident(outlet, "device") or 0, [])
        return inlets[0]["id"] if len(inlets) == 1 else None


def _far_end(port: Row) -> tuple[str, int] | None:
    """What a port is connected to: its type and id. A cable that is only planned connects nothing yet, and one with
    several ends leaves open which it is."""
    ends = port.get("connected_endpoints")
    if not isinstance(ends, list) or len(ends) != 1 or port.get("connected_endpoints_reachable") is False:
        return None
    number, kind = ends[0].get("id"), port.get("connected_endpoints_type")
    return (kind, number) if isinstance(number, int) and isinstance(kind, str) else None
