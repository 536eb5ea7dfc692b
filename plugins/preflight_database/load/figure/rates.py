"""How fast rows go in, by how many there are: as measured, and as projected to the end of the load."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from xml.etree.ElementTree import Element

from preflight.report.svg import FAINT, Attribute, element, words
from preflight_database.load.beyond import scattered_bytes, size
from preflight_database.load.figure.legend import CHARACTER, DASHES, EDGE, LEFT, RIGHT, WIDTH, in_colour, marker
from preflight_database.load.figure.scale import Scale, short, spanning, tick_below
from preflight_database.load.figure.shapes import Point, arrow, line, path
from preflight_database.load.forecast import Forecast, allowance, paces
from preflight_database.load.observation import Arm, LoadObservation
from preflight_database.load.spec import LoadSpec

_TOP, _LANE, _PLOT = 44, 17, 190


@dataclass(frozen=True, slots=True)
class Course:
    """An arm's rates in rows a second, each with the rows in the table.

    Attributes:
        points: of all repeats.
        medians: of the repeats on each rung.
        highest: from the last rung to the whole load; empty if all of it was rehearsed.
        lowest: the same; empty if nothing bounds it.
        outgrown: caches, each with the number of rows from which on scattered pages do not fit it.
    """

    arm: Arm
    points: tuple[Point, ...]
    medians: tuple[Point, ...]
    highest: tuple[Point, ...]
    lowest: tuple[Point, ...]
    outgrown: tuple[tuple[float, str], ...]


def course(one: Forecast, spec: LoadSpec, seen: LoadObservation) -> Course:
    measured, best, worst = (defaultdict[float, list[float]](list) for _ in range(3))
    for repeat in seen.repeats:
        if repeat.arm != one.arm:
            continue
        for rung in repeat.rungs:
            measured[rung.at].append(rung.rows / rung.seconds)
        last = repeat.rungs[-1].at
        if last < spec.total:
            at_least, at_most = paces(repeat, seen, spec.total)
            for at in (last, spec.total):
                best[at].append(at_least[-1][1])
            for at, pace in at_most:
                if at >= last:
                    worst[at].append(pace)
    room = 1 + allowance(one.spread)
    return Course(
        one.arm,
        tuple((at, rate) for at, rates in sorted(measured.items()) for rate in rates),
        tuple((at, median(rates)) for at, rates in sorted(measured.items())),
        tuple((at, room / min(each)) for at, each in sorted(best.items())),
        tuple((at, 1 / (room * max(each))) for at, each in sorted(worst.items()) if not one.bounds),
        tuple(_outgrown(one.arm, spec, seen)),
    )


def _outgrown(arm: Arm, spec: LoadSpec, seen: LoadObservation) -> Iterator[tuple[float, str]]:
    repeat = next(repeat for repeat in seen.repeats if repeat.arm == arm)
    _, empty = scattered_bytes(repeat, seen, 0)
    _, full = scattered_bytes(repeat, seen, spec.total)
    for cache in seen.caches:
        if empty < cache.bytes < full:
            yield spec.total * (cache.bytes - empty) / (full - empty), f"{cache.name} {size(cache.bytes)}"


def rates(courses: Sequence[Course], spec: LoadSpec, seen: LoadObservation) -> tuple[list[Element], float]:
    """The drawing, and its height."""
    lanes = 1 + sum(len(one.outgrown) for one in courses)
    floor = _TOP + _LANE * lanes + _PLOT
    return list(_drawn(courses, spec, seen, floor)), floor + 24


def _drawn(courses: Sequence[Course], spec: LoadSpec, seen: LoadObservation, floor: float) -> Iterator[Element]:
    curves = [point for one in courses for point in (*one.points, *one.highest, *one.lowest)]
    marks = sorted((at, name, one.arm) for one in courses for at, name in one.outgrown)
    begin = [float(spec.already)] if spec.already else []
    across = spanning([*(at for at, _ in curves), *(at for at, _, _ in marks), *begin, spec.total], LEFT, RIGHT, 1.6)
    heights = [rate for _, rate in curves] + ([float(spec.supply)] if spec.supply else [])
    # The arrows that lead down from what has no lower end.
    heights += [rate / 2 for one in courses if not one.lowest for _, rate in one.highest]
    up = spanning(heights, floor, floor - _PLOT, 1.15, 1.15)

    yield words("Rows a second, by rows in the table", EDGE, 14, font_weight="bold")
    yield from _axes(across, up, floor)
    yield from _extent(across, seen.rows, spec, floor)
    for lane, (at, name, arm) in enumerate(marks, 1):
        yield from _crossing(arm, name, across.at(at), _TOP + _LANE * lane, floor)
    if spec.supply:
        height = up.at(spec.supply)
        yield line((LEFT, height), (RIGHT, height), stroke_dasharray="1 4", stroke_width=2)
        yield _label("the program delivers no more", LEFT, height - 5, fill_opacity=FAINT)
    for one in courses:
        yield in_colour(one.arm, *_curves(one, across, up))


def _axes(across: Scale, up: Scale, floor: float) -> Iterator[Element]:
    for rate in up.ticks():
        height = up.at(rate)
        yield line((LEFT, height), (RIGHT, height), stroke_opacity=0.15)
        yield words(short(rate), LEFT - 6, height + 4, text_anchor="end", fill_opacity=FAINT)
    yield line((LEFT, floor), (RIGHT, floor), stroke_opacity=FAINT)
    for rows in across.ticks():
        yield from tick_below(across.at(rows), floor, short(rows))


def _extent(across: Scale, rehearsed: int, spec: LoadSpec, floor: float) -> Iterator[Element]:
    """Where what was measured ends; or the load, where more was rehearsed. Where it begins, if not at 0."""
    x = across.at(min(rehearsed, spec.total))
    if rehearsed < spec.total:
        yield element("rect", x=x, y=_TOP + 5, width=RIGHT - x, height=floor - _TOP - 5, fill_opacity=0.05)
        yield words("measured", x - 4, _TOP, text_anchor="end", fill_opacity=FAINT)
        yield words("projected", x + 4, _TOP, fill_opacity=FAINT)
    elif spec.total < across.high:
        yield line((x, _TOP + 5), (x, floor), stroke_opacity=FAINT)
        yield _label("the whole load", x, _TOP, fill_opacity=FAINT)
    if spec.already:
        begin = across.at(spec.already)
        yield line((begin, floor - 24), (begin, floor), stroke_width=1.5)
        yield _label("the load begins", begin, floor - 8, fill_opacity=FAINT)


def _crossing(arm: Arm, name: str, x: float, y: float, floor: float) -> Iterator[Element]:
    label = _label(f"beyond {name.removeprefix('the ')}", x, y, 18)
    side = -10 if label.get("text-anchor") == "end" else 10
    down = line((x, y - 10), (x, floor), stroke_dasharray="2 3", stroke_width=1.5)
    yield in_colour(arm, down, marker(arm, (x + side, y - 4.5), 3.5))
    yield label


def _label(text: str, x: float, y: float, away: float = 4, **style: Attribute) -> Element:
    """To the right of something, or to its left where there is no room."""
    if x + away + CHARACTER * len(text) <= WIDTH:
        return words(text, x + away, y, **style)
    return words(text, x - away, y, text_anchor="end", **style)


def _curves(one: Course, across: Scale, up: Scale) -> Iterator[Element]:
    points, medians, highest, lowest = (
        [(across.at(rows), up.at(rate)) for rows, rate in each]
        for each in (one.points, one.medians, one.highest, one.lowest)
    )
    dashes = DASHES[one.arm]
    if lowest:
        band = [*highest, *reversed(lowest)]
        yield path(band, closed=True, fill="currentColor", fill_opacity=0.25, stroke_dasharray=dashes)
    elif highest:
        yield path(highest, stroke_dasharray=dashes, stroke_width=1.5)
        (first, height), (last, _) = highest
        for share in (0.1, 0.35, 0.6, 0.85):
            x = first + (last - first) * share
            yield line((x, height), (x, height + 18), stroke_width=1.5)
            yield arrow((x, height + 24), (0, 1), 4)
    yield path(medians, stroke_dasharray=dashes, stroke_width=2.5)
    for point in points:
        yield marker(one.arm, point, 4)
