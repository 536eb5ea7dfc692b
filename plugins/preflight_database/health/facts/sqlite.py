"""What an SQLite file knows of its health beyond the catalogue.

https://www.sqlite.org/pragma.html
"""

from __future__ import annotations

from functools import cached_property

from preflight_database.catalogue.model import Index, Part, Table
from preflight_database.health.cover import ROWID_KEY
from preflight_database.health.facts.base import Facts, Loaded, NamedState

_KEYS = """select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c
    where m.type = 'table' and c.pk > 0 order by m.name, c.pk"""
# An index lookup for each row of each table that refers to another.
_BROKEN = """select "table", parent, fkid, count(*) from pragma_foreign_key_check group by 1, 2, 3"""
_CHUNK = 400  # SQLite joins 500 at most


class SQLiteFacts(Facts):
    @cached_property
    def _keys(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for table, column in self.rows(_KEYS):
            found[table] = (*found.get(table, ()), column)
        return found

    def key(self, table: Table) -> tuple[str, ...]:
        """An INTEGER PRIMARY KEY is the row's own number, and has no index."""
        return self._keys.get(table.name, ())

    def primary(self, table: Table) -> Index | None:
        found = super().primary(table)
        if found is None and (key := self.key(table)):
            part = Part(key[0], nulls_first=True, effective_collation="BINARY")
            return Index(ROWID_KEY, (part,), unique=True, constraint="primary key")
        return found

    @cached_property
    def loaded(self) -> list[Loaded]:
        unknown = [(table.schema, table.name) for table in self.catalogue.tables if not table.has_statistics]
        pieces = [f"select {at} where exists (select 1 from {_quoted(name)})" for at, (_, name) in enumerate(unknown)]
        return [Loaded(unknown[row[0]]) for row in self.in_chunks(pieces, _CHUNK, " union all ")]

    @cached_property
    def unenforced(self) -> list[NamedState]:
        """Rows that no connection held to their foreign key: each has to ask for it with PRAGMA foreign_keys = ON."""
        return [NamedState(("main", table), f"{table} to {parent}", "rows break it", {"rows": number, "at": at})
                for table, parent, at, number in self.rows(_BROKEN)]  # fmt: skip


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
