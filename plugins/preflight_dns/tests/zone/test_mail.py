"""Mail: zones that have a fault and zones that nearly have it, on a real server; others' names through a recursor."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from preflight_dns.tests.zone.served import Served, ServeZones
from tests.lab.ports import blackhole
from tests.reasons import table

RSA_2048 = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqlBVZKDIqMTX9AC5agiiFLK6Mj1nEjiULx3YVyDR8o/qTO+mxZ/MmE0+2B4J5p3wtrg"
    "Kw3GPDjWaHLqBzUonumG23b9SSjvzK/RPMx8YtZgF1HUTR6+z6PR7IixLJc+B5D56QayGZxQUxB7eNYde2VIdxCtYxqy4UAOx89nfY66np+m2Ir"
    "wOb09Y36fFJHSn4TZkFDgC8ztjR7DNyaBENsS1a6WkwRygppkbf/wlgrQBCv9cuwkOuwPTDkZDro59GJhzqC+12CO493Wn0anWC36G9X1AroLlR"
    "d+/1/y5cXeRlOBuDUiCPcZfhaE8QNrjd5oj9EIgSJfzBdXm9TvssQIDAQAB"
)
MX = "@ MX 10 mx\nmx A 203.0.113.25"
SPF = '@ TXT "v=spf1 mx -all"'
DMARC = '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{zone}"'
BROKEN = "can be read"


@dataclass(frozen=True)
class Case:
    """A zone: its records in place of good ones, and what is seen of it.

    `notes` are parts of what is noted, `unsaid` of what is not.
    """

    id: str
    mx: str = MX
    spf: str = SPF
    dmarc: str = DMARC
    more: str = ""
    fields: str = ""
    seen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)

    @property
    def zone(self) -> str:
        return f"{self.id}.test"

    @property
    def text(self) -> str:
        return "\n".join((self.mx, self.spf, self.dmarc, self.more)).replace("{zone}", self.zone)


def spf(text: str) -> str:
    return f'@ TXT "{text}"'


def includes(count: int) -> str:
    return spf(f"v=spf1 {' '.join(f'include:ok{number}.spf.test' for number in range(count))} -all")


def split(key: str) -> str:
    return f'"v=DKIM1; k=rsa; p={key[:200]}" "{key[200:]}"'


CASES = [
    Case("good", notes=["SPF costs 1 of 10 lookups"]),
    # MX
    Case("no-mx", mx="", spf=spf("v=spf1 -all"), seen=["there are none"]),
    Case("null-mx", mx="@ MX 0 .", spf=spf("v=spf1 -all"), notes=["takes no mail (null MX)"]),
    Case("null-mx-and", mx="@ MX 0 .\n" + MX, seen=["0 ., 10 mx.null-mx-and.test."]),
    Case("mx-gone", mx="@ MX 10 nowhere", spf=spf("v=spf1 -all"), seen=["nowhere.mx-gone.test does not exist"]),
    Case("mx-bare", mx="@ MX 10 mx\nmx TXT x", spf=spf("v=spf1 -all"), seen=["mx.mx-bare.test has no address"]),
    Case("mx-v6", mx="@ MX 10 mx\nmx AAAA 2001:db8::25"),
    Case("mx-alias", mx="@ MX 10 mx\nmx CNAME m\nm A 192.0.2.25", seen=["an alias: mx.mx-alias.test -> m.mx-alias"]),
    Case("mx-out", mx="@ MX 10 mx.other.test."),
    Case("mx-out-gone", mx="@ MX 10 mx9.other.test.", spf=spf("v=spf1 -all"), seen=["mx9.other.test does not exist"]),
    Case("mx-number", mx="@ MX 10 192.0.2.25.", spf=spf("v=spf1 -all"), seen=["names an address, 192.0.2.25"]),
    # SPF
    Case("no-spf", spf='@ TXT "v=spf10 is another version"', seen=["no TXT record at no-spf.test begins with v=spf1"]),
    Case("two-spf", spf=f"{spf('v=spf1 a -all')}\n{SPF}", seen=['"v=spf1 a -all", "v=spf1 mx -all"']),
    Case(
        "spf-typo", spf=spf("v=spf1 ipv4:192.0.2.0/24 -all"), seen=['"ipv4:192.0.2.0/24": there is no mechanism ipv4']
    ),
    Case("spf-ten", spf=includes(10), notes=["SPF costs 10 of 10 lookups"]),
    Case("spf-eleven", spf=includes(11), seen=["11: include:ok0.spf.test, include:ok1.spf.test"]),
    Case(
        "spf-deep",
        spf=spf("v=spf1 include:deep.spf.test mx mx -all"),
        seen=["11: include:deep.spf.test, deep.spf.test >"],
    ),
    Case("spf-all-first", spf=spf("v=spf1 -all include:nowhere.spf.test"), notes=['mechanisms behind "-all"']),
    Case(
        "spf-void-two", spf=spf("v=spf1 a:v1.other.test a:v2.other.test -all"), notes=["in vain: v1.other.test (NXDO"]
    ),
    Case(
        "spf-void-three",
        spf=spf("v=spf1 a:v1.other.test a:v2.other.test exists:v3.other.test -all"),
        seen=["3: v1.other"],
    ),
    Case(
        "spf-no-include",
        spf=spf("v=spf1 include:www.other.test -all"),
        seen=["leads to no SPF record at www.other.test"],
    ),
    Case("spf-broken-include", spf=spf("v=spf1 include:bad.spf.test -all"), seen=["of bad.spf.test is broken: "]),
    Case(
        "spf-loop",
        spf=spf("v=spf1 redirect=loop.spf.test"),
        seen=["spf-loop.test > loop.spf.test > loop2.spf.test > loop"],
    ),
    Case("spf-redirect", spf=spf("v=spf1 redirect=ok1.spf.test"), notes=["costs 1 of 10"]),
    Case("spf-plus-all", spf=spf("v=spf1 +all"), seen=['"+all" in "v=spf1 +all"']),
    Case("spf-bare-all", spf=spf("v=spf1 all"), seen=['"all" in "v=spf1 all"']),
    Case("spf-neutral", spf=spf("v=spf1 mx ?all"), notes=['SPF ends in "?all"']),
    Case("spf-macro", spf=spf("v=spf1 exists:%{i}._spf.%{d} -all"), notes=["costs 1 of 10"]),
    Case(
        "spf-silent",
        spf=spf("v=spf1 include:x.silent.test -all"),
        seen=["not checked: the TXT of x.silent.test, which SPF inc"],
    ),
    # DKIM
    Case("dkim", more=f"s1._domainkey TXT {split(RSA_2048)}", fields="mail: {dkim: s1}"),
    Case("dkim-alias", more="s1._domainkey CNAME k1.other.test.", fields="mail: {dkim: [s1]}"),
    Case("dkim-none", fields="mail: {dkim: [s1]}", seen=["s1._domainkey.dkim-none.test does not exist (NXDOMAIN)"]),
    Case(
        "dkim-revoked", more='s1._domainkey TXT "v=DKIM1; p="', fields="mail: {dkim: s1}", seen=["the key is revoked"]
    ),
    Case(
        "dkim-two-records",
        more=f's1._domainkey TXT "v=DKIM1; p={RSA_2048[:200]}"\ns1._domainkey TXT "{RSA_2048[200:]}"',
        fields="mail: {dkim: s1}",
        seen=["one key, cut into several records instead of several strings of one"],
    ),
    Case(
        "dkim-cut",
        more=f's1._domainkey TXT "v=DKIM1; p={RSA_2048[:200]}"',
        fields="mail: {dkim: s1}",
        seen=["p= is no public key (DER)"],
    ),
    # DMARC
    Case("no-dmarc", dmarc="", seen=["_dmarc.no-dmarc.test has no DMARC record"]),
    Case(
        "odd-dmarc",
        dmarc='_dmarc TXT "v=dmarc1; p=none"',
        seen=['"v=dmarc1; p=none", which does not begin with v=DMARC1'],
    ),
    Case(
        "sub.policy", dmarc="", notes=["DMARC is that of _dmarc.policy.test", "_dmarc.policy.test: sp=none: receivers"]
    ),
    Case(
        "quoted-dmarc",
        dmarc=r'_dmarc TXT "\"v=DMARC1; p=reject\""',
        seen=['""v=DMARC1; p=reject"", which does not begin with v=DMARC1'],
    ),
    Case("blank-spf", spf='@ TXT " v=spf1 -all"', seen=['begins with v=spf1: " v=spf1 -all"']),
    Case(
        "joint-spf",
        spf='@ TXT "v=spf1 include:ok1.spf.test" "include:ok2.spf.test -all"',
        seen=["; is a blank missing where two strings of the TXT record meet?"],
    ),
    Case(
        "redirect-and-all",
        spf='@ TXT "v=spf1 redirect=ok1.spf.test -all"',
        notes=['"redirect=ok1.spf.test", which nob'],
    ),
    Case("mx-no-dot", mx="@ MX 10 mx.mx-no-dot.test", seen=["mx.mx-no-dot.test.mx-no-dot.test does not exist"]),
    Case("mx-loopback", mx="@ MX 10 mx\nmx A 127.0.0.1", seen=["mx.mx-loopback.test is 127.0.0.1: each sender itself"]),
    Case(
        "mx-private", mx="@ MX 10 mx\nmx A 10.0.0.25", notes=["is 10.0.0.25: only those in the same network reach it"]
    ),
    Case("two-dmarc", dmarc=f'{DMARC}\n_dmarc TXT "v=DMARC1; p=none"', seen=["2: v=DMARC1"]),
    Case("dmarc-word", dmarc='_dmarc TXT "v=DMARC1; p=rejct"', seen=["p=rejct is none of none, quarantine, reject"]),
    Case("dmarc-none", dmarc='_dmarc TXT "v=DMARC1; p=none"', notes=["p=none: receivers report, and do nothing else"]),
    Case(
        "dmarc-elsewhere",
        dmarc='_dmarc TXT "v=DMARC1; p=reject; rua=mailto:a@reports.test,mailto:b@other.test"',
        notes=["no DMARC reports go to other.test"],
        unsaid=["no DMARC reports go to reports.test"],
    ),
    # MTA-STS and TLSRPT
    Case(
        "sts",
        more='_mta-sts TXT "v=STSv1; id=20261121T1"\nmta-sts A 192.0.2.1\n'
        '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:t@{zone}"',
    ),
    Case(
        "sts-no-id",
        more='_mta-sts TXT "v=STSv1;"\nmta-sts A 192.0.2.1',
        seen=["no id= of 1 to 32 letters and digits"],
        notes=["MTA-STS without TLSRPT"],
    ),
    Case(
        "sts-no-host", more='_mta-sts TXT "v=STSv1; id=1"', seen=["mta-sts.sts-no-host.test does not exist (NXDOMAIN)"]
    ),
    Case("sts-by-wildcard", more='* TXT "any text"'),
    Case(
        "tls-rpt", more='_smtp._tls TXT "v=TLSRPTv1; rua=postmaster@{zone}"', seen=["its rua= is no mailto: or https:"]
    ),
]

OTHERS = {
    "other.test": "www A 198.51.100.7\nmx A 198.51.100.25\nk1 TXT " + split(RSA_2048),
    "policy.test": '_dmarc TXT "v=DMARC1; p=reject; sp=none"',
    "reports.test": 'dmarc-elsewhere.test._report._dmarc TXT "v=DMARC1"',
    "spf.test": "\n".join(
        [
            *(f'ok{number} TXT "v=spf1 ip4:192.0.2.{number} -all"' for number in range(11)),
            f'deep TXT "v=spf1 {" ".join(f"include:ok{number}.spf.test" for number in range(8))} -all"',
            'bad TXT "v=spf1 ip4:192.0.2.999 -all"',
            'loop TXT "v=spf1 include:loop2.spf.test -all"',
            'loop2 TXT "v=spf1 include:loop.spf.test -all"',
        ]
    ),
    ".": "silent.test NS ns.silent.test\nns.silent.test A 127.0.0.9",
}


@pytest.fixture(scope="module")
def served(serve_zones: ServeZones) -> Served:
    return serve_zones({case.zone: case.text for case in CASES} | OTHERS)


@table(CASES)
def test_a_zone(case: Case, served: Served) -> None:
    looked = served.look(case.zone, "mail", case.fields)
    assert len(looked.texts) == len(case.seen), looked.texts
    assert all(part in text for part, text in zip(case.seen, looked.texts, strict=True)), looked.texts
    assert all(any(part in note for note in looked.sketch) for part in case.notes), looked.sketch
    assert not any(part in note for note in looked.sketch for part in case.unsaid), looked.sketch


def test_servers_that_differ_are_told_apart(served: Served, serve_zones: ServeZones) -> None:
    other = serve_zones({"good.test": CASES[0].text.replace("-all", "+all")})
    looked = served.look("good.test", "mail", servers=f"'{served.server}', '{other.server}'")
    assert looked.texts == [f'{other.server}: "+all" in "v=spf1 mx +all"']


def test_a_server_that_is_silent_is_not_checked_and_the_others_are(served: Served) -> None:
    with blackhole() as silent:
        looked = served.look("no-mx.test", "mail", servers=f"'{served.server}', '{silent}'")
    assert looked.texts[0] == "there are none"
    assert looked.texts[1].startswith(f"not checked: {silent}: no answer in 3 tries")


def test_no_recursor_is_asked_for_names_of_the_zone(served: Served) -> None:
    """With the recursor dead, a zone that names nothing outside of it is checked all the same."""
    with blackhole() as silent:
        alone = Served(served.server, silent)
        assert alone.look("good.test", "mail").texts == []
