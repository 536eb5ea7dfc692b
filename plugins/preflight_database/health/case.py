"""What a health check looks at, and what it says of it: plain data, which the observation is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from preflight_database.catalogue.model import Index, Table


@dataclass(frozen=True, slots=True)
class Counter:
    """What numbers the rows of a column: a sequence (PostgreSQL), or its table's AUTO_INCREMENT (MySQL).

    Attributes:
        name: of the sequence, as one writes it; empty for AUTO_INCREMENT.
        type: of the sequence; empty for AUTO_INCREMENT.
        next: the number that is handed out next; None if it may not be read.
        highest: the largest number in the column (the smallest, where the sequence descends); None if there is none.
    """

    column: str
    column_type: str
    next: int | None
    name: str = ""
    type: str = ""
    minimum: int = 1
    maximum: int | None = None
    increment: int = 1
    cycles: bool = False
    highest: int | None = None


def part_of(table: Table, **parts: Any) -> Table:
    """A table of which there is nothing but these parts."""
    return Table(table.schema, table.name, rows=table.rows, partitioned=table.partitioned, **parts)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that may be wrong, and all that it takes to decide whether it is.

    Attributes:
        table: what of it matters here: a column, a foreign key, two indexes.
        name: the table's, as one writes it: with its schema where the search path does not lead to it.
        other: a second table, such as the one that a foreign key refers to.
        figures: what was counted or measured, by name.
    """

    table: Table
    name: str
    other: Table | None = None
    counter: Counter | None = None
    figures: dict[str, int | float | str] = field(default_factory=dict)

    def number(self, name: str) -> float:
        """A figure; 0 where it is missing."""
        value = self.figures.get(name, 0)
        return 0 if isinstance(value, str) else value

    def text(self, name: str) -> str:
        return str(self.figures.get(name, ""))

    def of_table(self) -> tuple[str, ...]:
        """By what the table may be named: `orders`, `public.orders`."""
        return tuple(dict.fromkeys((self.name, f"{self.table.schema}.{self.table.name}")))

    def of_index(self, index: Index) -> tuple[str, ...]:
        return self._part(index.name)

    def of_constraint(self, name: str) -> tuple[str, ...]:
        return self._part(name)

    def of_columns(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """`orders.customer_id`, and of several `orders.(a, b)`."""
        word = columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
        return (*(f"{table}.{word}" for table in self.of_table()), *self.of_table())

    def _part(self, name: str) -> tuple[str, ...]:
        """What has a name in its schema or in its table."""
        both = (name, f"{self.table.schema}.{name}") if name else ()
        return (*both, *(f"{table}.{name}" for table in self.of_table() if name), *self.of_table())


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a case.

    Attributes:
        names: of the object: first as it is shown, then all others by which `allow` may name it.
        observed: what it is, with its name.
        next_step: the statement that puts it right.
        unknown: why it cannot be told whether it is wrong; empty where it is.
    """

    names: tuple[str, ...]
    observed: str
    next_step: str
    unknown: str = ""
