"""What the judge of a conversion says to an operator: how far it is, when it ends, and until when one may go back."""

from __future__ import annotations

import math

from preflight.duration import format_duration
from preflight.finding import Finding, NotChecked
from preflight.kind import Deadline
from preflight.nearest import did_you_mean
from preflight_database import ddl
from preflight_database.catalogue.model import Index, Table
from preflight_database.catalogue.words import index_words
from preflight_database.deadline import clock, moment_at
from preflight_database.index.advice import SLOW_LOAD
from preflight_database.progress.forecast import Forecast, rate
from preflight_database.progress.observation import Activity, ProgressObservation
from preflight_database.progress.spec import ProgressSpec
from preflight_database.progress.words import how_far, how_fast, number, time_left

_LONG = 30 * 86400.0  # seconds; of what takes longer, nobody wants to know the hour
_GRANT = "GRANT pg_read_all_stats TO"


def deadline(spec: ProgressSpec, seen: ProgressObservation) -> Deadline | None:
    """As long as not all of it is there, one may have to go back."""
    if seen.missing or (seen.committed is not None and seen.committed >= seen.total > 0):
        return None
    until = _clock(spec, seen, spec.ends.timestamp())
    return Deadline(spec.decide_by, f"whether to go back: {_what(spec, seen)} has to be done by {until}")


def no_table(spec: ProgressSpec, seen: ProgressObservation) -> Finding:
    expected = f"a table {spec.table} in {seen.server.where(spec.database)}"
    step = "see to the name; one that an open transaction has made, nobody else can see yet"
    return Finding(expected, f"there is none{did_you_mean(spec.table, seen.tables)}", step)


def no_total(spec: ProgressSpec, seen: ProgressObservation) -> NotChecked:
    reason = f"the total of {_what(spec, seen)} is {number(seen.total)}: nothing to tell a share of"
    return NotChecked(reason, next_step="mend `total:`; is it asked of the right table, before that is emptied?")


def too_much(spec: ProgressSpec, seen: ProgressObservation) -> Finding:
    done = max(seen.samples[-1].done, seen.committed or 0)
    share = f"{done / seen.total:.1%}".replace("%", " %")
    return Finding(
        f"no more than the total of {number(seen.total)} is done of {_what(spec, seen)}",
        f"{number(done)} are, {share} of it",
        "count the source again for `total:`; then see whether something has been loaded twice",
        "the total is wrong, or rows are there twice: how far it is, nobody can say",
    )


def not_counted(spec: ProgressSpec, seen: ProgressObservation) -> NotChecked:
    reason = f"{_far(spec, seen)}; whether all of it is there and committed has not been counted"
    return NotChecked(reason, next_step=f"count it: {_count(spec)}")


def not_committed(spec: ProgressSpec, seen: ProgressObservation) -> NotChecked:
    committed = f"{number(seen.committed or 0)} of {number(seen.total)} of {_what(spec, seen)} are committed"
    more = "; the statistics say more" if seen.estimated else "; the rest is in a transaction that is still open"
    return NotChecked(committed + more, next_step=f"{_decide(spec, seen)}; run again until it is committed")


def too_late(spec: ProgressSpec, seen: ProgressObservation) -> Finding:
    ago = format_duration(_minutes(seen.samples[-1].at - spec.ends.timestamp()))
    return Finding(_expected(spec, seen), f"{_far(spec, seen)}; that was {ago} ago", _decide(spec, seen))


def late(spec: ProgressSpec, seen: ProgressObservation, found: Forecast) -> Finding:
    over = found.earliest - spec.ends.timestamp()
    too_late = f", {format_duration(_minutes(over))} too late" if over < _LONG else ""
    bound = " or later" if found.falling or found.in_steps else ""
    observed = f"{_rates(spec, seen, found)}; {_end(spec, seen, found.earliest)}{bound}{too_late}"
    step = f"{_decide(spec, seen)}; first see what slows it down: {_look_at(seen)}"
    return Finding(_expected(spec, seen), observed, step)


