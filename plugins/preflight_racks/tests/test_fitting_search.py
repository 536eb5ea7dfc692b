"""The search against a plain reading of the limits, and against every way there is."""

from __future__ import annotations

import time
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preflight_racks.answer import Answer
from preflight_racks.demand import Demand, Limit
from preflight_racks.fitting import choices, highs, prices, solving
from preflight_racks.fitting.search import search
from preflight_racks.room import Device, Feed, Rack, Reservation, Room, Supply
from preflight_racks.tests.fitting_check import most, wrong

ALL: frozenset[Limit] = frozenset({"weight", "power", "ports"})
FEW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def looked_for(room: Room, *demands: Demand, limits: frozenset[Limit] = ALL, seconds: float = 30.0) -> Answer:
    deadline = time.monotonic() + seconds
    answer = search(room, demands, limits, deadline=deadline, progress=lambda *_: None, stopped=lambda: False)
    assert [share.demand for share in answer.shares] == [demand.name for demand in demands]
    assert sum(share.placed for share in answer.shares) == len(answer.places) <= answer.at_most
    return answer


FEEDS = (
    (Feed("A", "P1", 100, 10), Feed("B", "P2", 100, 10)),
    (Feed("A", "P1", 100, 10), Feed("B", "P1", 100, 10)),
    (Feed("A", "P1", 100, 10),),
    (Feed("A", "P1", 100, 5), Feed("B", "P2", 100, 10), Feed("C", "P2", 100, 5)),
    (Feed("A", "P1", 100, 6, phases=3, wiring="delta"), Feed("B", "P2", 173, 5, phases=3)),
    (Feed("A", "P1", 173, 10, phases=3, bank_amps=5), Feed("B", "P2", 100, 10)),
)


@st.composite
def racks(draw: st.DrawFn, name: str) -> Rack:
    units = draw(st.integers(1, 5))
    feeds = draw(st.sampled_from(FEEDS))
    devices = []
    for unit in range(1, units + 1):
        what = draw(st.sampled_from(("", "", "", "full", "front", "rear", "blank", "half")))
        if what:
            plugged = draw(st.lists(st.sampled_from(feeds), max_size=2))
            supplies = tuple(
                Supply(f.name, f.name, draw(st.sampled_from("ABC")) if f.phases == 3 else "") for f in plugged
            )
            devices.append(
                Device(
                    f"{name}-{unit}",
                    "x",
                    1 if what == "half" else 2,
                    2 * unit + (draw(st.integers(0, 1)) if what == "half" else 0),
                    face="rear" if what == "rear" else "front",
                    full_depth=what == "full",
                    weight=None if what == "blank" else draw(st.integers(0, 5)),
                    draw=draw(st.sampled_from((0, 100, 300))),
                    supplies=() if what == "blank" else supplies,
                    blank=what == "blank",
                )
            )
    kept = draw(st.sampled_from(((), (), (1,), (1, 2))))
    holder = draw(st.sampled_from(("us", "them")))
    return Rack(
        name,
        units,
        max_weight=draw(st.integers(10, 50)),
        feeds=feeds,
        ports=draw(st.sampled_from(((), (("sfp", 2),), (("sfp", 5),)))),
        reserved=(Reservation(kept, holder),) if kept else (),
        blocked=draw(st.sampled_from(((), (), (units,)))),
        devices=tuple(devices),
    )


@st.composite
def groups(draw: st.DrawFn, name: str) -> Demand:
    psus, needed = draw(st.sampled_from(((0, 0), (1, 1), (2, 1), (2, 1), (2, 2))))
    return Demand(
        name,
        "x",
        draw(st.integers(1, 3)),
        draw(st.sampled_from((1, 2, 2, 2, 3, 4))),
        full_depth=draw(st.booleans()),
        weight=draw(st.integers(0, 10)),
        draw=draw(st.sampled_from((100, 200, 300, 400))),
        psus=psus,
        needed=needed,
        ports=draw(st.sampled_from(((), (), (("sfp", 1),), (("sfp", 2),)))),
        holder=draw(st.sampled_from(("", "us"))),
        per_rack=draw(st.sampled_from((None, None, None, 1))),
        together=draw(st.sampled_from(("", "", "", "", "rack", "adjacent"))),
        racks=draw(st.sampled_from(((), (), (), ("R1",)))),
        face=draw(st.sampled_from(("front", "rear"))),
        remove_blanks=draw(st.booleans()),
    )


ROOMS = (
    st.integers(1, 2)
    .flatmap(lambda number: st.tuples(*(racks(f"R{each + 1}") for each in range(number))))
    .map(lambda found: Room(found, power_factor=0.9, today="2026-11-01"))
)
GROUPS = st.integers(1, 3).flatmap(lambda number: st.tuples(*(groups(f"g{each + 1}") for each in range(number))))


@FEW
@given(ROOMS, GROUPS, st.sampled_from((ALL, frozenset[Limit](), frozenset[Limit]({"weight"}))))
def test_says_what_trying_everything_says(room: Room, demands: tuple[Demand, ...], limits: frozenset[Limit]) -> None:
    answer = looked_for(room, *demands, limits=limits)
    assert wrong(room, demands, answer.places, limits) == []
    best = most(room, demands, limits)
    assert (len(answer.places), *(share.placed for share in answer.shares)) == best
    assert answer.at_most == best[0]
    assert answer.status == ("fits" if best[0] == sum(demand.count for demand in demands) else "does-not-fit")
    for demand, share in zip(demands, answer.shares, strict=True):
        alone = most(room, [demand], limits)[0]
        assert share.alone == alone
        assert share.alone_proven


