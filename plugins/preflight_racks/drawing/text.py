"""Elevations for the terminal, and where the devices of a group go, in a line for each rack.

Own characters are ASCII, which survives any locale and log. Names are as their source has them.
"""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, groupby, zip_longest
from typing import Any

from preflight_racks.demand import Demand, Place
from preflight_racks.drawing.legend import MARKS, MEANINGS, caption, occurring
from preflight_racks.drawing.names import cut, harmless, listed, width
from preflight_racks.elevation import Band, Block, Elevation, elevation, taken_out
from preflight_racks.room import Rack, span_of

GAP = 3
NARROWEST, WIDEST = 36, 52  # of one rack, where there is room for several
LEAST = 24
FEWEST_IN_A_RUN = 3
_NUMBER = re.compile(r"\d+")


def elevations(
    racks: Iterable[Rack],
    places: Sequence[Place],
    demands: Sequence[Demand],
    holder: str,
    columns: int,
    *,
    today: str = "",
    group: str = "",
) -> list[str]:
    """Racks from top to bottom, side by side as far as they fit, and what their marks mean.

    Args:
        columns: of the terminal; with fewer than 24, lines are as long as for 24.
        holder, today, group: as for `elevation`.
    """
    seen = [elevation(rack, places, demands, holder, today=today, group=group) for rack in racks]
    if not seen:
        return []
    abreast = max(min((columns + GAP) // (NARROWEST + GAP), len(seen)), 1)
    room = max(min((columns + GAP) // abreast - GAP, WIDEST), LEAST)
    lines: list[str] = []
    for first in range(0, len(seen), abreast):
        drawn = [list(_rack(one, room)) for one in seen[first : first + abreast]]
        for parts in zip_longest(*drawn, fillvalue=""):
            lines.append((" " * GAP).join(_padded(part, room) for part in parts).rstrip())
        lines.append("")
    return [*lines, *_legend(seen, max(columns, LEAST))]


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a rack: its units, and what is written of them."""

    start: int
    height: int
    front: str
    rear: str

    @property
    def units(self) -> str:
        return span_of(self.start, self.height)


def _rack(seen: Elevation, room: int) -> Iterator[str]:
    rack, free, ours = seen.rack, len(seen.units("free")), len(seen.units("ours"))
    size = f" ({rack.units} units, {free} free{f', {ours} ours' if ours else ''})"
    yield cut(harmless(rack.name), room - len(size)) + size
    if where := " / ".join(filter(None, (harmless(rack.site), harmless(rack.location)))):
        yield cut(where, room)
    rows = list(_rows(seen))
    gutter = max((len(row.units) for row in rows), default=0) + 1
    for row in rows:
        yield row.units.ljust(gutter) + _faces(row, room - gutter)
    yield from _below(seen, room)


def _faces(row: _Row, room: int) -> str:
    """What is on both faces once; what is on each, divided."""
    if row.front == row.rear:
        return cut(row.front, room)
    ahead = (room - 3) // 2
    return f"{_padded(cut(row.front, ahead), ahead)} | {cut(row.rear, room - 3 - ahead)}"


def _rows(seen: Elevation) -> Iterator[_Row]:
    written: set[tuple[str, int]] = set()  # the blocks that stand in a row above
    for (state, *_), run in groupby(seen.bands, _kin()):
        bands = list(run)
        if state in ("occupied", "blank") and len(bands) >= FEWEST_IN_A_RUN:
            yield _together(bands)
            continue
        for band in bands:
            front, rear = (_words(block, written) for block in (band.front, band.rear))
            yield _Row(band.start, band.height, front, front if band.alike else rear)


def _kin() -> Callable[[Band], tuple[Any, ...]]:
    """A key by which devices that stand on each other are one if they have one height, and names that differ in their
    numbers; all else is by itself."""
    alone = count()

    def key(band: Band) -> tuple[Any, ...]:
        if band.alike and band.height == band.front.height == band.rear.height:
            return band.front.state, band.height, _NUMBER.sub("0", band.front.label)
        return band.front.state, next(alone)

    return key


def _together(bands: Sequence[Band]) -> _Row:
    """`app-8 ... app-1 (8)`, from the top like all else."""
    names = f"{harmless(bands[0].front.label)} ... {harmless(bands[-1].front.label)}"
    units = bands[0].height / 2
    each = "" if units == 1 else f" x {units:g}U"
    text = f"{MARKS[bands[0].front.state]} {names} ({len(bands)}{each})"
    return _Row(min(band.start for band in bands), sum(band.height for band in bands), text, text)


def _words(block: Block, written: set[tuple[str, int]]) -> str:
    """A block that goes on below another row has a ditto mark there, or it would look like a second one."""
    key = block.face, block.start
    again = key in written and block.state in ("proposed", "other", "occupied", "blank", "clash")
    written.add(key)
    return f"{MARKS[block.state]} {chr(34) if again else harmless(caption(block))}"


def _below(seen: Elevation, room: int) -> Iterator[str]:
    """What has no unit, and what must go first."""
    notes = defaultdict[str, list[str]](list)
    for one in seen.beside:
        notes[one.why].append(harmless(one.name))
    for blank in seen.removed:
        at = f" ({span_of(blank.position, blank.height)})" if blank.position is not None else ""
        notes["take out first"].append(f"{harmless(blank.name)}{at}")
    for why, names in notes.items():
        yield from _wrapped(f"{why}: {listed(cut(name, room - 6) for name in names)}", room)


def _legend(seen: Sequence[Elevation], columns: int) -> list[str]:
    parts = [f"{MARKS[state]} {MEANINGS[state]}" for state in occurring(block for one in seen for block in one.blocks)]
    if any(not band.alike for one in seen for band in one.bands):
        parts.append("a | b: front | rear")
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + 3 + len(part) > columns:
            lines.append("")
        lines[-1] += f"   {part}" if lines[-1] else part
    return lines


def placement_lines(demand: Demand, places: Iterable[Place], racks: Sequence[Rack]) -> list[str]:
    """Where a group's devices go: `R12  U5-9, U12  phoenix-app-1 to -6  feeds A+B`, in the order of the racks."""
    order = {rack.name: (number, rack) for number, rack in enumerate(racks)}
    lots = defaultdict[tuple[int, str, tuple[str, ...]], list[Place]](list)
    for place in places:
        if place.demand == demand.name:
            feeds = tuple(sorted({feed for feed, _ in place.plugs}))
            number = order[place.rack][0] if place.rack in order else len(order)
            lots[number, place.rack, feeds].append(place)
    rows = []
    for (_, rack, feeds), lot in sorted(lots.items()):
        plugged = f"feeds {'+'.join(map(harmless, feeds))}" if feeds else ""
        blanks = [name for place in lot if rack in order for name in taken_out(order[rack][1], demand.device(place))]
        first = f"take out {listed(map(harmless, dict.fromkeys(blanks)))} first" if blanks else ""
        rows.append((harmless(rack), _spans(lot, demand.height), _numbered(demand.name, lot), plugged, first))
    columns = [column for column in zip(*rows, strict=True) if any(column)]
    widths = [max(map(width, column)) for column in columns]
    return ["  ".join(map(_padded, row, widths)).rstrip() for row in zip(*columns, strict=True)]


def _spans(lot: Sequence[Place], height: int) -> str:
    """The units they take, those without a gap as one: `U5-9, U12`, and `U5-9 (rear)`."""
    parts: list[str] = []
    for face in ("front", "rear"):
        starts = sorted(place.position for place in lot if place.face == face)
        for _, run in groupby(enumerate(starts), lambda pair: pair[1] - pair[0] * height):
            positions = [position for _, position in run]
            span = span_of(positions[0], positions[-1] + height - positions[0])
            parts.append(span if face == "front" else f"{span} (rear)")
    return ", ".join(parts)


def _numbered(name: str, lot: Sequence[Place]) -> str:
    """`app-1 to -6, -8`."""
    parts: list[str] = []
    for _, run in groupby(enumerate(sorted(place.number for place in lot)), lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        parts.append(f"-{numbers[0]}" + (f" to -{numbers[-1]}" if len(numbers) > 1 else ""))
    return harmless(name) + ", ".join(parts)


def _padded(text: str, room: int) -> str:
    return text + " " * (room - width(text))


def _wrapped(text: str, room: int) -> list[str]:
    return textwrap.wrap(text, room, subsequent_indent="  ")
