"""Places for all planned groups, or what shows that there are none."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from preflight_racks.answer import Answer, Share, Status, Unsure
from preflight_racks.demand import Demand, Limit
from preflight_racks.fitting.bays import LIMITS, Bay, held, survey
from preflight_racks.fitting.berths import berths
from preflight_racks.fitting.bounds import alone
from preflight_racks.fitting.clock import Clock
from preflight_racks.fitting.filling import Filling
from preflight_racks.fitting.items import Item, items_of, takes
from preflight_racks.fitting.layout import lay_out
from preflight_racks.fitting.reliefs import Case, reliefs
from preflight_racks.fitting.solving import Solution, solve
from preflight_racks.fitting.unknown import gaps, lacks
from preflight_racks.room import Room


def search(
    room: Room,
    demands: Sequence[Demand],
    limits: frozenset[Limit],
    *,
    deadline: float,
    progress: Callable[[float, str], None],
    stopped: Callable[[], bool],
) -> Answer:
    """Find places for as many devices as can be shown in time.

    What a rack lacks to be judged by is first taken for a rack that takes nothing; only if not all find a place so, it
    is taken for no limit, and the answer tells where it was needed.

    Args:
        limits: what counts besides units and, where a group takes some, switch ports.
        deadline: on the clock of `time.monotonic`.
        progress: told how much is done, from 0 to 1, and with what.
        stopped: true if nobody waits for the answer any more; then what was found so far is it.
    """
    started = time.monotonic()
    limits = held(limits)
    items = items_of(demands)
    clock = Clock(started, deadline, progress, stopped)
    clock.tell(0.0, f"looking at {len(room.racks)} rack{'s' if len(room.racks) != 1 else ''}")
    bays = survey(room, items, limits, sure=False)
    known = None if all(all(bay.sure) for bay in bays) else survey(room, items, limits, sure=True)
    certain = solve(known, items, clock.part(0.3), all_or_none=True) if known else None
    if known and certain and not any(certain.filling.left):
        solution, places = certain, lay_out(known, items, certain.filling)
    else:
        solution = solve(bays, items, clock.part(0.8), certain.filling if certain else None)
        places = lay_out(bays, items, solution.filling)
    clock.tell(0.9, "asking what would make room for more")
    cases = [Case(room, bays, items, limits, solution.filling, index) for index in range(len(items))]
    shares = tuple(_share(case, clock) for case in cases)
    return Answer(
        status=_status(items, solution),
        places=places,
        at_most=solution.at_most,
        proof=solution.proof,
        shares=shares,
        unsure=_unsure(bays, items, limits, solution.filling),
        seconds=time.monotonic() - started,
    )


def _status(items: Sequence[Item], solution: Solution) -> Status:
    if not any(solution.filling.left):
        return "fits"
    wanted = sum(item.size * item.quantity for item in items)
    return "does-not-fit" if solution.at_most < wanted else "unproven"


def _share(case: Case, clock: Clock) -> Share:
    item, index, bays = case.item, case.index, case.bays
    at_least = min(item.quantity, sum(bay.interior.alone(index).floor for bay in bays if bay.interior.cap(index)))
    placed = item.size * (item.quantity - case.filling.left[index])
    return Share(
        demand=item.demand.name,
        placed=placed,
        alone=max(placed, item.size * at_least),
        alone_proven=at_least == alone(bays, case.items)[index],
        berths=berths(bays, case.items, index),
        reliefs=reliefs(case, clock) if placed < item.demand.count else (),
    )


def _unsure(
    bays: Sequence[Bay], items: Sequence[Item], limits: frozenset[Limit], filling: Filling
) -> tuple[Unsure, ...]:
    found = []
    for number, counts in sorted(filling.counts.items()):
        for limit in LIMITS:
            here = [item.demand for item, count in zip(items, counts, strict=True) if count]
            mine = [demand for demand in here if limit in limits and takes(demand, limit)]
            missing = [*gaps(bays[number].rack, limit)] if mine else []
            missing += [each for demand in mine for each in lacks(demand, limit)]
            if missing:
                found.append(Unsure(bays[number].rack.name, limit, "; ".join(missing)))
    return tuple(found)
