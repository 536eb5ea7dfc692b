"""How far a conversion is on PostgreSQL: what can be asked without counting, and without waiting for a lock.

https://www.postgresql.org/docs/current/progress-reporting.html#COPY-PROGRESS-REPORTING
https://www.postgresql.org/docs/current/monitoring-stats.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from preflight.finding import NotChecked
from preflight_database.catalogue.model import Table
from preflight_database.progress.look import Look, TableLockedError, number
from preflight_database.progress.observation import Activity
from preflight_database.progress.spec import ProgressSpec
from preflight_database.session import CannotReadError
from preflight_database.sql import shortened

if TYPE_CHECKING:
    from preflight_database.session import Session

READS_UNCOMMITTED = False
_TREE = """
    with recursive tree(oid) as (
        select %s::regclass::oid
        union all select i.inhrelid from pg_inherits i join tree on i.inhparent = tree.oid)"""
# Since 14. What others copy has no relid for who may not see it.
_COPIES = """(
    select array[coalesce(sum(tuples_processed) filter (where relid in (select oid from tree)), 0)::bigint,
                 count(*) filter (where relid is null)]
    from pg_stat_progress_copy where datname = current_database() and (command = 'COPY FROM' or command is null))"""
_FACTS = f"""{_TREE}
    select (select coalesce(sum(pg_stat_get_live_tuples(oid)), 0)::bigint from tree),
           exists (select from pg_locks l where l.relation in (select oid from tree) and l.granted
                   and l.database = (select oid from pg_database where datname = current_database())
                   and l.mode = 'AccessExclusiveLock'),
           array(select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid
                 where i.indrelid = %s::regclass order by 1),
           {{copies}}"""
_SIZE = f"{_TREE} select coalesce(sum(pg_table_size(oid)), 0)::bigint from tree"
# Statistics are kept by each server for itself, and a standby has none of what it replays.
_STATISTICS = "select current_setting('track_counts')::bool and not pg_is_in_recovery()"
_ACTIVITIES = f"""{_TREE},
    about as (
        select distinct l.pid from pg_locks l
        where l.relation in (select oid from tree) and l.pid <> pg_backend_pid()
          and l.database = (select oid from pg_database where datname = current_database())),
    blocking as (select unnest(pg_blocking_pids(pid)) as pid from about)
    select a.pid, coalesce(a.usename::text, a.backend_type, ''), coalesce(a.query, ''), coalesce(a.state, ''),
           concat_ws(' ', a.wait_event_type, a.wait_event),
           extract(epoch from clock_timestamp() - a.xact_start)::float, pg_blocking_pids(a.pid)
    from pg_stat_activity a where a.pid in (select pid from about union select pid from blocking)
    order by a.xact_start limit 20"""


def look(session: Session, spec: ProgressSpec, table: Table | None) -> Look:
    """Raises CannotReadError."""
    if table is None:
        assert spec.done is not None  # without it, there is a table
        done = number(session, "done", spec.done)
        return Look(done, done)
    copies = _COPIES if int(session.rows("show server_version_num")[0][0]) >= 140000 else "array[0, 1]"
    name = _name(table)
    rows, locked, indexes, (copied, hidden) = session.rows(_FACTS.replace("{copies}", copies), name, name)[0]
    copying = None if hidden else int(copied)
    seen = Look(None, None, None, tuple(indexes), True, copying)
    if locked:
        return seen
    try:
        size = int(session.rows(_SIZE, name)[0][0]) if spec.done else None
        committed = number(session, "done", spec.done) if spec.done else float(rows)
    except TableLockedError:
        return seen
    more = copied if spec.of_rows else 0
    return Look(committed + more, committed, size, tuple(indexes), False, copying)


def needs_statistics(session: Session) -> None:
    """Raises CannotReadError where the server does not count by itself what is written to a table."""
    if not session.rows(_STATISTICS)[0][0]:
        reason = f"the server of database {session.plan.name} keeps no statistics of what is written to its tables"
        step = "ask the primary, or turn track_counts on; or write `done: select count(*) from ...`"
        raise CannotReadError(NotChecked(f"{reason} (track_counts is off, or it is a standby)", next_step=step))


def activities(session: Session, table: Table) -> tuple[Activity, ...]:
    """Who works on the table, and whom they wait for. Raises CannotReadError."""
    return tuple(
        Activity(pid, user, _statement(query), state, waits if waits.startswith("Lock") else "", seconds,
                 tuple(dict.fromkeys(blocked_by)))
        for pid, user, query, state, waits, seconds, blocked_by in session.rows(_ACTIVITIES, _name(table))
    )  # fmt: skip


def _statement(query: str) -> str:
    return "" if query.startswith("<insufficient privilege>") else shortened(query)


def _name(table: Table) -> str:
    """For `::regclass`, which takes capitals only in quotes."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in (table.schema, table.name))
