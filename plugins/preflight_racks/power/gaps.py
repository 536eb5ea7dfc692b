"""What is not known of a rack, and keeps its loads from being judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from preflight_racks.power.capacity import capacity
from preflight_racks.power.loads import Load, loads
from preflight_racks.room import Device, Rack

# What feeds the rack, what devices draw, where supplies are plugged in, on which leg, the volts and amps of feeds,
# the panels of feeds.
What = Literal["feeds", "draw", "plug", "leg", "capacity", "panel"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something not known.

    Attributes:
        names: of the devices or feeds that it is not known of.
        of: how many devices draw something, or how many feeds there are.
    """

    what: What
    names: tuple[str, ...]
    of: int

    @property
    def words(self) -> str:
        """`3 of 12 devices have no draw`."""
        one = len(self.names) == 1
        devices = f"{len(self.names)} of {self.of} device{'' if self.of == 1 else 's'}"
        return {
            "feeds": "nothing says what feeds it",
            "draw": f"{devices} {'has' if one else 'have'} no draw",
            "plug": f"{devices} {'has' if one else 'have'} power supplies on a feed that is not known",
            "leg": f"{devices} {'has' if one else 'have'} power supplies on a leg that is not known",
            "capacity": f"volts or amps of {_feeds(self.names)} are not known",
            "panel": f"nothing says which panel {_feeds(self.names)} {'comes' if one else 'come'} from",
        }[self.what]


def gaps(rack: Rack, power_factor: float, known: Sequence[Load] | None = None) -> list[Gap]:
    """Whatever keeps a load of the rack from being judged; nothing if all of them are over or hold for certain.

    Args:
        known: the loads of the rack, where they have been computed.
    """
    powered = [device for device in rack.devices if device.supplies and device.draw != 0]
    if not powered:
        return []
    if not rack.feeds:
        return [Gap("feeds", tuple(device.name for device in powered), len(powered))]
    unsure = [load for load in (loads(rack, power_factor) if known is None else known) if not load.over]
    unsure = [load for load in unsure if not load.holds]
    found = [*_of_devices(rack, powered, unsure), *_of_feeds(rack, power_factor, unsure)]
    return [gap for gap in found if gap.names]


def _of_devices(rack: Rack, powered: Sequence[Device], unsure: Sequence[Load]) -> Iterable[Gap]:
    if not unsure:
        return
    feeds = {feed.name for feed in rack.feeds}
    legs = {load.feed for load in unsure if load.part}
    tests: dict[What, Callable[[Device], bool]] = {
        "draw": lambda device: device.draw is None,
        "plug": lambda device: any(supply.feed not in feeds for supply in device.supplies),
        "leg": lambda device: any(supply.feed in legs and not supply.leg for supply in device.supplies),
    }
    for what, missing in tests.items():
        yield Gap(what, tuple(device.name for device in powered if missing(device)), len(powered))


def _of_feeds(rack: Rack, power_factor: float, unsure: Sequence[Load]) -> Iterable[Gap]:
    concerned = {load.feed for load in unsure}
    unrated = [f.name for f in rack.feeds if f.name in concerned and capacity(f, power_factor) is None]
    yield Gap("capacity", tuple(unrated), len(rack.feeds))
    # Of two feeds lost together, none is left to carry more; of three, one is.
    if len(rack.feeds) > 2:
        yield Gap("panel", tuple(feed.name for feed in rack.feeds if not feed.panel), len(rack.feeds))


def _feeds(names: Sequence[str]) -> str:
    return f"feed {names[0]}" if len(names) == 1 else f"feeds {', '.join(names[:-1])} and {names[-1]}"