def cannot_tell(spec: ProgressSpec, seen: ProgressObservation, found: Forecast) -> NotChecked:
    reason = f"{_rates(spec, seen, found)}; {_end(spec, seen, found.earliest)} or later"
    step = _decide(spec, seen)
    if found.average is None:
        reason += f"; by the inventory, it begins at {_clock(spec, seen, spec.began.timestamp())} only"
        step += "; see to `started:`, and to the clock of this machine"
    elif found.falling:
        reason += f"; if it slows down by as much again, {_end(spec, seen, found.latest)}"
        step += f"; see what slows it down: {_look_at(seen)} and run again"
    else:
        reason += "; it moves in few large steps, and one step less would be too slow"
        step += "; a longer `sample:` sees more of them"
    return NotChecked(f"{reason}; it must be done by {_clock(spec, seen, spec.ends.timestamp())}", next_step=step)


def going_back(spec: ProgressSpec, seen: ProgressObservation) -> Finding:
    lost = number(seen.samples[0].done - seen.samples[-1].done)
    observed = f"{_far(spec, seen)}: {lost} less than {_watched_for(seen)} before"
    step = f"see who deletes or has rolled back: {_look_at(seen)}; {_decide(spec, seen)}"
    return Finding(_expected(spec, seen), observed, step)


def stalled(spec: ProgressSpec, seen: ProgressObservation) -> Finding:
    observed = f"{_far(spec, seen)}, and nothing has moved in {_watched_for(seen)}: it is stalled, or has not begun"
    waiting = [one for one in seen.activities if one.blocked_by or one.waits_for]
    holders = {each for one in waiting for each in one.blocked_by}
    told = [_who(one, seen) for one in waiting[:3]]
    told += [f"{_who(one, seen)} holds it up" for one in seen.activities if one.id in holders and one not in waiting]
    if not waiting:
        told += [f"{_who(one, seen)} is at work" for one in seen.activities[:3]]
    if seen.server.engine == "postgresql" and seen.table is not None and not seen.activities:
        told.append(f"no other session has a lock on {seen.table.name}")
    step = _release(seen, holders) if holders else f"see what it waits for: {_look_at(seen)}"
    return Finding(_expected(spec, seen), "; ".join([observed, *told]), f"{step}; {_decide(spec, seen)}")


def locked(spec: ProgressSpec, seen: ProgressObservation) -> NotChecked:
    who = "; ".join(_who(one, seen) for one in seen.activities[:3])
    copied = f"; running COPYs have put {number(seen.copying)} rows into it" if seen.copying else ""
    reason = f"somebody has {_what(spec, seen)} for himself alone, so that nobody can count it: {who or 'unknown'}"
    step = "a load that has just made or emptied its table locks it so until it commits; if it is another, wait for it"
    return NotChecked(reason + copied, f"table {spec.watched} in database {spec.database} is locked", step)


def not_to_be_seen(spec: ProgressSpec, seen: ProgressObservation) -> NotChecked:
    first, last = seen.samples[0].bytes, seen.samples[-1].bytes
    grown = f"has grown by {((last or 0) - (first or 0)) / 1e6:,.1f} MB" if last != first else ""
    copied = f"running COPYs have put {number(seen.copying)} rows into it" if seen.copying else ""
    reason = f"{_far(spec, seen)}, and that has not moved in {_watched_for(seen)}; but {spec.watched} "
    reason += " and ".join(filter(None, (grown, copied))) + ": it is not stalled. Rows of a transaction that is "
    step = (
        f"{_decide(spec, seen)}; `done: select count(*) from {spec.watched}` counts those of a COPY; for others, commit"
    )
    return NotChecked(f"{reason}still open cannot be counted", next_step=f"{step} in pieces")


def hidden(spec: ProgressSpec, seen: ProgressObservation) -> NotChecked:
    user = seen.server.user
    reason = (
        f"{_far(spec, seen)}, and that has not moved in {_watched_for(seen)}; but whether a COPY runs whose rows are "
    )
    cause = f"{user} may not see the COPYs of others in database {spec.database}"
    step = f"{_GRANT} {user}; (PostgreSQL 14 or later); {_decide(spec, seen)}"
    return NotChecked(f"{reason}not committed, {user} cannot see", cause, step)


