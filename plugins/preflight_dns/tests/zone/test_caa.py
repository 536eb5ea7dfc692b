"""CAA: may the authority issue? On real servers, with the names above the zone through a recursor."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from preflight.testing import assert_refused
from preflight_dns.tests.zone.looking import DNS
from preflight_dns.tests.zone.served import Served, ServeZones
from tests.lab.ports import dead
from tests.reasons import table

OURS = "issuer: letsencrypt.org"


@dataclass(frozen=True)
class Case:
    """CAA of a zone, the settings, and what is seen and noted."""

    id: str
    records: str
    settings: str = OURS
    seen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def zone(self) -> str:
        return f"{self.id}.test"


def caa(value: str) -> str:
    return f"@ CAA {value}"


WILD = f'{OURS}, names: ["*.{{zone}}"]'
CASES = [
    Case("none", "", notes=["none.test: no CAA: every authority may issue"]),
    Case("right", caa('0 issue "letsencrypt.org"')),
    Case("case", caa('0 issue "LetsEncrypt.org."')),
    Case("other", caa('0 issue "ca.example"'), seen=['at other.test: 0 issue "ca.example"']),
    Case("other-unasked", caa('0 issue "ca.example"'), "", notes=['CAA at other-unasked.test: 0 issue "ca.example"']),
    Case("both", caa('0 issue "ca.example"') + "\n" + caa('0 issue "letsencrypt.org"')),
    Case("nobody", caa('0 issue ";"'), seen=['0 issue ";"']),
    Case("longer", caa('0 issue "letsencrypt.org.example"'), seen=['"letsencrypt.org.example"']),
    Case("iodef", caa('0 iodef "mailto:a@b.example"'), notes=["do not say who may issue"]),
    Case("account", caa('0 issue "letsencrypt.org; accounturi=x"'), notes=["under conditions: accounturi=x"]),
    Case(
        "critical",
        caa('0 issue "letsencrypt.org"') + "\n" + caa('128 tbs "x"'),
        seen=['128 tbs "x" at critical.test: cri'],
    ),
    Case("critical-known", caa('128 issue "letsencrypt.org"')),
    Case("unknown", caa('0 issue "letsencrypt.org"') + "\n" + caa('0 tbs "x"'), notes=["do not know the tag tbs"]),
    Case("wild-none", caa('0 issue "letsencrypt.org"'), WILD),
    Case(
        "wild-other",
        caa('0 issue "letsencrypt.org"') + "\n" + caa('0 issuewild "ca.example"'),
        WILD,
        ['issuewild "ca.ex'],
    ),
    Case("wild-only", caa('0 issuewild "letsencrypt.org"'), OURS, notes=["do not say who may issue"]),
    # The nearest name that has any counts, whatever stands above it.
    Case("nearest", 'shop CAA 0 issue "ca.example"\n' + caa('0 issue "letsencrypt.org"'), OURS),
    Case(
        "own",
        'shop CAA 0 issue "ca.example"\n' + caa('0 issue "letsencrypt.org"'),
        f"{OURS}, names: [www.own.test, www.shop.own.test]",
        ['at shop.own.test: 0 issue "ca.example"'],
    ),
    Case("alias", "www CNAME www.other.test.\n" + caa('0 issue "letsencrypt.org"'), f"{OURS}, names: www.alias.test"),
    Case(
        "alias-caa",
        "www CNAME other.test.",
        f"{OURS}, names: www.alias-caa.test",
        ['at other.test, where its CNAME leads: 0 issue "ca.example"'],
    ),
    # Nothing at the zone: it is the zone above that counts.
    Case("child.parent", "", seen=['at parent.test: 0 issue "ca.example"']),
]


@pytest.fixture(scope="module")
def served(serve_zones: ServeZones) -> Served:
    return serve_zones(
        {case.zone: case.records for case in CASES} | {"parent.test": caa('0 issue "ca.example"'), ".": ""}
    )


@table(CASES)
def test_a_zone(case: Case, served: Served) -> None:
    looked = served.look(case.zone, "caa", f"caa: {{{case.settings.replace('{zone}', case.zone)}}}")
    assert len(looked.texts) == len(case.seen), looked.texts
    assert all(part in text for part, text in zip(case.seen, looked.texts, strict=True)), looked.texts
    assert all(any(part in note for note in looked.sketch) for part in case.notes), looked.sketch


def test_servers_that_differ(served: Served, serve_zones: ServeZones) -> None:
    older = serve_zones({"right.test": ""})
    both = f"'{served.server}', '{older.server}'"
    for settings in ("", f", caa: {{{OURS}}}"):
        looked = served.look("right.test", "caa", settings.removeprefix(", "), servers=both)
        assert looked.texts == [f'{served.server}: 0 issue "letsencrypt.org"\n{older.server}: none']


def test_a_zone_above_that_cannot_be_asked_is_not_checked(served: Served) -> None:
    """The authority may get an answer where this machine gets none."""
    with dead() as nobody:
        (text,) = Served(served.server, nobody).look("none.test", "caa", f"caa: {{{OURS}}}").texts
        assert text.startswith(f"not checked: which CAA count for none.test is not known: {nobody}: connection refused")
        assert Served(served.server, nobody).look("right.test", "caa", f"caa: {{{OURS}}}").texts == []


def test_an_answer_that_is_an_error_keeps_authorities_from_issuing(serve_zones: ServeZones) -> None:
    """The recursor knows a zone whose servers are not there: it answers SERVFAIL, as to the authority."""
    served = serve_zones({"zone.gone": "", "test": "", ".": "gone NS ns.gone\nns.gone A 127.0.0.9"})
    (text,) = served.look("zone.gone", "caa", f"caa: {{{OURS}}}").texts
    assert text == f"{served.recursor}: SERVFAIL"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("caa: {issuer: »https://letsencrypt.org}", "should be the domain by which the authority is named"),
        ("caa: {»isuer: letsencrypt.org}", "did you mean"),
        ("caa: {names: [»a..b]}", "two dots in a row"),
    ],
)
def test_what_cannot_be_written(fields: str, message: str) -> None:
    assert_refused(DNS, f"dns: {{zones: [{{name: example.com, checks: [caa], {fields}}}]}}", message)
