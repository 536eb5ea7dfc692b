"""How a block of a rack looks. States differ in more than colour, for who sees none, and for paper.

Solid is what is to come, grey what is there, hatched what is kept or closed, and dashed what belongs to others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from preflight.report.svg import FAINT, Attribute, element, number, texted, words
from preflight_racks.drawing.legend import MEANINGS, caption
from preflight_racks.drawing.names import cut, harmless, width
from preflight_racks.elevation import Block, State

# Each has a contrast of 3 and more to white and to nearly black; white on the solid ones has 4.5 and more.
_BLUE, _GREEN, _PURPLE, _RED = "#1a73b8", "#178a5c", "#b0529c", "#c9342b"
SIZE = 9.5
_INSET = 4
_LEADING = 1.25
_BOLD = 1.12  # how much wider than usual
_SOLID = ("proposed", "clash")


@dataclass(frozen=True, slots=True)
class Area:
    x: float
    y: float
    width: float
    height: float


_OUTLINES: dict[State, dict[str, Attribute]] = {
    "proposed": {"fill": _BLUE, "stroke": _BLUE},
    "other": {"fill": _BLUE, "fill_opacity": 0.14, "stroke": _BLUE, "stroke_width": 1.5, "stroke_dasharray": "4 2"},
    "occupied": {"fill": "currentColor", "fill_opacity": 0.14, "stroke": "currentColor", "stroke_opacity": 0.6},
    "blank": {"fill": "none", "stroke": "currentColor", "stroke_opacity": FAINT, "stroke_dasharray": "1.5 2"},
    "ours": {"fill": "none", "stroke": _GREEN, "stroke_width": 1.5},
    "theirs": {"fill": "none", "stroke": _PURPLE, "stroke_width": 1.5},
    "expired": {"fill": "none", "stroke": _PURPLE, "stroke_width": 1.5, "stroke_dasharray": "4 2"},
    "blocked": {"fill": "none", "stroke": "currentColor", "stroke_opacity": FAINT},
    "clash": {"fill": _RED, "stroke": "currentColor", "stroke_width": 2},
    "free": {"fill": "none", "stroke": "currentColor", "stroke_opacity": 0.3, "stroke_width": 0.5},
}
# Colour, distance of the lines, and which way they lean: 1 is `/`, -1 is `\`.
_HATCHES: dict[State, tuple[str, float, tuple[int, ...]]] = {
    "ours": (_GREEN, 7, (1,)),
    "theirs": (_PURPLE, 5, (-1,)),
    "expired": (_PURPLE, 10, (-1,)),
    "blocked": ("currentColor", 5, (1, -1)),
}


def drawn(block: Block, area: Area, unit: float) -> Element:
    """A block, its name as far as there is room, and all of it for who points at it."""
    size = SIZE if area.height > SIZE else SIZE * 0.7
    bold = _BOLD if block.state in _SOLID else 1
    most = max(int(area.height / (size * _LEADING)), 1)
    lines = _lines(block, (area.width - 2 * _INSET) / (size * bold), most)
    tall = len(lines) * size * _LEADING
    middle = area.height / 2
    if block.state == "free":  # between the lines of the units
        middle = (int(block.height / 4) + 0.5) * unit
    longest = max(map(_ems, lines), default=0) * size * bold
    hole = Area(0, middle - tall / 2, _INSET * 2 + longest, tall) if lines else None
    below = (middle - tall / 2 + size * (_LEADING * index + 0.99) for index in range(len(lines)))
    style = _lettering(block.state)
    labels = [
        words(line, area.x + _INSET, area.y + y, font_size=size, **style) for line, y in zip(lines, below, strict=True)
    ]
    meaning = "" if block.state in ("free", "blocked") else f": {MEANINGS[block.state]}"
    said = texted("title", f"{block.units} {block.face}, {cut(harmless(caption(block)), 200)}{meaning}")
    shape = filled(block.state, area, hole) if block.state != "free" else ()
    return element("g", said, *shape, *labels)


def _ems(text: str) -> float:
    """How wide a text is in a wide font, in its size; how wide it will be, only its reader's machine knows."""
    narrow, broad = sum(map("fijlrtI.,:;!|()[]/-' ".count, text)), sum(map("mwMW%@\ufffd".count, text))
    capitals = sum(map(str.isupper, text))
    foreign = [character for character in text if not character.isascii() and width(character) == 1]
    symbols = sum(character >= "\u2000" for character in foreign)
    return 0.64 * width(text) - 0.25 * narrow + 0.35 * broad + 0.1 * capitals + 0.05 * len(foreign) + 0.55 * symbols


def _cut(text: str, ems: float) -> str:
    return cut(text, int(ems * max(width(text), 1) / max(_ems(text), 0.1)), "…")


def _lines(block: Block, room: float, most: int) -> list[str]:
    """What is written in a block this many ems wide. A date goes below the name, or away, before the name is cut."""
    text = harmless(caption(block))
    if block.state == "free":
        return [f"{block.height / 2:g} free"] if block.height >= 6 else []
    name, until, date = text.rpartition(" until ")
    if _ems(text) > room and until and block.state in ("ours", "theirs", "expired"):
        return [_cut(line, room) for line in (name, f"until {date}")][:most]
    return [_cut(f"! {text}" if block.state == "clash" else text, room)]


def filled(state: State, area: Area, hole: Area | None = None) -> Iterator[Element]:
    """An area of this state.

    Args:
        hole: where no line may run through what is written; as seen from the area's corner.
    """
    yield element("rect", x=area.x, y=area.y, width=area.width, height=area.height, **_OUTLINES[state])
    if state in _HATCHES:
        colour, step, leaning = _HATCHES[state]
        for way in leaning:
            d = " ".join(_hatch(area, step, way, hole))
            yield element("path", d=d, fill="none", stroke=colour, stroke_opacity=0.6, stroke_width=0.8)


def _lettering(state: State) -> dict[str, Attribute]:
    if state in _SOLID:
        return {"fill": "#fff", "font_weight": "bold"}
    return {"fill_opacity": FAINT} if state in ("free", "blank") else {}


def _hatch(area: Area, step: float, way: int, hole: Area | None) -> Iterator[str]:
    """Lines at 45 degrees. Each is the points at which the ways across and down sum up to the same."""
    total = step / 2
    while total < area.width + area.height:
        begin, end = max(total - area.height, 0), min(total, area.width)
        pieces = [(begin, end)]
        if hole:
            left, right = _mirrored(hole, area.width, way)
            enter, leave = max(left, total - hole.y - hole.height), min(right, total - hole.y)
            if enter < leave:
                pieces = [(begin, min(enter, end)), (max(leave, begin), end)]
        for first, last in pieces:
            if last - first > 0.5:
                points = [(first if way > 0 else area.width - first, total - first)]
                points.append((last if way > 0 else area.width - last, total - last))
                (x1, y1), (x2, y2) = points
                yield f"M{number(area.x + x1)} {number(area.y + y1)} L{number(area.x + x2)} {number(area.y + y2)}"
        total += step


def _mirrored(hole: Area, across: float, way: int) -> tuple[float, float]:
    left, right = hole.x, hole.x + hole.width
    return (left, right) if way > 0 else (across - right, across - left)