def new_index(
    spec: ProgressSpec, seen: ProgressObservation, table: Table, index: Index, at: float, rates: tuple[float, float]
) -> Finding:
    """`at`: when it was first seen; `rates`: before that and since."""
    engine, moment = seen.server.engine, moment_at(at, spec.ends)
    drop, back = ddl.drop(engine, table, index), ddl.bring_back(engine, table, index)
    observed = f"index {index_words(index)} appeared at {moment:%H:%M:%S}"
    if rates[0] > rates[1]:
        observed += f"; the rate fell from {how_fast(rates[0], spec)} to {how_fast(rates[1], spec)}"
    return Finding(
        f"no new index on {_what(spec, seen)} while it is filled",
        observed,
        f"{drop}; once the load is done: {back}; one that is meant to be there is named under `only:`",
        next((entry.why for entry in spec.forbidding if entry.why), SLOW_LOAD),
        f"indexes that should not be on {table.name} in database {spec.database}",
    )


def _what(spec: ProgressSpec, seen: ProgressObservation) -> str:
    where = seen.server.where(spec.database)
    return f"{spec.watched} in {where}" if spec.watched else f"the conversion in {where}"


def _expected(spec: ProgressSpec, seen: ProgressObservation) -> str:
    text = f"{_what(spec, seen)} is done by {_clock(spec, seen, spec.ends.timestamp())}"
    named = f" (`{spec.abort_by}`)" if isinstance(spec.abort_by, str) else ""
    return text + named


def _far(spec: ProgressSpec, seen: ProgressObservation) -> str:
    return how_far(seen.samples[-1].done, seen, spec) if seen.samples else "nothing could be counted"


def _rates(spec: ProgressSpec, seen: ProgressObservation, found: Forecast) -> str:
    recent = f"{how_fast(found.recent, spec)} in the last {_watched_for(seen)}"
    since = _clock(spec, seen, spec.began.timestamp())
    average = f", {how_fast(found.average, spec)} on average since {since}" if found.average is not None else ""
    middle = len(seen.samples) // 2
    slower = f", {how_fast(rate(seen.samples[middle:]), spec)} in the second half of that" if found.falling else ""
    return f"{_far(spec, seen)}, {recent}{slower}{average}"


def _watched_for(seen: ProgressObservation) -> str:
    return format_duration(round(seen.samples[-1].at - seen.samples[0].at) or 1)


def _decide(spec: ProgressSpec, seen: ProgressObservation) -> str:
    by = spec.decide_by.timestamp()
    left = by - seen.samples[-1].at if seen.samples else 0.0
    return f"decide by {_clock(spec, seen, by)}, {time_left(left)}, whether to go back"


def _end(spec: ProgressSpec, seen: ProgressObservation, at: float) -> str:
    if at == math.inf:
        return "it never ends"
    left = at - seen.samples[-1].at
    return f"it ends at {_clock(spec, seen, at)}" if left < _LONG else f"it takes another {left / 86400:,.0f} days"


def _clock(spec: ProgressSpec, seen: ProgressObservation, at: float) -> str:
    now = seen.samples[-1].at if seen.samples else at
    return clock(moment_at(at, spec.ends), moment_at(now, spec.ends))


def _minutes(seconds: float) -> float:
    return max(60, round(seconds / 60) * 60)


def _count(spec: ProgressSpec) -> str:
    return spec.done or f"select count(*) from {spec.watched};"


def _who(one: Activity, seen: ProgressObservation) -> str:
    kind = "process" if seen.server.engine == "postgresql" else "connection"
    what = f": {one.doing}" if one.doing else ", whose statement may not be seen"
    text = f"{kind} {one.id} of {one.user or 'the server'} ({one.state or 'unknown state'}{what})"
    if one.waits_for or one.blocked_by:
        held = f", held by {', '.join(map(str, one.blocked_by))}" if one.blocked_by else ""
        text += f" waits for {one.waits_for or 'a lock'}{held}"
    return text


def _release(seen: ProgressObservation, holders: set[int]) -> str:
    each = sorted(holders)[0]
    if seen.server.engine == "postgresql":
        return f"let whoever it is end it, or: SELECT pg_cancel_backend({each}); pg_terminate_backend, where it is idle"
    return f"let whoever it is end it, or: KILL {each};"


def _look_at(seen: ProgressObservation) -> str:
    return {
        "postgresql": "SELECT pid, state, wait_event, pg_blocking_pids(pid), query FROM pg_stat_activity;",
        "sqlite": "which process has the file open (`fuser`), and what it does",
    }.get(seen.server.engine, "SHOW FULL PROCESSLIST; SHOW ENGINE INNODB STATUS;")
