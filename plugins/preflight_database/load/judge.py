"""Will the load end in time? Only if even the pessimistic end of the forecast does."""

from __future__ import annotations

from preflight.finding import Finding, NotChecked
from preflight_database.load import advice
from preflight_database.load.forecast import Forecast, forecast
from preflight_database.load.observation import LoadObservation
from preflight_database.load.spec import LoadSpec


def judge_load(spec: LoadSpec, seen: LoadObservation) -> list[Finding | NotChecked]:
    if not seen.table:
        return [advice.no_table(spec, seen)]
    if seen.unlike:
        return [advice.unlike(spec, seen)]
    if seen.changed:
        return [advice.changed(spec, seen)]
    forecasts = forecasts_of(spec, seen)
    planned = forecasts[0]
    if planned.low > spec.available:
        return [advice.too_late(spec, seen, forecasts)]
    if planned.high is not None and planned.high <= spec.available:
        return []
    return [advice.cannot_tell(spec, seen, forecasts)]


def forecasts_of(spec: LoadSpec, seen: LoadObservation) -> list[Forecast]:
    """One for each arm, that which is planned for the night first."""
    return [forecast(arm, seen, spec.rows, spec.supply, spec.already) for arm in spec.rehearse.arms]
