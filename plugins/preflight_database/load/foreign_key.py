"""Foreign keys of the rehearsed table: each refers to a stand-in that holds the keys which the sample has.

The arm `deferred` has them only once all rows are in, as it has the indexes: in the real database they are dropped
and brought back as well, by the statements here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, ForeignKey, Table
from preflight_database.load.blueprint import Reference

Quoted = Callable[[str], str]


def references(
    engine: Engine, table: Table, tables: dict[str, Table], rehearsed: str, place: Quoted, quoted: Quoted
) -> Iterator[Reference]:
    """Of a table.

    Args:
        tables: of the real database, by `schema.name`.
        rehearsed: the table in scratch, quoted.
        place: where a stand-in goes, quoted, from a name for it; constraints have the same names.
        quoted: an identifier, quoted.
    """
    for number, key in enumerate(table.foreign_keys):
        columns, there = ", ".join(map(quoted, key.columns)), place(f"referenced_{number}")
        own = there.rpartition(".")[2]  # on MySQL, unique in the database
        word = "constraint" if engine == "postgresql" else "foreign key"
        referred = tables.get(f"{key.schema}.{key.table}")
        yield Reference(
            key.name,
            tuple(map(quoted, key.columns)),
            there,
            f"alter table {rehearsed} add constraint {own} foreign key ({columns}) references {there} ({columns})",
            f"alter table {rehearsed} drop {word} {own}",
            referred.rows if referred else None,
            f"ALTER TABLE {ddl.place(engine, table)} DROP {word.upper()} {ddl.quoted(engine, key.name)}",
            _bring_back(engine, table, key),
        )


def _bring_back(engine: Engine, table: Table, key: ForeignKey) -> str:
    here, there = (", ".join(ddl.quoted(engine, name) for name in names) for names in (key.columns, key.referenced))
    place = ddl.quoted(engine, key.table)
    if key.schema != table.schema or (engine == "postgresql" and key.schema != "public"):
        place = f"{ddl.quoted(engine, key.schema)}.{place}"
    text = f"ALTER TABLE {ddl.place(engine, table)} ADD CONSTRAINT {ddl.quoted(engine, key.name)}"
    text += f" FOREIGN KEY ({here}) REFERENCES {place} ({there})"
    for event, action in (("UPDATE", key.on_update), ("DELETE", key.on_delete)):
        text += f" ON {event} {action.upper()}" if action not in ("no action", "restrict") or (
            engine == "postgresql" and action == "restrict") else ""  # fmt: skip
    return text + (" DEFERRABLE" if key.deferrable else "")
