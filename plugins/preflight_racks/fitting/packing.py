"""Whether things of several heights go into a rack side by side, exactly; and one way to do it.

What matters of the things is their shape. A number for each shape makes a vector; those of all vectors that go into a
rack of which no number can be raised are its *front*, and a vector goes in if one of the front is nowhere below it.
A rack falls into stretches that no thing could cross. The front of a stretch is found by deciding, from the lowest
place on, whether something is put there; equal remainders are decided once, whichever rack they come from.
A vector is packed into an int, 12 bits a shape, so that adding, and comparing all numbers at once, are single steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

FIELD = 12
GUARD = 1 << FIELD - 1
LARGEST = 600
STATES = 20_000


@dataclass(frozen=True, slots=True, order=True)
class Shape:
    """What decides where something may stand.

    Attributes:
        height: in half units.
        faces: 1 front, 2 rear, 3 both.
        most: no more than that are wanted.
        starts: the cells that may be its lowest.
    """

    height: int
    faces: int
    most: int
    starts: int


Stretch = tuple[Shape, ...]


class TooManyError(Exception):
    """A front is too large to be listed."""


def pack(numbers: tuple[int, ...]) -> int:
    vector = 0
    for index, number in enumerate(numbers):
        vector |= number << FIELD * index
    return vector


def unpack(vector: int, shapes: int) -> tuple[int, ...]:
    return tuple(vector >> FIELD * index & GUARD - 1 for index in range(shapes))


@lru_cache(maxsize=64)
def _guards(shapes: int) -> int:
    return pack((GUARD,) * shapes)


def _number(vector: int, index: int) -> int:
    return vector >> FIELD * index & GUARD - 1


def covers(front: tuple[int, ...], vector: int, shapes: int) -> bool:
    """One of the front is nowhere below the vector."""
    guards = _guards(shapes)
    return any((each | guards) - vector & guards == guards for each in front)


def pareto(vectors: set[int], shapes: int, largest: int = LARGEST) -> tuple[int, ...]:
    """Those that no other covers. Raises: TooManyError."""
    guards = _guards(shapes)
    kept: list[int] = []
    # What is nowhere below another is never the smaller int.
    for vector in sorted(vectors, reverse=True):
        if not any((each | guards) - vector & guards == guards for each in kept):
            kept.append(vector)
            if len(kept) > largest:
                raise TooManyError
    return tuple(kept)


def stretches(shapes: tuple[Shape, ...]) -> tuple[tuple[int, Stretch], ...]:
    """The parts of a rack that no shape could cross, each with its lowest cell, which it then counts as 0."""
    crossed = covered = 0
    for shape in shapes:
        for step in range(shape.height):
            covered |= shape.starts << step
            if step:
                crossed |= shape.starts << step
    found = []
    low = 0
    while covered >> low:
        if not covered >> low & 1:
            low += 1
            continue
        high = low + 1
        while crossed >> high & 1:
            high += 1
        mask = (1 << high - low) - 1
        part = tuple(Shape(s.height, s.faces, s.most, s.starts >> low & mask) for s in shapes)
        found.append((low, part))
        low = high
    return tuple(found)


class Sweep:
    """The fronts of all stretches that were asked for, for as long as one search lasts."""

    def __init__(self) -> None:
        self._fronts: dict[Stretch, tuple[int, ...]] = {}
        self._sums: dict[tuple[Stretch, ...], tuple[int, ...]] = {}

    def front(self, stretch: Stretch) -> tuple[int, ...]:
        """Raises: TooManyError."""
        wanted = _lowered(stretch)
        # Not recursive: there may be more cells and shapes than Python has frames.
        stack = [wanted]
        states = len(self._fronts) + STATES
        while stack:
            key = stack[-1]
            if key in self._fronts:
                stack.pop()
                continue
            decision = _decide(key)
            if decision is None:
                self._fronts[key] = (0,)
                continue
            index, put, skipped = decision
            rest = _lowered(put), _lowered(skipped)
            unknown = [each for each in rest if each not in self._fronts]
            if unknown:
                stack += unknown
                continue
            most = key[index].most
            unit = 1 << FIELD * index
            found = {each + unit if _number(each, index) < most else each for each in self._fronts[rest[0]]}
            found.update(self._fronts[rest[1]])
            if len(self._fronts) > states:
                raise TooManyError
            self._fronts[key] = pareto(found, len(key))
        return self._fronts[wanted]

    def total(self, parts: tuple[Stretch, ...]) -> tuple[int, ...]:
        """The front of several stretches together. Raises: TooManyError."""
        if not parts:
            return (0,)
        known = self._sums.get(parts)
        if known is None:
            rest = self.total(parts[1:])
            first = self.front(parts[0])
            most = tuple(shape.most for shape in parts[0])
            sums = {_clipped(a + b, most) for a in first for b in rest}
            self._sums[parts] = known = pareto(sums, len(most))
        return known

    def arrange(self, parts: tuple[tuple[int, Stretch], ...], vector: int) -> list[tuple[int, int]]:
        """Shape and lowest cell of each thing of a vector that the front covers. Raises: TooManyError."""
        placed: list[tuple[int, int]] = []
        for number, (low, part) in enumerate(parts):
            rest = self.total(tuple(each for _, each in parts[number + 1 :]))
            for choice in sorted(self.front(part), key=lambda each: (each.bit_count(), each)):
                left = _without(vector, choice, len(part))
                if covers(rest, left, len(part)):
                    placed += [(shape, low + cell) for shape, cell in self._trace(part, vector - left)]
                    vector = left
                    break
        return placed

    def _trace(self, stretch: Stretch, vector: int) -> list[tuple[int, int]]:
        placed = []
        shift = 0
        while vector:
            lowest = min((s.starts & -s.starts).bit_length() - 1 for s in stretch if s.starts)
            shift += lowest
            decision = _decide(_lowered(stretch))
            assert decision is not None
            index, put, skipped = decision
            unit = 1 << FIELD * index
            if _number(vector, index) and covers(self.front(put), vector - unit, len(stretch)):
                placed.append((index, shift))
                vector -= unit
                stretch = put
            else:
                stretch = skipped
        return placed


def _lowered(stretch: Stretch) -> Stretch:
    """The same with the lowest place at cell 0."""
    union = 0
    for shape in stretch:
        union |= shape.starts
    low = (union & -union).bit_length() - 1
    if low <= 0:
        return stretch
    return tuple(Shape(s.height, s.faces, s.most, s.starts >> low) for s in stretch)


def _decide(stretch: Stretch) -> tuple[int, Stretch, Stretch] | None:
    """The first shape that may stand at cell 0; what remains open if it does, and if it does not."""
    for index, shape in enumerate(stretch):
        if shape.starts & 1:
            free = ~((1 << shape.height) - 1)
            put = tuple(
                Shape(s.height, s.faces, s.most, s.starts & free if s.faces & shape.faces else s.starts)
                for s in stretch
            )
            skipped = Shape(shape.height, shape.faces, shape.most, shape.starts & ~1)
            return index, put, (*stretch[:index], skipped, *stretch[index + 1 :])
    return None


def _clipped(vector: int, most: tuple[int, ...]) -> int:
    for index, limit in enumerate(most):
        over = _number(vector, index) - limit
        if over > 0:
            vector -= over << FIELD * index
    return vector


def _without(vector: int, other: int, shapes: int) -> int:
    return pack(tuple(max(0, _number(vector, i) - _number(other, i)) for i in range(shapes)))
