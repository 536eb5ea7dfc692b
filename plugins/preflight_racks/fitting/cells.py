"""Which cells of a rack are open to a group. A set of cells is an int: bit n is the n-th half unit from the lowest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from preflight_racks.demand import Demand
from preflight_racks.room import Rack


@dataclass(frozen=True, slots=True)
class Cells:
    """A rack's cells.

    Attributes:
        count: how many there are.
        front, rear: what devices and blocks take.
        blank_front, blank_rear: what blanking panels take.
        kept: what is reserved, by holder.
        clash: its devices overlap or stand outside: nothing of this can be relied upon.
    """

    count: int
    front: int
    rear: int
    blank_front: int
    blank_rear: int
    kept: tuple[tuple[str, int], ...]
    clash: bool

    def open_to(self, demand: Demand) -> int:
        """The cells that are open on every face that one of the group takes."""
        shut = 0
        if demand.full_depth or demand.face == "front":
            shut |= self.front | (0 if demand.remove_blanks else self.blank_front)
        if demand.full_depth or demand.face == "rear":
            shut |= self.rear | (0 if demand.remove_blanks else self.blank_rear)
        for holder, cells in self.kept:
            if not demand.holder or holder != demand.holder:
                shut |= cells
        return ((1 << self.count) - 1) & ~shut

    def blanks(self, faces: int) -> int:
        """Those of blanking panels on any of these faces: 1 front, 2 rear, 3 both."""
        return (self.blank_front if faces & 1 else 0) | (self.blank_rear if faces & 2 else 0)

    def kept_for(self, holder: str) -> int:
        found = 0
        for name, cells in self.kept:
            if holder and name == holder:
                found |= cells
        return found


def cells_of(rack: Rack) -> Cells:
    base, count = 2 * rack.first, 2 * rack.units
    whole = (1 << count) - 1
    taken = [0, 0]
    blanks = [0, 0]
    clash = False
    for device in rack.devices:
        if device.height <= 0 or device.position is None:
            continue
        low = device.position - base
        if low < 0 or low + device.height > count:
            clash = True
            continue
        bits = ((1 << device.height) - 1) << low
        for face in (0, 1) if device.full_depth else (0,) if device.face == "front" else (1,):
            clash = clash or bool((taken[face] | blanks[face]) & bits)
            side = blanks if device.blank else taken
            side[face] |= bits
    shut = units_mask(rack, rack.blocked) & whole
    kept: dict[str, int] = {}
    for each in rack.reserved:
        kept[each.holder] = kept.get(each.holder, 0) | units_mask(rack, each.units) & whole
    return Cells(count, taken[0] | shut, taken[1] | shut, blanks[0], blanks[1], tuple(kept.items()), clash)


def units_mask(rack: Rack, units: tuple[int, ...]) -> int:
    """The cells of whole units, by number; those that the rack does not have are left out."""
    mask = 0
    for unit in units:
        if unit in rack.numbers:
            mask |= 3 << 2 * (unit - rack.first)
    return mask


def starts_of(cells: int, height: int, aligned: bool) -> int:
    """From which cells on so many are open."""
    have = 1
    while have < height and cells:
        step = min(have, height - have)
        cells &= cells >> step
        have += step
    if aligned:
        cells &= (4 ** (cells.bit_length() // 2 + 1) - 1) // 3
    return cells


def slots(starts: int, height: int) -> int:
    """How many things of one height go side by side: taking the lowest place each time is the best."""
    number = 0
    while starts:
        low = (starts & -starts).bit_length() - 1
        starts = starts >> low + height << low + height
        number += 1
    return number


def runs(cells: int) -> Iterator[tuple[int, int]]:
    """The first cell and the length of each run without a gap, from the bottom."""
    while cells:
        low = (cells & -cells).bit_length() - 1
        shifted = cells >> low
        length = (~shifted & (shifted + 1)).bit_length() - 1
        yield low, length
        cells = cells >> low + length << low + length


def largest_run(cells: int) -> int:
    return max((length for _, length in runs(cells)), default=0)
