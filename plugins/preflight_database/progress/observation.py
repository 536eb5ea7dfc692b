"""What was seen of a conversion that runs: plain data, recorded as it is and judged later."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_database.catalogue.model import Server, Table


@dataclass(frozen=True, slots=True)
class Sample:
    """One look.

    Attributes:
        at: seconds since 1970.
        done: how much, with what is not committed yet where that can be seen: the rows of a running COPY
            (PostgreSQL), or all rows of open transactions (MySQL and MariaDB).
        bytes: the size of the table, committed or not; None if it is not known.
        indexes: the names of its indexes.
    """

    at: float
    done: float
    bytes: int | None = None
    indexes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Activity:
    """Somebody who works on the table or waits for it, or who is waited for.

    Attributes:
        id: what one would cancel: a process of PostgreSQL's, a connection of MySQL's.
        doing: the statement, without the texts in it; empty if it may not be seen.
        waits_for: `Lock transactionid`, `Waiting for table metadata lock`; empty if for nothing.
        seconds: how long its transaction (PostgreSQL) or statement (MySQL) lasts; None if that may not be seen.
        blocked_by: ids of those it waits for, as far as they can be seen.
    """

    id: int
    user: str = ""
    doing: str = ""
    state: str = ""
    waits_for: str = ""
    seconds: float | None = None
    blocked_by: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ProgressObservation:
    """A conversion, watched for a while.

    Attributes:
        total: how much there is to do.
        samples: in their order; there are two or more unless `locked`, or there is no such table.
        committed: of the last sample's `done`; None if that is not known.
        estimated: `done` is by the server's statistics. `committed` has been counted where it is near the total.
        table: that which is filled, with its indexes as they were at the end; None if it is not known.
        missing: there is no table of that name; `tables` are the names nearest to it.
        locked: somebody has the table for himself alone: its rows cannot be counted.
        copying: rows that running COPYs have put into it; None if some may not be seen.
        activities: who works on it, where nothing moved or it is locked.
    """

    server: Server
    total: float = 0.0
    samples: tuple[Sample, ...] = ()
    committed: float | None = None
    estimated: bool = False
    table: Table | None = None
    missing: bool = False
    tables: tuple[str, ...] = ()
    locked: bool = False
    copying: int | None = 0
    activities: tuple[Activity, ...] = ()
