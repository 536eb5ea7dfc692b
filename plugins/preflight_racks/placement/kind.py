"""The kind `racks.placement`: an entry under `planned:` becomes a check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from preflight.kind import Expectation, Kind
from preflight_racks.drawing.svg import figure as drawn
from preflight_racks.observation import PlacementObservation
from preflight_racks.placement.judge import faults, judge
from preflight_racks.placement.sketch import sketch
from preflight_racks.placement.spec import PlacementSpec
from preflight_racks.plan import Plan, contacts
from preflight_racks.probe import probe


def target(spec: PlacementSpec) -> str:
    """The name of the group."""
    return spec.name


def figure(_: PlacementSpec, seen: PlacementObservation) -> str:
    """Nothing of places that do not hold: somebody would go there."""
    return "" if faults(seen) else drawn(seen)


def expectations(specs: Iterable[PlacementSpec], plan: Plan) -> Iterator[Expectation[PlacementSpec]]:
    """One check for each group; they share the plan, since they compete."""
    return (Expectation(PLACEMENT, spec, plan) for spec in specs)


PLACEMENT = Kind(
    "racks.placement", PlacementSpec, PlacementObservation, target, probe, judge, contacts, figure=figure, sketch=sketch
)
