"""Elevations as a figure: where a group is to stand, or what a rack is.

What people with a trolley hold, also on paper: names in the blocks, units beside them, and what to take out first.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from preflight.report.svg import FAINT, moved, number, page, words
from preflight_racks.demand import Demand
from preflight_racks.drawing.block import Area, filled
from preflight_racks.drawing.cabinet import HEAD, Cabinet
from preflight_racks.drawing.legend import MEANINGS, caption, occurring
from preflight_racks.drawing.names import cut, harmless, listed
from preflight_racks.drawing.notes import carrying, misnamed, notes
from preflight_racks.elevation import Elevation, elevation
from preflight_racks.observation import AuditObservation, PlacementObservation

MOST_RACKS = 24
ABREAST = 4
_EDGE, _GAP = 12, 26
# On a narrow screen a figure is scrolled, rather than so small that no name can be read.
_SMALLEST = 0.8
# Of one face, by how many racks are abreast: few can be wide. Four of the narrowest come to 960.
_FACES = {1: 190, 2: 150}
_NARROW = 95
_LEAST = 400  # for the words above a single rack
_LONGEST = 60
Part = tuple[list[Element], float]  # what is drawn, and its height
Said = Callable[[Elevation], Iterator[str]]


def figure(observation: PlacementObservation) -> str:
    """Where the devices of a group are to stand, and those of others beside them; empty if there is no rack to show."""
    demand, mine = observation.demand, observation.mine
    if not observation.racks:
        return ""
    unsure = defaultdict[str, list[str]](list)
    for one in observation.answer.unsure:
        unsure[one.rack].append(f"? {one.limit}: {one.missing}")
    groups = (demand, *observation.others)
    seen = [
        elevation(rack, observation.places, groups, demand.holder, today=observation.today, group=demand.name)
        for rack in observation.racks
    ]
    full = (carrying(one.rack, observation.places, groups) for one in seen)
    below = {rack.name: (*notes(rack, observation.power_factor), *unsure[rack.name]) for rack in full}
    name = cut(harmless(demand.name), _LONGEST, "…")
    title = f"{name}: places for {'all' if len(mine) == demand.count else len(mine)} of {demand.count}"
    if demand.count == 1:
        title = f"{name}: {'a' if mine else 'no'} place for it"
    source = _source(observation.source, observation.today)
    about = ". ".join((f"{_each(demand)}, {source}", *map(harmless, misnamed(observation))))
    return _figure(title, about, seen, below, _proposals)


def rack_figure(observation: AuditObservation) -> str:
    """A rack as it stands; several, where a check is about all that match its pattern."""
    racks = observation.racks
    seen = [elevation(one.rack, today=one.today) for one in racks]
    below = {one.rack.name: notes(one.rack, one.power_factor) for one in racks}
    title = f"Rack {cut(harmless(racks[0].rack.name), _LONGEST, '…')}" if len(racks) == 1 else f"{len(racks)} racks"
    return _figure(title, _source(racks[0].source, racks[0].today), seen, below, _contents)


def _figure(title: str, about: str, seen: Sequence[Elevation], notes: Mapping[str, Sequence[str]], said: Said) -> str:
    shown = seen[:MOST_RACKS]
    abreast = min(len(shown), ABREAST)
    face = _FACES.get(abreast, _NARROW)
    cabinets = [Cabinet(one, face, notes.get(one.rack.name, ())) for one in shown]
    inner = max(abreast * (cabinets[0].width + _GAP) - _GAP, _LEAST - 2 * _EDGE)
    left = [one.rack.name for one in seen[MOST_RACKS:]]
    rest = f"{len(left)} more racks are not drawn: {listed(cut(harmless(name), 24) for name in left)}" if left else ""
    parts = [
        _text(title, inner, 17, "bold"),
        _text(about, inner, 12, "normal"),
        _legend(shown, inner),
        *(_row(cabinets[first : first + abreast]) for first in range(0, len(cabinets), abreast)),
        _text(rest, inner, 12, "normal"),
    ]
    placed, top = [], float(_EDGE)
    for children, height in parts:
        placed.append(moved(_EDGE, top, children))
        top += height
    description = " ".join([about + ".", *(sentence for one in shown for sentence in said(one)), rest])
    width = inner + 2 * _EDGE
    style = f"max-width: {number(width)}px; min-width: {number(width * _SMALLEST)}px"
    return page(width, top + _EDGE, title, description.strip(), placed, style, font_size=12)


def _text(text: str, room: float, size: float, weight: str) -> Part:
    lines = textwrap.wrap(text, int(room / (size * 0.6)))
    opacity = 1.0 if weight == "bold" else FAINT
    drawn = [
        words(line, 0, size * (1.4 * index + 1), font_size=size, font_weight=weight, fill_opacity=opacity)
        for index, line in enumerate(lines)
    ]
    return drawn, size * 1.4 * len(lines)


def _legend(seen: Iterable[Elevation], room: float) -> Part:
    drawn: list[Element] = []
    x, y = 0.0, 14.0
    for state in occurring(block for one in seen for block in one.blocks):
        meaning = f"! {MEANINGS[state]}" if state == "clash" else MEANINGS[state]
        taken = 26 + len(meaning) * 11 * 0.56 + 14
        if x and x + taken > room:
            x, y = 0.0, y + 19
        swatch = Area(x + 1, y, 18, 11)
        drawn += [*filled(state, swatch), words(meaning, x + 25, y + 9.5, font_size=11)]
        x += taken
    return drawn, y + 24


def _row(cabinets: Sequence[Cabinet]) -> Part:
    """They stand on one floor."""
    floor = HEAD + max(one.height for one in cabinets)
    drawn = [moved(index * (one.width + _GAP), floor - one.height, one.draw()) for index, one in enumerate(cabinets)]
    return drawn, floor + max(one.below for one in cabinets) + 14


def _each(demand: Demand) -> str:
    depth = "full depth" if demand.full_depth else f"half depth, {demand.face}"
    return f"{cut(harmless(demand.type), _LONGEST, '…')}, {demand.height / 2:g}U, {depth}"


def _source(source: str, today: str) -> str:
    return f"as {harmless(source)} has it{f' on {today}' if today else ''}"


def _proposals(seen: Elevation) -> Iterator[str]:
    """What is to come, in words."""
    free = f"{len(seen.units('free'))} of {seen.rack.units} units free"
    coming = [block for block in seen.blocks if block.state in ("proposed", "other")]
    shown = dict.fromkeys(f"{block.units} {cut(harmless(block.label), _LONGEST)}" for block in coming)
    yield f"{cut(harmless(seen.rack.name), _LONGEST)}: {'; '.join(shown) or 'nothing proposed'}; {free}."


def _contents(seen: Elevation) -> Iterator[str]:
    """All that is in a rack, in words."""
    for band in seen.bands:
        front, rear = (cut(harmless(caption(block)), _LONGEST) for block in (band.front, band.rear))
        yield f"{band.units}: {front if band.alike else f'{front} in front, {rear} behind'}."
