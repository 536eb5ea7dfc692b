"""What a rehearsal comes to, in words for who has to decide."""

from __future__ import annotations

from collections.abc import Sequence

from preflight.duration import format_duration
from preflight.finding import Finding, NotChecked
from preflight.nearest import did_you_mean
from preflight_database.load.forecast import STEADY, Forecast
from preflight_database.load.observation import LoadObservation
from preflight_database.load.spec import LoadSpec


def no_table(spec: LoadSpec, seen: LoadObservation) -> Finding:
    where = seen.server.where(spec.database)
    observed = f"there is none{did_you_mean(spec.table, seen.tables)}"
    cause = f"there is no table {spec.table} in database {spec.database}"
    return Finding(f"a table {spec.table} in {where}", observed, "see to the name", cause=cause)


def unlike(spec: LoadSpec, seen: LoadObservation) -> NotChecked:
    pairs = ((one.name, one.there or "unknown", one.here or "unknown") for one in seen.unlike)
    listed = "; ".join(f"{name} is {scratch}, and {real} there" for name, scratch, real in pairs)
    names = ", ".join(one.name for one in seen.unlike)
    return NotChecked(
        f"the scratch server says nothing of {seen.server.where(spec.database)}: {listed}",
        f"the scratch server of {spec.database} is not like the real one",
        f"make them alike, or, if that makes no difference to a load, write `unlike: [{names}]`",
    )


def changed(spec: LoadSpec, seen: LoadObservation) -> NotChecked:
    what = f"{', '.join(seen.changed)} changed in database {spec.database} during the rehearsal: it does not count"
    return NotChecked(what, next_step="find out who changed it, and rehearse again")


def too_late(spec: LoadSpec, seen: LoadObservation, forecasts: Sequence[Forecast]) -> Finding:
    step = _other_way(spec, seen, forecasts) or _perhaps(spec, seen, forecasts)
    step = step or "start earlier, load less, or find a faster way to load; rehearse again"
    consequence = spec.why or "the load would be given up half-way, after the time to go back has begun to run"
    return Finding(_expected(spec), _observed(spec, seen, forecasts), step, consequence)


def cannot_tell(spec: LoadSpec, seen: LoadObservation, forecasts: Sequence[Forecast]) -> NotChecked:
    planned = forecasts[0]
    rows = max((bound.rows for bound in planned.bounds), default=0)
    steps = [bound.step for bound in planned.bounds if bound.step]
    if steps:
        step = "; ".join(dict.fromkeys(steps))
    elif rows:
        step = f"rehearse with at least {rows:,} `rows:`, so that what happens beyond the cache is seen"
    elif planned.bounds:
        step = "time a real load of a part, with all that belongs to it"
    elif not planned.steady:
        step = "rehearse again while the servers do nothing else"
    else:
        step = "rehearse with more `rows:`, which narrows it; leave more time; or see what makes it slow"
    if other := _other_way(spec, seen, forecasts):
        step = f"{other} Or {step}"
    reason = f"whether {_what(spec)} can be loaded in time cannot be told: {_observed(spec, seen, forecasts)}"
    return NotChecked(reason, next_step=step)


def _other_way(spec: LoadSpec, seen: LoadObservation, forecasts: Sequence[Forecast]) -> str:
    """What to do for the arm that is not planned; empty unless that one ends in time."""
    fits = [one for one in forecasts[1:] if one.high is not None and one.high <= spec.available]
    return _how(fits[0], seen) if fits else ""


def _perhaps(spec: LoadSpec, seen: LoadObservation, forecasts: Sequence[Forecast]) -> str:
    """The same for an arm that may end in time, where the planned one certainly does not."""
    may = [one for one in forecasts[1:] if one.low <= spec.available]
    return f"{_how(may[0], seen)} That may do: rehearse with more `rows:` to know." if may else ""


def _how(one: Forecast, seen: LoadObservation) -> str:
    if one.arm == "present":
        return "leave the indexes on during the load."
    return f"before the load: {' '.join(seen.drop)} Once it is done: {' '.join(seen.bring_back)}"


def _what(spec: LoadSpec) -> str:
    return f"{spec.rows:,} rows into {spec.table}"


def _expected(spec: LoadSpec) -> str:
    until = spec.until.isoformat(" ", "minutes")
    return f"{_what(spec)} in database {spec.database} within {about(spec.available)}, by {until}"


def _observed(spec: LoadSpec, seen: LoadObservation, forecasts: Sequence[Forecast]) -> str:
    answers = "; ".join(answer(one, seen) for one in forecasts)
    why = [bound.why for bound in forecasts[0].bounds]
    if not forecasts[0].steady:
        why.append(f"repeats differ by {forecasts[0].spread:.1f}x, more than {STEADY:g}x: inconclusive")
    because = f" ({'; '.join(why)})" if why else ""
    return f"{answers}; you have {about(spec.available)}{because}"


def answer(one: Forecast, seen: LoadObservation) -> str:
    """`with the 5 indexes present: 3d4h or more (lower bound)`, `with ... deferred: 2h5m to 2h50m, of it ...`."""
    indexes, keys = _counted(len(seen.indexes), "index", "indexes"), _counted(len(seen.referenced), "foreign key")
    what = " and ".join(filter(None, (indexes, keys)))
    how = f"with {what} {one.arm}" if what else "without further indexes"
    if one.high is None:
        return f"{how}: {about(one.low)} or more (lower bound)"
    work = "build them" if indexes else "validate them"
    done = f", of it up to {about(one.after[1])} to {work}" if one.arm == "deferred" and what else ""
    return f"{how}: {about(one.low)} to {about(one.high)}{done}"


def _counted(number: int, word: str, several: str = "") -> str:
    if number < 2:
        return f"the {word}" * number
    return f"the {number} {several or word + 's'}"


def about(seconds: float) -> str:
    """Two units at most: 3 days and 4 hours are `3d4h`."""
    for least, step in ((604800, 86400), (86400, 3600), (3600, 60), (60, 1)):
        if seconds >= least:
            return format_duration(round(seconds / step) * step)
    return f"{seconds:.2g}s"
