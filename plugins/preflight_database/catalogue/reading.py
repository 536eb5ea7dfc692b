"""One connection's look at a database, shared by every kind of check: each thing is read once, when first wanted."""

from __future__ import annotations

import difflib
import gc
from collections.abc import Iterable
from functools import cached_property
from typing import Protocol

from preflight.garbage import no_garbage_collection
from preflight_database.catalogue import mysql, postgres, sqlite
from preflight_database.catalogue.model import Catalogue, Server, Setting, Table
from preflight_database.session import Session
from preflight_database.url import Dialect


class _Reader(Protocol):
    def read(self, session: Session) -> Catalogue: ...
    def server(self, session: Session) -> Server: ...
    def settings(self, session: Session) -> list[Setting]: ...


MOST_NAMES = 12
_READERS: dict[Dialect, _Reader] = {"postgresql": postgres, "mysql": mysql, "sqlite": sqlite}


class Reading:
    """Whatever is asked raises CannotReadError where the database cannot be read."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._reader = _READERS[session.plan.location.dialect]

    @cached_property
    def catalogue(self) -> Catalogue:
        with no_garbage_collection():
            catalogue = self._reader.read(self.session)
            # Hundreds of thousands of objects in which there is no cycle, and observations will hold many of them.
            gc.freeze()
            return catalogue

    @cached_property
    def server(self) -> Server:
        return self._reader.server(self.session)

    @cached_property
    def settings(self) -> dict[str, Setting]:
        """By their names in small letters."""
        return {setting.name.lower(): setting for setting in self._reader.settings(self.session)}

    @cached_property
    def tables(self) -> dict[str, Table]:
        return self.catalogue.by_name()

    def table(self, name: str) -> Table | None:
        """By its name; where nothing has just that, by its only match in other capitals, as SQL would find it."""
        if name in self.tables:
            return self.tables[name]
        alike = [table for known, table in self.tables.items() if known.lower() == name.lower()]
        return alike[0] if len(alike) == 1 else None

    def tables_like(self, name: str) -> tuple[str, ...]:
        """The names nearest to one that no table has."""
        return nearest(name, self.tables)


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Those that look like it, or else some of them, so that an observation need not hold them all."""
    names = sorted(known)
    return tuple(difflib.get_close_matches(name, names, MOST_NAMES, 0.6)) or tuple(names[:MOST_NAMES])
