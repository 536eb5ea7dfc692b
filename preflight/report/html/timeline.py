"""The cutover as a line: when it opens, until when one can go back, when it closes, and now. One SVG element."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from preflight.report.document import Moment
from preflight.report.phrases import away

SVG = "http://www.w3.org/2000/svg"
WIDTH = 560.0
HEIGHTS = (112, 154)  # with one line of labels, and with two
LIFT = 28  # of what is above the line, to leave room for deadlines
LEFT, RIGHT, AXIS = 18.0, 542.0, 56.0 + LIFT
BREAK = 46.0  # what is far away stands this far from the end, beyond a gap in the line
RADIUS = 11.0  # of a deadline's number
CHARACTER = 8.9  # of a label, about: its reader's font decides


@dataclass(frozen=True, slots=True)
class _Mark:
    x: float
    name: str
    label: str


def timeline(moments: Sequence[Moment], now: datetime, deadlines: Sequence[datetime] = ()) -> str:
    """Empty if there are no two moments to draw a line between. Deadlines stand on it as numbers, in their order."""
    at: dict[str, datetime] = {moment.name: datetime.fromisoformat(moment.at) for moment in moments}
    if len(at) < 2:
        return ""
    drawn, height = _drawn(at, now, deadlines)
    box = f"0 0 {WIDTH:g} {height + LIFT}" if deadlines else f"0 {LIFT} {WIDTH:g} {height}"
    svg = Element("svg", {"class": "timeline", "viewBox": box, "role": "img", "xmlns": SVG})
    SubElement(svg, "title").text = "The cutover as a line of time"
    told = [f"{moment.name} {_time(at[moment.name])}, {away(moment.seconds_left)}" for moment in moments]
    SubElement(svg, "desc").text = "; ".join(told)
    svg.extend(drawn)
    return tostring(svg, encoding="unicode")


def _drawn(at: dict[str, datetime], now: datetime, deadlines: Sequence[datetime]) -> tuple[list[Element], int]:
    """The drawing, and its height."""
    first, last = min(at.values()), max(at.values())
    length = (last - first).total_seconds()
    before, after = (first - now).total_seconds(), (now - last).total_seconds()
    low, high = LEFT, RIGHT
    if before > length:  # so long before it that the cutover itself would be a dot
        low, here = LEFT + 2 * BREAK, LEFT + BREAK / 2
    elif after > length:
        high, here = RIGHT - 2 * BREAK, RIGHT - BREAK / 2
    else:
        span = max(last, now) - min(first, now)
        low += max(before, 0) / span.total_seconds() * (RIGHT - LEFT)
        high -= max(after, 0) / span.total_seconds() * (RIGHT - LEFT)
        here = low + (now - first).total_seconds() / length * (high - low)

    def x(moment: datetime) -> float:
        return low + (moment - first).total_seconds() / length * (high - low)

    far = before > length or after > length
    turn = at.get("point of no return")
    middle = x(turn) if turn is not None else high
    drawn = [_line(LEFT, RIGHT, AXIS, AXIS, "axis faint" if far else "axis"), _bar(low, middle, "can-go-back")]
    drawn += [_bar(middle, high, "no-way-back")] if middle < high else []
    marks = [_Mark(x(moment), name, _time(moment)) for name, moment in at.items()]
    levels = list(_levels(marks))
    for mark, level in zip(marks, levels, strict=True):
        drawn += _marked(mark, level)
    # What is before the gap in the line stands in it: after now, and before the cutover.
    least = here + 2 * RADIUS if before > length else LEFT
    numbers = _numbered([min(max(x(deadline), least), RIGHT) for deadline in deadlines])
    return [*drawn, *_now(here, far, AXIS - 9 - LIFT * bool(deadlines)), *numbers], HEIGHTS[max(levels)]


def _numbered(places: Sequence[float]) -> Iterator[Element]:
    """From the left to the right; numbers that would lie on each other are one: `2-4`."""
    groups: list[list[int]] = []
    for number, x in enumerate(places, 1):
        near = groups and x - places[groups[-1][0] - 1] < 2 * RADIUS + CHARACTER * (len(groups[-1]) > 1)
        groups[-1].append(number) if near else groups.append([number])
    for group in groups:
        text = "-".join(map(str, dict.fromkeys((group[0], group[-1]))))
        x, width, top = places[group[0] - 1], 2 * RADIUS + CHARACTER * (len(text) - 1), AXIS - 15 - 2 * RADIUS
        box = {"x": f"{x - RADIUS:.1f}", "y": f"{top:g}", "width": f"{width:g}", "height": f"{2 * RADIUS:g}"}
        yield _line(x, x, top, AXIS - 7, "tick")
        yield Element("rect", {"class": "deadline-mark", "rx": f"{RADIUS:g}", **box})
        yield _text(text, x - RADIUS + width / 2, top + RADIUS + 5.5, "deadline-number")


def _levels(marks: Sequence[_Mark]) -> Iterator[int]:
    """Labels that would touch the one before stand a line lower."""
    end, level = -1.0, 0
    for mark in marks:
        width = CHARACTER * max(len(mark.name), len(mark.label))
        start = min(max(mark.x - width / 2, 0), WIDTH - width)
        level = 0 if start > end + 8 else 1 - level
        end = start + width
        yield level


def _bar(start: float, end: float, kind: str) -> Element:
    box = {"x": f"{start:.1f}", "y": f"{AXIS - 7:g}", "width": f"{max(end - start, 0):.1f}", "height": "14"}
    return Element("rect", {"class": kind, **box})


def _line(x1: float, x2: float, y1: float, y2: float, kind: str) -> Element:
    return Element("line", {"class": kind, "x1": f"{x1:.1f}", "x2": f"{x2:.1f}", "y1": f"{y1:g}", "y2": f"{y2:g}"})


def _marked(mark: _Mark, level: int) -> Iterator[Element]:
    kind, top = ("turn", AXIS - 12) if mark.name == "point of no return" else ("tick", AXIS - 7)
    foot = AXIS + 14 + (30 * level)
    yield _line(mark.x, mark.x, top, foot - 3 + (2 if level else 0), kind)
    y = AXIS + 30 + 42 * level
    for text, style in ((mark.name, f"{kind}-name"), (mark.label, "when")):
        yield _text(text, mark.x, y, style)
        y += 19


def _now(x: float, far: bool, tip: float) -> Iterator[Element]:
    yield _line(x, x, tip, AXIS, "now-line")
    corners = f"{x:.1f},{tip:g} {x - 6:.1f},{tip - 10:g} {x + 6:.1f},{tip - 10:g}"
    yield Element("polygon", {"class": "now", "points": corners})
    yield _text("now (not to scale)" if far else "now", x, tip - 16, "now-name")


def _text(text: str, x: float, y: float, kind: str) -> Element:
    width = CHARACTER * len(text)
    middle = min(max(x, width / 2), WIDTH - width / 2)
    made = Element("text", {"class": kind, "x": f"{middle:.1f}", "y": f"{y:g}", "text-anchor": "middle"})
    made.text = text
    return made


def _time(moment: datetime) -> str:
    return f"{moment:%a %H:%M}"
