"""The rate over rows, and the forecast against the time there is, as SVG."""

from __future__ import annotations

from preflight_database.load.observation import LoadObservation
from preflight_database.load.spec import LoadSpec


def chart(spec: LoadSpec, seen: LoadObservation) -> str:
    """A picture that stands by itself, or in a page."""
    raise NotImplementedError(spec.table, seen.rows)
