"""What a MySQL or MariaDB database knows of its health beyond the catalogue.

https://dev.mysql.com/doc/refman/8.0/en/information-schema.html, .../performance-schema.html
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from preflight_database.health.case import Counter
from preflight_database.health.facts.base import Facts, Loaded, NamedState, Numbered, Scans

# MySQL shows what it has of these from a cache that is a day old; MariaDB has none.
_FRESH = "set session information_schema_stats_expiry = 0"
_NEXT = """select table_name, auto_increment, table_rows from information_schema.tables
    where table_schema = database() and table_type in ('BASE TABLE', 'SYSTEM VERSIONED')"""
_SCANS = """select object_name, index_name, count_star from performance_schema.table_io_waits_summary_by_index_usage
    where object_schema = database() and index_name is not null"""
_REPLICAS = "select count(*) from information_schema.processlist where command like 'Binlog Dump%'"
_CHUNK = 200


class MySQLFacts(Facts):
    @cached_property
    def _figures(self) -> dict[str, tuple[int | None, int]]:
        """By table: the next AUTO_INCREMENT, and the estimate of rows."""
        if self.catalogue.server.engine == "mysql":
            self.reading.session.connection.exec_driver_sql(_FRESH)
        return {name: (None if after is None else int(after), int(rows or 0)) for name, after, rows in self.rows(_NEXT)}

    @cached_property
    def counters(self) -> list[Numbered]:
        found = []
        for place, table in self.tables.items():
            column = next((column for column in table.columns if column.identity), None)
            after = self._figures.get(table.name, (None, 0))[0]
            if column is not None and after is not None:
                found.append(Numbered(place, Counter(column.name, column.type, after)))
        return found

    @cached_property
    def numbered(self) -> list[Numbered]:
        """An AUTO_INCREMENT column leads an index: its end tells the highest number at once."""
        pieces = [
            f"(select {number}, max({_quoted(one.counter.column)}) from {_quoted(one.place[1])})"
            for number, one in enumerate(self.counters)
        ]
        highest = {int(number): value for number, value in self.in_chunks(pieces, _CHUNK, " union all ")}
        return [
            replace(one, counter=replace(one.counter, highest=None if highest[at] is None else int(highest[at])))
            for at, one in enumerate(self.counters)
        ]

    @cached_property
    def loaded(self) -> list[Loaded]:
        """Tables for whose rows the estimate is none: those who have one are asked whether they have a row."""
        empty = [place for place, table in self.tables.items() if not self._figures.get(table.name, (None, 1))[1]]
        pieces = [f"(select {at} from {_quoted(name)} limit 1)" for at, (_, name) in enumerate(empty)]
        return [Loaded(empty[int(row[0])]) for row in self.in_chunks(pieces, _CHUNK, " union all ")]

    @cached_property
    def scans(self) -> Scans:
        if self._setting("performance_schema") != "ON":
            return Scans({}, None, "the server does not count it: performance_schema is OFF",
                         "set performance_schema = ON in the configuration, and restart the server")  # fmt: skip
        seconds = float(self.rows("show global status like 'Uptime'")[0][1])
        of = {(table.schema, table.name, index.name): 0 for table in self.catalogue.tables for index in table.indexes}
        of |= {(self.catalogue.search_path[0], str(table), str(index)): int(number)
               for table, index, number in self.rows(_SCANS)}  # fmt: skip
        replicas = int(self.rows(_REPLICAS)[0][0])
        elsewhere = f"{replicas} replica is connected: what it uses is not counted here" if replicas else ""
        return Scans(of, seconds, elsewhere, "look at each replica as well" if replicas else "")

    @cached_property
    def unenforced(self) -> list[NamedState]:
        off = self._setting("foreign_key_checks") == "OFF"
        return [NamedState(None, "foreign_key_checks", "it is OFF for new sessions")] if off else []

    @cached_property
    def unenforced_checks(self) -> list[NamedState]:
        off = self._setting("check_constraint_checks") == "OFF"
        return [NamedState(None, "check_constraint_checks", "it is OFF for new sessions")] if off else []

    def _setting(self, name: str) -> str:
        setting = self.reading.settings.get(name)
        return "" if setting is None else setting.value


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
