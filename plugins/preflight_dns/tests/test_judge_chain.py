"""Why a record is not right where CNAMEs lead on, to names of the zone and to those of other servers."""

from __future__ import annotations

from preflight_dns.observation import Answer, Observation
from preflight_dns.tests.said import (
    ALIAS,
    CDN,
    CDN_ONE,
    CDN_TWO,
    ONE,
    TEN,
    TIMEOUT,
    TRUNCATED,
    TWO,
    Case,
    assert_reasons,
    hop,
    lookups,
    says,
    seen,
    silent,
    through_cdn,
)
from tests.reasons import table


@table(
    [
        Case("alias", "type: A, values: [192.0.2.10]", seen(says(ONE, ALIAS, "shop 300 A 192.0.2.10"))),
        Case("alias-itself", "type: CNAME, values: [shop.example.com]", seen(says(ONE, ALIAS), rdtype="CNAME")),
        Case(
            "alias-to-other-values",
            "type: A, values: [192.0.2.10]",
            seen(says(ONE, ALIAS, "shop 300 A 192.0.2.11")),
            [f"{ONE}: 192.0.2.11 (missing 192.0.2.10; extra 192.0.2.11) at shop.example.com, where its CNAME leads"],
        ),
        Case(
            "dangling",
            "type: A, values: [192.0.2.10]",
            seen(says(ONE, ALIAS, "shop 300 CNAME gone.example.com.", rcode="NXDOMAIN")),
            [f"{ONE}: a dangling CNAME: www.example.com -> shop.example.com -> gone.example.com, "
             "and gone.example.com does not exist (NXDOMAIN)"],
        ),
        Case(
            "alias-to-a-name-without-that-type",
            "type: A, values: [192.0.2.10]",
            lookups(("A", [hop("www", says(ONE, ALIAS)), hop("shop", says(ONE))])),
            [f"{ONE}: www.example.com -> shop.example.com has no A record (NODATA)"],
        ),
        Case(
            "loop",
            "type: A, values: [192.0.2.10]",
            seen(says(ONE, ALIAS, "shop 300 CNAME www.example.com.")),
            [f"{ONE}: a CNAME loop: www.example.com -> shop.example.com -> www.example.com"],
        ),
        Case(
            "loop-over-two-zones",
            "type: A, values: [192.0.2.10]",
            through_cdn(says(CDN_ONE, "www.cdn.example.net. 300 CNAME www.example.com.")),
            [f"{CDN_ONE}: a CNAME loop: www.example.com -> www.cdn.example.net -> www.example.com"],
        ),
        Case(
            "out-of-the-zone",
            "type: A, values: [192.0.2.10]",
            through_cdn(says(CDN_ONE, "www.cdn.example.net. 60 A 192.0.2.10")),
        ),
        Case(
            "what-a-server-says-of-others-zones-is-not-believed",
            "type: A, values: [192.0.2.10]",
            through_cdn(
                says(CDN_ONE, "www.cdn.example.net. 60 A 192.0.2.10"),
                first=[says(ONE, CDN, "www.cdn.example.net. 60 A 192.0.2.66")],
            ),
        ),
        Case(
            "one-server-of-the-other-zone-is-stale",
            "type: A, values: [192.0.2.10]",
            through_cdn(
                says(CDN_ONE, "www.cdn.example.net. 60 A 192.0.2.10"),
                says(CDN_TWO, "www.cdn.example.net. 60 A 192.0.2.66"),
            ),
            [f"{CDN_TWO}: 192.0.2.66 (missing 192.0.2.10; extra 192.0.2.66) "
             "at www.cdn.example.net, where its CNAME leads"],
        ),
        Case(
            "only-one-server-has-the-alias",
            "type: A, values: [192.0.2.10]",
            through_cdn(
                says(CDN_ONE, "www.cdn.example.net. 60 A 192.0.2.66"),
                first=[says(ONE, TEN), says(TWO, CDN)],
            ),
            [f"{TWO}, then {CDN_ONE}: 192.0.2.66 (missing 192.0.2.10; extra 192.0.2.66) "
             "at www.cdn.example.net, where its CNAME leads"],
        ),
        Case(
            "the-other-zone-does-not-answer",
            "type: A, values: [192.0.2.10]",
            through_cdn(silent(CDN_ONE)),
            [f"not checked: {CDN_ONE}: {TIMEOUT}"],
        ),
        Case(
            "a-resolver-shows-a-dangling-alias",
            "type: A, values: [192.0.2.10], ask: resolvers",
            seen(says("192.0.2.53", ALIAS, rcode="NXDOMAIN", aa=False), zone=""),
            ["192.0.2.53: a dangling CNAME: www.example.com -> shop.example.com, "
             "and shop.example.com does not exist (NXDOMAIN)"],
        ),
        Case(
            "resolvers-need-no-authority",
            "type: A, values: [192.0.2.10], ask: resolvers",
            seen(says("192.0.2.53", CDN, "www.cdn.example.net. 60 A 192.0.2.10", aa=False), zone=""),
        ),
        Case(
            "a-named-server-refers-to-others",
            "type: A, values: [192.0.2.10], ask: 192.0.2.1",
            seen(says("192.0.2.1", aa=False, referral="example.com."), zone=""),
            ["192.0.2.1: no answer but a referral to the servers of example.com"],
        ),
    ]
)  # fmt: skip
def test_chains(case: Case) -> None:
    assert_reasons(case)


