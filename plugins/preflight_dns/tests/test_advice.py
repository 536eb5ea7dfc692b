"""What follows from a finding, what to do about it, and which findings share a root."""

from __future__ import annotations

import pytest

from preflight_dns.judge import judge
from preflight_dns.observation import NO_ADDRESS, Answer, Observation
from preflight_dns.tests.said import (
    ALIAS,
    CDN,
    CDN_ONE,
    ELEVEN,
    ONE,
    RIGHT,
    TEN,
    TRUNCATED,
    TWO,
    says,
    seen,
    silent,
    spec_of,
    through_cdn,
)


def causes(fields: str, observation: Observation) -> list[str]:
    return [reason.cause for reason in judge(spec_of(fields), observation)]


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        ([says(ONE, TEN), says(TWO, ELEVEN)], f"{TWO} differs from the other servers"),
        ([says(ONE, TEN), says(TWO, rcode="NXDOMAIN")], f"{TWO} differs from the other servers"),
        ([says(ONE, TEN), says(TWO, TEN, aa=False)], f"{TWO} is lame for example.com"),
        ([says(ONE, TEN, aa=False), says(TWO, aa=False)], f"{ONE} and {TWO} are lame for example.com"),
        ([says(ONE, TEN), says(TWO, rcode="SERVFAIL", aa=False)], f"{TWO} answers SERVFAIL"),
        ([says(ONE, rcode="REFUSED", aa=False)], f"{ONE} answers REFUSED"),
        ([says(ONE, TEN), silent(TWO)], f"{TWO} does not answer"),
        ([says(ONE, TEN), silent(TWO, TRUNCATED, dead=False)], f"{TWO} did not answer every question"),
        ([says(ONE, ELEVEN), says(TWO, ELEVEN)], ""),
        ([says(ONE, ELEVEN)], ""),
    ],
)
def test_causes_are_shared_between_records(answers: list[Answer], cause: str) -> None:
    assert causes(RIGHT, seen(*answers)) == [cause]
    other = [Answer(a.server, a.rcode, a.authoritative, (), a.referral, a.unanswered, a.dead) for a in answers]
    if cause.startswith(TWO) and "differs" not in cause:
        assert cause in causes("type: MX, values: [10 mx.example.com]", seen(*other, rdtype="MX"))


def test_a_ttl_of_one_server_has_the_same_root_as_its_values() -> None:
    long = says(TWO, "www 3600 A 192.0.2.10", "www 60 A 192.0.2.11")
    roots = causes(f"{RIGHT}, ttl: {{max: 300}}", seen(says(ONE, TEN), long))
    assert roots == [f"{TWO} differs from the other servers"] * 3
    assert causes("type: A, ttl: {max: 60}", seen(says(ONE, TEN), says(TWO, TEN))) == [""]


def test_a_dead_server_behind_an_alias_is_the_same_root_cause() -> None:
    direct = seen(silent(CDN_ONE), name="www.cdn.example.net.", zone="example.net.")
    spread = through_cdn(silent(CDN_ONE), first=[says(ONE, TEN), says(TWO, CDN)])
    assert causes(RIGHT, direct) == causes(RIGHT, spread) == [f"{CDN_ONE} does not answer"]


@pytest.mark.parametrize(
    ("fields", "answers", "next_step"),
    [
        (RIGHT, [says(ONE, TEN), says(TWO, ELEVEN)], f"bring {TWO} up to date: compare its SOA serial with that of"),
        (RIGHT, [says(ONE, ELEVEN)], "change www.example.com A in the zone example.com on its primary"),
        (RIGHT, [says(ONE)], "create www.example.com A in the zone example.com on its primary"),
        (RIGHT, [says(ONE, rcode="SERVFAIL", aa=False)], f"read the log of {ONE}"),
        (RIGHT, [says(ONE, rcode="REFUSED", aa=False)], f"see whether {ONE} serves the zone example.com"),
        (RIGHT, [says(ONE, TEN, aa=False)], f"configure the zone example.com on {ONE}, or take it out"),
        (RIGHT, [says(ONE, ALIAS, rcode="NXDOMAIN")], "create shop.example.com, or point www.example.com at a name"),
        (
            RIGHT,
            [says(ONE, "www 300 CNAME shop.example.com.example.com.", rcode="NXDOMAIN")],
            "write shop.example.com. in www.example.com CNAME: without the final dot",
        ),
        (RIGHT, [says(ONE, ALIAS, "shop 300 CNAME www.example.com.")], "let one of these CNAMEs end at an address"),
        ("type: A, status: NXDOMAIN", [says(ONE, TEN)], "take www.example.com A out of the zone example.com"),
        ("type: A, status: NXDOMAIN", [says(ONE)], "take www.example.com and all that is below it out of"),
        ("type: A, status: NODATA", [says(ONE, rcode="NXDOMAIN")], "see why www.example.com is not in the zone"),
        ("type: A, status: REFUSED", [says(ONE, TEN)], f"see why {ONE} answers for www.example.com"),
        (RIGHT, [silent(ONE)], f"see whether the name server runs, and whether UDP and TCP to {ONE} are open"),
        (
            RIGHT,
            [Answer("ns9.example.com", unanswered=NO_ADDRESS, dead=True)],
            "give ns9.example.com an address record",
        ),
        (RIGHT, [silent("2001:db8::1", "no IPv6 route from here")], "or write `families: ipv4`"),
    ],
)
def test_next_steps(fields: str, answers: list[Answer], next_step: str) -> None:
    (reason,) = judge(spec_of(fields), seen(*answers))
    assert reason.next_step.startswith(next_step) or next_step in reason.next_step


@pytest.mark.parametrize(
    ("answer", "next_step"),
    [
        (says("192.0.2.54", ELEVEN, aa=False), "flush www.example.com from the cache of 192.0.2.54, or wait"),
        (says("192.0.2.54", aa=False, referral="example.com."), "ask the servers of example.com"),
    ],
)
def test_next_steps_with_resolvers(answer: Answer, next_step: str) -> None:
    right = says("192.0.2.53", TEN, aa=False)
    (reason,) = judge(spec_of(f"{RIGHT}, ask: resolvers"), seen(right, answer, zone=""))
    assert reason.next_step.startswith(next_step)
