"""Foreign keys, as one writes them, and the statements about them."""

from __future__ import annotations

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, ForeignKey
from preflight_database.health.case import Case


def words(key: ForeignKey) -> str:
    """`orders_customer (customer_id) to customer (id)`."""
    name = f"{key.name} " if key.name else ""
    there = f" ({', '.join(key.referenced)})" if key.referenced else ""
    return f"{name}({', '.join(key.columns)}) to {key.table}{there}"


def names(case: Case, key: ForeignKey) -> tuple[str, ...]:
    """SQLite gives foreign keys no names: they are known by their columns."""
    by_columns = case.of_columns(key.columns)
    return (*case.of_constraint(key.name)[:-1], *by_columns) if key.name else by_columns


def drop(engine: Engine, case: Case, key: ForeignKey) -> str:
    if engine == "sqlite":
        return f"make {case.name} anew without it: SQLite drops no constraint"
    word = "CONSTRAINT" if engine == "postgresql" else "FOREIGN KEY"
    return f"ALTER TABLE {ddl.place(engine, case.table)} DROP {word} {ddl.quoted(engine, key.name)};"


def pairs(key: ForeignKey) -> frozenset[tuple[str, str]]:
    """Which column refers to which. SQLite leaves out the columns of a primary key."""
    there = key.referenced or tuple(f"key {number}" for number, _ in enumerate(key.columns))
    return frozenset((here.lower(), to.lower()) for here, to in zip(key.columns, there, strict=True))


def refer_to_one_table(one: ForeignKey, other: ForeignKey) -> bool:
    return (one.schema, one.table.lower()) == (other.schema, other.table.lower())
