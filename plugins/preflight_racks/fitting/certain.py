"""As many groups as can be stand wholly where everything is known, and none has fewer places for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

from preflight_racks.answer import Unsure
from preflight_racks.demand import Limit
from preflight_racks.fitting.bays import LIMITS, Bay, survey
from preflight_racks.fitting.bounds import alone
from preflight_racks.fitting.clock import Clock
from preflight_racks.fitting.filling import Filling
from preflight_racks.fitting.items import Item, surely
from preflight_racks.fitting.solving import solve
from preflight_racks.fitting.unknown import gaps, lacks
from preflight_racks.room import Room

# Groups are added one by one, the smallest first; then so many larger sets of them are tried, the largest first.
SETS = 32
# So many seconds are for all of that at most, and this share of what is left of them for each set.
SECONDS, SHARE = 5.0, 0.2


@dataclass(frozen=True, slots=True)
class Laid:
    """What was put into racks, and the racks as they were searched for it."""

    bays: Sequence[Bay]
    filling: Filling


def unsure(laid: Laid, items: Sequence[Item], limits: frozenset[Limit]) -> tuple[Unsure, ...]:
    """What the places rest on without its being known."""
    found = []
    for number, counts in sorted(laid.filling.counts.items()):
        rack = laid.bays[number].rack
        here = [item.demand for item, count in zip(items, counts, strict=True) if count]
        for limit in LIMITS:
            mine = [demand for demand in here if limit in limits and demand.takes(limit)]
            missing = [*gaps(rack, limit)] if mine else []
            missing += [each for demand in mine for each in lacks(demand, limit)]
            if missing:
                found.append(Unsure(rack.name, limit, "; ".join(missing)))
    return tuple(found)


def surest(
    room: Room, laid: Laid, known: Sequence[Bay], items: Sequence[Item], limits: frozenset[Limit], clock: Clock
) -> Laid:
    """As many of each group, in such places that more groups are sure.

    Args:
        known: the racks as they are where all items have to be sure.
    """
    most = alone(known, items)
    left = laid.filling.left
    placed = [replace(item, quantity=item.quantity - rest) for item, rest in zip(items, left, strict=True)]
    able = [index for index, item in enumerate(placed) if 0 < item.quantity <= most[index]]
    trial = _Trial(room, items, placed, limits, clock, laid)
    if trial.sure.issuperset(able):
        return laid
    clock.tell(0.85, "looking for places where everything is known")
    # The check of a group of which some have no place fails, wherever the others stand: such groups come last.
    whole = [index for index in able if not left[index]]
    space = [item.height * item.pieces * item.quantity for item in placed]
    before, number = trial.laid, len(trial.sure.intersection(whole))
    added: set[int] = set()
    for index in sorted(whole, key=space.__getitem__):
        added |= {index} if trial.holds({*added, index}) else set()
    if len(trial.sure.intersection(whole)) < number:
        trial.take(before)
    for larger in islice(_larger(whole, len(trial.sure.intersection(whole))), SETS):
        if trial.holds(larger):
            break
    for index in able:
        if left[index] and index not in trial.sure:
            trial.holds({*trial.sure.intersection(able), index})
    return trial.laid


def _larger(numbers: Sequence[int], than: int) -> Iterator[frozenset[int]]:
    """Sets of more than so many; the largest first, and of as many, those that lack the last numbers."""
    for dropped in range(len(numbers) - than):
        yield from (frozenset(numbers).difference(those) for those in combinations(numbers[::-1], dropped))


class _Trial:
    """The best so far, and whether there is better.

    Attributes:
        sure: the groups that stand wholly where all is known that their limits need.
    """

    def __init__(
        self,
        room: Room,
        items: Sequence[Item],
        placed: Sequence[Item],
        limits: frozenset[Limit],
        clock: Clock,
        laid: Laid,
    ) -> None:
        self._room, self._items, self._placed, self._limits = room, items, placed, limits
        self._clock = clock.within(SECONDS)
        self.take(laid)

    def take(self, laid: Laid) -> None:
        """Goes on from this."""
        self.laid = laid
        doubts = {(each.rack, each.limit) for each in unsure(laid, self._items, self._limits)}
        self.sure = {index for index, item in enumerate(self._placed) if item.quantity}
        for number, counts in laid.filling.counts.items():
            name = laid.bays[number].rack.name
            for index, count in enumerate(counts):
                demand = self._items[index].demand
                if count and any(rack == name and demand.takes(limit) for rack, limit in doubts):
                    self.sure.discard(index)

    def holds(self, numbers: Collection[int]) -> bool:
        """These can be sure; from then on they are."""
        if self._clock.out():
            return False
        items = surely(self._placed, numbers, self._limits)
        bays = survey(self._room, items, self._limits)
        found = solve(bays, items, self._clock.part(SHARE), all_or_none=True).filling
        if any(found.left):
            return False
        self.take(Laid(bays, replace(found, left=self.laid.filling.left)))
        return True
