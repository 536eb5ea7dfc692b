"""What each rack takes of a group, and why no more, in lines for a finding. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from preflight_racks.answer import Berth
from preflight_racks.audit.words import listed
from preflight_racks.observation import PlacementObservation
from preflight_racks.placement.binding import bind_of, binding, piece, without_figures

MOST_RACKS = 6
MOST_LINES = 6

Lots = list[tuple[int, str, list[str]]]


def takes(seen: PlacementObservation) -> Iterator[str]:
    """Said once where it is alike; those that take most come first."""
    demand, berths = seen.demand, seen.share.berths
    if not berths:
        yield f"{seen.source} names no rack"
    elif not any(berth.by_units >= (demand.count if demand.together == "adjacent" else 1) for berth in berths):
        # Then that is the reason, whatever else may be.
        yield from _no_gap(seen)
        berths = tuple(berth for berth in berths if bind_of(berth, demand) != "units")
    racks = {rack.name: rack for rack in seen.racks}
    lots = _alike(berths, lambda berth: binding(berth, demand, racks.get(berth.rack), seen.power_factor))
    if len(lots) > MOST_LINES:
        lots = _alike(berths, lambda berth: without_figures(berth, demand))
    yield from (_line(most, why, names) for most, why, names in lots[:MOST_LINES])
    if rest := lots[MOST_LINES:]:
        number, taken = sum(len(names) for *_, names in rest), sum(most * len(names) for most, _, names in rest)
        yield f"{number} other racks: {f'{taken:,} altogether' if taken else 'none'}"


def _no_gap(seen: PlacementObservation) -> Iterator[str]:
    tight = [berth for berth in seen.share.berths if bind_of(berth, seen.demand) == "units"]
    if not tight:
        return
    largest = max(berth.largest for berth in tight)
    those = listed([berth.rack for berth in tight if berth.largest == largest], MOST_RACKS)
    what = f"the largest gap is {largest / 2:g}U, in {those}" if largest else f"no unit is free for them in {those}"
    units = piece(seen.demand) / 2
    yield f"{units:g}U in one piece {'is' if units == 1 else 'are'} needed, and {what}"


def _alike(berths: Sequence[Berth], why: Callable[[Berth], str]) -> Lots:
    lots: dict[tuple[int, str], list[str]] = {}
    for berth in berths:
        lots.setdefault((berth.most, why(berth)), []).append(berth.rack)
    return sorted(((most, reason, names) for (most, reason), names in lots.items()), key=lambda lot: -lot[0])


def _line(most: int, why: str, names: Sequence[str]) -> str:
    takes = f"{most}{' each' if len(names) > 1 else ''}" if most else "none"
    return f"{listed(names, MOST_RACKS)}: {takes}" + (f"; {why}" if why else "")
