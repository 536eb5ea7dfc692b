"""Will the load end in time? Only if even the pessimistic end of the forecast does."""

from __future__ import annotations

from datetime import timedelta

from preflight.finding import Finding, NotChecked
from preflight.kind import Deadline
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


def deadline(spec: LoadSpec, seen: LoadObservation) -> Deadline | None:
    """When it has to have begun, if it can end in time; else when it has to have ended."""
    if judge_load(spec, seen):
        return Deadline(spec.until, f"whether to give up the load of {spec.table}: it has to have ended by then")
    high = forecasts_of(spec, seen)[0].high
    assert high is not None
    begin = spec.until - timedelta(seconds=high)
    return Deadline(begin, f"whether to begin the load of {spec.table}: it may take {advice.about(high)}")


def forecasts_of(spec: LoadSpec, seen: LoadObservation) -> list[Forecast]:
    """One for each arm, that which is planned for the night first."""
    return [forecast(arm, seen, spec.rows, spec.supply, spec.already) for arm in spec.rehearse.arms]
