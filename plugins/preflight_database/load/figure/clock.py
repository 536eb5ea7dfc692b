"""The forecast against the time there is: a bar for each arm, and the deadline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from preflight.report.svg import FAINT, Attribute, element, words
from preflight_database.load.advice import about
from preflight_database.load.figure.legend import EDGE, LEFT, RIGHT, in_colour, marker
from preflight_database.load.figure.scale import Scale, tick_below, times
from preflight_database.load.figure.shapes import arrow, line, path
from preflight_database.load.forecast import Forecast

_TOP, _ROW = 32, 24
_THICK = 7


def clock(forecasts: Sequence[Forecast], available: float) -> tuple[list[Element], float]:
    """The drawing, and its height."""
    bottom = _TOP + _ROW * len(forecasts)
    return list(_drawn(forecasts, available, bottom)), bottom + 24


def _drawn(forecasts: Sequence[Forecast], available: float, bottom: float) -> Iterator[Element]:
    ends = [one.high or one.low * 1.2 for one in forecasts]
    # What ends far behind the deadline is cut off: the deadline is what counts, and how far is written above.
    scale = Scale(0, min(max(available * 1.3, max(ends) * 1.05), available * 2.5), LEFT, RIGHT)
    limit = scale.at(available)
    yield element("rect", x=limit, y=_TOP - 12, width=RIGHT - limit, height=bottom - _TOP + 12, fill_opacity=0.09)
    yield words("too late", RIGHT, _TOP - 18, text_anchor="end", fill_opacity=FAINT)
    if len(forecasts) > 1:
        yield words("plan", EDGE, _TOP + 10, fill_opacity=FAINT)
    for number, one in enumerate(forecasts):
        middle = _TOP + 6 + _ROW * number
        yield in_colour(one.arm, marker(one.arm, (LEFT - 12, middle)), *_bar(one, scale, middle))
    yield line((limit, _TOP - 12), (limit, bottom), stroke_width=2.5)
    yield words(f"you have {about(available)}", limit, _TOP - 18, text_anchor="middle", font_weight="bold")
    yield line((LEFT, bottom), (RIGHT, bottom), stroke_opacity=FAINT)
    for at in times(scale.high):
        yield from tick_below(scale.at(at), bottom, about(at) if at else "0")


def _bar(one: Forecast, scale: Scale, middle: float) -> Iterator[Element]:
    """A line for what it takes at least, a bar for what it may take. An arrow leads to an end that is not shown."""
    begin = scale.at(min(one.low, scale.high))
    shown = one.high is not None and one.high <= scale.high
    end = max(scale.at(one.high), begin + 3) if one.high is not None and shown else RIGHT - 11
    yield line((LEFT, middle), (min(begin, end), middle), stroke_width=2)
    if begin < end:
        outline = [(end, middle - _THICK), (begin, middle - _THICK), (begin, middle + _THICK), (end, middle + _THICK)]
        style: dict[str, Attribute] = {"fill_opacity": 0.85}
        if one.high is None:
            style = {"fill_opacity": 0.25, "stroke_dasharray": "3 3"}
        yield path(outline, closed=shown, fill="currentColor", stroke_width=1.5, **style)
    if not shown:
        yield arrow((RIGHT, middle), (1, 0), 7)
