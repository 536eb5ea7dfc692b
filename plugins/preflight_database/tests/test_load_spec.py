"""What one may write under `load:`, and what is refused, at its very place."""

from __future__ import annotations

import re

import pytest

from preflight.secret import MASK
from preflight.testing import assert_refused, parse
from preflight_database.tests.said import DOMAIN

HEAD = "allow: [rehearsal]\ncutover: {name: x, opens: 2026-12-04T17:00-05:00, closes: 2026-12-05T08:00-05:00}\n"
URL = "postgresql://preflight:Zebra@db-1/shop"
SCRATCH = "postgresql://preflight@db-2/scratch"


def written(load: str, rehearse: str = f"scratch: '{SCRATCH}'", url: str = URL, head: str = HEAD) -> str:
    return f"{head}databases:\n  shop:\n    url: '{url}'\n    load: {{{load}, rehearse: {{{rehearse}}}}}\n"


GOOD = "table: t, rows: 120_000_000, abort_by: closes"


@pytest.mark.parametrize(
    ("load", "rehearse", "message"),
    [
        ("table: t, rows: »-1, abort_by: closes", "", "should be a number above 0, such as 120_000_000"),
        ("table: t, rows: »12 million, abort_by: closes", "", "should be a number above 0"),
        ("table: t, rows: »true, abort_by: closes", "", "should be a number above 0"),
        ("table: »a.b.c, rows: 1, abort_by: closes", "", "should be a table"),
        ("table: t, rows: 1, abort_by: closes, already: »-1", "", "should be a number above 0"),
        ("table: t, rows: 1, abort_by: closes, supply: »0", "", "should be a number above 0"),
        ("table: t, rows: 1, abort_by: closes, time_to_go_back: »soon", "", "should be a length of time"),
        ("table: t, rows: 1, abort_by: »closed", "", 'did you mean "closes"?'),
        ("table: t, rows: 1, abort_by: »2026-12-05T04:30", "", "offset"),
        ("table: t, rows: 1, abort_by: »point_of_no_return", "", "`cutover.point_of_no_return` is not set"),
        ("table: t, rows: 1, abort_by: closes, starts: »point_of_no_return", "", "is not set: set it"),
        ("table: t, rows: 1, abort_by: »opens", "", "leaves no time: the load starts at 2026-12-04 17:00-05:00"),
        ("table: t, rows: 1, abort_by: »closes, time_to_go_back: 15h", "", "leaves no time"),
        (GOOD, "arms: [»defered]", 'did you mean "deferred"?'),
        (GOOD, "arms: »[]", "should be deferred, present or both"),
        (GOOD, "arms: »[present, present]", "should be deferred, present or both"),
        (GOOD, "repeats: »2", "greater than or equal to 3"),
        (GOOD, "batch: »0", "should be a number above 0"),
        (GOOD, "limit: »0s", "should be a length of time above 0"),
        (GOOD, "»row: 5", 'did you mean "rows"?'),
        (GOOD, "unlike: »fsync", "should be a list"),
    ],
)
def test_what_is_refused(load: str, rehearse: str, message: str) -> None:
    assert_refused(DOMAIN, written(load, f"scratch: '{SCRATCH}'" + (f", {rehearse}" if rehearse else "")), message)


@pytest.mark.parametrize(
    ("scratch", "message"),
    [
        ("»nowhere", "should be a URL"),
        ("»postgresql://db-1", "should end in the name of a database"),
        ("»oracle://db-1/x", "cannot be read by its scheme"),
    ],
)
def test_where_scratch_cannot_be(scratch: str, message: str) -> None:
    mark, rest = ("»", scratch[1:]) if scratch.startswith("»") else ("", scratch)
    assert_refused(DOMAIN, written(GOOD, f"scratch: {mark}'{rest}'"), message)


@pytest.mark.parametrize(
    ("rehearse", "url", "message"),
    [
        ("scratch: 'mysql://a@b/c'", URL, "is no PostgreSQL, as the database that is loaded is"),
        ("scratch: 'postgresql://another@db-1/shop'", URL, "is the real database itself"),
        (f"scratch: '{SCRATCH}', pragmas: {{synchronous: off}}", URL, "are SQLite's"),
        ("scratch: 'sqlite:///s.db', pragmas: {'a; drop': off}", "sqlite:///shop.db", "should be a name and a word"),
        ("scratch: 'sqlite:///s.db', pragmas: {a: '1; drop table t'}", "sqlite:///shop.db", "should be a name and a"),
        ("scratch: 'sqlite:///./shop.db'", "sqlite:///shop.db", "is the real database itself"),
    ],
)
def test_what_does_not_go_together(rehearse: str, url: str, message: str) -> None:
    text = written(GOOD, rehearse, url).replace("rehearse: {", "rehearse: »{")
    assert_refused(DOMAIN, text, message)


def test_it_has_to_be_allowed() -> None:
    text = written(GOOD, head=HEAD.partition("\n")[2]).replace("rehearse: {", "rehearse: »{")
    assert_refused(DOMAIN, text, "makes, fills and drops tables in a scratch database: write `allow: [rehearsal]`")


def test_several_loads_of_a_database() -> None:
    two = written(GOOD).replace("load: {", "load:\n      - {", 1) + f"      - {{{GOOD.replace('table: t', 'table: u')}"
    two += f", phase: [before, during], rehearse: {{scratch: '{SCRATCH}'}}}}\n"
    assert [check.id for check in parse(DOMAIN, two)] == [
        "database.load[shop/t:before]", "database.load[shop/u:before+during]"]  # fmt: skip


def test_what_would_be_contacted_as_whom() -> None:
    (check,) = parse(DOMAIN, written(GOOD))
    assert check.kind.contacts(check.spec, check.shared) == (
        "logs in to PostgreSQL as preflight, database shop at db-1 port 5432, and reads rows of it; makes, fills and "
        "drops tables as preflight in database scratch at db-2 port 5432, from this machine"
    )
    # The same user has the same password.
    assert check.shared.scratch.location.password.reveal() == "Zebra"
    assert "Zebra" not in repr(check.shared) + repr(check.spec)
    assert MASK in repr(check.spec)


def test_the_time_there_is() -> None:
    (check,) = parse(DOMAIN, written(GOOD + ", time_to_go_back: 1h"))
    assert re.fullmatch(r"2026-12-05 07:00:00-05:00", str(check.spec.until))
    assert check.spec.available == 14 * 3600
    assert (check.spec.total, check.spec.already, check.spec.rehearse.arms) == (
        120_000_000, None, ("deferred", "present"))  # fmt: skip
