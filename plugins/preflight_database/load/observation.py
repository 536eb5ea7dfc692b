"""What a rehearsal measured: plain data, recorded as it is and judged later.

Everything is of the rehearsed table, a copy in scratch that grew to `rows` rows. Bytes are those on disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from preflight_database.catalogue.model import Server

Arm = Literal["deferred", "present"]


@dataclass(frozen=True, slots=True)
class Rung:
    """Insertions into a table that had about `at` rows.

    Attributes:
        rows: how many were inserted, those to warm up left out.
        seconds: what that took.
        flush: seconds to bring what was still in memory to disk afterwards; 0 where that cannot be asked for.
        table_bytes: size of the table afterwards, without its indexes.
        index_bytes: size of its indexes afterwards.
        kept_bytes: of these, what the indexes of constraints had before others were built.
        fresh_rows: how many one more transaction inserted right after that, when each page that it touched was touched
            for the first time (PostgreSQL: a full page image in the WAL); 0 where a flush cannot be asked for.
        fresh_seconds: what that took, with the flush behind it.
        sizes: bytes of each index that the server tells apart, afterwards.
    """

    at: int
    rows: int
    seconds: float
    flush: float
    table_bytes: int
    index_bytes: int
    kept_bytes: int
    fresh_rows: int = 0
    fresh_seconds: float = 0.0
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What is done once to all rows: an index built, a foreign key validated, the table analysed.

    Attributes:
        rows: how many the table had.
        bytes: what an index took afterwards; 0 for the others.
        squeezed: the server had as little memory for it as it will have, in proportion, for the whole load.
    """

    what: Literal["index", "foreign key", "analyze"]
    name: str
    rows: int
    seconds: float
    bytes: int = 0
    squeezed: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """One go of an arm: `deferred` inserts without the indexes and builds them afterwards, `present` with them."""

    arm: Arm
    rungs: tuple[Rung, ...]
    steps: tuple[Step, ...]

    @property
    def rows(self) -> int:
        """In the table at the end of the last rung."""
        top = self.rungs[-1]
        return top.at + top.rows // 2 + top.fresh_rows


@dataclass(frozen=True, slots=True)
class Order:
    """How the rows of the sample arrive at an index (or at the table, where it is sorted by its primary key).

    Attributes:
        index: its name; empty for the table.
        kept: it is there in both arms, as it carries a constraint.
        scattered: the share of rows (0 to 1) that belong at a place where none of the rows just before them went.
    """

    index: str
    kept: bool
    scattered: float


@dataclass(frozen=True, slots=True)
class Cache:
    """Memory that pages of a table and its indexes are kept in: `shared_buffers`, 16777216."""

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Sorting:
    """How a server sorts what an index is built of: in runs of `memory` bytes, of which `ways` at a time are merged."""

    memory: int
    ways: int


@dataclass(frozen=True, slots=True)
class Referenced:
    """A table that a foreign key refers to.

    Attributes:
        key: the name of the foreign key.
        rows: those of the real table, as the server estimates; None if it does not.
        rehearsed: those of the table that stood for it.
    """

    key: str
    rows: int | None
    rehearsed: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that counts for a load, in two places or at two times."""

    name: str
    here: str
    there: str


@dataclass(frozen=True, slots=True)
class LoadObservation:
    """A rehearsal, or why it was not begun.

    Attributes:
        table: whether the table is there; `tables` are names like it where it is not.
        unlike: settings in which the scratch server is not like the real one: with any, nothing was rehearsed.
        changed: what changed in the real database while it was rehearsed.
        now: rows that the real table has, about; 0 if it is empty, or nobody knows.
        sample: rows there were to rehearse with.
        rows: rows that the rehearsed table had in the end.
        indexes: names of those that the arms differ in, and the statements that drop them and bring them back.
        referenced: what foreign keys refer to.
        unsized: indexes of which the server does not tell the size.
        sorted_by: columns of the primary key in whose order the sample arrived only because the table keeps its rows
            so: nobody has said that the load has them in that order.
        flushes: whether the server could be asked to bring to disk what is in memory.
        page: bytes of a page.
        sorting: None where the same number of runs was rehearsed as there will be (`squeezed`).
        workers: that may help to build an index, and may not have done so in the rehearsal.
        unrehearsed: what takes time in a real load and is not in the rehearsal: `trigger audit`.
        leftovers: what an earlier rehearsal had left in scratch, and was dropped.
        finished: when it ended, seconds since the epoch.
    """

    server: Server
    table: bool
    tables: tuple[str, ...] = ()
    unlike: tuple[Difference, ...] = ()
    changed: tuple[str, ...] = ()
    now: int = 0
    sample: int = 0
    rows: int = 0
    indexes: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    bring_back: tuple[str, ...] = ()
    orders: tuple[Order, ...] = ()
    referenced: tuple[Referenced, ...] = ()
    unsized: tuple[str, ...] = ()
    sorted_by: tuple[str, ...] = ()
    flushes: bool = True
    page: int = 8192
    sorting: Sorting | None = None
    workers: int = 0
    unrehearsed: tuple[str, ...] = ()
    caches: tuple[Cache, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    leftovers: tuple[str, ...] = ()
    finished: float = 0.0
