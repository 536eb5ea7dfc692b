"""What a feed can carry for long.

A continuous load may take a part of a breaker's amps only (`Feed.derate`): 80 % by NEC 210.20(A) and 215.3. A breaker
of a PDU's bank (`Feed.bank_amps`) is given as what it carries for long, so nothing is taken off it. Breakers carry VA;
with the power factor these are W, as draws are.
"""

from __future__ import annotations

import math

from preflight_racks.room import Feed

SQRT3 = math.sqrt(3)


def capacity(feed: Feed, power_factor: float) -> float | None:
    """Of all its phases together, in W; None if its volts or amps are not known."""
    if feed.volts is None or feed.amps is None:
        return None
    return (SQRT3 if feed.phases == 3 else 1) * feed.volts * feed.amps * feed.derate * power_factor


def leg_capacity(feed: Feed, power_factor: float) -> float | None:
    """Of one leg between a line and neutral, in W; None if volts or amps are not known."""
    whole = capacity(feed, power_factor)
    return None if whole is None else whole / 3


def line_capacity(feed: Feed) -> float | None:
    """Of one line, in A; None if its amps are not known."""
    return None if feed.amps is None else feed.amps * feed.derate


def bank_capacity(feed: Feed, power_factor: float) -> float | None:
    """Of one leg's bank of outlets, in W; None if it has no breaker of its own, or if the volts are not known."""
    if feed.bank_amps is None or feed.volts is None:
        return None
    return feed.bank_amps * (feed.volts if feed.wiring == "delta" else feed.volts / SQRT3) * power_factor
