"""Why a record is not right: what the inventory says, what servers said, and the reasons given."""

from __future__ import annotations

import pytest

from preflight.finding import Finding
from preflight_dns.judge import judge
from preflight_dns.observation import ADDRESS_UNKNOWN, NO_ADDRESS, Answer, Hop, Lookup, Observation
from preflight_dns.tests.said import (
    ELEVEN,
    ONE,
    RIGHT,
    TEN,
    THREE,
    TIMEOUT,
    TRUNCATED,
    TWELVE,
    TWO,
    Case,
    assert_reasons,
    says,
    seen,
    silent,
    spec_of,
)
from tests.reasons import table, text

WANTED = "type: A, values: [192.0.2.10, 192.0.2.11]"
EXTRA = f"{ONE}: 192.0.2.10, 192.0.2.11, 192.0.2.12"
OTHER = f"{ONE}: 192.0.2.10, 192.0.2.12"


@table(
    Case(f"{match}-{name}", f"{WANTED}, match: {match}", seen(says(ONE, *served)), [observed] if observed else [])
    for match, name, served, observed in [
        ("exact", "same", [TEN, ELEVEN], ""),
        ("exact", "other-order", [ELEVEN, TEN], ""),
        ("exact", "twice", [ELEVEN, TEN, TEN], ""),
        ("exact", "less", [TEN], f"{ONE}: 192.0.2.10 (missing 192.0.2.11)"),
        ("exact", "more", [TEN, ELEVEN, TWELVE], f"{EXTRA} (extra 192.0.2.12)"),
        ("exact", "other", [TEN, TWELVE], f"{OTHER} (missing 192.0.2.11; extra 192.0.2.12)"),
        ("subset", "same", [TEN, ELEVEN], ""),
        ("subset", "less", [TEN], f"{ONE}: 192.0.2.10 (missing 192.0.2.11)"),
        ("subset", "more", [TEN, ELEVEN, TWELVE], ""),
        ("subset", "other", [TEN, TWELVE], f"{OTHER} (missing 192.0.2.11)"),
        ("superset", "same", [TEN, ELEVEN], ""),
        ("superset", "less", [TEN], ""),
        ("superset", "more", [TEN, ELEVEN, TWELVE], f"{EXTRA} (extra 192.0.2.12)"),
        ("superset", "other", [TEN, TWELVE], f"{OTHER} (extra 192.0.2.12)"),
        ("any", "same", [TEN, ELEVEN], ""),
        ("any", "less", [TEN], ""),
        ("any", "other", [TEN, TWELVE], ""),
        ("any", "none", [TWELVE], f"{ONE}: 192.0.2.12"),
    ]
)
def test_match(case: Case) -> None:
    assert_reasons(case)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (WANTED, "A 192.0.2.10, 192.0.2.11, on each of 2 servers"),
        (f"{WANTED}, match: subset", "A at least 192.0.2.10, 192.0.2.11, on each of 2 servers"),
        (f"{WANTED}, match: superset", "A none but 192.0.2.10, 192.0.2.11, on each of 2 servers"),
        (f"{WANTED}, match: any", "A one of 192.0.2.10, 192.0.2.11, on each of 2 servers"),
        ("type: A, ttl: 300", "an RRset of type A, on each of 2 servers"),
        ("type: A, status: NXDOMAIN", "NXDOMAIN: no such name, on each of 2 servers"),
        ("type: TXT, values: [some text]", 'TXT "some text", on each of 2 servers'),
    ],
)
def test_what_was_expected(fields: str, expected: str) -> None:
    spec = spec_of(fields)
    nothing = seen(says(ONE), says(TWO), rdtype=spec.type)
    assert [r.expected for r in judge(spec, nothing) if isinstance(r, Finding)] == [expected]


@table(
    [
        Case("txt-chunks", "type: TXT, values: [one text]", seen(says(ONE, 'www 300 TXT "one " "text"'), rdtype="TXT")),
        Case(
            "txt-case",
            "type: TXT, values: [one text]",
            seen(says(ONE, 'www 300 TXT "One text"'), rdtype="TXT"),
            [f'{ONE}: "One text" (missing "one text"; extra "One text")'],
        ),
        Case(
            "other-types-and-names-beside-it",
            "type: A, values: [192.0.2.10]",
            seen(says(ONE, TEN, "www 300 AAAA 2001:db8::1", "ftp 300 A 192.0.2.99")),
        ),
        Case(
            "long-lists-are-cut",
            "type: A, values: [192.0.2.10], match: any",
            seen(says(ONE, *(f"www 300 A 192.0.2.{n}" for n in range(20, 31)))),
            [f"{ONE}: {', '.join(f'192.0.2.{n}' for n in range(20, 28))} and 3 more"],
        ),
    ]
)
def test_comparison(case: Case) -> None:
    assert_reasons(case)


# Seven kinds of no answer

NO_ANSWERS = {
    "NXDOMAIN": (says(ONE, rcode="NXDOMAIN"), f"{ONE}: NXDOMAIN: no such name"),
    "NODATA": (says(ONE), f"{ONE}: no A record (NODATA)"),
    "SERVFAIL": (says(ONE, rcode="SERVFAIL", aa=False), f"{ONE}: SERVFAIL"),
    "REFUSED": (says(ONE, rcode="REFUSED", aa=False), f"{ONE}: REFUSED"),
    "lame": (says(ONE, TEN, aa=False), f"{ONE}: it answers without authority for example.com (lame)"),
    "truncated": (silent(ONE, TRUNCATED, dead=False), f"not checked: {ONE}: {TRUNCATED}"),
    "timeout": (silent(ONE), f"not checked: {ONE}: {TIMEOUT}"),
}