V4, V6 = "shop 300 A 192.0.2.10", "shop 300 AAAA 2001:db8::10"


def through_alias(four: Answer, six: Answer | None, *, alias: Answer | None = None) -> Observation:
    """The three lookups of a CNAME with `final`; None where the name that it leads to has no AAAA."""
    no_six = [hop("www", says(ONE, ALIAS)), hop("shop", says(ONE))]
    return lookups(
        ("CNAME", [hop("www", alias or says(ONE, ALIAS))]),
        ("A", [hop("www", four)]),
        ("AAAA", [hop("www", six)] if six else no_six),
    )


BOTH = through_alias(says(ONE, ALIAS, V4), says(ONE, ALIAS, V6))
ENDS = "at shop.example.com, where its CNAME leads"


@table(
    [
        Case("final", "type: CNAME, final: [192.0.2.10, '2001:db8::10']", BOTH),
        Case("final-and-values", "type: CNAME, values: [shop.example.com], final: ['2001:DB8::10', 192.0.2.10]", BOTH),
        Case(
            "final-of-one-family",
            "type: CNAME, final: [192.0.2.10]",
            through_alias(says(ONE, ALIAS, V4), None),
        ),
        Case(
            "final-lacks-a-family",
            "type: CNAME, final: [192.0.2.10]",
            BOTH,
            [f"{ONE}: 192.0.2.10, 2001:db8::10 (extra 2001:db8::10) {ENDS}"],
        ),
        Case(
            "final-is-exact-whatever-the-match-of-values",
            "type: CNAME, values: [shop.example.com], match: any, final: [192.0.2.10, 192.0.2.11]",
            BOTH,
            [f"{ONE}: 192.0.2.10, 2001:db8::10 (missing 192.0.2.11; extra 2001:db8::10) {ENDS}"],
        ),
        Case(
            "other-alias-right-end",
            "type: CNAME, values: [store.example.com], final: [192.0.2.10, '2001:db8::10']",
            BOTH,
            [f"{ONE}: shop.example.com. (missing store.example.com; extra shop.example.com.)"],
        ),
        Case(
            "no-address-at-the-end",
            "type: CNAME, final: [192.0.2.10]",
            through_alias(says(ONE, ALIAS, rcode="NXDOMAIN"), says(ONE, ALIAS, rcode="NXDOMAIN")),
            [f"{ONE}: a dangling CNAME: www.example.com -> shop.example.com, and shop.example.com does not exist "
             "(NXDOMAIN)"],
        ),
        Case(
            "mixed-ttls-at-the-end",
            "type: CNAME, final: [192.0.2.10, 192.0.2.11]",
            through_alias(says(ONE, ALIAS, V4, "shop 60 A 192.0.2.11"), None),
            [f"{ONE}: the A records of shop.example.com have the TTLs 60, 300"],
        ),
        Case(
            "families-may-have-ttls-of-their-own",
            "type: CNAME, final: [192.0.2.10, '2001:db8::10']",
            through_alias(says(ONE, ALIAS, V4), says(ONE, ALIAS, "shop 60 AAAA 2001:db8::10")),
        ),
        Case(
            "ttl-at-the-end",
            "type: CNAME, final: [192.0.2.10, '2001:db8::10'], ttl: {max: 300}",
            through_alias(says(ONE, ALIAS, V4), says(ONE, ALIAS, "shop 900 AAAA 2001:db8::10")),
            [f"{ONE}: shop.example.com AAAA has 900 s (15m)"],
        ),
        Case(
            "one-family-unanswered",
            "type: CNAME, final: [192.0.2.10]",
            through_alias(says(ONE, ALIAS, V4), silent(ONE, TRUNCATED, dead=False)),
            [f"not checked: {ONE}: {TRUNCATED}"],
        ),
        Case(
            "nothing-answered-is-told-once",
            "type: CNAME, values: [shop.example.com], final: [192.0.2.10]",
            through_alias(silent(ONE), silent(ONE), alias=silent(ONE)),
            [f"not checked: {ONE}: {TIMEOUT}"],
        ),
    ]
)  # fmt: skip
def test_final(case: Case) -> None:
    assert_reasons(case)
