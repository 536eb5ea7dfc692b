"""Places for all planned groups, or what shows that there are none."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from preflight_racks.answer import Answer, Share, Status
from preflight_racks.demand import Demand, Limit
from preflight_racks.fitting.bays import Bay, held, survey
from preflight_racks.fitting.berths import berths
from preflight_racks.fitting.bounds import alone
from preflight_racks.fitting.certain import Laid, surest, unsure
from preflight_racks.fitting.clock import Clock
from preflight_racks.fitting.items import Item, items_of, surely
from preflight_racks.fitting.layout import lay_out
from preflight_racks.fitting.reliefs import Case, reliefs
from preflight_racks.fitting.solving import Solution, solve
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

    A rack of which something is not known that a limit needs is first taken for one that takes nothing; only if not
    all find a place so, it is taken for one without that limit. Then as many groups as can be still stand where all is
    known, if none has fewer places for it; and the answer tells what the places of the others rest on.

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
    bays = survey(room, items, limits)
    found = _beside_the_blanks(room, items, limits, clock)
    if found is not None:
        solution, laid = found
    elif all(all(bay.sure) for bay in bays):
        solution = solve(bays, items, clock.part(0.8))
        laid = Laid(bays, solution.filling)
    else:
        solution, laid = _in_doubt(room, bays, items, limits, clock)
    clock.tell(0.9, "asking what would make room for more")
    cases = [Case(room, bays, items, limits, laid.filling, index) for index in range(len(items))]
    shares = tuple(_share(case, clock) for case in cases)
    return Answer(
        status=_status(items, solution),
        places=lay_out(laid.bays, items, laid.filling),
        at_most=solution.at_most,
        proof=solution.proof,
        shares=shares,
        unsure=unsure(laid, items, limits),
        seconds=time.monotonic() - started,
    )


def _beside_the_blanks(
    room: Room, items: Sequence[Item], limits: frozenset[Limit], clock: Clock
) -> tuple[Solution, Laid] | None:
    """All of them where all is known, and without any blanking panel making way; None if none has to, or if that is
    not found."""
    if not any(item.demand.remove_blanks for item in items):
        return None
    careful = [replace(item, demand=replace(item.demand, remove_blanks=False)) for item in items]
    bays = survey(room, surely(careful, range(len(careful)), limits), limits)
    solution = solve(bays, careful, clock.part(0.3), all_or_none=True)
    return None if any(solution.filling.left) else (solution, Laid(bays, solution.filling))


def _in_doubt(
    room: Room, bays: Sequence[Bay], items: Sequence[Item], limits: frozenset[Limit], clock: Clock
) -> tuple[Solution, Laid]:
    """First where all is known; then anywhere, with as many groups as can be where all is known."""
    known = survey(room, surely(items, range(len(items)), limits), limits)
    certain = solve(known, items, clock.part(0.3), all_or_none=True)
    if not any(certain.filling.left):
        return certain, Laid(known, certain.filling)
    solution = solve(bays, items, clock.part(0.7), certain.filling)
    laid = Laid(bays, solution.filling)
    return solution, surest(room, laid, known, items, limits, clock.part(0.6))


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
