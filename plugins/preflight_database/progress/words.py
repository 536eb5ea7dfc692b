"""Numbers, shares and rates as one says them."""

from __future__ import annotations

import math

from preflight.duration import format_duration
from preflight_database.progress.observation import ProgressObservation
from preflight_database.progress.spec import ProgressSpec


def number(value: float) -> str:
    """`56.4 million`, `120,000`, `0`."""
    if value >= 1e7:
        return f"{_floor(value / 1e6, 1):,.10g} million"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def how_far(done: float, seen: ProgressObservation, spec: ProgressSpec) -> str:
    """`47 % done (56.4 million of 120 million rows)`; never 100 % of what is not all."""
    share = 100 * done / seen.total if seen.total > 0 else 0.0
    percent = _floor(share, 1) if share < 10 or 99 < share < 100 else math.floor(share)
    unit = " rows" if spec.of_rows else ""
    source = ", by the server's statistics" if seen.estimated else ""
    return f"{percent:g} % done ({number(done)} of {number(seen.total)}{unit}{source})"


def how_fast(rate: float, spec: ProgressSpec) -> str:
    """`8,100 rows/s`."""
    return (f"{rate:,.0f}" if abs(rate) >= 10 else f"{rate:.2g}") + (" rows/s" if spec.of_rows else "/s")


def time_left(seconds: float) -> str:
    """`in 1h12m`, `which was 5m ago`."""
    minutes = format_duration(max(60, math.floor(abs(seconds) / 60) * 60))
    return f"in {minutes}" if seconds > 0 else f"which was {minutes} ago"


def _floor(value: float, digits: int) -> float:
    scale = 10.0**digits
    return math.floor(value * scale) / scale
