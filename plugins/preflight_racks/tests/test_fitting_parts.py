"""The parts of the search whose answer counts as a proof, each against trying everything."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from preflight_racks.demand import Demand
from preflight_racks.fitting.bays import survey
from preflight_racks.fitting.cells import largest_run, runs, slots, starts_of
from preflight_racks.fitting.choices import choices
from preflight_racks.fitting.circuits import Circuit
from preflight_racks.fitting.items import items_of
from preflight_racks.fitting.legs import Plugged, balance
from preflight_racks.fitting.packing import Shape, Sweep, covers, pack, stretches
from preflight_racks.fitting.pricing import Pricing
from preflight_racks.fitting.stacking import stack
from preflight_racks.room import Room
from preflight_racks.tests.test_fitting_search import ALL, FEW, GROUPS, ROOMS

CELLS = st.integers(0, 2**10 - 1)
SHAPES = st.lists(
    st.builds(
        lambda height, faces, cells: Shape(height, faces, 3, starts_of(cells, height, aligned=height >= 2)),
        st.integers(1, 4),
        st.integers(1, 3),
        CELLS,
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda shape: (shape.height, shape.faces),
).map(tuple)


def _never() -> bool:
    return False


def test_runs_and_starts() -> None:
    cells = 0b1110_1111_0011
    assert list(runs(cells)) == [(0, 2), (4, 4), (9, 3)]
    assert largest_run(cells) == 4
    assert starts_of(cells, 2, aligned=True) == 0b0100_0101_0001
    assert starts_of(cells, 3, aligned=False) == 0b0010_0011_0000
    assert slots(starts_of(cells, 2, aligned=True), 2) == 4


def _standing(shapes: tuple[Shape, ...], needs: tuple[int, ...]) -> bool:
    """Try every place for every thing."""
    things = [shape for shape, need in zip(shapes, needs, strict=True) for _ in range(need)]

    def put(at: int, front: int, rear: int) -> bool:
        if at == len(things):
            return True
        for low in range(12):
            bits = ((1 << things[at].height) - 1) << low
            on_front, on_rear = bits if things[at].faces & 1 else 0, bits if things[at].faces & 2 else 0
            free = not (front & on_front or rear & on_rear)
            if things[at].starts >> low & 1 and free and put(at + 1, front | on_front, rear | on_rear):
                return True
        return False

    return put(0, 0, 0)


def _overlap(shapes: tuple[Shape, ...], placed: list[tuple[int, int]]) -> bool:
    taken: set[tuple[int, int]] = set()
    for index, low in placed:
        shape = shapes[index]
        cells = {(f, c) for f in (1, 2) if shape.faces & f for c in range(low, low + shape.height)}
        if cells & taken or not shape.starts >> low & 1:
            return True
        taken |= cells
    return False


@FEW
@given(SHAPES)
def test_a_front_covers_just_what_can_stand(shapes: tuple[Shape, ...]) -> None:
    sweep = Sweep()
    parts = stretches(shapes)
    front = sweep.total(tuple(part for _, part in parts))
    for needs in product(range(4), repeat=len(shapes)):
        vector = pack(needs)
        stands = covers(front, vector, len(shapes))
        assert stands is _standing(shapes, needs)
        wanted = sorted(index for index, need in enumerate(needs) for _ in range(need))
        for placed in (sweep.arrange(parts, vector), stack(shapes, needs)) if stands else ():
            if placed is not None:
                assert sorted(index for index, _ in placed) == wanted
                assert not _overlap(shapes, placed)


@FEW
@given(
    st.sampled_from(
        (
            Circuit("A", 3000.0, 3, 1000.0, float("inf")),
            Circuit("A", 3000.0, 3, float("inf"), 1732.0),
            Circuit("A", 3000.0, 3, 1200.0, 1732.0),
        )
    ),
    st.tuples(*[st.sampled_from((0.0, 100.0, 450.0))] * 3),
    st.lists(st.builds(Plugged, st.integers(1, 3), st.tuples(st.sampled_from((100.0, 300.0, 500.0)))), max_size=2),
)
def test_supplies_are_shared_out_over_legs_if_that_can_be(
    feed: Circuit, legs: tuple[float, ...], plugged: list[Plugged]
) -> None:
    watts = [each.watts[0] for each in plugged for _ in range(each.number)]

    def carried(on: tuple[int, ...]) -> bool:
        loads = list(legs)
        for leg, more in zip(on, watts, strict=True):
            loads[leg] += more
        return feed.carries(tuple(loads))

    found = balance(feed, (legs,), [0.0], plugged)
    assert (found is not False) is any(carried(on) for on in product(range(3), repeat=len(watts)))
    assert found is not True
    if isinstance(found, list):
        assert [sum(split) for split in found] == [each.number for each in plugged]
        assert carried(tuple(leg for split in found for leg in range(3) for _ in range(split[leg])))


@settings(FEW, max_examples=60)
@given(ROOMS, GROUPS, st.lists(st.integers(0, 1000), min_size=3, max_size=3))
def test_the_dearest_choice_is_the_dearest_of_all(room: Room, demands: tuple[Demand, ...], prices: list[int]) -> None:
    items = items_of(demands)
    wanted = tuple(item.quantity for item in items)
    for each in choices(survey(room, items, ALL), items, wanted, _never, _never):
        assert each.exact
        found = Pricing(each.interior, items).dearest(prices[: len(items)], wanted, _never)
        worth = [sum(a * b for a, b in zip(prices, vector, strict=False)) for vector in each.known]
        at_once = Pricing(each.interior, items).dearest(prices[: len(items)], wanted, lambda: True)
        assert at_once.worth >= max(worth) - 1e-6
        assert found.worth == max(worth) == sum(a * b for a, b in zip(prices, found.counts, strict=False))
