"""What is said of a planned group: why it does not fit, by which figures, what would help; and what is not known."""

from __future__ import annotations

import pytest

from preflight.testing import assert_refused
from preflight_racks.plugin import pytest_preflight_domain
from preflight_racks.tests.planned import FED, FEEDS, TYPES, finding, judged, one_rack, section, unknown


@pytest.mark.parametrize(
    ("racks", "planned", "said"),
    [
        # Units.
        (
            f"name: R1, units: 3, blocked: [2], {FED}\nname: R2, units: 4, blocked: [2, 4], {FED}",
            "name: p, type: db, count: 2",
            "room for none of 2\n  - 2U in one piece are needed, and the largest gap is 1U, in R1, R2\n",
        ),
        (
            f"name: R1, units: 3, blocked: [2], {FED}\nname: R2, units: 4, blocked: [2], {FED}",
            "name: p, type: db, count: 2",
            "room for 1 of 2\n  - R2: 1; no gap of 2U is left for one more\n  - R1: none; the largest gap is 1U\n",
        ),
        (
            f"name: R1, units: 2, blocked: [1-2], {FED}",
            "name: p, type: app, count: 1",
            "no unit is free for them in R1",
        ),
        (
            f"name: R1, units: 2, {FED}, devices: [{{name: h, type: half, position: 1.5}}]",
            "name: p, type: db, count: 1",
            "the largest gap is 1U, in R1",
        ),
        (
            f"name: R1, units: 3, {FED}, devices: [{{name: h, type: half, position: 1}},"
            "{name: i, type: half, position: 3.5}]",
            "name: p, type: db, count: 1",
            "2U in one piece are needed, and the largest gap is 2U, in R1",
        ),
        # Together.
        (
            f"name: R1, units: 9, blocked: [3, 7], {FED}\nname: R2, units: 5, blocked: [3], {FED}",
            "name: p, type: app, count: 4, together: adjacent",
            "- 4U in one piece are needed, and the largest gap is 3U, in R1\n",
        ),
        (
            f"name: R1, units: 3, {FED}\nname: R2, units: 9, max_weight: 70 kg, {FEEDS}",
            "name: p, type: app, count: 4, together: rack",
            "- R1: none; it has units for 3\n  - R2: none; with all of them it would carry 80 kg of 70 kg\n",
        ),
        # Other limits.
        (
            f"name: R1, units: 9, max_weight: 79.9 kg, {FEEDS}",
            "name: p, type: app, count: 4",
            "- R1: 3; with one more it would carry 80 kg of 79.9 kg\n",
        ),
        (
            f"name: R1, units: 9, {FED}",
            "name: p, type: app, count: 8",
            "- R1: 7; with one more, feed B after the loss of feed A: 3,200 W of 2,944 W (109 %)\n",
        ),
        (
            f"name: R1, units: 9, {FED}",
            "name: p, type: lamp, count: 5",
            "- R1: 4; with one more, feed A in normal running: 3,000 W of 2,944 W (102 %)\n",
        ),
        (
            f"name: R1, units: 9, switch_ports: {{sfp: 5, rj45: 9}}, {FED}",
            "name: p, type: app, count: 3, ports: {sfp: 2, rj45: 1}",
            "- R1: 2; with one more they would take 6 of the 5 sfp ports that are free\n",
        ),
        (
            f"name: R1, units: 9, {FED}\nname: R2, units: 9, {FED}",
            "name: p, type: app, count: 5, spread: {rack: 2}",
            "- R1, R2: 2 each; `spread` allows no more\n",
        ),
        (
            f"name: R1, units: 9, {FED.replace('P2', 'P1')}",
            "name: p, type: app, count: 1",
            "- R1: none; its feeds are all of panel P1, so that nothing is redundant there\n",
        ),
        (
            "name: R1, units: 9, max_weight: 900 kg, feeds: [{name: A, panel: P1, volts: 230, amps: 16}]",
            "name: p, type: app, count: 1",
            "- R1: none; it has feed A alone, so that nothing is redundant there\n",
        ),
        (
            f"name: R1, units: 9, {FED}",
            "name: p, type: app, count: 1, psus: {count: 4}",
            "- R1: none; however they are plugged in, a loss leaves fewer than the 3 power supplies that each needs\n",
        ),
        (
            f"name: R1, units: 9, switch_ports: {{sfp: 5}}, {FED}",
            "name: p, type: app, count: 3, ports: {rj45: 1}",
            "- R1: none; it has no free rj45 port\n",
        ),
    ],
)
def test_why_it_does_not_fit(racks: str, planned: str, said: str) -> None:
    assert said in finding(section(racks, planned)).observed


