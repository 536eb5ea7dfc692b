"""SPF, DKIM, DMARC, MTA-STS and TLSRPT records taken apart: what is right, what nearly is, and what is said of it."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from preflight.testing import assert_refused
from preflight_dns.tests.zone.looking import DNS
from preflight_dns.zone.mail import dkim, dmarc, spf, tags


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("v=spf1", True),
        ("V=SPF1 -all", True),
        ("v=spf10", False),
        ("v=spf1;-all", False),
        (" v=spf1 -all", False),
    ],
)
def test_which_text_is_spf(text: str, is_one: bool) -> None:
    assert spf.is_spf(text) is is_one


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("ip4:192.0.2.1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all", ""),
        ("A MX:Example.COM/24//64 a//48 a/24 ptr ~all", ""),
        ("a:%{i}._spf.%{d2} exists:%{ir}.%{v}.x%%y.example.com ?all", ""),
        ("include:_spf.example.com. redirect=a.example exp=why.%{d} other=anything", ""),
        ("ip4:192.0.2.300", "has no IPv4 network"),
        ("ip4:2001:db8::", "has no IPv4 network"),
        ("ip6:192.0.2.1", "has no IPv6 network"),
        ("ip4", "has no IPv4 network"),
        ("ip4:192.0.2.0/33", "has no IPv4 network"),
        ("a:example.com/33", "a prefix length that is none"),
        ("mx//129", "a prefix length that is none"),
        ("include", "names no domain"),
        ("include:", "names no domain"),
        ("exists:localhost", "localhost is no domain name"),
        ("include:example.12", "example.12 is no domain name"),
        ("include:two..dots.example", "is no domain name"),
        ("all:example.com", "has something behind all"),
        ("a=example.com x", '"x": there is no mechanism x'),
        ("include=example.com,-all,", ""),  # an unknown modifier, of which nothing is to be made
        ("-all, mx", '"-all,"'),
        ("redirect=a.example redirect=b.example", "redirect= stands there more than once"),
        ("exists:%x.example.com", "a % that begins no macro"),
        ("include:sp\u00e4m.example", "letters that are not ASCII"),
    ],
)
def test_spf(words: str, problem: str) -> None:
    found = spf.parse(f"v=spf1 {words}").problem
    assert problem in found
    assert bool(problem) == bool(found)


def test_spf_terms() -> None:
    policy = spf.parse("v=spf1 ~Include:A.Example -mx all")
    assert [(term.name, term.qualifier, term.domain) for term in policy.terms] == [
        ("include", "~", "a.example."),
        ("mx", "-", ""),
        ("all", "+", ""),
    ]


def der(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def rsa_key(bits: int) -> str:
    return der(rsa.RSAPublicNumbers(65537, (1 << (bits - 1)) | 1).public_key())


ED25519 = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("text", "problem", "note"),
    [
        (f"v=DKIM1; k=rsa; p={rsa_key(2048)}", "", ""),
        (f"p={rsa_key(2048)}", "", ""),
        (f"v=DKIM1; p={rsa_key(2048)[:100]} {rsa_key(2048)[100:]}", "", ""),  # white space in it does not count
        (f"v=DKIM1; p={rsa_key(1024)}", "", "RSA of 1024 bits, and 2048 are advised"),
        (f"v=DKIM1; p={rsa_key(1023)}", "RSA of 1023 bits: verifiers refuse", ""),
        (f"v=DKIM1; k=ed25519; p={ED25519}", "", ""),
        (f"v=DKIM1; k=ed25519; p={ED25519[:-4]}", "and a key of Ed25519 has 32", ""),
        (f"v=DKIM1; k=dsa; p={rsa_key(2048)}", "k=dsa is no key type", ""),
        (f"v=DKIM1; p={der(ec.generate_private_key(ec.SECP256R1()).public_key())}", "is no RSA key", ""),
        (f"v=DKIM1; t=y:s; p={rsa_key(2048)}", "", "verifiers may ignore it"),
        (f"v=DKIM1; h=sha1; p={rsa_key(2048)}", "leaves no hash that verifiers accept", ""),
        (f"v=DKIM1; h=sha1:sha256; s=email; p={rsa_key(2048)}", "", ""),
        (f"v=DKIM1; s=other; p={rsa_key(2048)}", "the key is not for mail", ""),
        (f"p={rsa_key(2048)}; v=DKIM1", "not DKIM1 in first place", ""),
        (f"v=DKIM2; p={rsa_key(2048)}", "its version is DKIM2", ""),
        ("v=DKIM1; k=rsa; p=notakey!", "p= is no base64", ""),
        ("v=DKIM1; k=rsa; p=bm90IGEga2V5", "p= is no public key", ""),
        ("v=DKIM1; k=rsa", "it has no p=", ""),
        ("v=DKIM1; p=", "the key is revoked", ""),
        ("hello", '"hello" is no tag=value', ""),
    ],
)
def test_dkim(text: str, problem: str, note: str) -> None:
    key = dkim.parse(text)
    assert problem in key.problem
    assert bool(problem) == bool(key.problem)
    assert note in " ".join(key.notes)
    assert bool(note) == bool(key.notes)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("v=DMARC1; p=none", ""),
        (
            "v=DMARC1;p=Quarantine;sp=reject;pct=50;adkim=s;aspf=r;fo=1:d;rua=mailto:a@b.example!10m,https://c.example/",
            "",
        ),
        ("v=DMARC1; rua=mailto:a@b.example", "it has no p="),
        ("v=DMARC1; p=block", "p=block is none of none, quarantine, reject"),
        ("v=DMARC1; p=none; aspf=strict", "aspf=strict is none of r, s"),
        ("v=DMARC1; p=none; pct=101", "pct=101 is no percentage"),
        ("v=DMARC1; p=none; pct=-1", "pct=-1 is no percentage"),
        ("v=DMARC1; p=none; p=reject", "the tag p stands there twice"),
        ("v=DMARC1; p=none; rua=a@b.example", "rua=a@b.example is no address to report to"),
        ("v=DMARC1; p=none; rua=mailto:nobody", "rua=mailto:nobody is no address to report to"),
        ("v=DMARC1; none", '"none" is no tag=value'),
    ],
)
def test_dmarc(text: str, problem: str) -> None:
    assert dmarc.is_dmarc(text)
    found = dmarc.parse(text).problem
    assert problem in found
    assert bool(problem) == bool(found)


def test_where_reports_go() -> None:
    record = dmarc.parse("v=DMARC1; p=none; rua=mailto:a@B.example!10m, mailto:c@b.example; ruf=mailto:d@e.example")
    assert record.reports_to == ("b.example.", "e.example.")


@pytest.mark.parametrize("text", ["v=DMARC2; p=none", "p=none; v=DMARC1", "v=dmarc1; p=none", "v=DMARC10"])
def test_what_is_no_dmarc(text: str) -> None:
    assert not dmarc.is_dmarc(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("v=STSv1; id=20261121T000000", ""),
        ("v=STSv1; id=a;", ""),
        ("v=STSv1;", "no id="),
        (f"v=STSv1; id={'1' * 33}", "no id= of 1 to 32"),
        ("v=STSv1; id=2026-11-21", "no id= of 1 to 32"),
        ("id=1; v=STSv1", "does not begin with v=STSv1"),
        ("v=STSv1; id", '"id" is no tag=value'),
    ],
)
def test_mta_sts(text: str, problem: str) -> None:
    found = dmarc.sts_problem(text)
    assert problem in found
    assert bool(problem) == bool(found)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("v=TLSRPTv1; rua=mailto:a@b.example,https://c.example/x", ""),
        ("v=TLSRPTv1; rua=http://c.example", "is no mailto: or https:"),
        ("v=TLSRPTv1;", "is no mailto: or https:"),
        ("rua=mailto:a@b.example", "does not begin with v=TLSRPTv1"),
    ],
)
def test_tls_reports(text: str, problem: str) -> None:
    found = dmarc.reporting_problem(text)
    assert problem in found
    assert bool(problem) == bool(found)


def test_tags_keep_their_order_and_white_space_around_them_does_not_count() -> None:
    assert list(tags.parse(" v = 1 ;; P =a = b; ").items()) == [("v", "1"), ("p", "a = b")]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("mail: {dkim: [»s1._domainkey.example.com]}", "write the selector alone, s1"),
        ("mail: {dkim: »'s 1'}", '"s 1" is no selector'),
        ("mail: {»dkmi: s1}", "did you mean"),
    ],
)
def test_what_cannot_be_written(fields: str, message: str) -> None:
    assert_refused(DNS, f"dns: {{zones: [{{name: example.com, checks: [mail], {fields}}}]}}", message)
