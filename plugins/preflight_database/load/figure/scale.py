"""From values to pixels, and round values to write on an axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from xml.etree.ElementTree import Element

from preflight.report.svg import FAINT, words
from preflight_database.load.figure.shapes import line


@dataclass(frozen=True, slots=True)
class Scale:
    """Linear, or logarithmic, where each decade takes as much room as the next."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def at(self, value: float) -> float:
        low, high, value = (math.log10(each) if self.logarithmic else each for each in (self.low, self.high, value))
        return self.start + (self.end - self.start) * (value - low) / (high - low)

    def ticks(self) -> list[float]:
        """Round values, at most ten."""
        if not self.logarithmic:
            return _multiples(_rounded_up((self.high - self.low) / 5), self.high)
        decades = math.log10(self.high / self.low)
        leads, skip = (1, 2, 5) if decades < 2.5 else (1,), math.ceil(decades / 9)
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        every = (lead * 10.0**power for power in powers if power % skip == 0 for lead in leads)
        return [value for value in every if self.low <= value <= self.high]


def spanning(values: Sequence[float], start: float, end: float, below: float = 1, above: float = 1) -> Scale:
    """A scale with room for all of these: logarithmic where they span more than a decade, otherwise from 0.

    Args:
        below: by what factor a logarithmic one reaches below the least, and `above` any above the most.
    """
    least, most = min(values), max(values)
    if most > 10 * least:
        return Scale(least / below, most * above, start, end, logarithmic=True)
    return Scale(0, most * above, start, end)


def _rounded_up(value: float) -> float:
    """To 1, 2 or 5, and a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next((lead * power for lead in (1, 2, 5) if lead * power >= value), 10 * power)


def _multiples(step: float, end: float) -> list[float]:
    return list(takewhile(lambda at: at <= end * (1 + 1e-9), (step * number for number in count())))


# People count time in these, between tenths of seconds and weeks.
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800)
_WEEK = 604800


def times(end: float) -> list[float]:
    """Round lengths of time from 0 to `end`, in seconds: seven at most."""
    least = end / 6
    if least <= 0.5:
        return _multiples(_rounded_up(least), end)
    return _multiples(next((step for step in _STEPS if step >= least), _WEEK * _rounded_up(max(least / _WEEK, 1))), end)


def tick_below(x: float, y: float, label: str) -> Iterator[Element]:
    """On an axis at the foot of a drawing."""
    yield line((x, y), (x, y + 5), stroke_opacity=FAINT)
    yield words(label, x, y + 19, text_anchor="middle", fill_opacity=FAINT)


def short(number: float) -> str:
    """`120M`, `2.5k`, `0.02`."""
    for base, unit in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= base * (1 - 1e-9):
            return f"{number / base:.3g}{unit}"
    return f"{number:.3g}"
