"""What preflight says of a database: from an inventory's lines to reasons, without pytest."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from preflight.finding import Finding, NotChecked
from preflight.kind import Check
from preflight.testing import assert_serialises, observe_all, parse
from preflight_database.catalogue.model import Catalogue, Index, Table
from preflight_database.catalogue.reading import Reading
from preflight_database.plan import Plan
from preflight_database.plugin import pytest_preflight_domain
from preflight_database.session import opened
from preflight_database.url import parse as parse_url
from tests.lab import databases

DOMAIN = pytest_preflight_domain()
Reason = Finding | NotChecked


def execute(url: str, *statements: str) -> None:
    """Run statements in a database of any engine."""
    if not url.startswith("sqlite"):
        databases.execute(url, *statements)
        return
    connection = sqlite3.connect(parse_url(url).database)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def inventory(url: str, entries: Sequence[str] = (), settings: str = "") -> str:
    lines = "".join(f"    - {{{entry}}}\n" for entry in entries)
    text = f"databases:\n  orders:\n    url: '{url}'\n"
    return text + (f"    indexes:\n{lines}" if lines else "") + (f"    settings: {{{settings}}}\n" if settings else "")


def checks(url: str, *entries: str, settings: str = "") -> list[Check]:
    return parse(DOMAIN, inventory(url, entries, settings))


def judged(url: str, *entries: str, settings: str = "") -> list[list[Reason]]:
    """The reasons of each check, in the order in which they are written."""
    return reasons(checks(url, *entries, settings=settings))


def reasons(looked_at: Sequence[Check]) -> list[list[Reason]]:
    result = []
    for check in looked_at:
        (seen,) = observe_all(check.kind, check.spec, shared=check.shared)
        if isinstance(seen, NotChecked):
            result.append([seen])
        else:
            assert_serialises(check.kind, seen)
            result.append(list(check.kind.judge(check.spec, seen)))
    return result


def one(url: str, entry: str = "", settings: str = "") -> Reason:
    """The one reason of the one check."""
    ((reason,),) = judged(url, *([entry] if entry else []), settings=settings)
    return reason


def finding(url: str, entry: str = "", settings: str = "") -> Finding:
    reason = one(url, entry, settings)
    assert isinstance(reason, Finding), reason
    return reason


def unknown(url: str, entry: str = "", settings: str = "") -> NotChecked:
    reason = one(url, entry, settings)
    assert isinstance(reason, NotChecked), reason
    return reason


def catalogue(url: str) -> tuple[Catalogue, int]:
    """What is in a database, and how many queries that took."""
    plan = Plan("orders", parse_url(url))
    with opened(plan, lambda: False, None) as session:
        return Reading(session).catalogue, session.asked


def table(url: str, name: str) -> Table:
    return catalogue(url)[0].by_name()[name]


def index(url: str, name: str) -> Index:
    (found,) = (index for table in catalogue(url)[0].tables for index in table.indexes if index.name == name)
    return found
