"""What a PostgreSQL database knows of its health beyond the catalogue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from preflight_database.health.facts import postgres_counters
from preflight_database.health.facts import postgres_queries as queries
from preflight_database.health.facts.base import (
    Collation,
    Facts,
    Loaded,
    NamedState,
    Numbered,
    Place,
    Scans,
    Size,
    TableScans,
    apart,
)

# Their order is that of the bytes, which no version changes.
_UNVERSIONED = re.compile(r"(C|POSIX|C\..*)$", re.I)
_ROLES = {"D": "is disabled", "R": "fires in replica sessions only"}


class PostgresFacts(Facts):
    def rows(self, statement: str, *parameters: str) -> Sequence[Any]:
        return apart(self, lambda: self.reading.session.rows(statement, *parameters))

    @property
    def version(self) -> int:
        """The major one."""
        found = re.match(r"\d+", self.catalogue.server.version)
        return int(found[0]) if found else 0

    @cached_property
    def parents(self) -> dict[Place, Place]:
        return {(schema, name): (above, parent) for schema, name, above, parent in self.rows(queries.PARTITIONS)}

    @cached_property
    def inherited(self) -> frozenset[tuple[str, str, str]]:
        return frozenset((schema, table, name) for schema, table, name in self.rows(queries.INHERITED))

    @cached_property
    def _feeds(self) -> list[postgres_counters.Feed]:
        return postgres_counters.feeds(self)

    @cached_property
    def counters(self) -> list[Numbered]:
        return [feed.numbered() for feed in self._feeds]

    @cached_property
    def numbered(self) -> list[Numbered]:
        return postgres_counters.numbered(self, self._feeds)

    @cached_property
    def loaded(self) -> list[Loaded]:
        known = {place: table.has_statistics for place, table in self.tables.items()}
        found = []
        for schema, name, size, changed, rows, unseen in self.rows(queries.LOADED):
            has = known.get((schema, name))
            # What a session does is counted up to a second later: what it loaded, after it has analysed that.
            many = int(changed or 0) > 2 * max(int(rows), 50)
            if size and (not has or many):
                hidden = not has and bool(unseen)
                found.append(
                    Loaded((schema, name), int(size), int(changed or 0) if many else 0, int(rows), bool(has), hidden)
                )
        return found

    @cached_property
    def null_shares(self) -> dict[tuple[str, str, str], float]:
        """By (schema, table, column), where it is not next to nothing."""
        return {(schema, table, column): share for schema, table, column, share in self.rows(queries.NULLS)}

    @cached_property
    def _window(self) -> tuple[float, int, bool]:
        ((seconds, replicas, recovery),) = self.rows(queries.WINDOW)
        return float(seconds), int(replicas), bool(recovery)

    @cached_property
    def scans(self) -> Scans:
        of = {(schema, table, index): int(scans or 0) for schema, table, index, scans in self.rows(queries.SCANS)}
        seconds, replicas, recovery = self._window
        elsewhere = remedy = ""
        if recovery:
            elsewhere = "this is a standby, and what its primary and other standbys use is not counted here"
            remedy = "look at the primary and at each standby"
        elif replicas:
            elsewhere = f"{replicas} standby or other replication client is connected: what it uses is not counted here"
            remedy = "look at each standby as well (pg_stat_user_indexes there)"
        return Scans(of, seconds, elsewhere, remedy)

    @cached_property
    def table_scans(self) -> list[TableScans]:
        return [TableScans((schema, table), int(scans), int(rows), int(index), int(size or 0))
                for schema, table, scans, rows, index, size in self.rows(queries.TABLE_SCANS)]  # fmt: skip

    @cached_property
    def unenforced(self) -> list[NamedState]:
        found = [NamedState((schema, table), name, "its triggers are disabled", {"tables": tables})
                 for schema, table, name, tables in self.rows(queries.UNENFORCED)]  # fmt: skip
        found += [NamedState((schema, table), name, "it is NOT ENFORCED")
                  for schema, table, name, kind in self._not_enforced if kind == "f"]  # fmt: skip
        if replica_role(self):
            found.append(NamedState(None, "session_replication_role", "it is replica in new sessions"))
        return found

    @cached_property
    def unenforced_checks(self) -> list[NamedState]:
        return [NamedState((schema, table), name, "it is NOT ENFORCED")
                for schema, table, name, kind in self._not_enforced if kind == "c"]  # fmt: skip

    @cached_property
    def _not_enforced(self) -> Sequence[Any]:
        return self.rows(queries.NOT_ENFORCED) if self.version >= 18 else ()

    @cached_property
    def disabled_triggers(self) -> list[NamedState]:
        found = [NamedState((schema, table), name, _ROLES[state])
                 for schema, table, name, state in self.rows(queries.TRIGGERS)]  # fmt: skip
        told = {(one.place, one.name) for one in found}
        return [one for one in found if one.place is None or (self.parents.get(one.place), one.name) not in told]

    @cached_property
    def sizes(self) -> list[Size]:
        return [Size((schema, table), index, int(size), float(rows), None if not known else float(width or 0), fill)
                for schema, table, index, size, rows, width, known, fill in self.rows(queries.SIZES)]  # fmt: skip

    @cached_property
    def materialised(self) -> frozenset[Place]:
        return frozenset((schema, name) for schema, name in self.rows(queries.MATERIALISED))

    @cached_property
    def collations(self) -> list[Collation]:
        name, locale, recorded, actual = self.rows(
            queries.DATABASE_COLLATION.replace("{versions}", queries.VERSIONS if self.version >= 15 else "null, null")
        )[0]
        found = []
        for oid, own, noted, now, number, some in self.rows(queries.COLLATIONS):
            default = oid == queries.DEFAULT_COLLATION
            if default and self.version < 15 and not _UNVERSIONED.match(locale):
                now = "not to be had before PostgreSQL 15"
            versions = (recorded, actual or now) if default else (noted, now)
            found.append(Collation(name if default else own, *versions, int(number), tuple(some), default))
        return found


def replica_role(facts: Facts) -> bool:
    setting = facts.reading.settings.get("session_replication_role")
    return setting is not None and setting.value == "replica"
