"""Which feeds the power supplies of planned devices are plugged into, so that all holds in every way of running.

Equal devices differ in how their supplies are spread over the feeds only: two of them on A and one on B, say. So how
many devices have which spread is decided first, and then, feed by feed, which legs their supplies are on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from preflight_racks.fitting.circuits import LEGS, NOISE, Circuits
from preflight_racks.fitting.legs import Plugged, Split, balance
from preflight_racks.room import Leg

# What is looked at before the answer is that it is not known.
SPREADS = 200
TRIES = 3000

Plug = tuple[str, Leg]
Spread = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Appetite:
    """What one device of a group takes of the feeds.

    Attributes:
        watts: in all; 0 if that is not known.
        needed: at least 1.
    """

    watts: float
    psus: int
    needed: int

    @property
    def redundant(self) -> bool:
        return self.psus > self.needed

    def share(self, spread: Spread, gone: frozenset[int]) -> float:
        """What each live supply takes then."""
        live = sum(number for feed, number in enumerate(spread) if feed not in gone)
        return self.watts / live if live >= self.needed else 0.0


@dataclass(frozen=True, slots=True)
class Settled:
    """Devices by group and spread, and their supplies on three-phase feeds by group, spread and feed."""

    devices: tuple[tuple[int, int, int], ...]
    legs: tuple[tuple[int, int, int, Split], ...]


class Plugs:
    """The feeds of one rack, and groups that may take from them."""

    def __init__(self, circuits: Circuits, appetites: Sequence[Appetite]) -> None:
        self.circuits, self.appetites = circuits, appetites
        self.spreads: list[list[Spread]] = []
        self.listed = True
        for each in appetites:
            found = list(_spreads(each, circuits))
            self.listed = self.listed and len(found) <= SPREADS
            self.spreads.append(found[:SPREADS])
        self._pairs = [
            (way, feed)
            for way, gone in enumerate(circuits.losses)
            for feed in range(len(circuits.feeds))
            if feed not in gone
        ]
        self._free = [
            circuits.feeds[feed].watts - sum(circuits.loads[way][feed]) - circuits.others[way][feed]
            for way, feed in self._pairs
        ]
        self._takes = [
            [
                [spread[feed] * each.share(spread, circuits.losses[way]) for way, feed in self._pairs]
                for spread in spreads
            ]
            for each, spreads in zip(appetites, self.spreads, strict=True)
        ]
        self._legless = all(feed.legs == 1 for feed in circuits.feeds)
        self._known: dict[tuple[int, ...], Settled | bool] = {}

    @property
    def least(self) -> tuple[float, float]:
        """W that are left on all feeds together: in normal running, and after the loss that leaves the least."""
        if self.circuits.over:
            return 0.0, 0.0
        free = [0.0] * len(self.circuits.losses)
        for (way, _), left in zip(self._pairs, self._free, strict=True):
            free[way] += left
        return free[0], min(free)

    def redundancy(self, group: int) -> bool:
        """Devices of the group can be plugged in so that they survive each loss, however little is left."""
        return bool(self.spreads[group])

    def settle(self, numbers: tuple[int, ...]) -> Settled | bool:
        """A way to plug in so many of each group; False if there is none, True if none was found, but may exist."""
        if numbers not in self._known:
            self._known[numbers] = self._settle(numbers)
        return self._known[numbers]

    def _settle(self, numbers: tuple[int, ...]) -> Settled | bool:
        groups = [group for group, number in enumerate(numbers) if number]
        if not groups:
            return Settled((), ())
        if self.circuits.over or any(not self.spreads[group] for group in groups) or not self._enough(numbers):
            return False
        groups.sort(key=lambda group: -self.appetites[group].watts)
        devices = self._even(groups, numbers)
        if devices is not None:
            settled = self._on_legs(devices)
            if not isinstance(settled, bool):
                return settled
        if self._legless and all(len(self.spreads[group]) == 1 for group in groups):
            return not self.listed
        search = _Search(self, groups, numbers)
        found = search.share(0, 0, 0, self._free, [])
        if found is not None:
            return found
        return search.unsure or not self.listed

    def _enough(self, numbers: tuple[int, ...]) -> bool:
        """All live feeds together have enough, whatever is plugged in where."""
        for way in range(len(self.circuits.losses)):
            free = sum(free for (each, _), free in zip(self._pairs, self._free, strict=True) if each == way)
            wanted = sum(
                number * each.watts
                for number, each in zip(numbers, self.appetites, strict=True)
                if way == 0 or each.redundant
            )
            if wanted > free + NOISE * (1 + len(self._pairs)):
                return False
        return True

    def _even(self, groups: Sequence[int], numbers: tuple[int, ...]) -> list[tuple[int, int, int]] | None:
        """Each device, the hungry ones first, with the spread that strains the feeds least."""
        free = self._free
        counted: dict[tuple[int, int], int] = {}
        for group in groups:
            takes = self._takes[group]
            if len(takes) == 1:
                free = [left - numbers[group] * take for left, take in zip(free, takes[0], strict=True)]
                counted[group, 0] = numbers[group]
                continue
            for _ in range(numbers[group]):
                after = [[left - take for left, take in zip(free, each, strict=True)] for each in takes]
                best = max(range(len(takes)), key=lambda spread: (min(after[spread]), -spread))
                free = after[best]
                counted[group, best] = counted.get((group, best), 0) + 1
        if min(free) < -NOISE:
            return None
        return [(group, spread, number) for (group, spread), number in sorted(counted.items())]

    def _on_legs(self, devices: Sequence[tuple[int, int, int]]) -> Settled | bool:
        """Their supplies put on legs; False if they cannot be, True if that is not known."""
        if self._legless:
            return Settled(tuple(devices), ())
        legs = []
        for number, feed in enumerate(self.circuits.feeds):
            if feed.legs == 1:
                continue
            here = [each for each in devices if self.spreads[each[0]][each[1]][number]]
            ways = [way for way, gone in enumerate(self.circuits.losses) if number not in gone]
            plugged = []
            for group, index, count in here:
                spread, appetite = self.spreads[group][index], self.appetites[group]
                watts = tuple(appetite.share(spread, self.circuits.losses[way]) for way in ways)
                plugged.append(Plugged(count * spread[number], watts))
            loads = tuple(self.circuits.loads[way][number] for way in ways)
            others = [self.circuits.others[way][number] for way in ways]
            splits = balance(feed, loads, others, plugged)
            if isinstance(splits, bool):
                return splits
            legs += [(group, spread, number, split) for (group, spread, _), split in zip(here, splits, strict=True)]
        return Settled(tuple(devices), tuple(legs))

    def plugs(self, settled: Settled) -> dict[int, list[tuple[Plug, ...]]]:
        """For each group, what each of its devices is plugged into."""
        pools: dict[tuple[int, int, int], Iterator[Leg]] = {
            (group, spread, feed): _dealt(split) for group, spread, feed, split in settled.legs
        }
        found: dict[int, list[tuple[Plug, ...]]] = {}
        for group, index, count in settled.devices:
            for _ in range(count):
                plugs: list[Plug] = []
                for feed, number in enumerate(self.spreads[group][index]):
                    circuit = self.circuits.feeds[feed]
                    for _ in range(number):
                        plugs.append((circuit.name, next(pools[group, index, feed]) if circuit.legs == 3 else ""))
                found.setdefault(group, []).append(tuple(plugs))
        return found


class _Search:
    """How many devices of each group have which spread: every way, until one holds."""

    def __init__(self, plugs: Plugs, groups: Sequence[int], numbers: tuple[int, ...]) -> None:
        self.plugs, self.groups, self.numbers = plugs, groups, numbers
        self.tries = 0
        self.unsure = False

    def share(
        self, at: int, spread: int, done: int, free: list[float], devices: list[tuple[int, int, int]]
    ) -> Settled | None:
        self.tries += 1
        if self.tries > TRIES:
            self.unsure = True
            return None
        if at == len(self.groups):
            settled = self.plugs._on_legs(devices)
            if isinstance(settled, bool):
                self.unsure = self.unsure or settled
                return None
            return settled
        group = self.groups[at]
        left = self.numbers[group] - done
        takes = self.plugs._takes[group][spread]
        last = spread == len(self.plugs._takes[group]) - 1
        for number in (left,) if last else range(left, -1, -1):
            after = [room - number * take for room, take in zip(free, takes, strict=True)]
            if min(after) < -NOISE:
                continue
            more = [*devices, (group, spread, number)] if number else devices
            found = self.share(at + last, 0 if last else spread + 1, 0 if last else done + number, after, more)
            if found is not None or self.tries > TRIES:
                return found
        return None


def _spreads(appetite: Appetite, circuits: Circuits) -> Iterator[Spread]:
    """Every spread that survives what it must; the even ones first, as far as they come in that order."""
    found = []
    for spread in _shared_out(appetite.psus, len(circuits.feeds)):
        lost = (sum(spread[feed] for feed in gone) for gone in circuits.losses)
        if not appetite.redundant or all(appetite.psus - each >= appetite.needed for each in lost):
            found.append(spread)
        if len(found) > 20 * SPREADS:
            break
    return iter(sorted(found, key=lambda spread: (max(spread), [-each for each in spread])))


def _shared_out(number: int, parts: int) -> Iterator[Spread]:
    if parts == 1:
        yield (number,)
        return
    for first in range(number, -1, -1):
        for rest in _shared_out(number - first, parts - 1):
            yield first, *rest


def _dealt(split: Split) -> Iterator[Leg]:
    """The legs in turns, so that neighbours are on different ones."""
    left = list(split)
    while any(left):
        for index, leg in enumerate(LEGS):
            if left[index]:
                left[index] -= 1
                yield leg  # type: ignore[misc]  # LEGS are the letters of Leg
