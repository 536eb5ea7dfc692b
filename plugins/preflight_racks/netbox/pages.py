"""Whole tables of NetBox, page by page, several pages at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from preflight_racks.netbox import refusal
from preflight_racks.netbox.client import Client, Page
from preflight_racks.netbox.crew import Crew
from preflight_racks.netbox.rows import Row
from preflight_racks.netbox.source import NetBox
from preflight_racks.netbox.tables import Wanted

# How often a table is read anew since it changed meanwhile.
ROUNDS = 3
# A server that sends a byte now and then never runs into a timeout.
LONGEST_PAGE = 300.0
GLANCE = 0.1

Progress = Callable[[float, str], None]
Tables = Mapping[Wanted, list[Row]]


@dataclass(slots=True)
class _Reading:
    """How far one table is."""

    wanted: Wanted
    pages: dict[int, Page] = field(default_factory=dict)
    asked: int = 1
    rounds: int = 1

    @property
    def complete(self) -> bool:
        return len(self.pages) == self.asked

    def rest(self) -> list[int]:
        """Where the other pages begin, once the first is there. Servers make pages smaller than we ask for."""
        first = self.pages[0]
        size = len(first.rows)
        return list(range(size, first.count, size)) if 0 < size < first.count else []

    def rows(self) -> list[Row] | None:
        """All of them, in order; None if the table changed while it was read."""
        found = {row["id"]: row for offset in sorted(self.pages) for row in self.pages[offset].rows}
        return list(found.values()) if {page.count for page in self.pages.values()} == {len(found)} else None


class Reader:
    """Reads tables.

    Args:
        deadline: `time.time()`.
        stopped: says whether nobody waits any more.
        progress: is told the share of the pages known so far that are there, and what was read last.
    """

    def __init__(self, source: NetBox, deadline: float | None, stopped: Callable[[], bool], progress: Progress) -> None:
        self._source, self._deadline, self._stopped, self._progress = source, deadline, stopped, progress
        self._client = Client(source, deadline)
        self._crew: Crew[tuple[_Reading, int], Page] = Crew(
            lambda job: self._client.page(job[0].wanted, job[1]), source.connections
        )

    def close(self) -> None:
        self._crew.dismiss()
        self._client.close()

    @property
    def requests(self) -> int:
        return self._client.session.sent

    def read(self, wanted: Iterable[Wanted]) -> Tables:
        """Each table's records, by id.

        Raises:
            refusal.Refused: one of them was not to be had.
        """
        readings = [_Reading(each) for each in dict.fromkeys(wanted)]
        for reading in readings:
            self._crew.give((reading, 0))
        tables: dict[Wanted, list[Row]] = {}
        for reading, rows in self._completed(readings):
            tables[reading.wanted] = rows
        return tables

    def _completed(self, readings: list[_Reading]) -> Iterator[tuple[_Reading, list[Row]]]:
        left = len(readings)
        while left:
            reading, offset, page = self._next()
            reading.pages[offset] = page
            if offset == 0:
                rest = reading.rest()
                reading.asked = 1 + len(rest)
                for start in rest:
                    self._crew.give((reading, start))
            self._tell(readings, reading)
            if reading.complete:
                rows = reading.rows()
                if rows is None:
                    self._anew(reading)
                else:
                    left -= 1
                    yield reading, rows

    def _next(self) -> tuple[_Reading, int, Page]:
        while True:
            done = self._crew.take(GLANCE)
            if self._stopped() or (self._deadline is not None and time.time() >= self._deadline):
                raise refusal.out_of_time(self._source)
            if done is not None:
                (reading, offset), page = done
                return reading, offset, page
            if self._crew.longest > LONGEST_PAGE:
                raise refusal.too_slow(self._source, LONGEST_PAGE)

    def _anew(self, reading: _Reading) -> None:
        if reading.rounds == ROUNDS:
            raise refusal.unsteady(self._source, reading.wanted.table)
        reading.pages, reading.asked, reading.rounds = {}, 1, reading.rounds + 1
        self._crew.give((reading, 0))

    def _tell(self, readings: list[_Reading], last: _Reading) -> None:
        pages, asked = sum(len(each.pages) for each in readings), sum(each.asked for each in readings)
        rows, of = sum(len(page.rows) for page in last.pages.values()), max(page.count for page in last.pages.values())
        self._progress(pages / asked, f"{last.wanted.table.name}: {rows:,} of {of:,}")
