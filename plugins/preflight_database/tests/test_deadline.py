"""Moments of the cutover, by name or written out."""

from __future__ import annotations

from datetime import datetime

import pytest

from preflight.errors import Problem
from preflight.model import Cutover
from preflight.source import Mark
from preflight_database.deadline import clock, moment_at, parse_instant, resolved

NOW = datetime.fromisoformat("2026-12-04T22:00-05:00")
CUTOVER = Cutover(opens="2026-12-04T17:00-05:00", closes="2026-12-05T08:00-05:00")  # type: ignore[arg-type]  # as YAML has it
HERE = Mark("inventory.yaml", 3, 7)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("opens", "2026-12-04T17:00-05:00"),
        ("closes", "2026-12-05T08:00-05:00"),
        ("2026-12-05T04:30+00:00", "2026-12-05T04:30+00:00"),
    ],
)
def test_what_is_meant(written: str, moment: str) -> None:
    found = resolved(parse_instant(written), CUTOVER, HERE, "a")
    assert found == datetime.fromisoformat(moment)
    assert isinstance(found, datetime)
    assert found.isoformat()[-6:] == moment[-6:]


def test_a_moment_that_the_cutover_does_not_have() -> None:
    found = resolved("point_of_no_return", CUTOVER, HERE, "databases.orders.progress.abort_by")
    assert isinstance(found, Problem)
    assert (found.mark, found.path) == (HERE, "databases.orders.progress.abort_by")
    assert found.message.startswith("`cutover.point_of_no_return` is not set: ")


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("close", 'such as 2026-12-05T04:30-05:00; did you mean "closes"?'),
        ("2026-12-05T04:30", "with its offset, such as"),
        ("08:00", "with its offset, such as"),
        (8, "should be opens, point_of_no_return or closes (of the cutover), or a date"),
        (None, "should be opens"),
        (["closes"], "should be opens"),
    ],
)
def test_what_is_refused(written: object, hint: str) -> None:
    with pytest.raises(ValueError, match="should be opens") as error:
        parse_instant(written)
    assert hint in str(error.value)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-12-04T23:10:59-05:00", "23:10 (-05:00)"),
        ("2026-12-05T06:10-05:00", "2026-12-05 06:10 (-05:00)"),
        # What day it is depends on where one stands: the same instant, by a clock in Greenwich.
        ("2026-12-05T04:30+00:00", "04:30 (+00:00)"),
    ],
)
def test_how_it_is_shown(moment: str, shown: str) -> None:
    assert clock(datetime.fromisoformat(moment), NOW) == shown


def test_a_clock_of_the_cutover() -> None:
    assert moment_at(NOW.timestamp() + 3600, NOW).isoformat() == "2026-12-04T23:00:00-05:00"
