"""What each half unit of a rack is, front and rear: what stands there, what is to stand there, or for whom it is kept.

Pure, and for drawings only. What may stand where is decided by the search and held by the checker; this shows what they
were given, contradictions included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from preflight_racks.demand import Demand, Place
from preflight_racks.room import Device, Face, Rack, span_of

# `proposed` is what is to stand there: of the group that is asked about, or `other` for another group's. `expired` is
# kept for others too, until somebody gives it back. In a `clash` several things stand at once.
State = Literal["proposed", "other", "occupied", "blank", "ours", "theirs", "expired", "blocked", "clash", "free"]
FACES: tuple[Face, ...] = ("front", "rear")


@dataclass(frozen=True, slots=True)
class Block:
    """Half units of one face that are one thing.

    Attributes:
        start: the lowest of them.
        label: the name of what stands there, or for whom it is reserved and how long; empty if there is neither.
    """

    start: int
    height: int
    face: Face
    state: State
    label: str = ""

    @property
    def units(self) -> str:
        return span_of(self.start, self.height)


@dataclass(frozen=True, slots=True)
class Band:
    """Half units in which neither face changes."""

    start: int
    height: int
    front: Block
    rear: Block

    @property
    def units(self) -> str:
        return span_of(self.start, self.height)

    @property
    def alike(self) -> bool:
        """Both faces are one thing, such as a device as deep as the rack."""
        return (self.front.state, self.front.label) == (self.rear.state, self.rear.label)


@dataclass(frozen=True, slots=True)
class Beside:
    """A device of a rack that none of its units is drawn for, or not all: `0U`, `no position`, `U43-44 is outside`."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Elevation:
    """A rack as one stands before it: blocks and bands from the top, whichever way the units are numbered.

    Attributes:
        beside: what cannot be shown in its units.
        removed: blanking panels that make way for what is proposed.
    """

    rack: Rack
    front: tuple[Block, ...]
    rear: tuple[Block, ...]
    beside: tuple[Beside, ...] = ()
    removed: tuple[Device, ...] = ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        return (*self.front, *self.rear)

    @property
    def bands(self) -> Iterator[Band]:
        front, rear = ({cell: block for block in face for cell in _cells(block)} for face in (self.front, self.rear))
        for (ahead, behind), run in groupby(_downwards(self.rack), lambda cell: (front[cell], rear[cell])):
            cells = list(run)
            yield Band(min(cells), len(cells), ahead, behind)

    def units(self, *states: State) -> list[int]:
        """The whole units, by number, that are in one of these states on both faces."""
        front, rear = (
            {cell for block in face if block.state in states for cell in _cells(block)}
            for face in (self.front, self.rear)
        )
        return [unit for unit in self.rack.numbers if {2 * unit, 2 * unit + 1} <= front & rear]


def elevation(
    rack: Rack,
    places: Iterable[Place] = (),
    demands: Iterable[Demand] = (),
    holder: str = "",
    *,
    today: str = "",
    group: str = "",
) -> Elevation:
    """A rack with what is to stand in it.

    Args:
        places: of any racks; those of groups that are not among `demands` are left out.
        holder: for whom reserved units are `ours`; with none, all are kept for others.
        today: an ISO date; if it is not known, only what the source itself calls stale has expired.
        group: whose devices are `proposed`; with none, those of all groups are.
    """
    groups = {demand.name: demand for demand in demands}
    coming = [
        (groups[place.demand].device(place), place.demand)
        for place in places
        if place.rack == rack.name and place.demand in groups
    ]
    removed = tuple(
        blank for blank in rack.devices if blank.blank and any(_overlap(blank, device) for device, _ in coming)
    )
    standing: list[tuple[Device, State]] = [
        (device, "blank" if device.blank else "occupied") for device in rack.devices if device not in removed
    ]
    standing += [(device, "proposed" if group in ("", name) else "other") for device, name in coming]
    front, rear = (tuple(_blocks(rack, face, standing, holder, today)) for face in FACES)
    return Elevation(rack, front, rear, tuple(_beside(rack, [device for device, _ in standing])), removed)


def taken_out(rack: Rack, device: Device) -> list[str]:
    """The names of the blanking panels that stand where this device is to stand."""
    return [blank.name for blank in rack.devices if blank.blank and _overlap(blank, device)]


def _blocks(
    rack: Rack, face: Face, standing: Sequence[tuple[Device, State]], holder: str, today: str
) -> Iterator[Block]:
    here = defaultdict[int, list[int]](list)
    for index, (device, _) in enumerate(standing):
        if face in _faces(device):
            for cell in _covered(device):
                here[cell].append(index)
    kept = {unit: _kept(rack, unit, holder, today) for unit in rack.numbers}

    def seen(cell: int) -> tuple[State, str, tuple[int, ...]]:
        present = here.get(cell, [])
        names = " / ".join(standing[index][0].name for index in present)
        if len(present) > 1:
            return "clash", names, tuple(present)
        return (standing[present[0]][1], names, tuple(present)) if present else (*kept[cell // 2], ())

    for (state, label, _), run in groupby(_downwards(rack), seen):
        cells = list(run)
        yield Block(min(cells), len(cells), face, state, label)


def _kept(rack: Rack, unit: int, holder: str, today: str) -> tuple[State, str]:
    """What a unit is that nothing stands in. Where several have reserved it, whoever keeps us out counts."""
    if unit in rack.blocked:
        return "blocked", ""
    found: list[tuple[State, str]] = []
    for reservation in rack.reserved:
        if unit in reservation.units:
            until = f" until {reservation.until}" if reservation.until else ""
            state: State = "expired" if reservation.expired(today) else "theirs"
            mine = holder and reservation.holder == holder
            found.append(("ours" if mine else state, f"{reservation.holder}{until}"))
    order: tuple[State, ...] = ("theirs", "expired", "ours")
    return min(found, key=lambda one: order.index(one[0]), default=("free", ""))


def _beside(rack: Rack, devices: Iterable[Device]) -> Iterator[Beside]:
    inside = set(_downwards(rack))
    for device in devices:
        if not device.height:
            yield Beside(device.name, "0U")
        elif device.position is None:
            yield Beside(device.name, "no position")
        elif not inside.issuperset(_covered(device)):
            yield Beside(device.name, f"{span_of(device.position, device.height)} is outside")


def _downwards(rack: Rack) -> list[int]:
    """Its half units, from the top as it stands."""
    cells = range(2 * rack.first, 2 * (rack.first + rack.units))
    return list(cells if rack.descending else reversed(cells))


def _covered(device: Device) -> range:
    return range(0) if device.position is None else range(device.position, device.position + device.height)


def _cells(block: Block) -> range:
    return range(block.start, block.start + block.height)


def _faces(device: Device) -> tuple[Face, ...]:
    return FACES if device.full_depth else (device.face,)


def _overlap(one: Device, other: Device) -> bool:
    return bool(set(_faces(one)) & set(_faces(other)) and set(_covered(one)) & set(_covered(other)))
