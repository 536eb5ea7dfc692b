"""What health checks want to know beyond the catalogue, each read once, when first wanted, by few queries.

What is asked raises CannotReadError where it cannot be read. An engine that has no such thing has the answers here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from preflight_database.catalogue.model import Catalogue, ForeignKey, Index, Table
from preflight_database.catalogue.reading import Reading
from preflight_database.health.case import Case, Counter

Place = tuple[str, str]  # schema and table
NO_INDEX = "index"  # what is lacking to tell the highest number of a large table


@dataclass(frozen=True, slots=True)
class Scans:
    """How often indexes have been used, by (schema, table, index) if at all, and for how long that has been counted.

    Attributes:
        seconds: None if that cannot be told.
        elsewhere: why what is counted here is not all use; empty if it is.
        remedy: what to do about that.
    """

    of: dict[tuple[str, str, str], int]
    seconds: float | None = None
    elsewhere: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A column with what numbers it; `unknown` says why its highest number, or the next one, is not known."""

    place: Place
    counter: Counter
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A table in which there are rows, of which the planner knows nothing or little.

    Attributes:
        bytes: of its rows; 0 where that is not known.
        changed: rows that were changed since the statistics were made, of how many there were.
        hidden: whether there are statistics cannot be seen by us.
    """

    place: Place
    bytes: int = 0
    changed: int = 0
    of: int = 0
    has_statistics: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class TableScans:
    """How often a table has been read from end to end, how many rows that took, how often by an index; its size."""

    place: Place
    sequential: int
    rows: int
    by_index: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Size:
    """Of a table, or of one of its indexes.

    Attributes:
        width: bytes of the values of a row, by the statistics; None if there are none of all columns.
        fill: percent of a page that are filled at first; None for the usual.
    """

    place: Place
    index: str
    bytes: int
    rows: float
    width: float | None
    fill: int | None = None


@dataclass(frozen=True, slots=True)
class Collation:
    """How texts are sorted, by the version that the server noted and the one that it has.

    Attributes:
        name: with its schema; of a database, its own.
        recorded: None if it was not noted. `actual` is None where there are no versions (C, POSIX).
        indexes: how many sort by it; `some` are names of theirs.
    """

    name: str
    recorded: str | None
    actual: str | None
    indexes: int
    some: tuple[str, ...]
    of_database: bool = False


@dataclass(frozen=True, slots=True)
class NamedState:
    """Something of a table, or of all (place is None), with the state that it is in, in words."""

    place: Place | None
    name: str
    state: str
    figures: dict[str, int | float | str] = field(default_factory=dict)


class Facts:
    """What there is on any engine. Each engine has its own, with what it has besides."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    @cached_property
    def catalogue(self) -> Catalogue:
        return self.reading.catalogue

    @cached_property
    def tables(self) -> dict[Place, Table]:
        return {(table.schema, table.name): table for table in self.catalogue.tables}

    @property
    def database(self) -> str:
        return self.reading.session.plan.name

    def rows(self, statement: str, *parameters: str) -> Sequence[Any]:
        """Raises CannotReadError, after which other things can still be read."""
        return self.reading.session.rows(statement, *parameters)

    def name(self, place: Place) -> str:
        """A table, as one writes it."""
        schema, table = place
        return table if schema in self.catalogue.search_path else f"{schema}.{table}"

    def case(self, table: Table, **more: Any) -> Case:
        """A case of a table, of which the caller has left what matters."""
        return Case(table, self.name((table.schema, table.name)), **more)

    def own_foreign_keys(self, table: Table) -> tuple[ForeignKey, ...]:
        """Without those that a partition has from its table, or that stand for one partition of another table."""
        place = table.schema, table.name
        return tuple(key for key in table.foreign_keys if (*place, key.name) not in self.inherited)

    def key(self, table: Table) -> tuple[str, ...]:
        """The columns of its primary key."""
        return next(
            (
                tuple(part.column for part in index.parts)
                for index in table.indexes
                if index.constraint == "primary key"
            ),
            (),
        )

    def primary(self, table: Table) -> Index | None:
        return next((index for index in table.indexes if index.constraint == "primary key"), None)

    def partitions(self, place: Place) -> list[Table]:
        """Those that hold the rows of a partitioned table."""
        below = [self.tables[child] for child in self.children.get(place, ())]
        return [leaf for table in below for leaf in (
            self.partitions((table.schema, table.name)) if table.partitioned else [table])]  # fmt: skip

    @cached_property
    def children(self) -> dict[Place, list[Place]]:
        """The partitions of each table."""
        found: dict[Place, list[Place]] = {}
        for child, parent in self.parents.items():
            found.setdefault(parent, []).append(child)
        return found

    def in_chunks(self, pieces: Sequence[str], size: int, joint: str) -> Iterator[Any]:
        """The rows of many small queries, joined to a few large ones."""
        for start in range(0, len(pieces), size):
            yield from self.rows(joint.join(pieces[start : start + size]))

    # What an engine may have.

    @cached_property
    def parents(self) -> dict[Place, Place]:
        """The table of each partition."""
        return {}

    @cached_property
    def inherited(self) -> frozenset[tuple[str, str, str]]:
        """Foreign keys (schema, table, name) that nobody wrote: they come with another one."""
        return frozenset()

    @cached_property
    def materialised(self) -> frozenset[Place]:
        """Materialised views: what can have indexes, and no constraints."""
        return frozenset()

    @cached_property
    def null_shares(self) -> dict[tuple[str, str, str], float]:
        """The share of NULLs by (schema, table, column), where it is known and not next to nothing."""
        return {}

    @cached_property
    def table_scans(self) -> list[TableScans]:
        return []

    @cached_property
    def sizes(self) -> list[Size]:
        """Of large tables and of large B-trees."""
        return []

    @cached_property
    def disabled_triggers(self) -> list[NamedState]:
        return []

    @cached_property
    def collations(self) -> list[Collation]:
        """Those that indexes sort by."""
        return []

    @cached_property
    def counters(self) -> list[Numbered]:
        return []

    @cached_property
    def numbered(self) -> list[Numbered]:
        """The counters, with the highest number of each column."""
        return []

    @cached_property
    def loaded(self) -> list[Loaded]:
        return []

    @cached_property
    def scans(self) -> Scans:
        return Scans({})

    @cached_property
    def unenforced(self) -> list[NamedState]:
        """Foreign keys that rows are not held to."""
        return []

    @cached_property
    def unenforced_checks(self) -> list[NamedState]:
        return []


def apart(facts: Facts, ask: Callable[[], Sequence[Any]]) -> Sequence[Any]:
    """In PostgreSQL a statement that fails takes its transaction along; one that succeeds leaves its locks in it."""
    from sqlalchemy.exc import DBAPIError

    connection = facts.reading.session.connection
    connection.exec_driver_sql("savepoint health")
    try:
        return ask()
    finally:
        with suppress(DBAPIError):  # a connection that is lost says so at the next question
            connection.exec_driver_sql("rollback to savepoint health")
