"""What all checks of a section share: whom to ask for what. Plain data, as a batch's `shared` must be."""

from __future__ import annotations

from dataclasses import dataclass

from preflight.kind import Survey
from preflight.model import Host
from preflight_drift.checks import Wording
from preflight_drift.collect.request import Wanted
from preflight_drift.recorded import Past


@dataclass(frozen=True, slots=True)
class Place:
    """A host of either environment, and what is wanted of it."""

    name: str
    host: Host
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Plan:
    """Each host is asked once, whatever it is compared with; so is each survey, of which there are two of each name.

    `checks` is how many comparisons there are in all, of which a run may have selected some. With a `past`, nobody of
    theirs is asked.
    """

    ours: tuple[Place, ...]
    theirs: tuple[Place, ...]
    surveys: tuple[tuple[str, Survey, Survey | None], ...]
    wording: Wording
    checks: int
    past: Past | None = None
