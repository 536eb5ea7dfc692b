"""What each feed of a rack carries, in normal running and after each loss, against what it can carry.

A device shares its draw evenly among its supplies that live, and draws nothing when too few do. Where something is
not known, a load is known within bounds: a supply whose feed is not known may hang on any feed of the rack or on
none that matters, one whose leg is not known on any leg of its feed, and what draws nobody knows how much is bounded
by nothing. So a load is over its capacity, holds, or is not known: and no unknown is taken for 0.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from preflight_racks.power.capacity import bank_capacity, capacity, leg_capacity, line_capacity
from preflight_racks.power.survival import survives
from preflight_racks.room import Device, Feed, Leg, Rack

TOLERANCE = 1e-6  # relative: what sums of floats may be off by
LEGS: tuple[Leg, ...] = ("A", "B", "C")
# The lines of a delta feed, and which two legs each of them carries: A is L1-L2, B is L2-L3, C is L3-L1.
LINES: tuple[tuple[str, Leg, Leg], ...] = (("L1", "A", "C"), ("L2", "A", "B"), ("L3", "B", "C"))


@dataclass(frozen=True, slots=True)
class Load:
    """What a feed, or a part of it, carries in one scenario.

    Attributes:
        lost: `feed A`, `panel P1`; empty in normal running.
        part: `leg A`, `line L1` or `bank A` of three phases; empty for the feed as a whole.
        least, most: it carries something between these, in its unit; the same where all is known.
        capacity: in the same unit; None if it is not known.
    """

    feed: str
    lost: str
    part: str
    least: float
    most: float
    capacity: float | None
    unit: Literal["W", "A"] = "W"

    @property
    def over(self) -> bool:
        """Certainly more than it can carry."""
        return self.capacity is not None and self.least > self.capacity * (1 + TOLERANCE)

    @property
    def holds(self) -> bool:
        """Certainly no more than it can carry."""
        return self.most == 0 or (self.capacity is not None and self.most <= self.capacity * (1 + TOLERANCE))

    @property
    def share(self) -> float:
        """How much of its capacity it carries at least; infinite where it has none or that is not known."""
        return self.least / self.capacity if self.capacity else math.inf

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The legs of its feed that it carries."""
        if not self.part:
            return ("", *LEGS)
        for line, one, other in LINES:
            if self.part == f"line {line}":
                return one, other
        return tuple(leg for leg in LEGS if self.part.endswith(f" {leg}"))

    @property
    def where(self) -> str:
        return f"{self.part} of feed {self.feed}" if self.part else f"feed {self.feed}"

    @property
    def when(self) -> str:
        return f"after the loss of {self.lost}" if self.lost else "in normal running"

    @property
    def figures(self) -> str:
        """`6,120 W of 5,888 W (104 %)`."""
        least = "at least " if self.most > self.least * (1 + TOLERANCE) else ""
        if self.capacity is None:
            return f"{least}{self._number(self.least)}, of nobody knows how much"
        return f"{least}{self._number(self.least)} of {self._number(self.capacity)} ({self._percent})"

    @property
    def words(self) -> str:
        """`feed B after the loss of feed A: 6,120 W of 5,888 W (104 %)`."""
        return f"{self.where} {self.when}: {self.figures}"

    def _number(self, number: float) -> str:
        return f"{number:,.0f} W" if self.unit == "W" else f"{number:,.1f} A"

    @property
    def _percent(self) -> str:
        if not self.capacity:
            return "far over 100 %"
        percent = 100 * self.share
        if self.over and percent < 100.05:
            return "just over 100 %"
        return f"{percent:.1f} %" if 99.05 < percent < 100.95 and round(percent, 1) != 100 else f"{percent:.0f} %"


def loads(rack: Rack, power_factor: float) -> list[Load]:
    """Of each feed and each of its legs, lines and banks: in normal running, then for whatever may be lost, of those
    that are left."""
    found: list[Load] = []
    for lost, gone in (("", frozenset[str]()), *rack.lost_together):
        carried = _Carried(rack, gone)
        for feed in rack.feeds:
            if feed.name not in gone:
                found += _loads_of(feed, lost, carried, power_factor)
    return found


class _Carried:
    """What hangs on each leg of each feed in one scenario, in W: at least, at most, and what may hang anywhere."""

    def __init__(self, rack: Rack, gone: frozenset[str]) -> None:
        self.least: dict[tuple[str, Leg], float] = defaultdict(float)
        self.most: dict[tuple[str, Leg], float] = defaultdict(float)
        self.anywhere = 0.0
        feeds = {feed.name for feed in rack.feeds}
        for device in rack.devices:
            self._add(device, feeds, gone)

    def _add(self, device: Device, feeds: Collection[str], gone: frozenset[str]) -> None:
        alive = survives(device, feeds, gone)
        if alive is False:
            return
        live = [supply for supply in device.supplies if supply.feed not in gone]
        # A supply whose feed is not known counts as living: the more share a draw, the less hangs on a known feed,
        # and no other way leaves more on any one feed than if it hung there itself.
        each = math.inf if device.draw is None else device.draw / max(1, len(live))
        for supply in live:
            if supply.feed not in feeds:
                self.anywhere += each
            else:
                self.least[supply.feed, supply.leg] += each if alive and device.draw is not None else 0.0
                self.most[supply.feed, supply.leg] += each

    def of_leg(self, feed: Feed, leg: Leg) -> tuple[float, float]:
        return self.least[feed.name, leg], self.most[feed.name, leg] + self.most[feed.name, ""] + self.anywhere

    def of_feed(self, feed: Feed) -> tuple[float, float]:
        legs = [(feed.name, leg) for leg in ("", *LEGS)]
        return sum(self.least[leg] for leg in legs), sum(self.most[leg] for leg in legs) + self.anywhere


def _loads_of(feed: Feed, lost: str, carried: _Carried, power_factor: float) -> Iterator[Load]:
    yield Load(feed.name, lost, "", *carried.of_feed(feed), capacity(feed, power_factor))
    if feed.phases != 3:
        return
    legs = {leg: carried.of_leg(feed, leg) for leg in LEGS}
    if feed.wiring == "wye":
        for leg in LEGS:
            yield Load(feed.name, lost, f"leg {leg}", *legs[leg], leg_capacity(feed, power_factor))
    else:
        # Without volts no current is known.
        amps = None if feed.volts is None else line_capacity(feed)
        for line, one, other in LINES:
            least, most = (_line_amps(feed, legs[one][bound], legs[other][bound], power_factor) for bound in (0, 1))
            yield Load(feed.name, lost, f"line {line}", least, most, amps, "A")
    if feed.bank_amps is not None:
        for leg in LEGS:
            yield Load(feed.name, lost, f"bank {leg}", *legs[leg], bank_capacity(feed, power_factor))


def _line_amps(feed: Feed, one: float, other: float, power_factor: float) -> float:
    """The current of a line that carries two legs of a delta, whose own currents are 60 degrees apart, in A."""
    if feed.volts is None:
        return math.inf if one or other else 0.0
    if math.inf in (one, other):
        return math.inf
    a, b = (watts / (feed.volts * power_factor) for watts in (one, other))
    return math.sqrt(a * a + b * b + a * b)