@pytest.mark.parametrize(
    ("fields", "planned"),
    [
        (f"units: 4, blocked: [2], {FED}", "type: db, count: 1"),
        (f"units: 3, {FED}, devices: [{{name: h, type: half, position: 3}}]", "type: db, count: 1"),
        (f"units: 4, {FED}", "type: app, count: 4, together: adjacent"),
        (f"units: 9, blocked: [2, 4, 6], {FED}", "type: app, count: 4, together: rack"),
        (f"units: 9, max_weight: 80 kg, {FEEDS}", "type: app, count: 4"),
        (f"units: 9, {FED}", "type: app, count: 7"),
        (f"units: 9, {FED}", "type: app, count: 8, draw: 368 W"),  # 8 x 368 W = 2,944 W
        (f"units: 9, {FED}", "type: lamp, count: 4"),
        (f"units: 9, switch_ports: {{sfp: 6}}, {FED}", "type: app, count: 3, ports: {sfp: 2}"),
        (f"units: 9, {FED}", "type: app, count: 2, spread: {rack: 2}"),
        (f"units: 9, {FED.replace('P2', 'P1')}", "type: lamp, count: 4"),  # not redundant, so nothing is false
        (f"units: 2, blanks: [1-2], {FED}", "type: app, count: 2, remove_blanks: true"),
        (f"units: 2, reserved: [{{units: 1-2, for: Ann}}], {FED}", "type: app, count: 2, for: Ann"),
        (f"units: 2, reserved: [{{units: 1-2, for: Ann, until: 2020-01-01}}], {FED}", "type: app, count: 2, for: Ann"),
        ("units: 2, max_weight: 40 kg", "type: tray, count: 2"),  # what draws nothing needs no feed
    ],
)
def test_what_just_fits(fields: str, planned: str) -> None:
    assert judged(one_rack(fields, planned)) == []


@pytest.mark.parametrize(
    ("fields", "planned", "steps"),
    [
        (
            f"units: 9, blanks: [1-9], {FED}",
            "type: app, count: 4",
            ["take the blanking panels out of R1 (U1-9): room for 4 of 4 (`remove_blanks: true`)"],
        ),
        (
            f"units: 9, reserved: [{{units: [1-2, 4-9], for: lab, until: 2999-01-01}}], {FED}",
            "type: app, count: 4, for: Phoenix",
            ["have lab give back U1-2, U4-9 of R1: room for 4 of 4"],
        ),
        (
            f"units: 4, blanks: [1], reserved: [{{units: 2-4, for: lab, until: 2020-01-31}}], {FED}",
            "type: app, count: 4",
            [
                "- have lab give back U2-4 of R1, whose reservation ended on 2020-01-31: room for 3 of 4",
                "- take the blanking panels out of R1 (U1): room for 1 of 4 (`remove_blanks: true`)",
            ],
        ),
        (
            f"units: 9, max_weight: 70 kg, {FEEDS}",
            "type: app, count: 4",
            ["lighten R1, or find racks that carry more: but for the weight, room for 4 of 4"],
        ),
        (f"units: 9, {FED}", "type: app, count: 8", ["bring more power to R1: but for the power, room for 8 of 8"]),
        (
            f"units: 9, {FED.replace('P2', 'P1')}",
            "type: app, count: 2",
            ["bring a feed of another panel to R1: but for the power, room for 2 of 2"],
        ),
        (
            f"units: 9, {FED}",
            "type: app, count: 2, psus: {count: 4}",
            [
                "see whether fewer of their power supplies have to live (`psus: {needed: ...}`), or bring feeds of "
                "more panels to R1: but for the power, room for 2 of 2"
            ],
        ),
        (
            f"units: 9, switch_ports: {{}}, {FED}",
            "type: app, count: 2, ports: {sfp: 1}",
            ["free switch ports of R1: but for the ports, room for 2 of 2"],
        ),
        (
            f"units: 9, {FED}",
            "type: app, count: 2, spread: {rack: 1}",
            ["allow more of them in one rack (`spread`): room for 2 of 2"],
        ),
        (
            f"units: 1, {FED}",
            "type: app, count: 2",
            ["find other racks for them, or plan fewer: nothing was found that, moved or given back, makes more room"],
        ),
    ],
)
def test_what_would_help(fields: str, planned: str, steps: list[str]) -> None:
    assert finding(one_rack(fields, planned)).next_step.splitlines() == steps


