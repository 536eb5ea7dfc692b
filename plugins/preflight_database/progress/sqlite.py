"""How far a conversion is in an SQLite file: what is committed. Nothing tells of an open transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preflight_database.catalogue.model import Table
from preflight_database.progress.look import Look, count, number
from preflight_database.progress.observation import Activity
from preflight_database.progress.spec import ProgressSpec

if TYPE_CHECKING:
    from preflight_database.session import Session

READS_UNCOMMITTED = False


def look(session: Session, spec: ProgressSpec, table: Table | None) -> Look:
    """Raises CannotReadError."""
    names = session.rows("select name from pragma_index_list(?) order by 1", table.name) if table else []
    select = spec.done
    if select is None:
        assert table is not None  # without `done`, there is a table
        select = count("sqlite", table)
    done = number(session, "done", select)
    return Look(done, done, indexes=tuple(name for (name,) in names))


def activities(_session: Session, _table: Table) -> tuple[Activity, ...]:
    """An SQLite file does not say who works on it."""
    return ()
