"""What a database is made of, in words that all engines share: plain data, as its catalogue has it.

Everything is in the server's own order and spelling. What an engine does not know is None (it cannot be told) or the
value that its behaviour amounts to: an SQLite index is always valid, a MySQL index is never partial.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar, dataclass_transform

Engine = Literal["postgresql", "mysql", "mariadb", "sqlite"]
ENGINES = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "sqlite": "SQLite"}
T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def plain(of: type[T]) -> type[T]:
    """A dataclass that nobody changes, as mypy sees to: a frozen one takes three to four times as long to make.

    For what a large catalogue has hundreds of thousands of.
    """
    return dataclass(slots=True, unsafe_hash=True)(of)


@dataclass(frozen=True, slots=True)
class Server:
    """What answered, as it says itself.

    Attributes:
        version: as the server says it: `15.18`, `10.11.19-MariaDB`, `3.40.1`.
        user: whom the server takes us for; empty in SQLite.
    """

    engine: Engine
    version: str
    user: str = ""

    def where(self, database: str) -> str:
        """`database orders (PostgreSQL 15.18)`, for a reason; `database` is its name in the inventory."""
        return f"database {database} ({ENGINES[self.engine]} {self.version})"


@plain
class Column:
    """A column of a table.

    Attributes:
        type: as the server writes it: `character varying(40)`, `bigint unsigned`, `TEXT`.
        default: an expression as the server writes it; empty if there is none.
        identity: `always`, `by default` (PostgreSQL), `auto_increment` (MySQL); empty if the server numbers nothing.
        generated: the expression of a generated column.
        sequence: the sequence that the column owns (PostgreSQL: serial or identity), as `schema.name`.
        collation: of its text; empty for the database's own.
    """

    name: str
    type: str
    nullable: bool
    default: str = ""
    identity: str = ""
    generated: str = ""
    sequence: str = ""
    collation: str = ""


@plain
class Part:
    """One of the things an index sorts by.

    Attributes:
        column: its name; empty for an expression.
        expression: as the server writes it; empty for a column.
        nulls_first: where NULLs sort, as stored. In MySQL and SQLite they are the smallest value.
        opclass: PostgreSQL's operator class; `usual_opclass`: it is the default one of the column's type.
        collation: where it is not that of the column.
        effective_collation: the collation it sorts by, whoever said so; empty where that is not known or means nothing.
        prefix: MySQL: how many characters of the column are indexed; 0 for all.
    """

    column: str = ""
    expression: str = ""
    descending: bool = False
    nulls_first: bool = False
    opclass: str = ""
    usual_opclass: bool = True
    collation: str = ""
    effective_collation: str = ""
    prefix: int = 0


@plain
class Index:
    """An index, by its definition, its state and what it belongs to.

    Attributes:
        method: `btree`, `gin`, `hash`, `fulltext`, ... in small letters.
        include: columns that are carried along, not sorted by.
        where: the predicate of a partial index, as the server writes it; empty for none.
        nulls_not_distinct: unique, and NULL equals NULL (PostgreSQL 15).
        deferrable: its constraint is checked at the end of the transaction, if asked for.
        constraint: the kind of constraint that it carries, which cannot be had without it; empty for none. MySQL
            makes no difference between a unique index and a unique constraint.
        constraint_name: under which it is dropped.
        valid: queries may use it (`indisvalid`); False after a CREATE INDEX CONCURRENTLY that failed, and for the index
            of a partitioned table of which a partition has none.
        ready: it takes new rows (`indisready`).
        live: it is not being dropped (`indislive`).
        visible: the planner looks at it; False for INVISIBLE (MySQL) and IGNORED (MariaDB).
        partitioned: it stands for the indexes of the partitions (relkind `I`); `parent` is set in these.
        definition: the statement that makes it, in the server's words; empty where it has none, or where name, parts
            and `unique` say it all: PostgreSQL takes 25 us to write one. `ddl.bring_back` makes either.
        bytes: its size, an estimate; None if it is not known.
    """

    name: str
    parts: tuple[Part, ...]
    unique: bool = False
    method: str = "btree"
    include: tuple[str, ...] = ()
    where: str = ""
    nulls_not_distinct: bool = False
    deferrable: bool = False
    constraint: Literal["", "primary key", "unique", "exclude"] = ""
    constraint_name: str = ""
    valid: bool = True
    ready: bool = True
    live: bool = True
    visible: bool = True
    partitioned: bool = False
    parent: str = ""
    definition: str = ""
    bytes: int | None = None


@plain
class Constraint:
    """A check, unique, primary key or exclusion constraint; foreign keys are `ForeignKey`.

    Attributes:
        validated: the rows from before it was added satisfy it (not `NOT VALID`).
        enforced: the server holds new rows to it.
    """

    name: str
    kind: Literal["check", "unique", "primary key", "exclude"]
    columns: tuple[str, ...] = ()
    expression: str = ""
    validated: bool = True
    enforced: bool = True
    deferrable: bool = False


@plain
class ForeignKey:
    """A foreign key, at the table that refers. Actions are written out: `no action`, `cascade`, `set null`, ..."""

    name: str
    columns: tuple[str, ...]
    schema: str
    table: str
    referenced: tuple[str, ...]
    on_update: str = "no action"
    on_delete: str = "no action"
    validated: bool = True
    deferrable: bool = False


@plain
class Trigger:
    """A trigger of a user. `enabled`: it fires in an ordinary session (PostgreSQL: `tgenabled` O or A)."""

    name: str
    enabled: bool = True


@plain
class Sequence:
    """A sequence. `last` is None where it has not been used, or may not be read."""

    schema: str
    name: str
    type: str
    last: int | None
    maximum: int
    increment: int = 1
    cycles: bool = False
    owner: tuple[str, str, str] | None = None  # schema, table, column


@plain
class Table:
    """A table, or what can have indexes like one (a materialised view).

    Attributes:
        rows: the server's estimate; None if it has none, which does not mean that the table is empty.
        has_statistics: whether the planner has statistics of its columns; None if that cannot be told.
        partitioned: it holds no rows itself; its partitions do.
    """

    schema: str
    name: str
    columns: tuple[Column, ...] = ()
    indexes: tuple[Index, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    rows: int | None = None
    has_statistics: bool | None = None
    partitioned: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that is in one database.

    Attributes:
        search_path: schemas in which a name without one is looked up, in that order.
        tables: in no particular order.
        recovery: a standby, or a server that is still recovering.
    """

    server: Server
    search_path: tuple[str, ...]
    tables: tuple[Table, ...]
    sequences: tuple[Sequence, ...] = ()
    recovery: bool = False

    def by_name(self) -> dict[str, Table]:
        """Tables by `schema.name`, and by the bare name where the search path leads to them."""
        found = {f"{table.schema}.{table.name}": table for table in self.tables}
        for schema in reversed(self.search_path):
            found |= {table.name: table for table in self.tables if table.schema == schema}
        return found


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of the server.

    Attributes:
        value: what a new session has, as the server writes it, in `unit`.
        unit: PostgreSQL's, such as `8kB` or `ms`; `B` where a number may be a size; empty for none.
        type: of the value.
        choices: what it can be, for an enum.
        pending_restart: another value stands in the configuration, and waits for a restart.
    """

    name: str
    value: str
    unit: str = ""
    type: Literal["bool", "integer", "real", "enum", "string"] = "string"
    choices: tuple[str, ...] = ()
    pending_restart: bool = False


def same_name(wanted: str, name: str, engine: Engine) -> bool:
    """PostgreSQL folds what is not quoted to small letters; the others do not care."""
    return wanted == name or (wanted.lower() == (name if engine == "postgresql" else name.lower()))


def names(items: Iterable[Column | Index | Table]) -> tuple[str, ...]:
    return tuple(item.name for item in items)
