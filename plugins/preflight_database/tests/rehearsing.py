"""Loads rehearsed by the tests: two databases, an inventory's lines, and what comes of them, without pytest."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preflight.finding import Finding, NotChecked
from preflight.kind import Batch, Check
from preflight.observe import Handover, Progress
from preflight.testing import assert_serialises, parse
from preflight_database.load.forecast import Forecast
from preflight_database.load.judge import forecasts_of
from preflight_database.load.observation import LoadObservation
from preflight_database.tests.said import DOMAIN, execute
from preflight_database.url import parse as parse_url
from tests.lab import databases
from tests.lab.databases import USER, DatabaseServer

ROWS = 1600
NUMBERS = {
    "postgresql": "(select n from generate_series(1, {rows}) n) g",
    "mysql": "(select seq as n from seq_1_to_{rows}) g",
    "sqlite": "(with recursive c(n) as (select 1 union all select n + 1 from c where n < {rows}) select n from c) g",
}
# A number that looks random, and is the same in all engines.
MIXED = "(n * 7919 % 1000003)"
# With one, servers say what is written behind the load's back.
FLUSHES = {"postgres": ("grant pg_checkpoint to", "revoke pg_checkpoint from"),
           "mariadb": ("grant reload on *.* to", "revoke reload on *.* from")}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A database to load, and one to rehearse in."""

    engine: str
    real: str
    scratch: str

    @property
    def dialect(self) -> str:
        return parse_url(self.real).dialect

    def make(self, *statements: str, rows: int = ROWS, into: str = "t", values: str = "") -> None:
        """Run them in the real database, the last ones after rows are in: `values` of `n`."""
        numbers = NUMBERS[self.dialect].format(rows=rows)
        filled = [f"insert into {into} select {values} from {numbers}"] if values else []
        execute(self.real, *statements, *filled)

    def inventory(self, table: str = "t", rehearse: str = "", load: str = "", rows: int = ROWS, hours: int = 4) -> str:
        batch = "" if "batch:" in rehearse else ", batch: 100"
        more = f", {rehearse}" if rehearse else ""
        return (
            f"allow: [rehearsal]\ndatabases:\n  shop:\n    url: '{self.real}'\n    load:\n      table: '{table}'\n"
            f"      rows: {rows}\n      starts: 2026-12-04T12:00-05:00\n"
            f"      abort_by: 2026-12-04T{12 + hours}:00-05:00\n{load}"
            + ("" if "already" in load else "      already: 0\n")
            + f"      rehearse: {{scratch: '{self.scratch}'{batch}{more}}}\n"
        )

    def check(self, table: str = "t", rehearse: str = "", load: str = "", rows: int = ROWS, hours: int = 4) -> Check:
        (check,) = parse(DOMAIN, self.inventory(table, rehearse, load, rows, hours))
        return check

    def left_in_scratch(self) -> list[str]:
        """Everything in scratch that has a name."""
        if self.dialect == "sqlite":
            return tables_of(parse_url(self.scratch).database)
        statement = "select nspname::text from pg_namespace where nspname !~ '^pg_|^information_schema$|^public$'"
        if self.dialect == "mysql":
            statement = "select table_name from information_schema.tables where table_schema = database()"
        return sorted(name for (name,) in databases.execute(self.scratch, statement))


def tables_of(path: str) -> list[str]:
    if not Path(path).exists():
        return []
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        names = connection.execute(
            "select name from sqlite_master where name not like 'sqlite!_%' escape '!'"
        ).fetchall()
    finally:
        connection.close()
    return sorted(name for (name,) in names)


class Run(Handover):
    """Takes in what a probe hands in, and what it tells on the way."""

    def __init__(self, hear: Callable[[Run, Progress], object] = lambda *_: None) -> None:
        self.seen: list[Any] = []
        self.told: list[str] = []
        super().__init__([KEY], lambda pair: self.seen.append(pair[1]), self._hear)
        self._also = hear

    def _hear(self, pair: tuple[Any, Progress]) -> None:
        self.told.append(pair[1].doing)
        assert 0 <= pair[1].share <= 1.001
        self._also(self, pair[1])


KEY = ("testing", "load")


def rehearsed(
    check: Check, hear: Callable[[Run, Progress], object] = lambda *_: None, deadline: float | None = None
) -> LoadObservation | NotChecked:
    run = Run(hear)
    check.kind.probe(Batch(check.kind, ((KEY, check.spec),), check.shared, deadline), run)
    if not run.seen and run.stopped:  # nobody took it in
        return NotChecked("stopped")
    (seen,) = run.seen
    if isinstance(seen, LoadObservation):
        assert_serialises(check.kind, seen)
    assert isinstance(seen, LoadObservation | NotChecked)
    return seen


def measured(check: Check) -> LoadObservation:
    seen = rehearsed(check)
    assert isinstance(seen, LoadObservation), seen
    assert not seen.unlike, seen.unlike
    assert not seen.changed, seen.changed
    assert seen.repeats
    return seen


def refused(check: Check) -> NotChecked:
    seen = rehearsed(check)
    assert isinstance(seen, NotChecked), seen
    return seen


def reasons(check: Check) -> Sequence[Finding | NotChecked]:
    return check.kind.judge(check.spec, measured(check))


def forecasts(check: Check, seen: LoadObservation) -> dict[str, Forecast]:
    return {one.arm: one for one in forecasts_of(check.spec, seen)}


@contextmanager
def may_flush(engine: str, server: DatabaseServer) -> Iterator[None]:
    grant, revoke = FLUSHES[engine]
    server.execute(f"{grant} {USER}")
    try:
        yield
    finally:
        server.execute(f"{revoke} {USER}")
