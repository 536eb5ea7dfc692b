"""Racks filled one group after the other. Quick, and right for nearly every room that is not full."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from preflight_racks.fitting.bays import Bay
from preflight_racks.fitting.interior import Counts
from preflight_racks.fitting.items import Item

ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Filling:
    """How many of each item are in each rack that has any, by the rack's number in the room."""

    counts: dict[int, Counts]
    left: Counts

    def placed(self, items: Sequence[Item]) -> tuple[int, ...]:
        """Devices in all, then of each group: what is larger is better."""
        each = [item.size * (item.quantity - left) for item, left in zip(items, self.left, strict=True)]
        return (sum(each), *each)


def empty(items: Sequence[Item]) -> Filling:
    return Filling({}, tuple(item.quantity for item in items))


def fill(bays: Sequence[Bay], items: Sequence[Item], start: Filling, stopped: Callable[[], bool]) -> Filling:
    """The best of several orders, each from the same start. Ends with the first that leaves nothing."""
    best = start
    tried = set()
    for order in _orders(items):
        for large_first in (True, False):
            for _ in range(ROUNDS):
                if (tuple(order), large_first) in tried:
                    break
                if stopped():
                    return best
                tried.add((tuple(order), large_first))
                found = _fill(bays, items, start, order, large_first)
                if found.placed(items) > best.placed(items):
                    best = found
                if not any(found.left):
                    return found
                # What found no place comes first in the next round.
                order = sorted(order, key=lambda index: not found.left[index])
    return best


def complete(bays: Sequence[Bay], items: Sequence[Item], start: Filling) -> Filling:
    """Once over what is left, the tall ones first."""
    return _fill(bays, items, start, next(_orders(items)), True)


def _orders(items: Sequence[Item]) -> Iterator[list[int]]:
    """The groups that are hard to place first, for one reason or another."""

    def by(key: Callable[[Item], float]) -> list[int]:
        return sorted(range(len(items)), key=lambda index: (-key(items[index]), index))

    yield by(lambda item: item.height * item.size + item.faces / 8)
    yield by(lambda item: (item.demand.weight or 0) * item.size)
    yield by(lambda item: (item.demand.draw or 0) * item.size)
    yield by(lambda item: -(len(item.demand.racks) or 1e9))


def _fill(bays: Sequence[Bay], items: Sequence[Item], start: Filling, order: Sequence[int], large: bool) -> Filling:
    counts = dict(start.counts)
    left = list(start.left)
    nothing = (0,) * len(items)

    def room(number: int, index: int) -> int:
        bay = bays[number]
        if number not in counts:
            return bay.interior.alone(index).floor
        return bay.interior.room(counts[number], index).floor

    def put(number: int, index: int, count: int) -> None:
        before = counts.get(number, nothing)
        counts[number] = (*before[:index], before[index] + count, *before[index + 1 :])
        left[index] -= count

    for index in order:
        if not left[index]:
            continue
        for number, bay in enumerate(bays):
            if left[index] and bay.own[index] > counts.get(number, nothing)[index]:
                own = bay.own[index] - counts.get(number, nothing)[index]
                put(number, index, min(own, room(number, index), left[index]))
        if not left[index]:
            continue
        rooms = [(number, room(number, index)) for number, bay in enumerate(bays) if bay.interior.cap(index)]
        rooms = [(number, free) for number, free in rooms if free]
        for sure in (True, False):
            here = [each for each in rooms if bays[each[0]].sure[index] is sure]
            here.sort(key=lambda each: (-each[1] if large else each[1], each[0] not in counts, each[0]))
            for number, count in _taken(here, left[index], counts):
                put(number, index, count)
    return Filling({number: each for number, each in counts.items() if any(each)}, tuple(left))


def _taken(rooms: Sequence[tuple[int, int]], wanted: int, used: dict[int, Counts]) -> list[tuple[int, int]]:
    """From which racks how many: whole racks in this order, and for the last few the rack that they fill best."""
    taken = []
    for position, (number, free) in enumerate(rooms):
        if not wanted:
            break
        enough = [each for each in rooms[position:] if each[1] >= wanted]
        if enough:
            best = min(enough, key=lambda each: (each[0] not in used, each[1], each[0]))
            taken.append((best[0], wanted))
            break
        taken.append((number, free))
        wanted -= free
    return taken
