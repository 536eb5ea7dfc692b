"""One rack: front and rear side by side, the numbers of its units between them, its name above, its figures below."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from preflight.report.svg import FAINT, element, number, words
from preflight_racks.drawing.block import Area, drawn
from preflight_racks.drawing.names import cut, harmless, listed
from preflight_racks.elevation import Block, Elevation
from preflight_racks.room import span_of

UNIT = 13
GUTTER = 24
_NAME, _CAPTION = 13.5, 11
_LINE = 15
HEAD = 46  # above the topmost unit
_CHARACTER = 0.54
_TOGETHER = re.compile(r"(?<=\d) (?=[%kW])")  # a number and its unit


@dataclass(frozen=True, slots=True)
class Cabinet:
    """A rack as it is drawn.

    Attributes:
        face: the width of each face, in pixels.
        notes: lines to stand below it.
    """

    seen: Elevation
    face: float
    notes: Sequence[str] = ()

    @property
    def width(self) -> float:
        return 2 * self.face + GUTTER

    @property
    def height(self) -> float:
        """Of its units."""
        return self.seen.rack.units * UNIT

    @property
    def captions(self) -> list[tuple[str, bool]]:
        """The lines below it, each with whether it is something to do."""
        room = int(self.width / (_CAPTION * _CHARACTER))
        figures = (_TOGETHER.sub("\N{NO-BREAK SPACE}", figure) for figure in self._figures())
        lines = [(line, False) for figure in figures for line in textwrap.wrap(figure, room)]
        blanks = [f"{_short(one.name)} ({span_of(one.position or 0, one.height)})" for one in self.seen.removed]
        do = f"Take out first: {listed(blanks)}" if blanks else ""
        return lines + [(line, True) for line in textwrap.wrap(do, room)]

    @property
    def below(self) -> float:
        return _LINE * len(self.captions) + 4

    def _figures(self) -> Iterator[str]:
        free, ours = len(self.seen.units("free")), len(self.seen.units("ours"))
        yield f"{free} of {self.seen.rack.units} units free{f', {ours} more reserved for us' if ours else ''}"
        yield from (harmless(note) for note in self.notes)
        for why in dict.fromkeys(one.why for one in self.seen.beside):
            yield f"{why}: {listed(_short(one.name) for one in self.seen.beside if one.why == why)}"

    def draw(self) -> Iterator[Element]:
        """From its top left corner, at the height of its topmost unit."""
        rack, middle, right = self.seen.rack, self.face + GUTTER / 2, self.face + GUTTER
        room = int(self.width / (_NAME * 0.62))
        yield words(cut(harmless(rack.name), room, "…"), 0, -30, font_size=_NAME, font_weight="bold")
        where = " / ".join(filter(None, (rack.site, rack.location)))
        if where:
            text = cut(harmless(where), int(self.width / (_CAPTION * _CHARACTER)), "…")
            yield words(text, 0, -17, font_size=10, fill_opacity=FAINT)
        for name, x in (("front", self.face / 2), ("rear", right + self.face / 2)):
            yield words(name, x, -4.5, font_size=9, text_anchor="middle", fill_opacity=FAINT)
        for x, blocks in ((0.0, self.seen.front), (right, self.seen.rear)):
            yield self._grid(x, blocks)
            for block in blocks:
                area = Area(
                    x + 1, self._top(block.start, block.height) + 0.75, self.face - 2, block.height * UNIT / 2 - 1.5
                )
                yield drawn(block, area, UNIT)
            size = {"width": self.face, "height": self.height}
            yield element("rect", x=x, y=0.0, **size, fill="none", stroke="currentColor", stroke_width=1.5)
        yield element("g", *self._numbers(middle), font_size=8, text_anchor="middle", fill_opacity=FAINT)
        for index, (line, urgent) in enumerate(self.captions):
            weight = "bold" if urgent else "normal"
            yield words(line, 0, self.height + _LINE * (index + 1), font_size=_CAPTION, font_weight=weight)

    def _top(self, start: int, height: int) -> float:
        rack = self.seen.rack
        first = start - 2 * rack.first
        above = first if rack.descending else 2 * rack.units - first - height
        return above * UNIT / 2

    def _grid(self, x: float, blocks: Sequence[Block]) -> Element:
        """The edges of the units that are free."""
        free = [(self._top(one.start, one.height), one.height * UNIT / 2) for one in blocks if one.state == "free"]
        edges = [unit * UNIT for unit in range(self.seen.rack.units) if any(y < unit * UNIT < y + h for y, h in free)]
        steps = (f"M{number(x)} {y} h{number(self.face)}" for y in edges)
        return element("path", d=" ".join(steps), fill="none", stroke="currentColor", stroke_opacity=0.18)

    def _numbers(self, x: float) -> Iterator[Element]:
        for unit in self.seen.rack.numbers:
            yield words(str(unit), x, self._top(2 * unit, 2) + UNIT * 0.72)


def _short(name: str) -> str:
    return cut(harmless(name), 24, "…")
