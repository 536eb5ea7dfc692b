"""How many devices can be placed at most, by what takes no search: one group, and several that share something.

A bound counts something that each device takes at least so much of, and that all racks together have so much of. If
there is only so much, no more devices can have their part than if those that take the least come first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from preflight_racks.fitting.bays import Bay
from preflight_racks.fitting.cells import runs
from preflight_racks.fitting.circuits import NOISE
from preflight_racks.fitting.items import Item


@dataclass(frozen=True, slots=True)
class Bound:
    """No more than `devices` of all, since so much of something is there."""

    devices: int
    proof: str


def alone(bays: Sequence[Bay], items: Sequence[Item]) -> list[int]:
    """For each item, how many the racks take at most if nothing else is placed."""
    return [
        min(item.quantity, sum(bay.interior.alone(index).ceiling for bay in bays if bay.interior.cap(index)))
        for index, item in enumerate(items)
    ]


def bound(bays: Sequence[Bay], items: Sequence[Item]) -> Bound:
    """The lowest of all."""
    tops = alone(bays, items)
    wanted = sum(item.size * item.quantity for item in items)
    best = Bound(sum(item.size * top for item, top in zip(items, tops, strict=True)), "")
    if best.devices < wanted:
        best = Bound(best.devices, _why(bays, items, tops))
    for group in _groups(items):
        inside = [bay for bay in bays if any(bay.interior.cap(index) for index in group)]
        rest = sum(items[index].size * tops[index] for index in range(len(items)) if index not in group)
        for each in _shared(inside, items, group, tops):
            if rest + each.devices < best.devices:
                best = Bound(rest + each.devices, each.proof)
    return best


def _why(bays: Sequence[Bay], items: Sequence[Item], tops: Sequence[int]) -> str:
    short = [index for index, item in enumerate(items) if tops[index] < item.quantity]
    # Of some, units may be the reason that not all fit, and another limit that so few do.
    if all(sum(bay.interior.tops[index]["units"] for bay in bays) <= tops[index] for index in short):
        return "the units of the racks"
    names = ", ".join(items[index].demand.name for index in short)
    return f"what each rack takes of {names}"


def _groups(items: Sequence[Item]) -> Iterator[tuple[int, ...]]:
    """All groups; and those that may stand nowhere but in some racks."""
    yield tuple(range(len(items)))
    for racks in dict.fromkeys(frozenset(item.demand.racks) for item in items if item.demand.racks):
        yield tuple(i for i, item in enumerate(items) if item.demand.racks and racks.issuperset(item.demand.racks))


def _shared(bays: Sequence[Bay], items: Sequence[Item], group: Sequence[int], tops: Sequence[int]) -> Iterator[Bound]:
    for height in sorted({items[index].height for index in group}):
        yield _units(bays, items, group, tops, height)
    weights = [(items[index].demand.weight or 0.0) * items[index].size for index in group]
    carried = sum(max(0.0, bay.interior.inside.weight + bay.interior.inside.blanks) for bay in bays)
    yield Bound(_fewest(items, group, tops, weights, carried), "the weight that the racks still carry")
    sorts = {sort for index in group for sort, _ in items[index].demand.ports}
    for sort in sorted(sorts):
        ports = [dict(items[index].demand.ports).get(sort, 0) * items[index].size for index in group]
        free = [
            dict(bay.interior.inside.ports or ()).get(sort, 0) for bay in bays if bay.interior.inside.ports is not None
        ]
        if len(free) == len(bays):
            yield Bound(_fewest(items, group, tops, ports, sum(free)), f"the {sort} ports of the racks")
    fed = [index for index in group if items[index].demand.psus]
    draws = [(items[index].demand.draw or 0.0) * items[index].size if index in fed else 0.0 for index in group]
    steady = [draw if items[index].demand.redundant else 0.0 for index, draw in zip(group, draws, strict=True)]
    least = [bay.interior.plugs.least for bay in bays if bay.interior.plugs is not None]
    if len(least) == len(bays):
        yield Bound(_fewest(items, group, tops, draws, sum(each[0] for each in least)), "the power of the racks")
        proof = "the power that the racks have left after a loss"
        yield Bound(_fewest(items, group, tops, steady, sum(each[1] for each in least)), proof)


def _units(bays: Sequence[Bay], items: Sequence[Item], group: Sequence[int], tops: Sequence[int], height: int) -> Bound:
    """In every rack, what is `height` tall or more stands where so many things of just this height could stand.

    Only where all take the same faces of the same cells: else the cells that any of them may take count.
    """
    have = 0
    for bay in bays:
        for face in (1, 2):
            covered = 0
            for shape in bay.interior.inside.shapes:
                if shape.faces & face:
                    for step in range(shape.height):
                        covered |= shape.starts << step
            have += sum(length // height for _, length in runs(covered))
    need = [items[index].height // height * items[index].pieces * items[index].faces.bit_count() for index in group]
    return Bound(_fewest(items, group, tops, need, have), "the units of the racks")


def _fewest(
    items: Sequence[Item], group: Sequence[int], tops: Sequence[int], needs: Sequence[float], have: float
) -> int:
    """How many devices of the group at most, if each takes so much of what there is."""
    placed = 0
    order = sorted(range(len(group)), key=lambda at: needs[at] / items[group[at]].size)
    for at in order:
        item, top = items[group[at]], tops[group[at]]
        if needs[at] <= 0:
            placed += top * item.size
            continue
        number = min(top, int((have + NOISE * (1 + len(group))) // needs[at])) if have < float("inf") else top
        placed += number * item.size
        have -= number * needs[at]
        if number < top:
            # What is left may still do for a part of one that is larger; as a bound, count that part.
            rest = int((have + NOISE) * item.size // needs[at])
            return placed + min(rest, item.size * (top - number))
    return placed
