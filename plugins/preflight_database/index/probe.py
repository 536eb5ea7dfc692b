"""What is looked up for an index: its table, and what the server makes of expressions."""

from __future__ import annotations

from collections.abc import Iterable

from preflight.kind import Key, Sink
from preflight_database.catalogue.model import Table
from preflight_database.catalogue.reading import Reading
from preflight_database.index.canonical import canonical
from preflight_database.index.observation import IndexObservation
from preflight_database.index.spec import IndexSpec


def observe(reading: Reading, checks: Iterable[tuple[Key, IndexSpec]], sink: Sink) -> None:
    """Raises CannotReadError."""
    tables = reading.catalogue.tables
    homes = {(table.schema, index.name): table.name for table in tables for index in table.indexes}
    for key, spec in checks:
        sink(key, _seen(reading, spec, homes))


def _seen(reading: Reading, spec: IndexSpec, homes: dict[tuple[str, str], str]) -> IndexObservation:
    server, table = reading.catalogue.server, reading.table(spec.table)
    if table is None:
        return IndexObservation(server, None, reading.tables_like(spec.table))
    # MySQL's indexes have their names within a table.
    elsewhere = homes.get((table.schema, spec.name), "") if spec.dialect != "mysql" else ""
    elsewhere = "" if elsewhere == table.name else elsewhere
    texts = _texts(spec, table) if server.engine == "postgresql" else ()
    return IndexObservation(server, table, (), elsewhere, canonical(reading.session, table, texts))


def _texts(spec: IndexSpec, table: Table) -> Iterable[str]:
    """The expressions and predicates of an entry and, where it has any, those of the indexes it is compared with."""
    wanted = [part.expression for part in spec.columns or ()] + [spec.where or ""]
    if not any(wanted):
        return ()
    there = [part.expression for index in table.indexes for part in index.parts]
    return (*wanted, *there, *(index.where for index in table.indexes))
