"""Racks and types of devices out of a NetBox, in a number of requests that grows with the pages, not with the racks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from preflight.finding import NotChecked
from preflight.garbage import no_garbage_collection
from preflight_racks.netbox.source import NetBox, objection
from preflight_racks.room import Room
from preflight_racks.types.devicetype import DeviceType

_MISSING = "NetBox cannot be read: pynetbox is not installed"
NO_LIBRARY = NotChecked(_MISSING, _MISSING, "pip install 'pytest-preflight[netbox]'")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a NetBox was found to have.

    Attributes:
        types: by slug: those of the devices in the racks, and those that were asked for, as far as NetBox has them. A
            slug that two manufacturers use stands for no type.
        requests: how many it took.
    """

    room: Room
    types: Mapping[str, DeviceType]
    requests: int


def read(
    source: NetBox,
    power_factor: float,
    *,
    types: Sequence[str] = (),
    racks: Sequence[str] = (),
    power: bool = True,
    deadline: float | None = None,
    stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[float, str], None] = lambda _share, _doing: None,
) -> Reading | NotChecked:
    """The racks of a NetBox's site or location.

    Args:
        types: slugs of device types that are wanted besides those of the devices in the racks.
        racks: names of racks that must be there.
        power: False to leave out what feeds the racks and what their devices draw: neither is known then.
        deadline: `time.time()` after which nobody waits for more; None if there is none.
        stopped: says whether nobody waits any more.
        progress: is told how far it is (0 to 1), and what was read last.
    """
    try:
        from preflight_racks.netbox.gathering import gather
        from preflight_racks.netbox.pages import Reader
        from preflight_racks.netbox.refusal import Refused, refused
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("pynetbox", "requests", "urllib3"):
            raise
        return NO_LIBRARY
    reader = None
    try:
        if wrong := objection(source.url):
            raise refused(source, f"cannot be asked: its address {wrong}", "see to `netbox:`")
        reader = Reader(source, deadline, stopped, progress)
        with no_garbage_collection():
            found, known, trouble = gather(source, reader, types, racks, power)
        room = Room(found, power_factor, date.today().isoformat(), trouble)
        return Reading(room, known, reader.requests)
    except Refused as error:
        return error.reason
    finally:
        if reader is not None:
            reader.close()
