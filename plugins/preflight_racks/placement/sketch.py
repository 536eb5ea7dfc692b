"""Where a group goes, in lines for the terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_racks.audit.words import listed
from preflight_racks.drawing.notes import misnamed
from preflight_racks.drawing.text import elevations, placement_lines
from preflight_racks.observation import PlacementObservation
from preflight_racks.placement.advice import CALLED
from preflight_racks.placement.judge import faults, unsure
from preflight_racks.placement.spec import PlacementSpec
from preflight_racks.placement.takes import MOST_RACKS


def sketch(_: PlacementSpec, seen: PlacementObservation, columns: int, whole: bool) -> list[str]:
    """A line for each rack; with `whole`, the racks as well. Nothing of places that do not hold: somebody would go
    there."""
    if faults(seen):
        return []
    lines = [*misnamed(seen), *_short(seen), *placement_lines(seen.demand, seen.places, seen.racks)]
    if not whole:
        return lines
    demands = (seen.demand, *seen.others)
    drawn = elevations(
        seen.racks, seen.places, demands, seen.demand.holder, columns, today=seen.today, group=seen.demand.name
    )
    return [*lines, "", *drawn]


def _short(seen: PlacementObservation) -> Iterator[str]:
    """What to know of the places before anybody carries a server there."""
    if 0 < seen.share.placed < seen.demand.count:
        yield f"only {seen.share.placed} of {seen.demand.count}:"
    gaps = [
        f"{CALLED[limit]} of {listed([each.rack for each in which], MOST_RACKS)}"
        for limit, which in unsure(seen).items()
    ]
    if gaps:
        yield f"not known to hold: {'; '.join(gaps)}"
