"""A rehearsal as a figure: the forecast against the time there is, and the measured and projected rates behind it.

Drawn here, as SVG. The best library for it, matplotlib, brings ten packages and 150 MB to a machine that is to be kept
lean; its drawings have one theme, ids that collide in a page, and nothing for a screen reader, so they would have to be
rewritten anyway. Others come with scripts, or cannot draw a band. `xml.etree` escapes and writes; the rest is shapes.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from xml.etree.ElementTree import Element

from preflight.report.svg import FAINT, Attribute, page, words
from preflight.report.wording import safe
from preflight_database.load.advice import about, answer
from preflight_database.load.figure.clock import clock
from preflight_database.load.figure.legend import EDGE, WIDTH, in_colour, marker
from preflight_database.load.figure.rates import Course, course, rates
from preflight_database.load.figure.scale import short
from preflight_database.load.figure.shapes import stacked
from preflight_database.load.forecast import Forecast
from preflight_database.load.judge import forecasts_of
from preflight_database.load.observation import LoadObservation
from preflight_database.load.spec import LoadSpec

# Characters that fit a line of the figure in a wide font, in its usual size and in the title's.
_COLUMNS, _TITLE_COLUMNS = 76, 48
_LINE = 18

Block = tuple[list[Element], float]


def chart(spec: LoadSpec, seen: LoadObservation) -> str:
    """An SVG element that stands by itself, or in a page; empty if nothing was rehearsed."""
    if not seen.repeats:
        return ""
    forecasts = forecasts_of(spec, seen)
    courses = [course(one, spec, seen) for one in forecasts]
    title = f"{spec.rows:,} rows into {spec.table}"
    where = f"{seen.server.where(spec.database)}, by {spec.until.isoformat(' ', 'minutes')}"
    notes = [f"Lower bound with indexes {one.arm}: {bound.why}." for one in forecasts for bound in one.bounds]
    parts, height = stacked((
        ([], 6),
        _text(title, _TITLE_COLUMNS, 22, font_size=17, font_weight="bold"),
        _text(where, _COLUMNS, fill_opacity=FAINT),
        ([], 8),
        *(_keyed(one, seen) for one in forecasts),
        ([], 6),
        clock(forecasts, spec.available),
        ([], 22),
        rates(courses, spec, seen),
        ([], 10),
        *(_text(note, _COLUMNS, fill_opacity=FAINT) for note in notes),
        ([], 8),
    ))  # fmt: skip
    said = (*_said(forecasts, courses, spec, seen), *notes)
    return page(WIDTH, height, f"Rehearsal of a load: {title}", " ".join(said), parts, "max-width: 45rem", font_size=13)


def _text(text: str, columns: int, height: float = _LINE, x: float = EDGE, **style: Attribute) -> Block:
    lines = _wrapped(safe(text), columns)
    return [words(each, x, height * (number + 0.75), **style) for number, each in enumerate(lines)], height * len(lines)


def _wrapped(text: str, columns: int) -> list[str]:
    """In as few lines as it takes, all about as long: none has a last word to itself."""
    text = re.sub(r"(?<=\d) (?=[kMGT]B\b)", "\N{NO-BREAK SPACE}", text)
    fewest = len(textwrap.wrap(text, columns))
    tried = (textwrap.wrap(text, width) for width in range(max(len(text) // max(fewest, 1), 1), columns))
    return next((lines for lines in tried if len(lines) == fewest), textwrap.wrap(text, columns))


def _keyed(one: Forecast, seen: LoadObservation) -> Block:
    """An arm's answer, behind the mark that it has in all that follows."""
    lines, height = _text(answer(one, seen), _COLUMNS - 3, x=EDGE + 20)
    return [in_colour(one.arm, marker(one.arm, (EDGE + 6, _LINE * 0.75 - 4.5))), *lines], height + 3


def _said(
    forecasts: Iterable[Forecast], courses: Sequence[Course], spec: LoadSpec, seen: LoadObservation
) -> Iterator[str]:
    """The figure in words, for who does not see it."""
    for one in forecasts:
        yield f"Forecast {answer(one, seen)}."
    yield f"You have {about(spec.available)}."
    for each in courses:
        (first, begin), (last, end) = each.medians[0], each.medians[-1]
        rungs = f"{short(begin)} rows a second at {short(first)} rows in the table"
        rungs += f", {short(end)} at {short(last)}" if last > first else ""
        yield f"Measured with indexes {each.arm}: {rungs}."
        for at, name in each.outgrown:
            yield f"From {short(at)} rows on it goes beyond {name}."
