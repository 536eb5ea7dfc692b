"""What would put a rack right: which power supplies to plug in elsewhere, or which devices to take out."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from preflight_racks.power.loads import LEGS, loads
from preflight_racks.power.survival import survives_all
from preflight_racks.room import Device, Leg, Rack, Supply

MOVES = 60  # in one rack
CANDIDATES = 6  # supplies tried for each move
TRIED = 5000  # ways to plug in one device


@dataclass(frozen=True, slots=True)
class Move:
    """A power supply that is to be plugged in elsewhere."""

    device: str
    supply: str
    old: tuple[str, Leg]
    new: tuple[str, Leg]

    @property
    def way(self) -> str:
        """`from leg A to leg B of feed A`, `from feed A to leg B of feed B`."""
        (feed, leg), (other, its) = self.old, self.new
        to = f"{f'leg {its} of ' if its else ''}feed {other}"
        return f"from leg {leg or '?'} to {to}" if feed == other else f"from feed {feed or '?'} to {to}"


@dataclass(frozen=True, slots=True)
class Relief:
    """Supplies to plug in elsewhere, and devices to take out, so that no load is over, as far as loads are known."""

    moves: tuple[Move, ...]
    out: tuple[Device, ...]


def relieved(rack: Rack, power_factor: float) -> Relief:
    """It plugs in one supply at a time, where it helps most, as long as that helps, and takes devices out where that
    is not enough. So it may miss the best a person would find, but what it says holds; and no device loses its
    redundancy."""
    after = _replugged(rack, power_factor)
    out, alone = taken_out(after, power_factor), taken_out(rack, power_factor)
    if len(alone) <= len(out):
        return Relief((), tuple(alone))
    stay = [pair for pair in zip(rack.devices, after.devices, strict=True) if not any(pair[1] is each for each in out)]
    return Relief(tuple(move for old, new in stay for move in _between(old, new)), tuple(out))


def _replugged(rack: Rack, power_factor: float) -> Rack:
    excess = _excess(rack, power_factor)
    for _ in range(MOVES):
        step = _best_move(rack, power_factor, excess)
        if step is None:
            break
        excess, rack = step
    return rack


def _best_move(rack: Rack, power_factor: float, excess: float) -> tuple[float, Rack] | None:
    """What helps most where most is too much, or where next most is, with what is too much afterwards."""
    for feed, legs in _crowded(rack, power_factor):
        tried = [(_excess(changed, power_factor), changed) for changed in _moves(rack, feed, legs)]
        best = min(tried, key=lambda each: each[0], default=None)
        if best is not None and best[0] < excess * (1 - 1e-9):
            return best
    return None


def _crowded(rack: Rack, power_factor: float) -> Iterable[tuple[str, tuple[Leg, ...]]]:
    """Feeds, and the legs of them, on which there is too much: the most crowded first."""
    over = sorted((load for load in loads(rack, power_factor) if load.over), key=lambda load: -load.share)
    return dict.fromkeys((load.feed, load.legs) for load in over)


def _excess(rack: Rack, power_factor: float) -> float:
    """By how many times their capacity all loads together are over."""
    over = [load for load in loads(rack, power_factor) if load.over]
    return sum(load.share - 1 for load in over)


def _moves(rack: Rack, feed: str, legs: Collection[Leg]) -> Iterator[Rack]:
    """Supplies on these legs of the feed, each plugged in on the leg of each feed that carries least. Of devices that
    are alike, one; of many draws, some from the highest to the lowest."""
    unlike: dict[object, tuple[Device, Supply]] = {}
    for device in rack.devices:
        for supply in device.supplies:
            if supply.feed == feed and supply.leg in legs and device.draw:
                plugs = tuple((each.feed, each.leg) for each in device.supplies)
                unlike.setdefault((device.draw, device.needed, plugs, supply.leg), (device, supply))
    ordered = sorted(unlike.values(), key=lambda pair: -(pair[0].draw or 0))
    targets = _targets(rack)
    for device, supply in ordered[:: max(1, math.ceil(len(ordered) / CANDIDATES))]:
        yield from _moves_of(rack, device, supply, targets)


def _moves_of(rack: Rack, device: Device, supply: Supply, targets: Sequence[tuple[str, Leg]]) -> Iterator[Rack]:
    for feed, leg in targets:
        if (feed, leg) == (supply.feed, supply.leg):
            continue
        changed = tuple(replace(each, feed=feed, leg=leg) if each is supply else each for each in device.supplies)
        new = replace(device, supplies=changed)
        if survives_all(new, rack) is survives_all(device, rack):
            yield replace(rack, devices=tuple(new if each is device else each for each in rack.devices))


def _targets(rack: Rack) -> list[tuple[str, Leg]]:
    """Of each feed, its leg that carries least in normal running; the feed that carries least first."""
    carried: dict[tuple[str, Leg], float] = defaultdict(float)
    for device in rack.devices:
        for supply in device.supplies:
            carried[supply.feed, supply.leg] += (device.draw or 0) / len(device.supplies)
    targets: list[tuple[str, Leg]] = []
    for feed in rack.feeds:
        legs = LEGS if feed.phases == 3 else ("",)
        targets.append(min(((feed.name, leg) for leg in legs), key=lambda target: carried[target]))
    return sorted(targets, key=lambda target: sum(carried[target[0], leg] for leg in ("", *LEGS)))


def taken_out(rack: Rack, power_factor: float) -> list[Device]:
    """Few devices without which no load is over, as far as loads are known: the one that draws least if one will do,
    else those that draw most."""
    if not _excess(rack, power_factor):
        return []
    feeds = {load.feed for load in loads(rack, power_factor) if load.over}
    drawing = [
        each for each in rack.devices if each.draw and feeds.intersection(supply.feed for supply in each.supplies)
    ]
    drawing.sort(key=lambda device: (device.draw or 0, device.name))
    for device in drawing:
        if not _excess(_without(rack, [device]), power_factor):
            return [device]
    out: list[Device] = []
    for device in reversed(drawing):
        if _excess(_without(rack, out), power_factor):
            out.append(device)
    return out


def _without(rack: Rack, out: Sequence[Device]) -> Rack:
    return replace(rack, devices=tuple(device for device in rack.devices if not any(device is each for each in out)))


def lightened(devices: Iterable[Device], excess: float) -> list[Device]:
    """Few devices that weigh so many kg together: the lightest if one will do, else the heaviest."""
    weighed = sorted((device for device in devices if device.weight), key=lambda device: device.weight or 0)
    for device in weighed:
        if (device.weight or 0) >= excess:
            return [device]
    out: list[Device] = []
    for device in reversed(weighed):
        if sum(each.weight or 0 for each in out) < excess:
            out.append(device)
    return out


def made_redundant(rack: Rack, device: Device) -> tuple[list[Move], Device] | None:
    """How to plug it in so that it survives the loss of any feed and any panel, with the fewest moves, to the feeds
    that carry least; None if there is no way."""
    targets = _targets(rack)
    if len(targets) ** len(device.supplies) > TRIED:
        return None
    best: tuple[list[bool], Device] | None = None
    for way in product(targets, repeat=len(device.supplies)):
        supplies = tuple(
            supply if supply.feed == feed else replace(supply, feed=feed, leg=leg)
            for supply, (feed, leg) in zip(device.supplies, way, strict=True)
        )
        moved = [new != old for new, old in zip(supplies, device.supplies, strict=True)]
        new = replace(device, supplies=supplies)
        # Of as many moves, those of the last supplies.
        if (best is None or (sum(moved), moved) < (sum(best[0]), best[0])) and survives_all(new, rack):
            best = moved, new
    return None if best is None else (_between(device, best[1]), best[1])


def _between(old: Device, new: Device) -> list[Move]:
    pairs = zip(old.supplies, new.supplies, strict=True)
    return [Move(old.name, a.name, (a.feed, a.leg), (b.feed, b.leg)) for a, b in pairs if a != b]
