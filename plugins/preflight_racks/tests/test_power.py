"""What feeds carry and can carry, in normal running and after each loss."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight_racks.power.capacity import bank_capacity, capacity, leg_capacity, line_capacity
from preflight_racks.power.gaps import gaps
from preflight_racks.power.loads import Load, loads
from preflight_racks.power.survival import dying, redundant, survives_all
from preflight_racks.room import Device, Feed, Leg, Rack, Supply

A = Feed("A", "P1", 230, 32)
B = Feed("B", "P2", 230, 32)
WYE = Feed("A", "P1", 208, 30, phases=3)
DELTA = Feed("A", "P1", 208, 30, phases=3, wiring="delta", bank_amps=16)


def device(draw: float | None, *plugs: str, needed: int = 1, name: str = "app") -> Device:
    """Plugs are written `A`, or `A/B` for leg B of feed A."""
    supplies = []
    for number, plug in enumerate(plugs, 1):
        feed, _, leg = plug.partition("/")
        supplies.append(Supply(f"PSU{number}", feed, leg))  # type: ignore[arg-type]  # a leg, by the tests below
    return Device(name, "r650", 2, None, draw=draw, supplies=tuple(supplies), needed=needed)


def rack(*devices: Device, feeds: tuple[Feed, ...] = (A, B)) -> Rack:
    return Rack("R12", 42, feeds=feeds, devices=devices)


def carried(rack: Rack, power_factor: float = 1.0) -> dict[tuple[str, str, str], float]:
    """What is lost, feed and part: what is carried, where it is known."""
    found = loads(rack, power_factor)
    assert all(load.least == load.most for load in found)
    return {(load.lost, load.feed, load.part): load.least for load in found}


def state(rack: Rack, lost: str, feed: str, part: str = "") -> str:
    load = next(each for each in loads(rack, 1) if (each.lost, each.feed, each.part) == (lost, feed, part))
    assert not (load.over and load.holds)
    return "over" if load.over else "holds" if load.holds else "not known"


def test_capacities_by_hand() -> None:
    assert capacity(Feed("A", volts=208, amps=30), 1) == pytest.approx(4992)
    assert capacity(WYE, 1) == pytest.approx(8646, abs=0.5)
    assert capacity(A, 0.95) == pytest.approx(230 * 32 * 0.8 * 0.95)
    assert capacity(replace(A, derate=1), 1) == 7360
    assert leg_capacity(WYE, 1) == pytest.approx(208 / math.sqrt(3) * 30 * 0.8)
    assert line_capacity(DELTA) == 24
    bank = bank_capacity(DELTA, 1)
    assert bank is not None
    assert 3 * bank == pytest.approx(9984)
    assert bank_capacity(replace(DELTA, wiring="wye"), 0.9) == pytest.approx(208 / math.sqrt(3) * 16 * 0.9)


def test_a_bank_without_breaker_or_volts_has_no_capacity() -> None:
    assert bank_capacity(WYE, 1) is None
    assert bank_capacity(replace(DELTA, volts=None), 1) is None


@pytest.mark.parametrize("missing", [{"volts": None}, {"amps": None}])
def test_what_is_not_known_is_no_capacity(missing: dict[str, None]) -> None:
    unknown = replace(WYE, **missing)
    assert capacity(unknown, 1) is None
    assert leg_capacity(unknown, 1) is None
    load = loads(rack(device(10, "A"), feeds=(unknown,)), 1)[0]
    assert not load.holds
    assert not load.over


def test_two_feeds_at_half_carry_all_when_one_is_lost() -> None:
    half = rack(*(device(588.8, "A", "B") for _ in range(10)))
    assert carried(half) == pytest.approx(
        {
            ("", "A", ""): 2944,
            ("", "B", ""): 2944,
            ("feed A", "B", ""): 5888,
            ("feed B", "A", ""): 5888,
        }
    )
    assert state(half, "feed A", "B") == "holds"
    more = rack(*half.devices, device(100, "A", "B"))
    assert state(more, "", "B") == "holds"
    assert state(more, "feed A", "B") == "over"


def test_a_panel_of_two_feeds_is_lost_at_once() -> None:
    feeds = (A, replace(B, panel="P1"), Feed("C", "P2", 230, 32))
    three = rack(device(900, "A", "B", "C"), feeds=feeds)
    found = carried(three)
    assert found["", "C", ""] == pytest.approx(300)
    assert found["feed A", "C", ""] == pytest.approx(450)
    assert found["panel P1", "C", ""] == pytest.approx(900)
    assert ("panel P1", "A", "") not in found


def test_what_needs_all_its_supplies_dies_with_its_feed_and_draws_nothing() -> None:
    found = carried(rack(device(800, "A", "B", needed=2), device(300, "A")))
    assert found["", "A", ""] == 700
    assert found["feed A", "B", ""] == 0
    assert found["feed B", "A", ""] == 300


def test_supplies_share_the_draw_of_those_that_died() -> None:
    found = carried(rack(device(1200, "A", "A", "B", "B", needed=2), device(1200, "A", "A", "B", "B", needed=3)))
    assert found["", "A", ""] == 1200
    assert found["feed A", "B", ""] == 1200  # of the first alone: the second is dead


def test_legs_of_a_wye_feed_are_told_apart() -> None:
    """2,881.7 W a leg and 8,645 W in all: a fine total hides a leg that is over."""
    uneven = rack(device(2900, "A/A"), device(500, "A/B"), device(500, "A/C"), feeds=(WYE,))
    assert state(uneven, "", "A") == "holds"
    assert state(uneven, "", "A", "leg A") == "over"
    assert state(uneven, "", "A", "leg B") == "holds"


def test_lines_of_a_delta_feed_carry_two_legs_each() -> None:
    """Legs of 10 A, 5 A and 0 A, by hand: sqrt(100), sqrt(25 + 100 + 50), sqrt(25)."""
    found = carried(rack(device(2080, "A/A"), device(1040, "A/B"), feeds=(DELTA,)))
    assert found["", "A", "line L1"] == pytest.approx(10)
    assert found["", "A", "line L2"] == pytest.approx(math.sqrt(175))
    assert found["", "A", "line L3"] == pytest.approx(5)


def test_without_volts_no_current_is_known() -> None:
    unrated = rack(device(2080, "A/A"), feeds=(replace(DELTA, volts=None),))
    assert {part: state(unrated, "", "A", part) for part in ("", "line L1", "line L2", "line L3", "bank A")} == {
        "": "not known",
        "line L1": "not known",
        "line L2": "not known",
        "line L3": "holds",
        "bank A": "not known",
    }


def test_each_load_knows_its_legs() -> None:
    parts = {load.part: "".join(load.legs) for load in loads(rack(feeds=(WYE, replace(DELTA, name="B"))), 1)}
    assert parts == {
        "": "ABC",
        "leg A": "A",
        "leg B": "B",
        "leg C": "C",
        "line L1": "AC",
        "line L2": "AB",
        "line L3": "BC",
        "bank A": "A",
        "bank B": "B",
        "bank C": "C",
    }


def test_equal_legs_of_a_delta_carry_what_the_feed_can() -> None:
    third = 208 * 24 / math.sqrt(3)
    for factor, expected in ((0.999, "holds"), (1.001, "over")):
        devices = [device(factor * third, f"A/{leg}") for leg in "ABC"]
        full = rack(*devices, feeds=(replace(DELTA, bank_amps=None),))
        assert {state(full, "", "A", part) for part in ("", "line L1", "line L2", "line L3")} == {expected}


def test_a_bank_is_over_where_its_lines_are_not() -> None:
    """3,328 W a bank; 3,400 W on one leg are 16.3 A on two lines of 24 A."""
    one = rack(device(3400, "A/C"), feeds=(DELTA,))
    assert [load.words for load in loads(one, 1) if load.over] == [
        "bank C of feed A in normal running: 3,400 W of 3,328 W (102 %)"
    ]


def test_volts_amperes_become_watts_by_the_power_factor() -> None:
    """Of a delta, 10 A at 208 V and 0.9 are 1,872 W."""
    found = carried(rack(device(1872, "A/A"), feeds=(DELTA,)), power_factor=0.9)
    assert found["", "A", "line L1"] == pytest.approx(10)


NEAR = [
    (Feed("A", "P", 208, 30), "A", "", 4992),
    (WYE, "A/B", "leg B", 208 / math.sqrt(3) * 24),
    (DELTA, "A/B", "bank B", 3328),
    (replace(DELTA, bank_amps=None), "A/B", "line L2", 4992),
]


@pytest.mark.parametrize(("feed", "plug", "part", "most"), NEAR)
@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.999, "holds"), (1, "holds"), (1 + 1e-9, "holds"), (1 - 1e-9, "holds"), (1.00001, "over"), (1.001, "over")],
)
def test_near_misses(feed: Feed, plug: str, part: str, most: float, share: float, expected: str) -> None:
    assert state(rack(device(share * most, plug), feeds=(feed,)), "", "A", part) == expected


def test_what_draws_nobody_knows_how_much_is_not_taken_for_nothing() -> None:
    unknown = rack(device(500, "A", "B"), device(None, "A"))
    assert state(unknown, "", "A") == "not known"
    assert state(unknown, "", "B") == "holds"
    assert state(unknown, "feed A", "B") == "holds"
    assert state(rack(device(6000, "A"), device(None, "A")), "", "A") == "over"
    assert state(rack(device(None, "A/B"), feeds=(DELTA,)), "", "A", "line L2") == "not known"
    assert state(rack(device(None), device(0, "A")), "", "A") == "holds"


@pytest.mark.parametrize("feed", ["", "Z"])
def test_a_supply_on_a_feed_not_known_may_hang_on_any(feed: str) -> None:
    loose = rack(device(5000, "A", feed), device(1000, "B"))
    assert state(loose, "", "A") == "holds"  # 5,000 at most
    assert state(loose, "feed B", "A") == "holds"
    assert state(loose, "feed A", "B") == "not known"  # 1,000 or 6,000
    assert state(rack(device(6000, "A"), device(5000, feed)), "", "A") == "over"
    assert state(rack(device(12000, "A", feed)), "", "A") == "over"  # of which half hangs on A for certain


def test_what_may_be_dead_may_draw_nothing() -> None:
    """Its second supply may hang on A as well: then it is dead after the loss of A."""
    assert state(rack(device(100, "A", ""), device(5900, "B")), "feed A", "B") == "over"
    assert state(rack(device(100, "A", ""), device(5800, "B")), "feed A", "B") == "not known"
    assert state(rack(device(3000, "B", "B", ""), device(3000, "B")), "feed A", "B") == "not known"
    assert state(rack(device(6000, "B", "B", ""), device(2000, "B")), "feed A", "B") == "over"


def test_a_supply_on_a_leg_not_known_may_hang_on_any() -> None:
    light = rack(device(1000, "A"), device(1000, "A/A"), feeds=(WYE,))
    assert state(light, "", "A", "leg A") == "holds"  # 2,000 at most
    heavy = rack(device(2000, "A"), device(1000, "A/A"), feeds=(WYE,))
    assert {part: state(heavy, "", "A", part) for part in ("", "leg A", "leg B")} == {
        "": "holds",
        "leg A": "not known",
        "leg B": "holds",
    }
    assert state(rack(device(2000, "A"), device(2900, "A/A"), feeds=(WYE,)), "", "A", "leg A") == "over"


@pytest.mark.parametrize(
    ("panels", "plugs", "needed", "expected"),
    [
        (("P1", "P2"), ("A", "B"), 1, True),
        (("P1", "P2"), ("A", "A"), 1, False),
        (("P1", "P1"), ("A", "B"), 1, False),
        (("P1", ""), ("A", "B"), 1, None),
        (("", ""), ("A", "B"), 1, None),
        (("P1", "P2"), ("A", ""), 1, None),
        (("P1", "P2"), ("A", "A", ""), 1, None),
        (("P1", "P2"), ("A", "A", ""), 2, False),
        (("P1", "P2"), ("A", "A", "B", "B"), 2, True),
        (("P1", "P2"), ("A", "A", "B", "B"), 3, False),
        (("P1", "P2"), (), 1, True),
        ((), ("A", "B"), 1, None),
        (("P1", "P2", ""), ("A", "B"), 1, True),
        (("P1", "P2", ""), ("A", "C"), 1, None),
    ],
)
def test_survival(panels: tuple[str, ...], plugs: tuple[str, ...], needed: int, expected: bool | None) -> None:
    feeds = tuple(Feed(name, panel, 230, 32) for name, panel in zip("ABC", panels, strict=False))
    one = device(100, *plugs, needed=needed)
    assert survives_all(one, rack(one, feeds=feeds)) is expected


def test_who_is_meant_to_survive() -> None:
    assert redundant(device(1, "A", "B"))
    assert not redundant(device(1, "A", "B", needed=2))
    assert not redundant(device(1, "A"))
    assert not redundant(device(1, "A", needed=0))
    assert not redundant(device(1))


def test_who_dies_of_what() -> None:
    devices = [device(1, "A", name="one"), device(1, "A", "B", name="two"), device(1, "", name="loose"), device(1)]
    feeds = (A, B, Feed("C", "P2"))
    assert [(lost, dead.name) for lost, dead in dying(rack(*devices, feeds=feeds))] == [("feed A", "one")]


def test_what_keeps_a_rack_from_being_judged() -> None:
    def words(*devices: Device, feeds: tuple[Feed, ...] = (A, B)) -> list[str]:
        return [gap.words for gap in gaps(rack(*devices, feeds=feeds), 1)]

    assert words(device(500, "A", "B"), device(None)) == []
    assert words(device(None, "A"), device(500, "A"), device(None)) == ["1 of 2 devices has no draw"]
    assert words(device(3000, "A", ""), device(3000, "A", "Z")) == [
        "2 of 2 devices have power supplies on a feed that is not known"
    ]
    assert words(device(50, "A", "")) == []  # wherever it hangs, it is carried
    assert words(device(50, "A"), feeds=()) == ["nothing says what feeds it"]
    assert words(feeds=()) == []
    assert words(device(0, "A"), feeds=()) == []
    assert words(device(3000, "A", name="x"), device(1, "A/A", name="y"), device(0, "A"), feeds=(WYE,)) == [
        "1 of 2 devices has power supplies on a leg that is not known"
    ]
    assert words(device(50, "A", "B"), feeds=(replace(A, amps=None), replace(B, volts=None), Feed("C", "P3"))) == [
        "volts or amps of feeds A and B are not known"
    ]
    assert words(device(3000, "A"), feeds=(WYE,)) == ["1 of 1 device has power supplies on a leg that is not known"]
    # Of two feeds, no loss of both leaves one that carries more.
    assert words(device(50, "A", "B"), feeds=(replace(A, panel=""), B)) == []
    assert words(device(50, "A", "B"), feeds=(replace(A, panel=""), B, Feed("C", "P3", 230, 32))) == [
        "nothing says which panel feed A comes from"
    ]


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (Load("B", "feed A", "", 6120, 6120, 5888), "feed B after the loss of feed A: 6,120 W of 5,888 W (104 %)"),
        (Load("B", "panel P1", "", 1, 1, 10), "feed B after the loss of panel P1: 1 W of 10 W (10 %)"),
        (Load("B", "", "", 5890, 5890, 5888), "feed B in normal running: 5,890 W of 5,888 W (just over 100 %)"),
        (Load("B", "", "", 5894, 5894, 5888), "feed B in normal running: 5,894 W of 5,888 W (100.1 %)"),
        (Load("B", "", "", 5888, 5888, 5888), "feed B in normal running: 5,888 W of 5,888 W (100 %)"),
        (Load("B", "", "line L1", 25, 25, 24, "A"), "line L1 of feed B in normal running: 25.0 A of 24.0 A (104 %)"),
        (Load("B", "", "", 6120, math.inf, 5888), "feed B in normal running: at least 6,120 W of 5,888 W (104 %)"),
        (Load("B", "", "", 10, 10, None), "feed B in normal running: 10 W, of nobody knows how much"),
        (Load("B", "", "", 10, 10, 0), "feed B in normal running: 10 W of 0 W (far over 100 %)"),
    ],
)
def test_words(load: Load, words: str) -> None:
    assert load.words == words


PLUGS = st.sampled_from(["A/A", "A/B", "A/C", "B/A", "B/B", "B/C", "C"])
DRAWS = st.floats(1, 4000)
THREE = (replace(WYE, name="A"), replace(DELTA, name="B", panel="P2"), Feed("C", "P3", 230, 32))


@st.composite
def racks(
    draw: st.DrawFn, plugs: st.SearchStrategy[str] = PLUGS, draws: st.SearchStrategy[float | None] = DRAWS
) -> Rack:
    devices = []
    for number in range(draw(st.integers(0, 6))):
        supplies = draw(st.lists(plugs, min_size=1, max_size=4))
        needed = draw(st.integers(1, len(supplies)))
        devices.append(device(draw(draws), *supplies, needed=needed, name=f"app-{number}"))
    return rack(*devices, feeds=THREE)


@settings(max_examples=40, deadline=None)
@given(racks())
def test_in_normal_running_all_that_is_drawn_is_carried(one: Rack) -> None:
    total = sum(load.least for load in loads(one, 1) if not load.lost and not load.part)
    assert total == pytest.approx(sum(each.draw or 0 for each in one.devices))


@settings(max_examples=40, deadline=None)
@given(racks())
def test_a_loss_that_all_survive_lowers_no_load_of_what_is_left(one: Rack) -> None:
    dead = {lost for lost, _ in dying(one)}
    found = carried(one)
    for (lost, feed, part), load in found.items():
        if lost not in dead:
            assert load >= found["", feed, part] * (1 - 1e-9)


@settings(max_examples=40, deadline=None)
@given(racks(), st.floats(0.01, 100))
def test_draws_and_amps_grow_alike(one: Rack, factor: float) -> None:
    """Every share of a capacity stays as it was."""
    devices = tuple(replace(each, draw=(each.draw or 0) * factor) for each in one.devices)
    feeds = tuple(
        replace(feed, amps=(feed.amps or 0) * factor, bank_amps=feed.bank_amps and feed.bank_amps * factor)
        for feed in one.feeds
    )
    for load, scaled in zip(loads(one, 1), loads(replace(one, devices=devices, feeds=feeds), 1), strict=True):
        assert load.capacity is not None
        assert scaled.capacity is not None
        assert scaled.least / scaled.capacity == pytest.approx(load.least / load.capacity)


@settings(max_examples=60, deadline=None)
@given(racks(plugs=PLUGS | st.sampled_from(["", "A", "B"])), st.data())
def test_wherever_a_loose_supply_hangs_the_load_is_within_bounds(one: Rack, data: st.DataObject) -> None:
    bounds = {(load.lost, load.feed, load.part): load for load in loads(one, 1)}
    plugged = replace(one, devices=tuple(_plugged(each, data) for each in one.devices))
    for place, load in carried(plugged).items():
        assert bounds[place].least * (1 - 1e-9) <= load <= bounds[place].most * (1 + 1e-9)


def _plugged(one: Device, data: st.DataObject) -> Device:
    def of(supply: Supply) -> Supply:
        feed = supply.feed or data.draw(st.sampled_from("ABC"))
        legs: list[Leg] = ["A", "B", "C"] if feed != "C" else [""]
        return replace(supply, feed=feed, leg=supply.leg or data.draw(st.sampled_from(legs)))

    return replace(one, supplies=tuple(of(supply) for supply in one.supplies))
