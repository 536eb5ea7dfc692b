"""The cutover as a line of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from preflight.report.document import Moment
from preflight.report.html.timeline import WIDTH, timeline

NOW = datetime(2026, 12, 4, 12, tzinfo=UTC)


def moments(**hours: float) -> list[Moment]:
    names: dict[str, Any] = {"opens": "opens", "turn": "point of no return", "closes": "closes"}
    return [Moment(names[name], (NOW + timedelta(hours=left)).isoformat(), left * 3600) for name, left in hours.items()]


def drawn(**hours: float) -> ElementTree.Element:
    return ElementTree.fromstring(timeline(moments(**hours), NOW))


def places(svg: ElementTree.Element) -> dict[str, float]:
    """Where the marks and now are, from the left."""
    found = {}
    for element in svg:
        kind = element.get("class")
        if kind == "now":
            found["now"] = float(element.get("points", "").split(",")[0])
        elif kind in ("tick", "turn"):
            found[f"{kind}{len(found)}"] = float(element.get("x1", ""))
    return found


def test_now_stands_between_what_was_and_what_will_be() -> None:
    first, turn, last, now = places(drawn(opens=-1, turn=1, closes=3)).values()
    assert first < now < turn < last
    assert now - first == pytest.approx(turn - now, abs=0.2)


@pytest.mark.parametrize(
    "hours", [{"opens": 500, "turn": 504, "closes": 508}, {"opens": -508, "turn": -504, "closes": -500}]
)
def test_what_is_far_away_does_not_make_the_cutover_a_dot(hours: dict[str, float]) -> None:
    svg = drawn(**hours)
    first, _, last, now = places(svg).values()
    assert last - first > WIDTH / 2
    assert not first <= now <= last
    assert "now (not to scale)" in [element.text for element in svg]


def test_it_is_told_to_who_cannot_see_it() -> None:
    description = next(element.text for element in drawn(opens=-1, turn=1, closes=3) if element.tag.endswith("desc"))
    assert (
        description
        == "opens Fri 11:00, 1 hour ago; point of no return Fri 13:00, in 1 hour; closes Fri 15:00, in 3 hours"
    )


@pytest.mark.parametrize(
    "hours",
    [
        {"opens": 0.0, "turn": 0.01, "closes": 10.0},
        {"opens": 0.0, "turn": 9.99, "closes": 10.0},
        {"opens": 1.0, "closes": 2.0},
    ],
)
def test_no_labels_touch_and_none_is_cut_off(hours: dict[str, float]) -> None:
    svg = drawn(**hours)
    _, top, _, height = map(float, svg.get("viewBox", "").split())
    boxes = []
    for element in svg:
        if element.tag.endswith("text") and element.get("class") != "now-name":
            x, y, width = float(element.get("x", "")), float(element.get("y", "")), 8.9 * len(element.text or "")
            left = {"start": x, "middle": x - width / 2, "end": x - width}[element.get("text-anchor", "")]
            assert left >= -0.5
            assert left + width <= WIDTH + 0.5
            assert top < y <= top + height
            boxes.append((left, left + width, y))
    for number, (left, right, y) in enumerate(boxes):
        for other_left, other_right, other_y in boxes[number + 1 :]:
            assert abs(y - other_y) > 15 or right <= other_left or other_right <= left


def numbers(hours: dict[str, float], *due: float) -> list[tuple[str, float]]:
    """The deadlines' numbers, and where they stand."""
    svg = ElementTree.fromstring(timeline(moments(**hours), NOW, [NOW + timedelta(hours=left) for left in due]))
    marks = [element for element in svg if element.get("class") == "deadline-number"]
    return [(mark.text or "", float(mark.get("x", ""))) for mark in marks]


def test_deadlines_stand_on_it_in_their_order() -> None:
    hours = {"opens": -1.0, "turn": 1.0, "closes": 3.0}
    first, turn, last, now = places(drawn(**hours)).values()
    (one, here), (two, there) = numbers(hours, 0.5, 2)
    assert (one, two) == ("1", "2")
    assert first < now < here < turn < there < last
    assert there - turn == pytest.approx(last - there, abs=0.2)


def test_deadlines_that_would_lie_on_each_other_are_one_mark() -> None:
    found = numbers({"opens": -1.0, "turn": 1.0, "closes": 3.0}, 0.5, 0.5, 0.51, 0.52, 2, 2.01, 2.9)
    assert [text for text, _ in found] == ["1-4", "5-6", "7"]
    ends = [(x - 11 - 9 * (len(text) - 1) / 2, x + 11 + 9 * (len(text) - 1) / 2) for text, x in found]
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))


def test_a_deadline_long_before_the_cutover_stands_between_now_and_the_cutover() -> None:
    hours = {"opens": 500.0, "turn": 504.0, "closes": 508.0}
    first, *_, now = places(drawn(**hours)).values()
    ((_, x),) = numbers(hours, 400)
    assert now < x < first


def test_a_deadline_that_has_passed_stands_on_the_line() -> None:
    ((_, x),) = numbers({"opens": 1.0, "turn": 2.0, "closes": 3.0}, -50)
    assert 0 < x < WIDTH


def test_one_moment_is_no_line() -> None:
    assert timeline([Moment("opens", NOW.isoformat(), 0)], NOW) == ""
