"""From the quick ways to the thorough ones, until all is placed or it is shown that it cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from preflight_racks.fitting import highs
from preflight_racks.fitting.bays import Bay
from preflight_racks.fitting.bounds import bound
from preflight_racks.fitting.by_runs import choose_by_runs
from preflight_racks.fitting.choices import Choices, choices, dive
from preflight_racks.fitting.clock import Clock
from preflight_racks.fitting.combining import RACKS, Combining, stages
from preflight_racks.fitting.filling import Filling, complete, empty, fill
from preflight_racks.fitting.interior import Counts
from preflight_racks.fitting.items import Item
from preflight_racks.fitting.prices import Prices, descend, priced, starts

# Once it is shown that not all fit, this share of the time that is left is for a larger part; and so many seconds are
# for one that is as large, but has more of the earlier groups.
REST, OTHERS = 0.3, 1.0
# The share of the time that is left for HiGHS with all racks at once.
RUNS = 0.4
# Ways of combining racks that are tried before HiGHS is asked, and where it is not installed.
TRIES, TRIES_ALONE = 20_000, 2_000_000


@dataclass(frozen=True, slots=True)
class Solution:
    """The best that was found, and how many devices can be placed at most, with what shows that."""

    filling: Filling
    at_most: int
    proof: str


def solve(
    bays: Sequence[Bay], items: Sequence[Item], clock: Clock, start: Filling | None = None, *, all_or_none: bool = False
) -> Solution:
    """Place as many as can be, and of equally many those of the earlier groups.

    Args:
        start: what was placed already where all is known; to be kept if the rest fits beside it.
        all_or_none: a part of them is of no use: it ends when it is shown that not all can be placed.
    """
    solving = Solving(bays, items, clock, all_or_none)
    solving.fill(start)
    if solving.open:
        solving.count()
    if solving.open and highs.VERSION:
        solving.ask_by_runs()
    if any(solving.filling.left):
        solving.combine()
    return solving.solution


class Solving:
    """What is known so far. Each step makes it more."""

    def __init__(self, bays: Sequence[Bay], items: Sequence[Item], clock: Clock, all_or_none: bool) -> None:
        self.bays, self.items, self.clock, self.all_or_none = bays, items, clock, all_or_none
        self.filling = empty(items)
        self.total = self.at_most = sum(item.size * item.quantity for item in items)
        self.wanted = tuple(item.quantity for item in items)
        self.proof = ""

    @property
    def placed(self) -> int:
        return self.filling.placed(self.items)[0]

    @property
    def open(self) -> bool:
        """There may be better."""
        return self.placed < self.at_most and (self.at_most == self.total or not self.all_or_none)

    @property
    def solution(self) -> Solution:
        if not any(self.filling.left):
            return Solution(self.filling, self.at_most, "placed")
        unshown = "neither was shown in time" + ("" if highs.VERSION else f"; {highs.ADVICE} may settle it")
        return Solution(self.filling, self.at_most, self.proof or unshown)

    def fill(self, start: Filling | None) -> None:
        self.clock.tell(0.2, f"filling {len(self.bays)} racks")
        self.filling = fill(self.bays, self.items, start or self.filling, self.clock.out)
        if any(self.filling.left) and start is not None:
            self._better(fill(self.bays, self.items, empty(self.items), self.clock.out))

    def count(self) -> None:
        self.clock.tell(0.4, "counting what there is")
        found = bound(self.bays, self.items)
        self._lower(found.devices, found.proof)

    def ask_by_runs(self) -> None:
        """HiGHS with all racks at once: quick where runs, weight and the sum of the draws decide."""
        # In a large room it takes long to come from "not all" to the largest part; choices of whole racks do not.
        if self.clock.out() or (self.at_most < self.total and len(self.bays) > RACKS):
            return
        self.clock.tell(0.45, f"asking HiGHS {highs.VERSION} about runs of units")
        chosen = choose_by_runs(self.bays, self.items, self.clock.left() * RUNS)
        self._lower(chosen.at_most, f"HiGHS {highs.VERSION}")
        self._complete(chosen.counts)

    def combine(self) -> None:
        """Weigh what each rack could take against what the others could."""
        if not self.open and (self.all_or_none or len(self.bays) > RACKS):
            return
        if self.at_most < self.total:
            self.clock = self.clock.part(REST) if self.open else self.clock.within(OTHERS)
        self.clock.tell(0.5, "combining what each rack could take")
        found = choices(self.bays, self.items, self.wanted, self.clock.part(0.25).out, self.clock.out)
        if not found or self.clock.out():
            return
        for each in found:
            for rack in each.racks if each.possible is None else ():
                each.known.setdefault(self.filling.counts.get(rack, (0,) * len(self.items)))
        begin = starts(self.items)
        best = self._descend(found, begin[0])
        prices = tuple(dict.fromkeys((best, begin[0])))
        self._combine(found, prices, TRIES)
        if highs.VERSION:
            self._ask_highs(found)
        for start in (best, *begin[1:]):
            if self.open and not self.clock.out():
                self._descend(found, start)
                if highs.VERSION:
                    self._ask_highs(found)
        if self.open and not highs.VERSION:
            self._combine(found, prices, TRIES_ALONE)

    def _descend(self, found: Sequence[Choices], start: Prices) -> Prices:
        """Lower the bound, and try to place all by the prices on the way."""
        best = start
        least = float(self.total)
        steps = descend(found, self.items, self.wanted, start, self.clock.part(0.3).out)
        for step, (value, prices) in enumerate(steps):
            if value < least:
                least = value
                exact = priced(found, self.items, self.wanted, prices)
                best = exact.prices
                self._lower(exact.devices, "what all limits leave of each rack")
            if step % 3 == 0 and self.open:
                self._dive(found, prices)
            if not self.open:
                break
        return best

    def _dive(self, found: Sequence[Choices], prices: Sequence[float]) -> None:
        self._complete(dict(dive(found, prices, self.wanted)))

    def _complete(self, counts: dict[int, Counts]) -> None:
        """Take what was chosen, and what goes in beside it."""
        left = list(self.wanted)
        for each in counts.values():
            left = [a - b for a, b in zip(left, each, strict=True)]
        self._better(complete(self.bays, self.items, Filling(counts, tuple(left))))

    def _combine(self, found: Sequence[Choices], prices: Sequence[Prices], tries: int) -> None:
        if sum(len(each.racks) for each in found) > RACKS:
            return
        wanted = self.wanted
        known = Combining(self.items, wanted, prices, stages(found, prices, known=True), tries, self.clock.out)
        listed = all(each.possible is not None for each in found)
        exact = all(each.exact for each in found)
        possible = known
        if listed and not exact:
            made = stages(found, prices, known=False)
            possible = Combining(self.items, wanted, prices, made, tries, self.clock.out)
        while self.open:
            spare = self.total - self.at_most
            counts = known.reach(spare, wanted)
            if counts is not None:
                self._take(counts)
                break
            if known.out or not listed or (not exact and (possible.reach(spare, wanted) is not None or possible.out)):
                break
            self._lower(self.at_most - 1, "every way to combine the racks")
        if not known.out and any(self.filling.left) and not self.all_or_none:
            self._prefer(known)

    def _prefer(self, combining: Combining) -> None:
        """As many, but as many as can be of the first group, then of the second, and so on."""
        spare = self.total - self.placed
        caps = self.wanted
        for index in range(len(self.items)):
            for left in range(self.filling.left[index]):
                counts = combining.reach(spare, (*caps[:index], left, *caps[index + 1 :]))
                if combining.out:
                    return
                if counts is not None:
                    self._take(counts)
                    break
            caps = (*caps[:index], self.filling.left[index], *caps[index + 1 :])

    def _ask_highs(self, found: Sequence[Choices]) -> None:
        if not self.open or self.clock.out():
            return
        self.clock.tell(0.6, f"asking HiGHS {highs.VERSION}")
        said = f"HiGHS {highs.VERSION}"
        listed = all(each.possible is not None for each in found)
        generating = self.clock.part(0.5)
        while not listed and self.open and not generating.out():
            before = sum(len(each.known) for each in found)
            prices = highs.Model(found, self.items, self.wanted, known=True, seconds=generating.left()).prices()
            self._lower(priced(found, self.items, self.wanted, prices).devices, said)
            if sum(len(each.known) for each in found) == before:
                break
        if not self.open:
            return
        model = highs.Model(found, self.items, self.wanted, known=True, seconds=self.clock.left() * 0.8)
        chosen = model.choose(self.filling.counts)
        self._take(chosen.counts)
        if listed:
            if not all(each.exact for each in found):
                model = highs.Model(found, self.items, self.wanted, known=False, seconds=self.clock.left() * 0.8)
                chosen = model.choose({})
            self._lower(chosen.at_most, said)

    def _take(self, counts: dict[int, Counts]) -> None:
        left = [item.quantity for item in self.items]
        for each in counts.values():
            left = [a - b for a, b in zip(left, each, strict=True)]
        self._better(Filling({rack: each for rack, each in counts.items() if any(each)}, tuple(left)))

    def _better(self, filling: Filling) -> None:
        if filling.placed(self.items) > self.filling.placed(self.items):
            self.filling = filling

    def _lower(self, devices: int, proof: str) -> None:
        if devices < self.at_most:
            self.at_most = devices
            # What first showed that not all fit is the simplest reason.
            self.proof = self.proof or proof