@table(Case(kind, "type: A, values: [192.0.2.10]", seen(a), [reason]) for kind, (a, reason) in NO_ANSWERS.items())
def test_seven_kinds_of_no_answer(case: Case) -> None:
    assert_reasons(case)


def test_each_kind_of_no_answer_reads_differently() -> None:
    spec = spec_of("type: A, values: [192.0.2.10]")
    told = [judge(spec, seen(answer)) for answer, _ in NO_ANSWERS.values()]
    assert len({text(reason) for (reason,) in told}) == 7
    assert len({reason.next_step for (reason,) in told}) >= 5


@table(
    Case(
        f"{status}-expected-{kind}",
        f"type: A, status: {status}",
        seen(answer),
        [] if kind == status else [reason],
    )
    for status in ("NXDOMAIN", "NODATA", "SERVFAIL", "REFUSED")
    for kind, (answer, reason) in {**NO_ANSWERS, "found": (says(ONE, TEN), f"{ONE}: 192.0.2.10")}.items()
)
def test_status(case: Case) -> None:
    assert_reasons(case)


@table(
    [
        Case(
            "an-alias-to-nothing-is-no-nxdomain",
            "type: A, status: NXDOMAIN",
            seen(says(ONE, "www 300 CNAME gone.example.com.", rcode="NXDOMAIN")),
            [f"{ONE}: a dangling CNAME: www.example.com -> gone.example.com, and gone.example.com does not exist "
             "(NXDOMAIN)"],
        ),
        Case("an-odd-rcode", "type: A, ttl: 300", seen(says(ONE, rcode="NOTIMP", aa=False)), [f"{ONE}: NOTIMP"]),
        Case(
            "no-address",
            "type: A, ttl: 300",
            seen(says(ONE, TEN), Answer("ns2.example.com", unanswered=NO_ADDRESS, dead=True)),
            [f"not checked: ns2.example.com: {NO_ADDRESS}"],
        ),
        Case(
            "address-unknown",
            "type: A, ttl: 300",
            seen(says(ONE, TEN), Answer("ns2.example.com", unanswered=f"{ADDRESS_UNKNOWN}: timeout", dead=True)),
            [f"not checked: ns2.example.com: {ADDRESS_UNKNOWN}: timeout"],
        ),
        Case(
            "nobody-to-ask",
            "type: A, ttl: 300",
            Observation((Lookup("A", (Hop("www.example.com.", "", (), "no resolver answers", "get one"),)),)),
            ["not checked: no resolver answers"],
        ),
        Case(
            "no-ipv6-here",
            "type: A, ttl: 300",
            seen(says(ONE, TEN), silent("ns1.example.com 2001:db8::1", "no IPv6 route from here")),
            ["not checked: ns1.example.com 2001:db8::1: no IPv6 route from here"],
        ),
    ]
)  # fmt: skip
def test_other_kinds_of_no_answer(case: Case) -> None:
    assert_reasons(case)


# Several servers

WRONG = "192.0.2.11 (missing 192.0.2.10; extra 192.0.2.11)"


@table(
    [
        Case("agree", RIGHT, seen(says(ONE, TEN), says(TWO, TEN))),
        Case("one-differs", RIGHT, seen(says(ONE, TEN), says(TWO, ELEVEN)), [f"{TWO}: {WRONG}"]),
        Case("both-wrong", RIGHT, seen(says(ONE, ELEVEN), says(TWO, ELEVEN)), [f"both servers: {WRONG}"]),
        Case(
            "all-wrong",
            RIGHT,
            seen(says(ONE, ELEVEN), says(TWO, ELEVEN), says(THREE, ELEVEN)),
            [f"all 3 servers: {WRONG}"],
        ),
        Case(
            "two-of-three",
            RIGHT,
            seen(says(ONE, ELEVEN), says(TWO, TEN), says(THREE, ELEVEN)),
            [f"{ONE}, {THREE}: {WRONG}"],
        ),
        Case(
            "grouped-by-answer",
            RIGHT,
            seen(says(ONE, ELEVEN), says(TWO, rcode="NXDOMAIN"), says(THREE, ELEVEN)),
            [f"{ONE}, {THREE}: {WRONG}", f"{TWO}: NXDOMAIN: no such name"],
        ),
        Case("one-silent", RIGHT, seen(says(ONE, TEN), silent(TWO)), [f"not checked: {TWO}: {TIMEOUT}"]),
        Case(
            "one-wrong-one-silent",
            RIGHT,
            seen(says(ONE, ELEVEN), silent(TWO)),
            [f"{ONE}: {WRONG}", f"not checked: {TWO}: {TIMEOUT}"],
        ),
        Case(
            "all-silent",
            RIGHT,
            seen(silent(ONE), silent(TWO, TRUNCATED, dead=False)),
            [f"not checked: {ONE}: {TIMEOUT}", f"not checked: {TWO}: {TRUNCATED}"],
        ),
    ]
)
def test_servers(case: Case) -> None:
    assert_reasons(case)
