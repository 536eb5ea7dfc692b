"""What each server answered, side by side: the rows, and which of them are marked."""

from __future__ import annotations

import pytest

from preflight.finding import Finding
from preflight_dns.answers import answers
from preflight_dns.judge import judge
from preflight_dns.observation import Observation
from preflight_dns.tests.said import (
    ALIAS,
    CDN,
    CDN_ONE,
    CDN_TWO,
    ELEVEN,
    ONE,
    RIGHT,
    TEN,
    THREE,
    TIMEOUT,
    TWELVE,
    TWO,
    hop,
    lookups,
    says,
    seen,
    silent,
    spec_of,
    through_cdn,
)


def test_a_row_for_each_server() -> None:
    table = answers(
        spec_of("type: A, values: [192.0.2.10, 192.0.2.11], ttl: 300"),
        seen(says(ONE, ELEVEN, TEN), says(TWO, TWELVE), silent(THREE)),
    )
    assert table.caption == "A of www.example.com, server by server"
    assert table.columns == ("server", "answer", "TTL")
    assert table.rows == (
        (ONE, "192.0.2.10, 192.0.2.11", "300"), (TWO, "192.0.2.12", "300"), (THREE, f"no answer: {TIMEOUT}", ""),
    )  # fmt: skip
    assert (table.wrong, table.unknown) == ((1,), (2,))


LONG = "www 86400 A 192.0.2.10"


@pytest.mark.parametrize(
    ("spec", "observation", "row", "wrong"),
    [
        (f"{RIGHT}, ttl: {{max: 300}}", seen(says(ONE, LONG)), (ONE, "192.0.2.10", "86400"), True),
        (RIGHT, seen(says(ONE, rcode="NXDOMAIN")), (ONE, "NXDOMAIN: no such name", ""), True),
        ("type: A, status: NXDOMAIN", seen(says(ONE, rcode="NXDOMAIN")), (ONE, "NXDOMAIN: no such name", ""), False),
        ("type: A, status: NXDOMAIN", seen(says(ONE, TEN)), (ONE, "192.0.2.10", "300"), True),
        (RIGHT, seen(says(ONE, TEN, aa=False)), (ONE, "it answers without authority for example.com (lame)", ""), True),
        (RIGHT, seen(says(ONE, rcode="REFUSED")), (ONE, "REFUSED", ""), True),
        ("type: A, ttl: 300", seen(says(ONE, TEN)), (ONE, "192.0.2.10", "300"), False),
        (
            RIGHT,
            seen(says(ONE, ALIAS, "shop 60 A 192.0.2.10")),
            (ONE, "www.example.com -> shop.example.com: 192.0.2.10", "60, 300"),
            False,
        ),
    ],
)
def test_rows(spec: str, observation: Observation, row: tuple[str, ...], wrong: bool) -> None:
    table = answers(spec_of(spec), observation)
    assert table.rows == (row,)
    assert table.wrong == ((0,) if wrong else ())
    assert wrong == any(isinstance(reason, Finding) for reason in judge(spec_of(spec), observation))


def test_servers_that_a_cname_leads_to() -> None:
    leaf = "www.cdn.example.net. 60 A 192.0.2.10"
    table = answers(spec_of(RIGHT), through_cdn(says(CDN_ONE, leaf), says(CDN_TWO, rcode="NXDOMAIN")))
    assert [row[0] for row in table.rows] == [CDN_ONE, CDN_TWO]
    assert table.rows[0][1] == "www.example.com -> www.cdn.example.net: 192.0.2.10"
    assert table.wrong == (1,)


def test_the_addresses_at_the_end_of_a_chain() -> None:
    record = [hop("www", says(ONE, CDN))]
    leaf = "www.cdn.example.net. 60 A 192.0.2.{}"
    there = [
        hop("www.cdn.example.net.", says(CDN_ONE, leaf.format(10)), says(CDN_TWO, leaf.format(12)), zone="example.net.")
    ]
    table = answers(spec_of("type: CNAME, final: [192.0.2.10]"), lookups(("CNAME", record), ("A", there)))
    assert [row[1] for row in table.rows] == ["192.0.2.10", "192.0.2.12"]
    assert table.wrong == (1,)
