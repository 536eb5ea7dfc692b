"""What was seen: plain data, recorded as it is and judged later."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_database.catalogue.model import Server, Table


@dataclass(frozen=True, slots=True)
class Canonical:
    """An expression or predicate, and what the server makes of it.

    Attributes:
        written: in the inventory, or in the catalogue.
        text: as the server writes it once it has read it; empty if it could not be asked.
        error: what the server says where it cannot read it; `sqlstate` is the class of that error.
    """

    written: str
    text: str = ""
    error: str = ""
    sqlstate: str = ""


@dataclass(frozen=True, slots=True)
class IndexObservation:
    """A table with all its indexes.

    Attributes:
        table: None if there is none of that name, or if it may not be seen.
        tables: names nearest to the one asked for, or some of those there are, where there is none.
        elsewhere: the table that has an index with the `name` of the entry, if it is another one.
        canonical: the expressions and predicates of the entry and of the table's indexes, where the server can be
            asked what they are (PostgreSQL).
    """

    server: Server
    table: Table | None
    tables: tuple[str, ...] = ()
    elsewhere: str = ""
    canonical: tuple[Canonical, ...] = ()
