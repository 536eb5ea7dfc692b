"""Racks to draw, with all that one can have."""

from __future__ import annotations

from typing import Any

from preflight_racks.answer import Answer, Share, Unsure
from preflight_racks.demand import Demand, Place
from preflight_racks.elevation import Block
from preflight_racks.observation import AuditObservation, PlacementObservation, Standing
from preflight_racks.room import Device, Feed, Rack, Reservation

TODAY = "2026-06-01"
FEEDS = (Feed("A", "P1", 230, 32), Feed("B", "P2", 400, 32, phases=3), Feed("C", "P2", 208, 16, 3, wiring="delta"))
HOSTILE = '<script id="x">"&\'</script>\x1b[2J\u202e\u200b\x00\ud800\n'


def device(name: str, unit: float | None, units: float = 1, **more: Any) -> Device:
    return Device(name, "a-type", int(2 * units), None if unit is None else int(2 * unit), **more)


def place(demand: str, number: int, rack: str, unit: float, **more: Any) -> Place:
    return Place(demand, number, rack, int(2 * unit), **more)


PHOENIX = Demand("phoenix", "dell-r650", 4, 2, weight=21.5, draw=500, holder="Phoenix", psus=2, needed=1)
STORAGE = Demand("storage", "nas", 1, 4, full_depth=False, face="rear")
R12 = Rack(
    "R12", 12, site="dc1", location="room-1", feeds=FEEDS, blocked=(12,),
    reserved=(
        Reservation((1, 2, 3), "Phoenix"), Reservation((7,), "lab", "2027-01-15"),
        Reservation((8,), "old", "2026-05-31"),
    ),
    devices=(
        device("app-1", 4, 2), device("panel", 6, full_depth=False), device("tray", 6, face="rear", full_depth=False),
        device("blank-1", 3, 1, blank=True), device("blank-2", 11, 1, blank=True), device("pdu-a", None, 0),
        device("lost", None), device("high", 12, 2),
    ),
)  # fmt: skip
R13 = Rack("R13", 6, descending=True, devices=(device("a", 1, 2), device("b", 2), device("half", 4.5, 0.5)))
BOTH = (("A", ""), ("B", "A"))
PLACES = (
    place("phoenix", 1, "R12", 1, plugs=BOTH),
    place("phoenix", 2, "R12", 2, plugs=BOTH),
    place("phoenix", 3, "R12", 3, plugs=(("B", "B"), ("C", "C"))),
    place("storage", 1, "R12", 9, face="rear"),
    place("phoenix", 4, "R13", 5, plugs=BOTH),
)


def seen(
    demand: Demand = PHOENIX,
    racks: tuple[Rack, ...] = (R12, R13),
    places: tuple[Place, ...] = PLACES,
    others: tuple[Demand, ...] = (STORAGE,),
    unsure: tuple[Unsure, ...] = (),
) -> PlacementObservation:
    mine = tuple(one for one in places if one.demand == demand.name)
    share = Share(demand.name, len(mine), None, False, ())
    status = "fits" if len(mine) == demand.count else "does-not-fit"
    answer = Answer(status, places, len(places), "placed", (share,), unsure)
    return PlacementObservation(demand, answer, racks, others, (), "the inventory", 1.0, TODAY, len(racks))


def audited(*racks: Rack) -> AuditObservation:
    return AuditObservation(tuple(Standing(rack, "NetBox netbox.example", 1.0, TODAY) for rack in racks or (R12,)))


def written(blocks: tuple[Block, ...]) -> list[str]:
    """From the top: `U12 blocked`, `U6 occupied panel`."""
    return [f"{block.units} {block.state} {block.label}".strip() for block in blocks]
