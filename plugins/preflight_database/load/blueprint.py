"""What it takes to make a table anew, in scratch: statements of the server's own, under other names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Made:
    """Something of a table that is made and dropped by a statement each, and how it is called in the real database.

    Attributes:
        keys: what an index sorts by, as SQL, for seeing in what order rows arrive; empty where order means nothing.
    """

    name: str
    make: str
    drop: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key, and the table that stands for the one it refers to.

    Attributes:
        columns: of the table that refers.
        table: the name of the stand-in, which holds the keys that the sample refers to.
        rows: those of the real table referred to, as the server estimates; None if it does not.
        real_drop: the statement that drops it in the real database; `bring_back` makes it again.
    """

    name: str
    columns: tuple[str, ...]
    table: str
    make: str
    drop: str
    rows: int | None = None
    real_drop: str = ""
    bring_back: str = ""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A table, to be made without what the arms differ in.

    Attributes:
        create: the statements that make it: columns, checks, and the indexes of constraints.
        columns: those that rows bring along, quoted; a generated one has its value from the others.
        kept: the indexes of constraints.
        deferred: all other indexes.
        unsized: names of those indexes of which the server does not tell the size.
        unrehearsed: what takes time in a real load, and is not made.
        clustered: what the table itself is sorted by, as SQL (InnoDB's primary key, SQLite's row id).
    """

    create: tuple[str, ...]
    columns: tuple[str, ...]
    kept: tuple[Made, ...]
    deferred: tuple[Made, ...]
    references: tuple[Reference, ...] = ()
    clustered: tuple[str, ...] = ()
    unrehearsed: tuple[str, ...] = ()
    unsized: tuple[str, ...] = ()
