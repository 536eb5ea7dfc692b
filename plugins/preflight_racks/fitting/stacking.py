"""Things put into a rack one after the other, as a person would: not always possible where `packing` knows a way."""

from __future__ import annotations

from collections.abc import Sequence

from preflight_racks.fitting.packing import Shape


def stack(
    shapes: Sequence[Shape], needs: Sequence[int], preferred: Sequence[Sequence[int]] = ()
) -> list[tuple[int, int]] | None:
    """Shape and lowest cell of each thing; None if some found no place.

    The tall ones come first. Each goes where it was preferred, then where the open run is the shortest, so that long
    runs stay whole, then as low as can be.

    Args:
        preferred: for each shape, sets of cells; it should be in the first, and there in the second, and so on, if it
            can.
    """
    starts = [shape.starts for shape in shapes]
    placed = []
    order = sorted(range(len(shapes)), key=lambda index: (-shapes[index].height, -shapes[index].faces, index))
    for index in order:
        shape = shapes[index]
        wishes = preferred[index] if preferred else ()
        for _ in range(needs[index]):
            if not starts[index]:
                return None
            cell = _choose(starts[index], shape.height, wishes)
            placed.append((index, cell))
            for other, each in enumerate(shapes):
                if each.faces & shape.faces:
                    low = max(0, cell - each.height + 1)
                    starts[other] &= ~(((1 << cell + shape.height - low) - 1) << low)
    return placed


def _choose(starts: int, height: int, wishes: Sequence[int]) -> int:
    for wish in wishes:
        kept = starts
        for step in range(height):
            kept &= wish >> step
        starts = kept or starts
    covered = 0
    for step in range(height):
        covered |= starts << step
    best, least = 0, covered.bit_length() + 1
    rest = starts
    while rest:
        low = (rest & -rest).bit_length() - 1
        run = covered >> low
        length = (~run & (run + 1)).bit_length() - 1
        if length < least:
            best, least = low, length
        rest = rest >> low + length << low + length
    return best
