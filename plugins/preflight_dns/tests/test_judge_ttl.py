"""Why a TTL is not right: that of every RRset on the way, on every server."""

from __future__ import annotations

import pytest

from preflight.finding import Finding
from preflight_dns.judge import judge
from preflight_dns.tests.said import ALIAS, ELEVEN, ONE, TEN, THREE, TWO, Case, assert_reasons, says, seen, spec_of
from tests.reasons import table

CHAIN = (ALIAS, "shop 86400 CNAME farm.example.com.", "farm 60 A 192.0.2.10")


@table(
    [
        Case("ttl", "type: A, ttl: 300", seen(says(ONE, TEN))),
        Case("ttl-max", "type: A, ttl: {max: 300}", seen(says(ONE, TEN))),
        Case("ttl-min", "type: A, ttl: {min: 300}", seen(says(ONE, TEN))),
        Case("ttl-zero", "type: A, ttl: 0", seen(says(ONE, "www 0 A 192.0.2.10"))),
        Case(
            "ttl-too-long",
            "type: A, ttl: {max: 60}",
            seen(says(ONE, TEN)),
            [f"{ONE}: www.example.com A has 300 s (5m)"],
        ),
        Case("ttl-too-short", "type: A, ttl: 301", seen(says(ONE, TEN)), [f"{ONE}: www.example.com A has 300 s (5m)"]),
        Case(
            "ttl-of-every-alias-on-the-way",
            "type: A, values: [192.0.2.10], ttl: {max: 5m}",
            seen(says(ONE, *CHAIN)),
            [f"{ONE}: shop.example.com CNAME has 86400 s (1d)"],
        ),
        Case(
            "ttl-of-aliases-to-nowhere",
            "type: A, values: [192.0.2.10], ttl: {max: 5m}",
            seen(says(ONE, CHAIN[0], CHAIN[1], rcode="NXDOMAIN")),
            [
                f"{ONE}: a dangling CNAME: www.example.com -> shop.example.com -> farm.example.com, "
                "and farm.example.com does not exist (NXDOMAIN)",
                f"{ONE}: shop.example.com CNAME has 86400 s (1d)",
            ],
        ),
        Case(
            "ttl-and-values",
            "type: A, values: [192.0.2.11], ttl: {max: 60}",
            seen(says(ONE, TEN)),
            [
                f"{ONE}: 192.0.2.10 (missing 192.0.2.11; extra 192.0.2.10)",
                f"{ONE}: www.example.com A has 300 s (5m)",
            ],
        ),
        Case(
            "ttl-differs-by-server",
            "type: A, ttl: {max: 60}",
            seen(says(ONE, TEN), says(TWO, "www 3600 A 192.0.2.10"), says(THREE, TEN)),
            [f"{ONE}, {THREE}: www.example.com A has 300 s (5m)\n{TWO}: www.example.com A has 3600 s (1h)"],
        ),
        Case(
            "ttl-of-all-servers",
            "type: A, ttl: {max: 60}",
            seen(says(ONE, TEN), says(TWO, TEN), says(THREE, TEN)),
            ["all 3 servers: www.example.com A has 300 s (5m)"],
        ),
        Case(
            "mixed",
            "type: A, values: [192.0.2.10, 192.0.2.11]",
            seen(says(ONE, TEN, ELEVEN), says(TWO, TEN, "www 60 A 192.0.2.11")),
            [f"{TWO}: the A records of www.example.com have the TTLs 60, 300"],
        ),
        Case(
            "mixed-and-too-long",
            "type: A, ttl: {max: 60}",
            seen(says(ONE, TEN, "www 60 A 192.0.2.11")),
            [
                f"{ONE}: www.example.com A has 300 s (5m)",
                f"{ONE}: the A records of www.example.com have the TTLs 60, 300",
            ],
        ),
        Case(
            "ttl-of-nothing",
            "type: A, ttl: {max: 60}",
            seen(says(ONE, rcode="NXDOMAIN")),
            [f"{ONE}: NXDOMAIN: no such name"],
        ),
    ]
)
def test_ttl(case: Case) -> None:
    assert_reasons(case)


@pytest.mark.parametrize(
    ("fields", "ttl", "expected", "next_step", "consequence"),
    [
        ("ttl: {max: 300}", 86400, "a TTL of at most 300 s (5m)", "wait 1d for", "for up to 1d after the change"),
        ("ttl: {min: 1h}", 60, "a TTL of at least 3600 s (1h)", "raise it to at least 3600 s", "ask again more often"),
        ("ttl: {min: 60, max: 300}", 301, "a TTL of 60 s (1m) to 300 s (5m)", "wait 5m1s for", "for up to 5m1s"),
        ("ttl: 30", 60, "a TTL of 30 s", "wait 1m for", "for up to 1m after"),
    ],
)
def test_what_to_do_about_a_ttl(fields: str, ttl: int, expected: str, next_step: str, consequence: str) -> None:
    (finding,) = judge(spec_of(f"type: A, {fields}"), seen(says(ONE, f"www {ttl} A 192.0.2.10")))
    assert isinstance(finding, Finding)
    assert finding.expected == expected
    assert next_step in finding.next_step
    assert consequence in finding.consequence