@pytest.mark.parametrize(
    ("holder", "said"),
    [
        ("Phoneix", 'nothing there is reserved for Phoneix; did you mean "Phoenix"?'),
        ("Ann", "nothing there is reserved for Ann; there are: Phoenix"),
        ("Phoenix", ""),
        ("", ""),
    ],
)
def test_a_group_is_told_if_nothing_is_kept_for_it(holder: str, said: str) -> None:
    text = one_rack(f"units: 2, reserved: [{{units: 2, for: Phoenix}}], {FED}", f"type: app, count: 3, for: '{holder}'")
    observed = finding(text.replace(", for: ''", "")).observed
    assert said in observed
    assert ("nothing there" in observed) == bool(said)


def test_one_device_is_not_counted() -> None:
    told = finding(one_rack(f"units: 1, blanks: 1, {FED}", "type: app, count: 1"))
    assert told.expected == "1 x 1U app (20 kg, 400 W) in any rack"
    assert told.observed.splitlines() == [
        "no room for it",
        "  - 1U in one piece is needed, and no unit is free for them in R1",
        "  - that it does not fit is shown by the units of the racks",
    ]
    assert told.next_step == "take the blanking panels out of R1 (U1): room for it (`remove_blanks: true`)"
    assert told.cause == "p has no place in any rack"


def test_where_others_are_in_the_way_these_may_go_elsewhere_too() -> None:
    text = section(f"name: R1, units: 4, {FED}", "name: p, type: tray, count: 3\nname: q, type: tray, count: 3")
    assert finding(text, "q").next_step.startswith("find other racks for them or for what they compete with, or plan")


def test_blanking_panels_of_several_racks_are_taken_out_together() -> None:
    racks = f"name: R1, units: 1, blanks: 1, {FED}\nname: R2, units: 1, blanks: 1, {FED}"
    (first, *_) = finding(section(racks, "name: p, type: app, count: 2")).next_step.splitlines()
    assert first == "- take the blanking panels out of all of these racks: room for 2 of 2 (`remove_blanks: true`)"


def test_a_group_is_told_with_whom_it_competes() -> None:
    racks = f"name: R1, units: 4, {FED}\nname: R2, units: 1, {FED}"
    planned = """name: first, type: db, count: 1
    name: p, type: db, count: 2
    name: elsewhere, type: app, count: 1, racks: R2"""
    text = section(racks, planned).replace("name: p, type: db", "name: p, racks: R1, type: db")
    assert finding(text).observed.startswith("room for 1 of 2 beside first; without, for 2\n  - R1: 2\n")
    assert judged(text, "first") == judged(text, "elsewhere") == []


def test_what_is_expected_has_the_figures_that_count() -> None:
    planned = "type: db, count: 9, ports: {sfp: 2}, spread: {rack: 4}"
    text = one_rack(f"units: 2, switch_ports: {{sfp: 99}}, {FED}", planned)
    expected = "9 x 2U db (30 kg, 500 W, 2 x sfp each) in any rack, at most 4 in a rack"
    assert finding(text).expected == expected
    text = text.replace("  list:", "  limits: [weight]\n  list:").replace("count: 9", "racks: R1, count: 9")
    assert finding(text).expected == expected.replace("500 W, ", "").replace("any rack", "R1")


def test_the_consequence_is_what_the_inventory_says_or_what_everybody_can_tell() -> None:
    text = one_rack(f"units: 2, {FED}", "type: app, count: 3")
    assert finding(text).consequence == "1 of 3 p cannot be installed"
    assert finding(text.replace("type: app", "why: they are paid for, type: app")).consequence == ""


def test_groups_are_told_apart_in_the_summary() -> None:
    text = section(
        f"name: R1, units: 2, {FED}", "name: p, type: app, count: 3\nname: q, type: app, count: 3, racks: R1"
    )
    assert [finding(text, name).cause for name in "pq"] == [
        "1 of 3 p has no place in any rack",
        "3 of 3 q have no place in R1",
    ]


def test_racks_that_differ_in_figures_alone_are_said_together_where_there_are_many() -> None:
    racks = "\n".join(f"name: R{each}, units: 9, max_weight: {20 + each} kg, {FEEDS}" for each in range(10))
    said = finding(section(racks, "name: p, type: app, count: 20")).observed
    assert "- R0, R1, R2, R3, R4, R5 and 4 more: 1 each; one more would be too heavy\n" in said