@FEW
@given(ROOMS, GROUPS, st.integers(0, 3))
def test_more_of_anything_is_never_worse(room: Room, demands: tuple[Demand, ...], what: int) -> None:
    before = looked_for(room, *demands)
    first = room.racks[0]
    more = (
        (*room.racks, Rack("R9", 3, max_weight=20, feeds=FEEDS[0], ports=(("sfp", 2),))),
        (replace(first, units=first.units + 2), *room.racks[1:]),
        (replace(first, max_weight=(first.max_weight or 0) + 20), *room.racks[1:]),
        (replace(first, feeds=tuple(replace(f, amps=2 * (f.amps or 0)) for f in first.feeds)), *room.racks[1:]),
    )[what]
    after = looked_for(replace(room, racks=more), *demands)
    assert len(after.places) >= len(before.places)
    assert (before.status, after.status) != ("fits", "does-not-fit")


@FEW
@given(ROOMS, GROUPS, st.sampled_from(("tries", "choices", "runs")))
def test_combining_alone_finds_the_best(room: Room, demands: tuple[Demand, ...], way: str) -> None:
    """Without racks filled one by one before, nor prices but the plainest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "fill", lambda _bays, _items, start, _stopped: start)
        patch.setattr(prices, "ROUNDS", 0)
        if way != "runs":
            patch.setattr(solving.Solving, "ask_by_runs", lambda _self: None)
        if way == "choices":
            patch.setattr(solving, "TRIES", 0)
        answer = looked_for(room, *demands)
    assert wrong(room, demands, answer.places, ALL) == []
    best = most(room, demands, ALL)
    assert (answer.at_most, len(answer.places)) == (best[0], best[0])
    if way == "tries":
        assert tuple(share.placed for share in answer.shares) == best[1:]


def planted(seed: int, share: float) -> tuple[Room, list[Demand]]:
    """Pairs of racks that some groups fill nearly to the last unit and watt; and then so much of them."""
    chance = Random(seed)
    sorts = chance.sample(
        [(1, 18.5, 350.0), (2, 27.0, 520.0), (2, 31.0, 640.0), (3, 44.0, 800.0), (4, 58.0, 1150.0)], 3
    )
    counts = [0] * len(sorts)
    found = []
    for number in (0, 2, 4):
        units, weight, power, devices = 1, 0.0, 0.0, []
        while units <= 20:
            gap = min(chance.choice((1, 2, 3, 4)), 21 - units)
            units += gap
            while small := [index for index, sort in enumerate(sorts) if sort[0] <= gap]:
                index = chance.choice(small)
                gap -= sorts[index][0]
                counts[index] += 2
                weight += sorts[index][1]
                power += sorts[index][2]
            if units <= 20:
                devices.append(Device(f"d{units}", "x", 2, 2 * units, weight=0.0))
                units += 1
        feeds = tuple(Feed(name, name, 230, (power * 1.03 + 1) / 184) for name in "AB")
        one = Rack(f"R{number}", 20, max_weight=weight * 1.03 + 1, feeds=feeds, devices=tuple(devices))
        found += [one, replace(one, name=f"R{number + 1}")]
    return Room(tuple(found)), [
        Demand(f"g{at}", "x", round(count * share), 2 * units, weight=weight, draw=draw, psus=2, needed=1)
        for at, (count, (units, weight, draw)) in enumerate(zip(counts, sorts, strict=True))
    ]


@pytest.mark.parametrize("share", [1.0, 1.1])
@pytest.mark.parametrize("seed", range(3))
def test_every_way_to_combine_racks_comes_to_the_same(seed: int, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    room, demands = planted(seed, share)
    plain = looked_for(room, *demands)
    assert (plain.status, wrong(room, demands, plain.places, ALL)) == ("fits" if share == 1.0 else "does-not-fit", [])
    monkeypatch.setattr(solving.Solving, "ask_by_runs", lambda _self: None)
    monkeypatch.setattr(solving, "TRIES", 0)
    monkeypatch.setattr(prices, "ROUNDS", 1)
    by_highs = looked_for(room, *demands)
    assert (by_highs.status, by_highs.at_most, len(by_highs.places)) == (plain.status, plain.at_most, len(plain.places))
    assert wrong(room, demands, by_highs.places, ALL) == []
    monkeypatch.setattr(choices, "ASKED", 10)
    generated = looked_for(room, *demands)
    assert len(generated.places) <= plain.at_most <= generated.at_most
    assert wrong(room, demands, generated.places, ALL) == []


def test_without_highs_what_is_not_shown_says_what_may_help(monkeypatch: pytest.MonkeyPatch) -> None:
    room, demands = planted(1, 1.0)
    monkeypatch.setattr(highs, "VERSION", "")
    assert looked_for(room, *demands).status == "fits"
    answer = looked_for(room, *demands, seconds=0.0)
    assert (answer.status, answer.at_most) == ("unproven", sum(demand.count for demand in demands))
    assert "pytest-preflight[highs]" in answer.proof
    assert wrong(room, demands, answer.places, ALL) == []


def test_a_search_that_nobody_waits_for_ends() -> None:
    room, demands = planted(1, 1.0)
    told: list[str] = []
    never = time.monotonic() + 1e6
    answer = search(
        room, demands, ALL, deadline=never, progress=lambda _, what: told.append(what), stopped=lambda: True
    )
    assert answer.status == "unproven"
    assert told[0] == "looking at 6 racks"
