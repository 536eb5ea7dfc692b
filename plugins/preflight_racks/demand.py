"""What is planned: groups of equal devices that want a place, and the places they are given. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from preflight_racks.room import Device, Face, Leg, Supply

# What may keep a device out of a rack. Units always count.
Limit = Literal["units", "weight", "power", "ports"]
Together = Literal["", "rack", "adjacent"]


@dataclass(frozen=True, slots=True)
class Demand:
    """A planned group.

    Attributes:
        name: of the group; its devices are name-1, name-2, ...
        height: of each, in half units, at least 1.
        weight, draw: of each, in kg and W; None if that is not known.
        psus: power supplies of each; 0 if it draws nothing from the feeds of the rack.
        needed: how many of them must live. With more than that, each must survive the loss of any feed and panel.
        ports: switch ports of its rack that each takes, by type.
        holder: for whom it is: it may stand in what is reserved for them.
        per_rack: at most so many in one rack; None if that does not matter.
        together: all in one rack, or all in one rack without anything between them.
        racks: the names of those it may stand in; empty if any will do.
        face: where it is mounted.
        remove_blanks: blanking panels may make way for it.
        manufacturer, model: of its type, as NetBox and the library call them; empty if that is not known.
    """

    name: str
    type: str
    count: int
    height: int
    full_depth: bool = True
    weight: float | None = None
    draw: float | None = None
    draw_by: str = ""
    psus: int = 0
    needed: int = 0
    ports: tuple[tuple[str, int], ...] = ()
    holder: str = ""
    per_rack: int | None = None
    together: Together = ""
    racks: tuple[str, ...] = ()
    face: Face = "front"
    remove_blanks: bool = False
    manufacturer: str = ""
    model: str = ""

    @property
    def redundant(self) -> bool:
        return self.psus > self.needed

    def takes(self, limit: Limit) -> bool:
        """It takes some of what is limited."""
        return {"power": self.psus > 0, "ports": bool(self.ports)}.get(limit, True)

    def device(self, place: Place) -> Device:
        """One of its devices, as it would stand there."""
        supplies = tuple(Supply(f"PSU{number}", *plug) for number, plug in enumerate(place.plugs, 1))
        return Device(
            name=place.name,
            type=self.type,
            height=self.height,
            position=place.position,
            face=place.face,
            full_depth=self.full_depth,
            weight=self.weight,
            draw=self.draw,
            draw_by=self.draw_by,
            supplies=supplies,
            needed=self.needed,
            origin="planned",
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where one device of a group is to stand.

    Attributes:
        demand: the group's name.
        number: which of the group, from 1.
        position: its lowest half unit.
        plugs: feed and leg of each of its power supplies; empty if power does not count.
    """

    demand: str
    number: int
    rack: str
    position: int
    face: Face = "front"
    plugs: tuple[tuple[str, Leg], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.demand}-{self.number}"
