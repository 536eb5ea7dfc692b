"""What the feeds of a rack carry, and what its devices already take of that, in normal running and after each loss."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

from preflight_racks.room import Feed, Rack

LEGS = ("A", "B", "C")
# What sums of decimals may be off by, in kg or W.
NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Circuit:
    """A feed. All figures are W; what is not known is no limit here, `unknown` tells of it.

    Attributes:
        watts: in all.
        legs: 1, or 3.
        leg_watts: of each leg.
        line_watts: for loads between lines: what each line carries, as current times volts.
    """

    name: str
    watts: float
    legs: int
    leg_watts: float
    line_watts: float

    def carries(self, loads: tuple[float, ...], other: float = 0.0) -> bool:
        """It carries so much on its legs, and some more of which the leg is not known."""
        if sum(loads) + other > self.watts + NOISE:
            return False
        if self.legs == 1:
            return True
        if max(loads) > self.leg_watts + NOISE:
            return False
        return self.line_watts == inf or max(lines(loads)) <= self.line_watts + NOISE

    def strain(self, loads: tuple[float, ...]) -> float:
        """How near that is to what its legs carry; 1 is all of it."""
        if self.legs == 1:
            return sum(loads) / self.watts if self.watts else inf
        strains = [0.0]
        if 0 < self.leg_watts < inf:
            strains.append(max(loads) / self.leg_watts)
        if 0 < self.line_watts < inf:
            strains.append(max(lines(loads)) / self.line_watts)
        return max(strains)


def lines(loads: tuple[float, ...]) -> tuple[float, float, float]:
    """What L1, L2 and L3 carry for loads between L1-L2, L2-L3 and L3-L1."""
    a, b, c = loads
    return sqrt(a * a + c * c + a * c), sqrt(a * a + b * b + a * b), sqrt(b * b + c * c + b * c)


@dataclass(frozen=True, slots=True)
class Circuits:
    """What feeds a rack, and what its devices take.

    Attributes:
        losses: for each way of running, the feeds that are gone, by number; the first is normal running.
        loads: for each of these and each feed, W by leg.
        others: the same, of what the leg is not known.
        over: some feed carries too much as it is.
    """

    feeds: tuple[Circuit, ...]
    losses: tuple[frozenset[int], ...]
    loads: tuple[tuple[tuple[float, ...], ...], ...]
    others: tuple[tuple[float, ...], ...]
    over: bool


def circuits_of(rack: Rack, power_factor: float) -> Circuits | None:
    """None if nothing says what feeds the rack."""
    if not rack.feeds:
        return None
    feeds = tuple(_circuit(feed, power_factor) for feed in rack.feeds)
    number = {feed.name: index for index, feed in enumerate(feeds)}
    losses = [frozenset[int]()]
    losses += [frozenset(number[name] for name in gone) for _, gone in rack.lost_together]
    loads = [[[0.0] * feed.legs for feed in feeds] for _ in losses]
    others = [[0.0] * len(feeds) for _ in losses]
    for device in rack.devices:
        plugs = [(number[supply.feed], supply.leg) for supply in device.supplies if supply.feed in number]
        loose = len(device.supplies) - len(plugs)
        needed = max(1, min(device.needed, len(device.supplies)))
        for gone, legs, other in zip(losses, loads, others, strict=True):
            live = [plug for plug in plugs if plug[0] not in gone]
            if gone and len(live) < needed:
                continue
            # What is plugged in nobody knows where may live: so much at least is on the feeds that are known.
            each = (device.draw or 0.0) / max(1, len(live) + loose)
            for feed, leg in live:
                if feeds[feed].legs == 1:
                    legs[feed][0] += each
                elif leg in LEGS:
                    legs[feed][LEGS.index(leg)] += each
                else:
                    other[feed] += each
    over = any(
        not feed.carries(tuple(leg), rest)
        for legs, other in zip(loads, others, strict=True)
        for feed, leg, rest in zip(feeds, legs, other, strict=True)
    )
    as_tuples = tuple(tuple(tuple(leg) for leg in legs) for legs in loads)
    return Circuits(feeds, tuple(losses), as_tuples, tuple(tuple(each) for each in others), over)


def _circuit(feed: Feed, power_factor: float) -> Circuit:
    if feed.volts is None or feed.amps is None:
        return Circuit(feed.name, inf, feed.phases, inf, inf)
    base = feed.volts * feed.amps * feed.derate * power_factor
    if feed.phases == 1:
        return Circuit(feed.name, base, 1, inf, inf)
    wye = feed.wiring == "wye"
    leg = base / sqrt(3) if wye else inf
    if feed.bank_amps is not None:
        leg = min(leg, feed.bank_amps * feed.volts * power_factor / (sqrt(3) if wye else 1.0))
    return Circuit(feed.name, sqrt(3) * base, 3, leg, inf if wye else base)
