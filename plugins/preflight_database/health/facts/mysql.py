"""What a MySQL or MariaDB database knows of its health beyond the catalogue.

https://dev.mysql.com/doc/refman/8.0/en/information-schema.html, .../performance-schema.html
"""

from __future__ import annotations

from functools import cached_property

from preflight_database.health.case import Counter
from preflight_database.health.facts.base import Facts, Loaded, NamedState, Numbered, Scans

# MySQL shows what it has of these from a cache that is a day old; MariaDB has none.
_FRESH = "set session information_schema_stats_expiry = 0"
_NEXT = """select table_name, auto_increment from information_schema.tables
    where table_schema = database() and auto_increment is not null"""
# The rows are counted as they come; how many values a key has is known from when statistics were made. Those of a
# primary key are as many as its rows.
_KNOWN = """select t.table_name, t.table_rows, max(s.cardinality)
    from information_schema.tables t join information_schema.statistics s
      on s.table_schema = t.table_schema and s.table_name = t.table_name and s.index_name = 'PRIMARY'
    where t.table_schema = database() and t.table_rows > 0 group by t.table_name, t.table_rows"""
FEW = 100  # rows that no plan depends on
_SCANS = """select object_name, index_name, count_star from performance_schema.table_io_waits_summary_by_index_usage
    where object_schema = database() and index_name is not null"""
# The list of processes shows an ordinary user none but its own, and does not say so; this one is denied or whole.
_REPLICAS = "select count(*) from performance_schema.threads where processlist_command like 'Binlog Dump%'"


class MySQLFacts(Facts):
    def _fresh(self) -> None:
        if self.catalogue.server.engine == "mysql":
            self.reading.session.connection.exec_driver_sql(_FRESH)

    @cached_property
    def counters(self) -> list[Numbered]:
        self._fresh()
        after = {str(name): int(number) for name, number in self.rows(_NEXT)}
        return [Numbered(place, Counter(column.name, column.type, after[table.name]))
                for place, table in self.tables.items() if table.name in after
                for column in table.columns if column.identity]  # fmt: skip

    @cached_property
    def loaded(self) -> list[Loaded]:
        """Tables of whose rows the server counts many more than its statistics know of."""
        self._fresh()
        found = ((str(name), int(rows), int(known or 0)) for name, rows, known in self.rows(_KNOWN))
        return [Loaded((self.catalogue.search_path[0], name), changed=rows - known, of=known, has_statistics=True)
                for name, rows, known in found if rows > max(2 * known, FEW)]  # fmt: skip

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