def test_racks_beyond_what_anybody_reads_are_counted() -> None:
    racks = "\n".join(f"name: R{each}, units: {each}, {FED.replace('16', '99')}" for each in range(1, 21))
    said = finding(section(racks, "name: p, type: app, count: 999")).observed
    assert "- R20: 20; no gap of 1U is left for one more\n" in said
    assert "- 14 other racks: 105 altogether\n" in said
    assert said.endswith(
        "- that not all fit is shown by the units of the racks; no more than 210 of all 999 planned do"
    )


def test_no_rack_at_all_is_a_mistake() -> None:
    assert_refused(
        pytest_preflight_domain(),
        f"racks:{TYPES}  planned: »[{{name: p, type: app, count: 1}}]",
        "there is no rack for them: name some under `list`, or say in `from` who knows them",
    )


@pytest.mark.parametrize(
    ("fields", "planned", "reason", "cause"),
    [
        (
            f"units: 9, {FEEDS}",
            "type: app, count: 2",
            "all 2 p have places, but whether the racks carry their weight is not known: R1: no max_weight",
            "the weight of R1 cannot be judged: no max_weight",
        ),
        (
            f"units: 9, {FED}, devices: [{{name: v, type: vague, draw: 1 W, position: 1}},"
            "{name: t, type: tray, position: 2}]",
            "type: app, count: 2",
            "whether the racks carry their weight is not known: R1: 1 of 2 devices has no weight",
            "the weight of R1 cannot be judged: 1 of 2 devices has no weight",
        ),
        (
            f"units: 9, {FED}, devices: [{{name: v, type: vague, weight: 1 kg, position: 1}},"
            "{name: l, type: lamp, position: 2}]",
            "type: app, count: 2",
            "whether the feeds carry their power, now and after a loss, is not known: R1: 1 of 2 devices has no draw",
            "the power of R1 cannot be judged: 1 of 2 devices has no draw",
        ),
        (
            "units: 9, max_weight: 900 kg",
            "type: app, count: 1",
            "p has a place, but whether the feeds carry their power, now and after a loss, is not known: "
            "R1: nothing says what feeds it",
            "the power of R1 cannot be judged: nothing says what feeds it",
        ),
        (
            f"units: 9, {FED.replace(', panel: P2', '')}",
            "type: app, count: 1",
            "is not known: R1: feed B has no panel",
            "the power of R1 cannot be judged: feed B has no panel",
        ),
        (f"units: 9, {FED}", "type: vague, draw: 5 W, count: 2", "R1: p has no weight", "the weight of R1 cannot"),
        (f"units: 9, {FED}", "type: vague, weight: 5 kg, count: 2", "R1: p has no draw", "the power of R1 cannot"),
        (
            f"units: 9, {FED}",
            "type: app, count: 2, ports: {sfp: 1}",
            "whether there are switch ports for them is not known: R1: its free switch ports are not known",
            "the switch ports of R1 cannot be judged",
        ),
        (
            f"units: 9, {FED}, devices: [{{name: a, type: app}}]",
            "type: app, count: 2",
            "whether their units are free is not known: R1: 1 of 1 device has no position",
            "the units of R1 cannot be judged",
        ),
    ],
)
def test_what_is_not_known_is_not_green(fields: str, planned: str, reason: str, cause: str) -> None:
    (said,) = unknown(one_rack(fields, planned))
    assert reason in said.reason
    assert said.cause.startswith(cause)
    assert said.next_step


def test_a_rack_of_which_all_is_known_is_taken_instead() -> None:
    racks = f"name: R1, units: 9\nname: R2, units: 9, {FED}"
    assert judged(section(racks, "name: p, type: app, count: 2")) == []
    assert len(unknown(section(racks, "name: p, type: app, count: 8"))) == 2  # weight and power


def test_a_limit_that_a_group_takes_nothing_of_does_not_concern_it() -> None:
    text = section(
        "name: R1, units: 9, max_weight: 900 kg", "name: p, type: app, count: 1\nname: t, type: tray, count: 1"
    )
    assert len(unknown(text)) == 1
    assert judged(text, "t") == []


def test_a_limit_that_was_left_out_is_held_against_nobody() -> None:
    text = one_rack("units: 9", "type: app, count: 9")
    assert len(unknown(text)) == 2
    assert judged(text.replace("  list:", "  limits: []\n  list:")) == []


def test_what_is_known_fails_whatever_else_is_not_known() -> None:
    racks = f"units: 9, max_weight: 30 kg, {FEEDS}, devices: [{{name: v, type: vague, draw: 1 W, position: 1}}]"
    assert (
        "R1: 1; with one more it would carry 40 kg of 30 kg" in finding(one_rack(racks, "type: app, count: 2")).observed
    )
