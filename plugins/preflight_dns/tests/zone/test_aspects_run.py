"""Mail, CAA, dangling names, wildcards and DNSSEC of a zone, from YAML to the verdict."""

from __future__ import annotations

import pytest

from preflight_dns.tests.zone.served import Served, ServeZones
from tests.lab.ports import dead

PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
PLAIN += ["-W", "error"]
ALL = "mail, caa, dangling, wildcard, dnssec"
GOOD = (
    '@ MX 10 mx\nmx A 192.0.2.25\n@ TXT "v=spf1 mx -all"\n_dmarc TXT "v=DMARC1; p=reject"\n@ CAA 0 issue "ca.example"'
)
BAD = 'www CNAME gone\n* A 192.0.2.1\n@ MX 0 .\n@ TXT "v=spf1 +all"\n_dmarc TXT "v=DMARC1; p=reject"\n@ CAA 0 issue ";"'
OUTWARD = '@ MX 10 mx.other.test.\n@ TXT "v=spf1 mx -all"\n_dmarc TXT "v=DMARC1; p=reject"\n@ CAA 0 issue "ca.example"'


@pytest.fixture(scope="module")
def served(serve_zones: ServeZones) -> Served:
    return serve_zones({"good.test": GOOD, "bad.test": BAD, "outward.test": OUTWARD, "test": "", ".": ""})


def run(pytester: pytest.Pytester, served: Served, zone: str, *args: str, checks: str = ALL) -> pytest.RunResult:
    folder = pytester.mkdir("inventories")
    (folder / "prod.yaml").write_text(
        f"environment: prod\ndns:\n  resolvers: ['{served.recursor}']\n  zones:\n"
        f"    - {{name: test, servers: ['{served.server}']}}\n"
        f"    - {{name: {zone}, servers: ['{served.server}'], checks: [{checks}], caa: {{issuer: ca.example}}, "
        "dnssec: false, owner: network}\n"
        f"  records:\n    - {{name: shop.{zone}, type: A, ttl: 300, phase: after}}\n"
    )
    return pytester.runpytest_inprocess(*PLAIN, "--inventory", "prod", *args)


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")


def test_go(pytester: pytest.Pytester, served: Served) -> None:
    result = run(pytester, served, "good.test")
    assert "verdict=GO inventory=prod passed=5 failed=0" in result.outlines[-1], result.stdout.str()
    result.stdout.fnmatch_lines(["*good.test: SPF costs 1 of 10 lookups*"])


def test_no_go(pytester: pytest.Pytester, served: Served) -> None:
    result = run(pytester, served, "bad.test")
    assert "verdict=NO-GO inventory=prod passed=2 failed=3" in result.outlines[-1], result.stdout.str()
    for line in (
        'observed *"+all" in "v=spf1 +all"*',
        'observed *at bad.test: 0 issue ";"*',
        "observed *shop.bad.test is answered by a wildcard alone (A 192.0.2.1)*",
    ):
        result.stdout.fnmatch_lines([line])


def test_incomplete(pytester: pytest.Pytester, served: Served) -> None:
    with dead() as nobody:
        result = run(pytester, Served(served.server, nobody), "outward.test", checks="mail, wildcard")
    assert "verdict=INCOMPLETE inventory=prod passed=1 failed=0 not-checked=1" in result.outlines[-1], (
        result.stdout.str()
    )


def test_the_plan_says_whom_they_ask(pytester: pytest.Pytester) -> None:
    with dead() as nobody:
        plan = run(pytester, Served(nobody, nobody), "good.test", "--plan").stdout.str()
    for aspect, whom in {
        "mail": "; and for hosts and SPF records of others, the resolvers",
        "caa": "; and for CAA of the names above the zone, the resolvers",
        "dangling": "; and for targets outside of the zone, the resolvers",
        "dnssec": "; and for DS, those of the zone above it",
        "wildcard": "",
    }.items():
        assert f"the servers of good.test: {nobody}{whom}" in plan, aspect
