"""One look at a conversion that runs, and how a number is asked for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from preflight.finding import NotChecked
from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Table
from preflight_database.session import CannotReadError, Session
from preflight_database.trouble import explained

_TOO_LONG = r"statement timeout|max_statement_time|maximum statement execution time"
_OTHER_TROUBLE = r"permission denied|command denied|Access denied|lock|timed? ?out|closed|lost|gone away|no such file"


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen at one moment.

    Attributes:
        done: None if the table is `locked`.
        committed: of `done`; None where this look cannot tell it apart.
        locked: somebody has the table for himself alone, so that it has not been asked.
        copying, bytes, indexes: as in `ProgressObservation` and `Sample`.
    """

    done: float | None
    committed: float | None = None
    bytes: int | None = None
    indexes: tuple[str, ...] = ()
    locked: bool = False
    copying: int | None = 0


class TableLockedError(Exception):
    """Nobody can read the table: the server waited for its lock in vain."""


def number(session: Session, key: str, select: str) -> float:
    """What a SELECT gives; nothing yet (NULL, as of `max(id)`) is 0.

    Args:
        key: under which it is written: `done`.

    Raises:
        CannotReadError: it gives no number, or the server refuses it.
        TableLockedError: PostgreSQL.
    """
    from sqlalchemy.exc import DBAPIError

    try:
        rows = session.attempt(select)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") == "55P03":
            raise TableLockedError from None
        raise CannotReadError(_refused(session, key, error)) from None
    if len(rows) != 1 or len(rows[0]) != 1:
        many = f"{len(rows)} rows" if len(rows) != 1 else f"{len(rows[0])} columns"
        raise CannotReadError(_no_number(session, key, f"gives {many}"))
    value = 0 if rows[0][0] is None else rows[0][0]
    try:
        found = float(value) if isinstance(value, int | float | Decimal | str) else math.nan
    except ValueError:
        found = math.nan
    if not 0 <= found < math.inf:
        raise CannotReadError(_no_number(session, key, f"gives {str(value)[:40]}"))
    return found


def count(engine: Engine, table: Table) -> str:
    """The statement that counts the rows of a table."""
    return f"select count(*) from {ddl.place(engine, table)}"


def _no_number(session: Session, key: str, gives: str) -> NotChecked:
    reason = f"`{key}` {gives} in database {session.plan.name}, and should give one number, not below 0"
    return NotChecked(reason, next_step=f"mend `{key}:`, such as: select count(*) from orders_new")


def _refused(session: Session, key: str, error: Exception) -> NotChecked:
    said = explained(session.plan, error)
    cause = f"`{key}` cannot be asked of database {session.plan.name}"
    if re.search(_TOO_LONG, said.reason, re.I):
        step = "ask for something cheaper: `table:` alone (PostgreSQL), or select max(id) where ids have no gaps"
        return NotChecked(f"`{key}` takes longer than {session.limit:.0f} s: {said.reason}", cause, step)
    if getattr(error, "connection_invalidated", False) or re.search(_OTHER_TROUBLE, said.reason, re.I):
        return said
    return NotChecked(f"`{key}` is refused by {said.reason}", cause, f"mend `{key}:`; try it by hand")
