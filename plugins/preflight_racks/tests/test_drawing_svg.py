"""The figures: what is drawn where, whatever the names and racks are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight_racks.answer import Unsure
from preflight_racks.demand import Demand
from preflight_racks.drawing.block import Area, filled
from preflight_racks.drawing.cabinet import UNIT
from preflight_racks.drawing.svg import figure, rack_figure
from preflight_racks.observation import AlmostOurs
from preflight_racks.room import Rack, Reservation
from preflight_racks.tests.cabinets import HOSTILE, PHOENIX, PLACES, R12, R13, STORAGE, audited, device, place, seen

SVG = "{http://www.w3.org/2000/svg}"
PLAIN = Demand("p", "t", 1, 2)
LONG = ("x" * 500, "W" * 500, "e\u0301" * 500, "機" * 500, "א" * 500, "\U0001f5a5" * 99, "\u202e" * 99)
NAMED = [
    replace(R12, name=name, site=name, devices=(device(name, 4), device(name, None, 0))) for name in (*LONG, HOSTILE)
]
FIGURES = {
    "a group": figure(seen()),
    "a group that has no places": figure(seen(places=())),
    "unsure": figure(seen(unsure=(Unsure("R12", "power", "9 of 15 devices have no draw"),))),
    "one rack": figure(seen(racks=(R12,))),
    "five racks": figure(seen(racks=tuple(replace(R13, name=f"R{number}") for number in range(5)))),
    "many racks": figure(seen(racks=tuple(replace(R13, name=f"R{number}") for number in range(27)))),
    "audited": rack_figure(audited()),
    "an empty rack": rack_figure(audited(Rack("R", 1))),
    "a high rack": rack_figure(audited(Rack("R", 60, first=0))),
    "a hostile group": figure(seen(replace(PHOENIX, name=HOSTILE, type="x" * 500), places=())),
    **{f"a rack named {rack.name[:4]!r}": rack_figure(audited(rack)) for rack in NAMED},
}


@pytest.fixture(params=FIGURES, name="drawing")
def _drawing(request: pytest.FixtureRequest) -> str:
    return FIGURES[request.param]


def placed(root: Element, x: float = 0, y: float = 0) -> Iterator[tuple[Element, float, float]]:
    """Every element with where its own coordinates begin."""
    moved = re.fullmatch(r"translate\((\S+) (\S+)\)", root.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    yield root, x, y
    for child in root:
        yield from placed(child, x, y)


def texts(drawing: str) -> list[tuple[str, float, float]]:
    found = placed(ElementTree.fromstring(drawing))
    return [
        (one.text or "", x + float(one.get("x", 0)), y + float(one.get("y", 0)))
        for one, x, y in found
        if one.tag == f"{SVG}text"
    ]


def said(drawing: str) -> list[str]:
    return [text for text, _, _ in texts(drawing)]


def test_it_stands_in_any_page_and_by_itself(drawing: str) -> None:
    root = ElementTree.fromstring(drawing)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "rect", "path", "text"}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in attributes if name in ("id", "href") or name.startswith(("on", "{"))]
    assert "url(" not in drawing
    assert [root[0].tag, root[1].tag] == [f"{SVG}title", f"{SVG}desc"]
    assert root[0].text
    assert root[1].text


def test_nothing_lies_outside_of_it(drawing: str) -> None:
    root = ElementTree.fromstring(drawing)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    assert width <= 960
    for element, x, y in placed(root):
        if element.tag == f"{SVG}rect":
            left, top = x + float(element.get("x", 0)), y + float(element.get("y", 0))
            assert 0 <= left <= left + float(element.get("width", 0)) <= width
            assert 0 <= top <= top + float(element.get("height", 0)) <= height
    for text, x, y in texts(drawing):
        assert 0 <= x <= width, text
        assert 0 < y <= height, text


def test_what_is_written_shows_as_what_it_is(drawing: str) -> None:
    for text in (
        *said(drawing),
        *(element.text or "" for element in ElementTree.fromstring(drawing).iter(f"{SVG}title")),
    ):
        assert text.isprintable() or text.replace("\N{NO-BREAK SPACE}", " ").isprintable()
        assert len(text) <= 700


def test_hostile_names_are_escaped() -> None:
    assert "<script" not in FIGURES["a hostile group"] + rack_figure(audited(NAMED[-1]))
    assert any("<script" in text for text in said(FIGURES["a hostile group"]))


@pytest.mark.parametrize("rack", [Rack("R", 4), Rack("R", 4, first=10), Rack("R", 4, descending=True)])
def test_devices_stand_at_the_numbers_of_their_units(rack: Rack) -> None:
    units = list(rack.numbers)
    devices = (*(device(f"at-{unit}", unit) for unit in units[:2]), device("wide", units[2], 2))
    drawing = rack_figure(audited(replace(rack, devices=devices)))
    heights = {text: y for text, _, y in texts(drawing)}
    for unit in units[:2]:
        assert heights[f"at-{unit}"] == pytest.approx(heights[str(unit)], abs=UNIT / 4)
    middle = (heights[str(units[2])] + heights[str(units[3])]) / 2
    assert heights["wide"] == pytest.approx(middle, abs=UNIT / 4)
    numbers = [heights[str(unit)] for unit in units]
    assert numbers == sorted(numbers, reverse=not rack.descending)


def test_faces_stand_beside_each_other() -> None:
    rack = Rack("R", 1, devices=tuple(device(face, 1, face=face, full_depth=False) for face in ("front", "rear")))
    found = [(text, x) for text, x, _ in texts(rack_figure(audited(rack))) if text in ("front", "1", "rear")]
    heads, blocks = found[:2], sorted(found[2:], key=lambda one: one[1])
    assert [text for text, _ in heads] == ["front", "rear"]
    assert [text for text, _ in blocks] == ["front", "1", "rear"]


@pytest.mark.parametrize("abreast", [1, 2, 4])
@pytest.mark.parametrize("name", ["phoenix-app-1234567890", "ESXPRODUCTIONHOSTSALPHA", "i" * 99, *LONG], ids=range(10))
def test_names_stay_in_their_blocks(name: str, abreast: int) -> None:
    """By the widths of DejaVu Sans, the widest of the usual fonts, as far as they are known here."""
    racks = tuple(Rack(f"R{number}", 1, devices=(device(name, 1),)) for number in range(abreast))
    root = ElementTree.fromstring(figure(seen(PLAIN, racks, (), ())))
    (block, *_) = [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}rect") is not None and len(group) == 3]
    box, label = block.find(f"{SVG}rect"), block.find(f"{SVG}text")
    assert box is not None
    assert label is not None
    em = {"x": 0.592, "W": 0.989, "i": 0.278, "機": 1, "א": 0.66, "\u0301": 0, "\U0001f5a5": 1.2, "…": 1, "-": 0.361}
    ems = sum(em.get(one, 0.7 if one.isupper() else 0.636) for one in label.text or "")
    width = ems * float(label.get("font-size", 0))
    start = float(label.get("x", 0)) - float(box.get("x", 0))
    assert start + width <= float(box.get("width", 0)) + 1


def test_the_legend_has_what_occurs_and_nothing_else() -> None:
    assert {"free", "occupied"} <= set(said(rack_figure(audited(Rack("R", 2, devices=(device("a", 1),))))))
    quiet = said(rack_figure(audited(Rack("R", 2))))
    assert "occupied" not in quiet
    assert "reserved" not in quiet
    assert {
        "proposed", "proposed for another group", "occupied", "blanking panel", "! several at once", "reserved",
        "reservation expired", "free",
    } <= set(said(FIGURES["a group"]))  # fmt: skip


def test_what_stands_at_one_place_is_named_with_a_mark_for_who_sees_no_red() -> None:
    assert "! a / b" in said(rack_figure(audited(R13)))


def test_states_differ_without_colour() -> None:
    shapes = {}
    for state in ("proposed", "other", "occupied", "blank", "ours", "theirs", "expired", "blocked", "clash", "free"):
        drawn = ElementTree.tostring(Element("g")).join(map(ElementTree.tostring, filled(state, Area(0, 0, 40, 40))))
        shapes[state] = re.sub(rb'(fill|stroke)="#\w+"', b"", drawn)
    # The solid ones differ in their edge, and the second says `!`.
    assert len(set(shapes.values())) == len(shapes)


def test_a_rack_says_below_itself_what_else_there_is_to_know() -> None:
    racks = (replace(R12, max_weight=900.0), R13)
    below = " ".join(said(figure(seen(racks=racks, unsure=(Unsure("R12", "power", "no feeds"),)))))
    for words in (
        "0 of 12 units free weight 64.5 kg of 900 kg, and 7 of unknown weight",
        "line L1 of feed C after the loss of feed B: 2.4 A of 12.8 A (19 %)",
        "? power: no feeds 0U: pdu-a no position: lost U12-13 is outside: high Take out first: blank-1 (U3)",
    ):
        assert words in below.replace("\N{NO-BREAK SPACE}", " ")


def test_units_reserved_for_us_are_counted_apart() -> None:
    drawing = figure(seen(places=PLACES[3:4]))
    assert "0 of 12 units free, 2 more reserved for us" in said(drawing)


def test_many_racks_are_drawn_up_to_a_number_and_the_rest_is_counted() -> None:
    names = said(FIGURES["many racks"])
    assert [name for name in names if re.fullmatch(r"R\d+", name)] == [f"R{number}" for number in range(24)]
    assert names[-1] == "3 more racks are not drawn: R24, R25, R26"
    assert "R26" in (ElementTree.fromstring(FIGURES["many racks"])[1].text or "")


def test_racks_of_a_row_stand_on_one_floor() -> None:
    drawing = figure(seen(PLAIN, (Rack("high", 9), Rack("low", 3)), (), ()))
    bottoms = [y for text, _, y in texts(drawing) if text.endswith("units free")]
    assert len(bottoms) == 2
    assert bottoms[0] == bottoms[1]


def test_without_a_rack_there_is_no_figure() -> None:
    assert figure(seen(racks=(), places=())) == ""


@pytest.mark.parametrize(
    ("count", "title"),
    [(4, "phoenix: places for all of 4"), (5, "phoenix: places for 4 of 5"), (1, "phoenix: a place for it")],
)
def test_how_many_have_a_place(count: int, title: str) -> None:
    root = ElementTree.fromstring(figure(seen(replace(PHOENIX, count=count))))
    assert root[0].text == title
    assert said(figure(seen(replace(PHOENIX, count=count))))[0] == title


def test_units_that_are_kept_under_nearly_the_same_name_are_told() -> None:
    drawn = figure(replace(seen(), almost_ours=(AlmostOurs("R<9>", (4, 5), "phoenix"),)))
    assert 'R<9> reserves U4-5 for "phoenix": did you mean "Phoenix"?' in " ".join(said(drawn))


def test_who_does_not_see_it_is_told() -> None:
    described = ElementTree.fromstring(FIGURES["a group"])[1].text or ""
    assert "R12: U3 phoenix-3; U2 phoenix-2; U1 phoenix-1; U9-10 storage-1; 0 of 12 units free." in described
    assert "R13: U5 phoenix-4; 2 of 6 units free." in described
    described = ElementTree.fromstring(FIGURES["audited"])[1].text or ""
    assert "U6: panel in front, tray behind. U4-5: app-1." in described


def test_a_group_of_half_depth_says_its_face() -> None:
    assert "nas, 2U, half depth, rear, as the inventory has it on 2026-06-01" in said(
        figure(seen(STORAGE, others=(PHOENIX,)))
    )


def test_a_date_stays_whole_or_goes() -> None:
    racks = tuple(replace(R12, name=f"R{number}", devices=()) for number in range(4))
    assert "for lab" in said(figure(seen(PLAIN, racks, (), ())))
    assert "for lab until 2027-01-15" in said(figure(seen(PLAIN, racks[:1], (), ())))
    higher = [replace(rack, reserved=(Reservation((7, 8), "laboratory", "2027-01-15"),)) for rack in racks]
    assert {"for laboratory", "until 2027-01-15"} <= set(said(figure(seen(PLAIN, tuple(higher), (), ()))))


sizes = st.floats(1, 60)


@settings(max_examples=40)
@given(st.sampled_from(["ours", "theirs", "blocked"]), sizes, sizes, st.tuples(sizes, sizes, sizes, sizes))
def test_hatches_stay_in_their_area_and_off_what_is_written(
    state: str, width: float, height: float, corners: tuple[float, float, float, float]
) -> None:
    hole = Area(*corners)
    _, *hatches = filled(state, Area(0, 0, width, height), hole)  # type: ignore[arg-type]
    for hatch in hatches:
        for line in re.findall(r"M(\S+) (\S+) L(\S+) (\S+)", hatch.get("d", "")):
            x1, y1, x2, y2 = map(float, line)
            assert all(-0.1 <= x <= width + 0.1 for x in (x1, x2))
            assert all(-0.1 <= y <= height + 0.1 for y in (y1, y2))
            for share in (0.25, 0.5, 0.75):
                x, y = x1 + (x2 - x1) * share, y1 + (y2 - y1) * share
                inside = hole.x + 0.2 < x < hole.x + hole.width - 0.2 and hole.y + 0.2 < y < hole.y + hole.height - 0.2
                assert not inside


def test_places_of_another_rack_are_not_drawn() -> None:
    drawing = figure(seen(PLAIN, (Rack("R", 2),), (place("p", 1, "R", 1), place("p", 2, "other", 2)), ()))
    assert "p-1" in said(drawing)
    assert "p-2" not in said(drawing)
