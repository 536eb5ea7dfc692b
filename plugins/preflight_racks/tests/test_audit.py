"""What an audit says of a rack: each sort of fault, and how near it may be without being one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.finding import Finding, NotChecked
from preflight_racks.audit.judge import CHECKS, judge
from preflight_racks.audit.remedy import lightened, relieved
from preflight_racks.audit.words import listed, units
from preflight_racks.observation import AuditObservation, Standing
from preflight_racks.power.loads import loads
from preflight_racks.power.survival import survives_all
from preflight_racks.room import Device, Feed, Rack, Reservation, Supply

A = Feed("A", "P1", 230, 32)
B = Feed("B", "P2", 230, 32)
C = Feed("C", "P3", 230, 32)
WYE = Feed("A", "P1", 208, 30, phases=3)
DELTA = Feed("B", "P2", 208, 30, phases=3, wiring="delta", bank_amps=16)
R12 = Rack("R12", 42, max_weight=900, feeds=(A, B))


@dataclass(frozen=True, slots=True)
class Audit:
    checks: tuple[str, ...] = tuple(CHECKS)
    why: str = ""


def device(name: str = "app-1", unit: float | None = 10, *plugs: str, **fields: Any) -> Device:
    """Plugs are written `A`, or `A/B` for leg B of feed A."""
    pairs = [plug.partition("/") for plug in plugs]
    supplies = tuple(Supply(f"PSU{n}", feed, leg) for n, (feed, _, leg) in enumerate(pairs, 1))  # type: ignore[arg-type]  # of tests
    position = None if unit is None else round(unit * 2)
    origin = f"racks.yaml:{20 + (position or 0)}"
    known: dict[str, Any] = {"type": "r650", "height": 2, "weight": 20.0, "draw": 500.0, "origin": origin}
    return Device(**{**known, "name": name, "position": position, "supplies": supplies, **fields})


def several(number: int, *plugs: str, **fields: Any) -> tuple[Device, ...]:
    return tuple(device(f"app-{n}", n, *plugs, **fields) for n in range(1, number + 1))


def audit(
    *devices: Device, check: str = "", trouble: tuple[str, ...] = (), today: str = "2026-12-04", **rack: Any
) -> list[Finding | NotChecked]:
    """What is said, after seeing that nothing is left unsaid in it."""
    observation = AuditObservation(
        (Standing(replace(R12, devices=devices, **rack), "the inventory", 1.0, today, trouble),)
    )
    reasons = judge(Audit((check,)) if check else Audit(), observation)
    for reason in reasons:
        assert "None" not in repr(reason).replace("trace=None", "")
        assert all(getattr(reason, field) for field in reason.__slots__ if field != "trace"), reason
    return reasons


def failed(reasons: list[Finding | NotChecked]) -> list[str]:
    return [reason.observed for reason in reasons if isinstance(reason, Finding)]


def unknown(reasons: list[Finding | NotChecked]) -> list[str]:
    return [reason.reason for reason in reasons if isinstance(reason, NotChecked)]


def finding(reasons: list[Finding | NotChecked]) -> Finding:
    (only,) = reasons
    assert isinstance(only, Finding)
    return only


def test_a_sound_rack_passes() -> None:
    assert audit(*several(8, "A", "B")) == []
    assert audit() == []
    assert audit(max_weight=None, feeds=()) == []  # nothing in it


def test_a_fault_that_is_not_asked_for_is_not_told() -> None:
    everything = (device("a", 4), device("b", 4, "A", "A", draw=9000, weight=1000), device("c", None, "A", ""))
    faults = {"reserved": (Reservation((1,), "x", stale=True),), "trouble": ("a cable that ends nowhere",)}
    assert audit(device(), check="space", max_weight=1) == []
    for check in CHECKS:
        assert audit(*everything, check=check, **faults), check
    assert judge(Audit(()), AuditObservation((Standing(replace(R12, devices=everything), "NetBox", 1, ""),))) == []


def test_what_the_inventory_calls_the_consequence_comes_first() -> None:
    observation = AuditObservation(
        (Standing(replace(R12, devices=several(2, weight=500.0)), "the inventory", 1, "2026-12-04"),)
    )
    (reason,) = judge(Audit(why="the shop is down"), observation)
    assert isinstance(reason, Finding)
    assert reason.consequence == ""


# --- space


def test_two_devices_in_one_cell() -> None:
    found = finding(audit(device("a", 4, height=4), device("b", 5, height=4), device("c", 7)))
    assert found.observed == "the inventory says: a (racks.yaml:28) and b (racks.yaml:30) both at U5"
    assert found.cause == "R12: a and b are both at U5"
    assert "look at U5 of R12" in found.next_step


def test_all_that_stand_in_one_another_are_one_finding() -> None:
    found = finding(audit(*(device(f"d{n}", 4, origin="") for n in range(6))))
    assert found.observed.startswith("the inventory says: d0 and d1 both at U4; d0 and d2 both at U4; ")
    assert found.observed.endswith(" and 7 more")
    assert found.cause == "R12: d0 and d1 are both at U4, and 14 other pairs"


HALF = {"full_depth": False}


@pytest.mark.parametrize(
    ("one", "other", "fine"),
    [
        (device("a", 4, **HALF), device("b", 4, face="rear", **HALF), True),
        (device("a", 4, **HALF), device("b", 4, **HALF), False),
        (device("a", 4), device("b", 4, face="rear", **HALF), False),
        (device("a", 4, height=1), device("b", 4.5, height=1), True),
        (device("a", 4, height=1), device("b", 4, height=1), False),
        (device("a", 4, height=4), device("b", 6), True),
        (device("a", 4, height=5), device("b", 6), False),
        (device("a", 4, height=0), device("b", 4), False),
        (device("a", 42), device("b", 1), True),
        (device("a", 42, height=4), device("b", 1), False),
        (device("a", 0), device("b", 1), False),
        (device("a", 4.5), device("b", 6), False),
        (device("a", 4.5, height=1), device("b", 5), True),
        (device("a", None, height=0), device("b", 5), True),
        (device("a", None), device("b", 5), False),
    ],
)
def test_space(one: Device, other: Device, fine: bool) -> None:
    assert (audit(one, other, check="space") == []) is fine


def test_what_the_units_say() -> None:
    pdu = device("pdu", 4, type="ap8868", height=0)
    blanks = device("panel", 5, blank=True)
    assert failed(audit(device("a", 42, height=4), check="space")) == [
        "the inventory says: a (racks.yaml:104) at U42-43"
    ]
    assert failed(audit(pdu, check="space")) == [
        "the inventory says: pdu (racks.yaml:28) at U4; what is of type ap8868 takes no unit"
    ]
    assert failed(audit(replace(pdu, position=99), check="space")) == [
        "the inventory says: pdu (racks.yaml:28) at U49.5; what is of type ap8868 takes no unit"
    ]
    assert failed(audit(device("a", 4.5), check="space")) == ["the inventory says: a (racks.yaml:29) at U4.5-5"]
    assert failed(audit(device("a", 4, height=4), blanks, blocked=(5,), check="space"))[1:] == [
        "the inventory says: a (racks.yaml:28) at U4-5"
    ]
    assert unknown(audit(device("a", None), device("b", None, height=1, origin=""))) == [
        "units of R12: nobody says where these stand, so they may be anywhere: a (racks.yaml:20), 1 U, b, 0.5 U"
    ]


# --- weight


@pytest.mark.parametrize(
    ("most", "fine"), [(300.3, True), (300.1, True), (300, True), (300 - 1e-5, True), (299.9, False), (299.7, False)]
)
def test_weight(most: float, fine: bool) -> None:
    """Fifteen of 20 kg, of which the sum may come out a little above 300."""
    assert (audit(*several(15, weight=20.0), max_weight=most) == []) is fine
    assert (audit(*several(3000, weight=0.1), max_weight=most, check="weight") == []) is fine


def test_what_is_too_heavy_and_what_to_take_out() -> None:
    devices = [device(f"d{n}", n, weight=weight) for n, weight in enumerate([30.0, 300.0, 88.0, 500.5, 50.0], 1)]
    found = finding(audit(*devices))
    assert found.expected == "R12 carries at most 900 kg"
    assert found.observed == "it carries 968.5 kg, 68.5 kg too much; the heaviest: d4 500.5 kg, d2 300 kg, d3 88 kg"
    assert found.next_step.startswith("take d3 (88 kg) to another rack")


@pytest.mark.parametrize(
    ("excess", "out"),
    [(1, ["a"]), (10, ["a"]), (11, ["b"]), (31, ["c", "b"]), (51, ["c", "b", "a"]), (99, ["c", "b", "a"])],
)
def test_few_devices_are_taken_out(excess: float, out: list[str]) -> None:
    devices = [device(name, weight=weight) for name, weight in (("a", 10.0), ("b", 20.0), ("c", 30.0), ("d", None))]
    assert [each.name for each in lightened(devices, excess)] == out


def test_a_weight_not_known_is_not_nothing() -> None:
    devices = [device("a", 1, weight=None), device("b", 2, weight=None, type="r640"), device("c", 3, weight=500.0)]
    (reason,) = audit(*devices)
    assert isinstance(reason, NotChecked)
    assert reason.reason == (
        "weight of R12: 2 of 3 devices have no weight: a, b; what is known comes to 500 kg of 900 kg"
    )
    assert reason.cause == "no weight is known of types r640, r650"
    assert failed(audit(*devices, max_weight=499)) == [
        "it carries at least 500 kg (2 of 3 devices have no weight), 1 kg too much; the heaviest: c 500 kg"
    ]
    assert unknown(audit(*devices, max_weight=None)) == [
        "weight of R12: nothing says how much it may carry; it carries at least 500 kg",
        "weight of R12: 2 of 3 devices have no weight: a, b; what is known comes to 500 kg",
    ]
    assert len(unknown(audit(device("a", 1, weight=None), max_weight=None))) == 2
    assert unknown(audit(device("c", 3), max_weight=None)) == [
        "weight of R12: nothing says how much it may carry; it carries 20 kg"
    ]


def test_a_blanking_panel_need_not_be_weighed() -> None:
    assert audit(device("panel", 3, weight=None, blank=True), device("c", 5), max_weight=20) == []


# --- power


def test_two_feeds_at_half_are_one_at_all() -> None:
    """5,888 W a feed. Twelve of 490 W are 2,940 W on each; after the loss of either, 5,880 W; of 500 W, 6,000 W."""
    assert audit(*several(12, "A", "B", draw=490.0)) == []
    found = finding(audit(*several(12, "A", "B", draw=500.0)))
    assert (
        found.expected
        == "each feed of R12 carries what it can for long after any loss (feed A: 5,888 W, feed B: 5,888 W)"
    )
    assert found.observed == (
        "feed B after the loss of feed A: 6,000 W of 5,888 W (102 %), in normal running 3,000 W of 5,888 W (51 %); "
        "feed A after the loss of feed B: 6,000 W of 5,888 W (102 %), in normal running 3,000 W of 5,888 W (51 %)"
    )
    assert found.next_step == "take app-1 (500 W) to another rack, or cap what they draw, or bring a stronger feed"
    assert found.consequence.startswith("when feed A is lost, the breaker of feed B may trip")
    assert found.cause == "R12: feed B after the loss of feed A: 6,000 W of 5,888 W (102 %)"


def test_a_panel_of_two_feeds_leaves_all_to_the_third() -> None:
    feeds = (A, replace(B, panel="P1"), C)
    devices = [*several(9, "A", "C", draw=400.0), *(device(f"b{n}", n + 20, "B", "C", draw=400.0) for n in range(9))]
    found = finding(audit(*devices, feeds=feeds))
    assert found.observed == (
        "feed C after the loss of panel P1: 7,200 W of 5,888 W (122 %), in normal running 3,600 W of 5,888 W (61 %)"
    )
    assert found.next_step.startswith("take ")
    assert audit(*devices, feeds=(A, B, C)) == []


def test_too_much_now_says_what_to_plug_in_elsewhere() -> None:
    found = finding(audit(*several(13, "A", draw=500.0)))
    assert found.observed == "feed A in normal running: 6,500 W of 5,888 W (110 %)"
    assert found.next_step == "plug in elsewhere: PSU1 of app-1 and app-2 from feed A to feed B"


def test_a_leg_that_is_over_behind_a_fine_total() -> None:
    found = finding(audit(*several(6, "A/A", draw=500.0), feeds=(WYE,)))
    assert found.observed == (
        "leg A of feed A in normal running: 3,000 W of 2,882 W (104 %), as a whole 3,000 W of 8,646 W (35 %)"
    )
    assert found.next_step == "plug in elsewhere: PSU1 of app-1 from leg A to leg B of feed A"


def test_legs_that_are_no_more_over_than_their_feed_are_not_told_besides() -> None:
    """A supply on three phases, written as three."""
    found = finding(audit(device("a", 1, "A/A", "A/B", "A/C", draw=9000.0, needed=3), feeds=(WYE,)))
    assert found.observed == "feed A in normal running: 9,000 W of 8,646 W (104 %)"
    uneven = audit(device("a", 1, "A/A", "A/A", "A/B", draw=9000.0, needed=3), feeds=(WYE,))
    assert [load.split(":")[0] for load in finding(uneven).observed.split("; ")] == [
        "leg A of feed A in normal running",
        "feed A in normal running",
    ]


def test_a_bank_that_is_over_after_a_loss() -> None:
    """Of a delta feed at 208 V, 16 A a bank: 3,328 W."""
    found = finding(audit(*several(6, "A/A", "B/A", draw=560.0), feeds=(replace(WYE, amps=63), DELTA)))
    assert found.observed == (
        "bank A of feed B after the loss of feed A: 3,360 W of 3,328 W (101 %), "
        "in normal running 1,680 W of 3,328 W (50 %)"
    )
    assert "the breaker of bank A of feed B trips" in found.consequence


@pytest.mark.parametrize(("draw", "trips"), [(6000.0, False), (7300.0, False), (7400.0, True)])
def test_beyond_what_it_carries_for_long_and_beyond_what_it_carries(draw: float, trips: bool) -> None:
    """32 A at 230 V are 7,360 W, of which 5,888 W may be continuous."""
    consequence = finding(audit(device("a", 1, "A", draw=draw), feeds=(A,))).consequence
    assert consequence.startswith("its breaker trips:" if trips else "its breaker may trip as it warms up")


def test_too_much_now_and_too_much_after_a_loss_are_two_findings() -> None:
    now, after = failed(
        audit(*several(13, "A", draw=500.0), *(device(f"b{n}", n, "A", "B", draw=600.0) for n in range(14, 24)))
    )
    assert "feed A in normal running" in now
    assert "feed B after the loss of feed A: 6,000 W" in after
    assert "feed A after" not in after  # that has been said


def test_a_near_miss_passes() -> None:
    assert audit(device("a", 1, "A", "B", draw=5888.0 * 0.999)) == []
    assert audit(device("a", 1, "A", "B", draw=5888.0 * 1.001)) != []


def test_a_draw_not_known_is_not_nothing() -> None:
    devices = [*several(3, "A", "B"), device("x", 20, "A", "B", draw=None, type="r640")]
    (reason,) = audit(*devices)
    assert isinstance(reason, NotChecked)
    assert reason.reason == (
        "power of R12: 1 of 4 devices has no draw: x; known so far: "
        "feed A in normal running: at least 750 W of 5,888 W (13 %); "
        "feed B in normal running: at least 750 W of 5,888 W (13 %)"
    )
    assert reason.cause == "no draw is known of type r640"
    assert unknown(audit(device("x", 20, "A/A", draw=None), device("y", 10, "A/B"), feeds=(WYE, B))) == [
        "power of R12: 1 of 2 devices has no draw: x; known so far: "
        "feed A in normal running: at least 500 W of 8,646 W (6 %)"
    ]
    over = audit(*several(12, "A", "B", draw=500.0), devices[-1])
    assert failed(over)
    assert len(unknown(over)) == 1


def test_what_else_keeps_power_from_being_judged() -> None:
    def causes(*devices: Device, **rack: Any) -> list[str]:
        reasons = audit(*devices, check="power", **rack)
        assert not failed(reasons)
        return [reason.cause for reason in reasons]

    many = several(20, "A", "")
    assert causes(*many) == ["the inventory does not say where all power supplies are plugged in"]
    assert causes(*many, feeds=()) == ["the inventory does not say what feeds all racks"]
    assert causes(*several(8, "A"), feeds=(WYE,)) == ["the inventory does not say on which legs all power supplies are"]
    assert causes(*several(8, "A", "B"), feeds=(replace(A, volts=None), B)) == [
        "the inventory does not say the volts and amps of all feeds"
    ]
    assert causes(*several(2, "A", "B"), feeds=(A, B, replace(C, panel=""))) == [
        "the inventory does not say which panels all feeds come from"
    ]
    assert causes(*several(2, "A", "B"), feeds=(A, replace(B, panel=""))) == []
    assert causes(device("x", 4, draw=None)) == []  # it has no power supply


# --- redundancy


def test_both_supplies_on_one_feed() -> None:
    found = finding(audit(device("a", 1, "A", "A"), device("b", 2, "B", "B"), device("c", 3, "A", "B")))
    assert found.observed == (
        "2 devices with power supplies all on one feed: "
        "a dies with feed A (none of 2 power supplies lives, it needs 1); "
        "b dies with feed B (none of 2 power supplies lives, it needs 1)"
    )
    assert found.next_step == ("plug in elsewhere: PSU2 of a from feed A to feed B; PSU2 of b from feed B to feed A")
    assert found.cause == "R12: false redundancy: a, b: all on one feed"
    assert found.consequence == "they go dark at once, though they look redundant"
    assert finding(audit(device("a", 1, "A", "A"))).consequence == "it goes dark at once, though it looks redundant"


def test_a_supply_on_a_feed_not_known_that_is_needed_cannot_help() -> None:
    found = finding(audit(device("a", 1, "A", "A", "", needed=2), check="redundancy"))
    assert "a dies with feed A (1 of 3 power supplies lives, it needs 2)" in found.observed
    assert found.next_step.startswith("no way to plug a into")
    found = finding(audit(device("a", 1, "A", "A", "", needed=2), feeds=(A, B, C), check="redundancy"))
    assert found.next_step == "plug in elsewhere: PSU2 of a from feed A to feed B; PSU3 of a from feed ? to feed C"


def test_feeds_of_one_panel() -> None:
    found = finding(audit(device("a", 1, "A", "B"), feeds=(A, replace(B, panel="P1"))))
    assert found.observed == (
        "1 device with power supplies all on one panel: "
        "a dies with panel P1 (none of 2 power supplies lives, it needs 1)"
    )
    assert found.next_step == (
        "bring a feed of another panel to R12 for a: it has feed A of panel P1 and feed B of panel P1 alone"
    )
    third = finding(audit(device("a", 1, "A", "B"), feeds=(A, replace(B, panel="P1"), C)))
    assert third.next_step == "plug in elsewhere: PSU2 of a from feed B to feed C"


def test_more_supplies_needed_than_a_loss_leaves() -> None:
    needy = device("a", 1, "A", "A", "B", "B", needed=3)
    found = finding(audit(needy))
    assert "a dies with feed A or feed B (2 of 4 power supplies live, it needs 3)" in found.observed
    assert found.next_step.startswith("no way to plug a into feed A of panel P1 and feed B of panel P2 survives")
    four = (A, B, C, Feed("D", "P4", 230, 32))
    assert finding(audit(needy, feeds=four)).next_step == (
        "plug in elsewhere: PSU2 of a from feed A to feed C; PSU4 of a from feed B to feed D"
    )
    assert audit(replace(needy, needed=2)) == []
    assert audit(replace(needy, needed=4)) == []  # it is not meant to survive


def test_one_feed_alone() -> None:
    found = finding(audit(device("a", 1, "A", "A"), feeds=(A,)))
    assert found.next_step == "bring a feed of another panel to R12 for a: it has feed A of panel P1 alone"
    nameless = finding(audit(device("a", 1, "A", "A"), feeds=(replace(A, panel=""),)))
    assert nameless.next_step == "bring a feed of another panel to R12 for a: it has feed A of panel ? alone"


def test_redundancy_that_a_feed_could_not_carry_is_not_advised_blindly() -> None:
    full = several(11, "A", "B", draw=500.0)
    found = finding(audit(*full, device("x", 20, "A", "A", draw=500.0), check="redundancy"))
    assert "PSU2 of x from feed A to feed B; but then something has to leave the rack first" in found.next_step
    assert "feed B after the loss of feed A: 6,000 W of 5,888 W (102 %)" in found.next_step


def test_a_panel_not_known_is_no_other_panel() -> None:
    assert unknown(audit(device("a", 1, "A", "B"), feeds=(A, replace(B, panel="")))) == [
        "redundancy in R12: whether a survives the loss of a panel is not known, since nothing says which panel is "
        "behind feed B"
    ]
    assert unknown(audit(device("a", 1, "A", ""), check="redundancy")) == [
        "redundancy in R12: which feeds the power supplies of a hang on is not known"
    ]
    assert unknown(audit(device("a", 1, "A", "B"), feeds=(), check="redundancy")) == [
        "redundancy in R12: nothing says what feeds it, nor whether a survives a loss"
    ]
    assert audit(device("a", 1, "A"), feeds=(replace(A, panel=""),)) == []


# --- data, reservations


def test_records_that_could_not_be_taken() -> None:
    assert unknown(audit(trouble=("cable 7 ends nowhere",))) == [
        "1 record of R12 could not be taken as it is: cable 7 ends nowhere"
    ]


@pytest.mark.parametrize(
    ("until", "stale", "today", "fine"),
    [
        ("2026-12-03", False, "2026-12-04", False),
        ("2026-12-04", False, "2026-12-04", True),
        ("2027-01-01", False, "2026-12-04", True),
        ("", False, "2026-12-04", True),
        ("", True, "2026-12-04", False),
        ("2027-01-01", True, "2026-12-04", False),
        ("", False, "", True),
        ("2027-01-01", False, "", False),
    ],
)
def test_reservations(until: str, stale: bool, today: str, fine: bool) -> None:
    assert (audit(reserved=(Reservation((1,), "storage", until, stale),), today=today) == []) is fine


def test_what_is_said_of_reservations() -> None:
    reserved = (
        Reservation((30, 31, 33), "storage", "2026-12-01", origin="racks.yaml:7"),
        Reservation((1,), "", stale=True),
        Reservation((5,), "web"),
    )
    found = finding(audit(reserved=reserved))
    assert found.observed == (
        "the inventory says: U30-31, U33 for storage (racks.yaml:7) was to end on 2026-12-01; "
        "U1 for nobody known is marked as stale"
    )
    assert found.next_step.startswith("ask storage and nobody known: give the units back, or renew")
    assert found.consequence.startswith("U1, U30-31, U33 of R12 stay closed to all others")
    assert finding(audit(reserved=reserved[1:2], today="")).expected == "no reservation of R12 that is past its time"
    assert len(audit(reserved=(replace(reserved[0], stale=True),), today="")) == 1
    assert unknown(audit(reserved=reserved[:1], today="")) == [
        "reservations of R12: it is not known on which day the racks were read"
    ]


@pytest.mark.parametrize(
    ("numbers", "words"), [((3,), "U3"), ((4, 3), "U3-4"), ((1, 2, 3, 7, 9, 10), "U1-3, U7, U9-10"), ((3, 3), "U3")]
)
def test_units_in_words(numbers: tuple[int, ...], words: str) -> None:
    assert units(numbers) == words


def test_lists_are_cut() -> None:
    assert listed("abcdefgh") == "a, b, c, d, e, f, g, h"
    assert listed("abcdefghi") == "a, b, c, d, e, f, g, h and 1 more"


# --- what is advised


PLUGS = st.sampled_from(["A/A", "A/B", "A/C", "B/A", "B/B", "B/C", "C"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(100, 3000), st.lists(PLUGS, min_size=1, max_size=3)), max_size=8))
def test_what_is_advised_helps_and_costs_no_redundancy(drawn: list[tuple[float, list[str]]]) -> None:
    devices = tuple(device(f"d{n}", n, *plugs, draw=draw) for n, (draw, plugs) in enumerate(drawn, 1))
    rack = replace(R12, feeds=(WYE, DELTA, C), devices=devices)
    relief = relieved(rack, 1)
    assert bool(relief.moves or relief.out) == any(load.over for load in loads(rack, 1))
    out = {each.name for each in relief.out}
    moved = {each.name: each for each in devices if each.name not in out}
    for move in relief.moves:
        old = moved[move.device]
        supplies = [replace(s, feed=move.new[0], leg=move.new[1]) if s.name == move.supply else s for s in old.supplies]
        moved[move.device] = replace(old, supplies=tuple(supplies))
    after = replace(rack, devices=tuple(moved.values()))
    assert not any(load.over for load in loads(after, 1))
    for each in devices:
        if each.name in moved:
            assert survives_all(moved[each.name], after) is survives_all(each, rack)
