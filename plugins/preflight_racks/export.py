"""A placement as a file: the list for whoever carries the devices in, and the import for NetBox."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from preflight_racks.demand import Demand, Place
from preflight_racks.drawing.names import harmless
from preflight_racks.elevation import taken_out
from preflight_racks.observation import PlacementObservation
from preflight_racks.room import Leg, Rack, unit_of

TROLLEY = (
    "rack", "unit", "units", "face", "name", "type", "weight kg", "draw W", "feeds", "take out first",
    "site", "location",
)  # fmt: skip
# Of NetBox's import of devices (`DeviceImportForm` in netbox/dcim/forms/bulk_import.py, NetBox 3.6 and later).
NETBOX = ("name", "role", "manufacturer", "device_type", "status", "site", "location", "rack", "position", "face")
_WYE: dict[Leg, str] = {"": "", "A": "/L1", "B": "/L2", "C": "/L3"}
_DELTA: dict[Leg, str] = {"": "", "A": "/L1-L2", "B": "/L2-L3", "C": "/L3-L1"}
# What a spreadsheet takes for the beginning of a formula; the wide ones too.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_ID = re.compile(r"/dcim/racks/(\d+)/?$")
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Group:
    """A planned group with its places, and the role that NetBox is to give it."""

    observation: PlacementObservation
    role: str = ""

    @property
    def name(self) -> str:
        return self.observation.demand.name


@dataclass(frozen=True, slots=True)
class _Carried:
    """One device, and the rack that it goes to."""

    demand: Demand
    place: Place
    rack: Rack
    role: str

    @property
    def on_the_way(self) -> tuple[object, ...]:
        """Sorts as one comes by: by site, location and rack (R2 before R12), in each from the bottom."""
        names = (self.rack.site, self.rack.location, self.rack.name)
        way = [[(int(part) if part.isdecimal() else -1, part) for part in _DIGITS.split(name)] for name in names]
        at = self.place.position
        return *way, -at if self.rack.descending else at, self.place.face

    @property
    def feeds(self) -> str:
        """`A/L1+B/L2`: of each power supply in turn."""
        wiring = {feed.name: feed.wiring for feed in self.rack.feeds}
        legs = ((feed, (_DELTA if wiring.get(feed) == "delta" else _WYE)[leg]) for feed, leg in self.place.plugs)
        return "+".join(feed + leg for feed, leg in legs)


def as_csv(groups: Iterable[Group]) -> str:
    """The list for the trolley: rack by rack, from the bottom of each. What is not known is empty."""
    rows = ([_unformulated(harmless(cell)) for cell in _listed(one)] for one in _carried(groups))
    return _written(TROLLEY, rows)


def as_netbox_csv(groups: Iterable[Group]) -> str:
    """For NetBox's import of devices, with the status `planned`. Cells stand as they are: they are read by NetBox.

    Racks go by their names, or by their ids if a name may not be the one that NetBox has.
    """
    carried = _carried(groups)
    by_id = any(_renamed(one.rack) for one in carried) and all(_id(one.rack) for one in carried)
    header = ["rack.id" if by_id and column == "rack" else column for column in NETBOX]
    rows = [_imported(one) | ({"rack": _id(one.rack)} if by_id else {}) for one in carried]
    return _written(header, (list(row.values()) for row in rows))


def lacking(group: Group) -> list[str]:
    """The columns without which NetBox refuses a row, and for which nothing is known: for a person to fill in."""
    rows = [_imported(one) for one in _carried([group])]
    return [column for column in NETBOX if column != "location" and not all(row[column].strip() for row in rows)]


def _carried(groups: Iterable[Group]) -> list[_Carried]:
    found = (
        _Carried(group.observation.demand, place, rack, group.role)
        for group in groups
        for place in group.observation.mine
        for rack in group.observation.racks
        if rack.name == place.rack
    )
    return sorted(found, key=lambda one: one.on_the_way)


def _listed(one: _Carried) -> Sequence[str]:
    demand, place, rack = one.demand, one.place, one.rack
    blanks = "; ".join(taken_out(rack, demand.device(place)))
    return (
        rack.name, unit_of(place.position), _number(demand.height / 2), place.face, place.name, demand.type,
        _number(demand.weight), _number(demand.draw), one.feeds, blanks, rack.site, rack.location,
    )  # fmt: skip


def _imported(one: _Carried) -> dict[str, str]:
    demand, place, rack = one.demand, one.place, one.rack
    cells = (
        place.name, one.role, demand.manufacturer, demand.model, "planned", rack.site, rack.location, rack.name,
        unit_of(place.position), place.face,
    )  # fmt: skip
    return dict(zip(NETBOX, cells, strict=True))


def _renamed(rack: Rack) -> bool:
    """Whether its name may not be the one that NetBox has: of racks that share one, each has its location before it, or
    its id behind it."""
    before = any(rack.name.startswith(f"{where}/") for where in (rack.location, rack.site) if where)
    return before or rack.name.endswith(f"#{_id(rack)}")


def _id(rack: Rack) -> str:
    found = _ID.search(rack.origin)
    return found[1] if found else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


def _unformulated(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()
