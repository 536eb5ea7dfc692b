"""How far a conversion is on MySQL and MariaDB: the rows of open transactions are counted with the others.

https://dev.mysql.com/doc/refman/8.0/en/innodb-transaction-isolation-levels.html (READ UNCOMMITTED)
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from preflight_database.catalogue.model import Table
from preflight_database.progress.look import Look, number
from preflight_database.progress.observation import Activity
from preflight_database.progress.spec import ProgressSpec
from preflight_database.sql import shortened

if TYPE_CHECKING:
    from preflight_database.session import Session

READS_UNCOMMITTED = True
_INDEXES = """select distinct index_name from information_schema.statistics
    where table_schema = database() and table_name = %s order by 1"""
_ACTIVITIES = """select id, user, coalesce(info, ''), command, coalesce(state, ''), time
    from information_schema.processlist
    where db = database() and id <> connection_id() and command <> 'Sleep' order by time desc limit 20"""
# Of both since MySQL 5.7 and MariaDB 10.6. It takes PROCESS, and the right to read the schema sys.
_BLOCKED = "select waiting_pid, blocking_pid from sys.innodb_lock_waits"


def look(session: Session, spec: ProgressSpec, table: Table | None) -> Look:
    """Raises CannotReadError."""
    assert spec.done is not None  # refused at load: the servers only estimate the rows of a table
    indexes = tuple(name for (name,) in session.rows(_INDEXES, table.name)) if table else ()
    return Look(number(session, "done", spec.done), indexes=indexes)


def activities(session: Session, _: Table) -> tuple[Activity, ...]:
    """Who works in the database, as far as our user may see it. Raises CannotReadError."""
    from sqlalchemy.exc import DBAPIError

    found = session.rows(_ACTIVITIES)
    blocked: dict[int, list[int]] = defaultdict(list)
    try:
        for waiting, blocking in session.attempt(_BLOCKED):
            blocked[int(waiting)].append(int(blocking))
    except DBAPIError:
        pass  # without PROCESS, nobody says who blocks
    return tuple(
        Activity(int(each), user, shortened(info), command, state if "ait" in state or each in blocked else "",
                 float(seconds), tuple(blocked[int(each)]))
        for each, user, info, command, state, seconds in found
    )  # fmt: skip
