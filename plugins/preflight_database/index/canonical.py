"""What PostgreSQL makes of an expression: it is asked, and writes nothing.

    explain (verbose, costs off, format json) select (lower(email)), (deleted_at is null) from only orders

The plan's "Output" holds each expression as the server writes it once it has read it: with names resolved, casts and
brackets as they are, constants folded. Nothing is executed. What the catalogue has goes the same way, so that both
sides are in one spelling. It takes the right to SELECT from the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from preflight_database.catalogue.model import Table
from preflight_database.index.observation import Canonical
from preflight_database.sql import surely_quoted

if TYPE_CHECKING:
    from preflight_database.session import Session


def canonical(session: Session, table: Table, texts: Iterable[str]) -> tuple[Canonical, ...]:
    """All in one statement; if the server refuses that, one by one."""
    written = tuple(dict.fromkeys(text for text in texts if text))
    if not written:
        return ()
    together = _explained(session, table, written)
    if isinstance(together, tuple):
        return tuple(Canonical(one, text) for one, text in zip(written, together, strict=True))
    found = []
    for one in written:
        alone = _explained(session, table, (one,))
        found.append(Canonical(one, alone[0]) if isinstance(alone, tuple) else alone)
    return tuple(found)


def _explained(session: Session, table: Table, texts: tuple[str, ...]) -> tuple[str, ...] | Canonical:
    """The texts in the server's spelling, or what it says against them."""
    from sqlalchemy.exc import DBAPIError

    place = f"{surely_quoted(table.schema)}.{surely_quoted(table.name)}"
    chosen = ", ".join(f"({text})" for text in texts)
    only = "" if table.partitioned else "only "
    session.run("savepoint canonical")
    try:
        plan = session.attempt(f"explain (verbose, costs off, format json) select {chosen} from {only}{place}")[0][0]
    except DBAPIError as error:
        session.run("rollback to savepoint canonical")
        said = str(error.orig).partition("\n")[0]
        return Canonical(texts[0], error=said, sqlstate=getattr(error.orig, "sqlstate", None) or "")
    output = plan[0]["Plan"].get("Output", ())
    return tuple(output) if len(output) == len(texts) else Canonical(texts[0])
