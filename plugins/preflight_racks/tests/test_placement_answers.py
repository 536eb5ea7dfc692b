"""What is said of an answer that no search comes to, or only a rare one; what is kept of it, and what is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from preflight.finding import Finding, NotChecked
from preflight.testing import assert_serialises, spec_of
from preflight_racks.answer import Answer, Berth, Bind, Relief, Share, Unsure
from preflight_racks.demand import Demand, Place
from preflight_racks.observation import PlacementObservation
from preflight_racks.placement.binding import binding
from preflight_racks.placement.judge import judge
from preflight_racks.placement.kind import PLACEMENT
from preflight_racks.placement.outcome import MOST_NEAREST, outcome_of
from preflight_racks.placement.sketch import sketch
from preflight_racks.placement.spec import PlacementSpec
from preflight_racks.room import Device, Feed, Rack, Reservation, Room
from preflight_racks.tests.planned import FED, FEEDS, observed, one_rack, section

APP = Demand("p", "app", 4, 2, weight=20, draw=400, psus=2, needed=1)
PAIR = (Feed("A", "P1", 230, 16), Feed("B", "P2", 230, 16))
ANSWER = set(Answer.__slots__)


def seen(**changes: Any) -> tuple[PlacementSpec, PlacementObservation]:
    spec, observation = observed(one_rack(f"units: 9, {FED}", "type: app, count: 2"))["p"]
    answer = replace(observation.answer, **{key: changes.pop(key) for key in list(changes) if key in ANSWER})
    return spec, replace(observation, answer=answer, **changes)


@pytest.mark.parametrize(
    ("places", "wrong"),
    [
        ((Place("p", 1, "R1", 2, plugs=(("A", ""), ("B", ""))),), "2 are said to have places, and 1 have"),
        ((Place("p", 1, "R1", 2, plugs=(("A", ""), ("B", ""))),) * 2, "p-1 has 2 places"),
        (
            (Place("p", 1, "R1", 20, plugs=(("A", ""), ("B", ""))), Place("p", 2, "R1", 2, plugs=(("A", ""),) * 2)),
            "p-1 at U10 (front) of R1: the rack has U1-9; p-2 at U1 (front) of R1 does not survive the loss of feed A",
        ),
    ],
)
def test_places_that_do_not_hold_are_no_places(places: tuple[Place, ...], wrong: str) -> None:
    spec, observation = seen(places=places)
    (reason,) = judge(spec, observation)
    assert isinstance(reason, NotChecked)
    assert f"the places that were found for p do not hold: {wrong}" in reason.reason
    assert "do not use them; this is a bug" in reason.next_step
    assert sketch(spec, observation, 80, False) == sketch(spec, observation, 80, True) == []


def test_neither_places_nor_a_proof() -> None:
    share = Share("p", 0, None, False, ())
    proof = "neither was shown in time; `pip install x` may settle it"
    spec, observation = seen(status="unproven", places=(), shares=(share,), proof=proof, seconds=54.4)
    (reason,) = judge(spec, observation)
    assert isinstance(reason, NotChecked)
    assert (
        reason.reason == f"places were found for none of 2 p; whether the others have any is open after 54 s: {proof}"
    )
    assert "`timeout:`" in reason.next_step


def test_a_group_that_has_all_of_its_places_passes_whatever_becomes_of_the_others() -> None:
    for status in ("fits", "unproven", "does-not-fit"):
        assert judge(*seen(status=status)) == []


@pytest.mark.parametrize("other", [{"count": 3}, {"name": "q"}])
def test_the_answer_to_another_question_is_none(other: dict[str, Any]) -> None:
    spec = spec_of(PLACEMENT, **({"name": "p", "type": "app", "count": 2} | other))
    (reason,) = judge(spec, seen()[1])
    assert isinstance(reason, NotChecked)
    assert "were searched for 2 p, and not for" in reason.reason


def test_what_was_placed_of_a_group_that_fits_in_part_has_to_hold_as_well() -> None:
    spec, whole = observed(one_rack(f"units: 2, {FED}", "type: app, count: 3"))["p"]
    assert isinstance(judge(spec, whole)[0], Finding)
    twice = replace(whole, answer=replace(whole.answer, places=(whole.answer.places[0],) * 2))
    (reason,) = judge(spec, twice)
    assert isinstance(reason, NotChecked)


@pytest.mark.parametrize(
    ("placed", "at_most", "said"),
    [(1, 1, "room for 1 of 4"), (1, 3, "room for at least 1 of 4"), (0, 0, "room for none of 4")],
)
def test_more_may_be_possible_than_was_found(placed: int, at_most: int, said: str) -> None:
    places = (Place("p", 1, "R1", 2, plugs=(("A", ""), ("B", ""))),)[:placed]
    share = Share("p", placed, placed, placed == at_most, ())
    spec, observation = seen(status="does-not-fit", places=places, at_most=at_most, shares=(share,), demand=APP)
    (reason,) = judge(spec.model_copy(update={"count": 4}), observation)
    assert isinstance(reason, Finding)
    assert reason.observed.splitlines()[0] == said


def test_a_reservation_whose_time_is_past_by_its_source_and_not_by_a_day() -> None:
    share = Share("p", 0, 0, True, (), (Relief("reservation", "R1", "", 2, (1, 2)),))
    rack = Rack("R1", 9, feeds=PAIR, reserved=(Reservation((1, 2), "", stale=True),))
    spec, observation = seen(status="does-not-fit", places=(), shares=(share,), racks=(rack,), at_most=0)
    (reason,) = judge(spec, observation)
    assert reason.next_step == ("have its holder give back U1-2 of R1, whose reservation has expired: room for 2 of 2")


def test_what_can_be_done_tonight_comes_before_what_has_to_be_bought() -> None:
    reliefs = (
        Relief("limit", "", "weight", 4),
        Relief("limit", "", "power", 3),
        Relief("blanks", "R1", "", 2, (1,)),
        Relief("limit", "", "spread", 3),
    )
    share = Share("p", 0, 0, True, (Berth("R1", 0, 2, 9, "weight"),), reliefs)
    spec, observation = seen(status="does-not-fit", places=(), shares=(share,), at_most=0)
    (reason,) = judge(spec, observation)
    assert [line.split(":")[0] for line in reason.next_step.splitlines()] == [
        "- allow more of them in one rack (`spread`)",
        "- take the blanking panels out of R1 (U1)",
        "- lighten R1, or find racks that carry more",
    ]


# Figures of one more.


@pytest.mark.parametrize(
    ("feeds", "devices", "demand", "most", "words"),
    [
        # The supplies of a group go where least hangs already: not to A, which has 2 kW.
        (
            PAIR,
            (2500, 1),
            replace(APP, psus=1, draw=1000),
            2,
            "with one more, feed B in normal running: 3,000 W of 2,944",
        ),
        # Two of four feeds, of two panels.
        (
            (Feed("A", "P1", 230, 16), Feed("B", "P1", 230, 16), Feed("C", "P2", 230, 16), Feed("D", "P2", 230, 16)),
            None,
            APP,
            14,
            "with one more, feed C after the loss of feed A: 3,200 W of 2,944 W (109 %)",
        ),
        # What a leg does not carry, the whole feed may: then there is no figure that holds.
        ((Feed("A", "P1", 400, 16, phases=3),), None, replace(APP, psus=1, draw=100), 3, "its feeds carry no more"),
        (PAIR, None, replace(APP, draw=None), 3, "its feeds carry no more, once one of them is lost"),
        ((), None, APP, 3, "its feeds carry no more, once one of them is lost"),
    ],
)
def test_the_load_that_one_more_would_bring(
    feeds: tuple[Feed, ...], devices: tuple[float, int] | None, demand: Demand, most: int, words: str
) -> None:
    rack = Rack("R1", 42, feeds=feeds)
    if devices:
        watts, number = devices
        supplies = observed(one_rack(f"units: 9, {FED}, devices: [{{name: l, type: lamp}}]", "type: app, count: 1"))
        lamp: Device = supplies["p"][1].racks[0].devices[0]
        rack = replace(rack, devices=(replace(lamp, draw=watts),) * number)
    assert binding(Berth("R1", most, 42, 84, "power"), demand, rack, 1.0).startswith(words)


@pytest.mark.parametrize(
    ("binds", "words"),
    [
        ("", ""),
        ("weight", "one more would be too heavy"),
        ("power", "its feeds carry no more, once one of them is lost"),
        ("ports", "no switch port is left for one more"),
        ("contradiction", "what is said of it contradicts itself: see its audit"),
    ],
)
def test_a_rack_of_which_nothing_more_is_known(binds: Bind, words: str) -> None:
    assert binding(Berth("R1", 1, 3, 6, binds), APP, None, 1.0) == words


# What is kept of an answer.


def test_only_racks_that_say_something_are_kept() -> None:
    racks = tuple(Rack(f"R{each}", 9) for each in range(20))
    berths = tuple(Berth(f"R{each}", 0, each, 2 * each, "weight") for each in range(20))
    places = (Place("p", 1, "R0", 2), Place("q", 1, "R1", 2))
    shares = (Share("p", 1, 1, True, berths), Share("q", 1, 1, True, berths))
    unsure = tuple(Unsure(f"R{each}", "weight", "no max_weight") for each in (0, 1, 19))
    answer = Answer("does-not-fit", places, 2, "weight", shares, unsure)
    demands = (APP, replace(APP, name="q", count=1))
    short, whole = (outcome_of(name, answer, Room(racks), demands, {"weight"}, "x") for name in "pq")
    assert [rack.name for rack in short.racks] == ["R0", *(f"R{each}" for each in range(20 - MOST_NEAREST, 20))]
    assert (short.places, short.share.berths, short.others) == (places[:1], berths, demands[1:])
    assert [each.rack for each in short.answer.unsure] == ["R0", "R19"]
    assert [rack.name for rack in whole.racks] == ["R1"]
    assert (whole.places, whole.share.berths, whole.others) == (places[1:], (), ())
    assert (short.looked_at, short.limits, short.source) == (20, ("weight",), "x")


def test_observations_serialise() -> None:
    racks = f"name: R1, units: 9, {FED}, reserved: [{{units: 1, for: Ann}}]\nname: R2, units: 9"
    found = observed(section(racks, "name: p, type: app, count: 9\nname: q, type: app, count: 99"))
    for _, observation in found.values():
        assert_serialises(PLACEMENT, observation)


# Where they go, in lines.


def test_the_lines_of_a_group_that_fits() -> None:
    found = observed(one_rack(f"units: 9, {FED}", "type: app, count: 3"))
    assert sketch(*found["p"], 80, False) == ["R1  U1-3  p-1 to -3  feeds A+B"]


def test_the_lines_of_a_group_say_what_is_to_be_known_of_it_first() -> None:
    racks = f"name: R1, units: 1, {FEEDS}\nname: R2, units: 1, max_weight: 9 t"
    text = section(racks.replace("9 t", "900 kg"), "name: p, type: app, count: 3")
    assert sketch(*observed(text)["p"], 80, False) == [
        "only 2 of 3:",
        "not known to hold: weight of R1; power of R2",
        "R1  U1  p-1  feeds A+B",
        "R2  U1  p-2",
    ]


def test_units_that_are_kept_under_nearly_the_same_name_are_told_whether_it_fits_or_not() -> None:
    kept = "{units: 1-2, for: Phoenix}, {units: 5, for: phoenix}, {units: 6-7, for: storage}, {units: 8, for: Phenix}"
    group = "name: {0}, type: tray, count: {1}, for: {2}"
    fits = section(f"name: R1, units: 9, reserved: [{kept}], {FED}", group.format("p", 2, "Phoenix"))
    told = [
        'R1 reserves U5 for "phoenix": did you mean "Phoenix"?',
        'R1 reserves U8 for "Phenix": did you mean "Phoenix"?',
    ]
    assert sketch(*observed(fits)["p"], 80, False) == [*told, "R1  U1-2  p-1 to -2"]
    assert sketch(*observed(fits.replace("count: 2", "count: 9"))["p"], 80, False)[:3] == [*told, "only 5 of 9:"]
    both = fits + f"    - {{{group.format('q', 1, 'Phenix')}}}\n"
    assert sketch(*observed(both)["p"], 80, False) == [told[0], "R1  U1-2  p-1 to -2"]
    assert sketch(*observed(fits.replace(", for: Phoenix}\n", "}\n"))["p"], 80, False) == ["R1  U3, U9  p-1 to -2"]


def test_many_such_places_are_counted() -> None:
    racks = "\n".join(f"name: R{n}, units: 1, reserved: [{{units: 1, for: Phenix}}], {FED}" for n in range(5))
    seen = observed(section(racks, "name: p, type: tray, count: 1, for: Phoenix"))["p"]
    assert sketch(*seen, 80, False)[2:] == [
        'R2 reserves U1 for "Phenix": did you mean "Phoenix"?',
        "and so in 2 other places",
    ]


def test_with_v_the_racks_are_drawn() -> None:
    found = observed(one_rack(f"units: 3, {FED}", "type: app, count: 2"))
    lines = sketch(*found["p"], 60, True)
    assert lines[2:6] == ["R1 (3 units, 1 free)", "U3 . free", "U2 + p-2", "U1 + p-1"]


def test_of_a_group_without_any_place_the_racks_are_drawn_all_the_same() -> None:
    found = observed(one_rack(f"units: 1, blocked: 1, {FED}", "type: app, count: 2"))
    assert sketch(*found["p"], 60, False) == []
    assert "U1 X blocked" in sketch(*found["p"], 60, True)
