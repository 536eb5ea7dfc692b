"""A bound on what all racks take together: each item is given a price, and no rack takes more than its dearest choice.

This is Lagrange's relaxation of "every item once", improved by subgradient steps, or by HiGHS where it is installed.
At last the prices are taken to integers, so that the bound is exact. One device is worth `UNIT` if it is placed, so an
item's price is from 0 to `UNIT` for each of its devices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from preflight_racks.fitting.choices import Choices
from preflight_racks.fitting.interior import Counts
from preflight_racks.fitting.items import Item

UNIT = 1000
ROUNDS = 120

Prices = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Priced:
    """No more than `devices` can be placed, by these prices."""

    prices: Prices
    devices: int


def starts(items: Sequence[Item]) -> list[Prices]:
    """Prices to begin with: by devices, by height, by weight and by draw."""
    found = [tuple(UNIT * item.size for item in items)]
    height = [float(item.height) for item in items]
    weight = [item.demand.weight or 0.0 for item in items]
    draw = [item.demand.draw or 0.0 for item in items]
    for each in (height, weight, draw):
        if any(each):
            found.append(tuple(round(UNIT * i.size * one / max(each)) for i, one in zip(items, each, strict=True)))
    return found


def priced(found: Sequence[Choices], items: Sequence[Item], wanted: Counts, prices: Sequence[float]) -> Priced:
    """The bound by some prices, taken to integers."""
    whole = tuple(min(max(round(UNIT * p), 0), UNIT * i.size) for p, i in zip(prices, items, strict=True))
    value = sum((UNIT * i.size - price) * number for i, price, number in zip(items, whole, wanted, strict=True))
    value += sum(len(each.racks) * ceil(each.dearest(whole).worth - 1e-6) for each in found)
    return Priced(whole, value // UNIT)


def descend(
    found: Sequence[Choices], items: Sequence[Item], wanted: Counts, start: Prices, stopped: Callable[[], bool]
) -> Iterator[tuple[float, list[float]]]:
    """Prices, each time with the bound that they give; it becomes lower, though not with each step."""
    total = sum(item.size * number for item, number in zip(items, wanted, strict=True))
    prices = [price / UNIT for price in start]
    least = float(total)
    pace = 1.0
    for _ in range(ROUNDS):
        value, slope = _relaxed(found, items, wanted, prices)
        yield value, prices
        length = sum(each * each for each in slope)
        if stopped() or not length:
            return
        pace = pace if value < least - 1e-9 else pace * 0.95
        least = min(least, value)
        # The step that would reach a value somewhat below the best, if the slope stayed the same.
        step = pace * max(value - least + 0.02 * total, 0.5) / length
        prices = [
            min(max(price - step * each, 0.0), float(item.size))
            for price, each, item in zip(prices, slope, items, strict=True)
        ]


def _relaxed(
    found: Sequence[Choices], items: Sequence[Item], wanted: Counts, prices: Sequence[float]
) -> tuple[float, list[float]]:
    """The bound, and how it changes with each price."""
    value = sum((item.size - price) * number for item, price, number in zip(items, prices, wanted, strict=True))
    slope = [-float(number) for number in wanted]
    for each in found:
        best = each.dearest(prices)
        value += best.worth * len(each.racks)
        for index, number in enumerate(best.counts):
            slope[index] += number * len(each.racks)
    return value, slope
