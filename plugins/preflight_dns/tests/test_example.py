"""example.yaml runs as it is, but for the addresses of its servers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

import preflight.run  # noqa: F401  what is imported here is not imported again in every run inside this process
from preflight_dns.spec import DnsSection, RecordSpec, ZoneSpec
from tests.lab import nsd, signing, unbound
from tests.lab.nameserver import NameServer

EXAMPLE = Path(__file__).parents[1] / "example.yaml"
PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
PLAIN += ["-W", "error"]

ZONE_FILE = EXAMPLE.with_name("example.com.zone")
AUTHORITY = EXAMPLE.with_name("example-ca.pem")
ZONE = ZONE_FILE.read_text("utf-8")
REVERSE = """\
$ORIGIN 113.0.203.in-addr.arpa.
$TTL 300
@  SOA ns1.example.com. hostmaster.example.com. 7 7200 3600 1209600 300
@  NS  ns1.example.com.
10 PTR shop.example.com.
"""
# What is delegated is delegated to an address of this machine, on the port of `dns.port`.
NET = """\
$ORIGIN example.net.
$TTL 300
@    SOA  ns1 hostmaster 7 7200 3600 1209600 300
@    NS   ns1
ns1  A    127.0.0.1
edge AAAA 2001:db8::80
shop CNAME edge
*.apps A 198.51.100.80
@    CAA  0 issue "letsencrypt.org"
@    MX   10 mail
mail A    198.51.100.25
@    TXT  "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject"
s2026._domainkey TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
"""
KEYS = (signing.key(ksk=True), signing.key())
SIGNED = signing.Zone("example.net", NET, KEYS)
ABOVE = f"""\
$ORIGIN net.
$TTL 300
@           SOA  ns1.example hostmaster.example 7 7200 3600 1209600 300
@           NS   ns1.example
example     NS   ns1.example
example     DS   {SIGNED.ds()}
ns1.example A    127.0.0.1
"""
CONFTEST = """\
import pytest

@pytest.hookimpl(optionalhook=True)
def pytest_preflight_vars():
    return {given!r}
"""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """What the example's vars are here."""
    folder = tmp_path_factory.mktemp("example")
    with ExitStack() as stack:

        def serve(zones: dict[str, str]) -> NameServer:
            return stack.enter_context(nsd.running(zones, folder))

        ns1 = serve(
            {"example.com": ZONE, "113.0.203.in-addr.arpa": REVERSE, "example.net": SIGNED.text(), "net": ABOVE}
        )
        old = serve({"example.com": ZONE.replace("NS     ns1", "NS     ns9")})
        ns2 = serve({"example.com": ZONE, "113.0.203.in-addr.arpa": REVERSE})
        resolver = stack.enter_context(
            unbound.running({"example.com": ns2, "example.net": ns1, "net": ns1, ".": ns1}, folder)
        )
        yield {"ns1": str(ns1), "ns2": str(ns2), "old": str(old), "resolver": str(resolver), "port": ns1.port}


@pytest.fixture
def site(pytester: pytest.Pytester, servers: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("COLUMNS", "300")
    pytester.mkdir("inventories")
    for file in EXAMPLE, ZONE_FILE, AUTHORITY:
        shutil.copy(file, pytester.path / "inventories" / file.name)
    pytester.makeconftest(CONFTEST.format(given=servers))
    return pytester


def run(site: pytest.Pytester, *args: str) -> pytest.RunResult:
    return site.runpytest_inprocess(*PLAIN, "--inventory", "example", *args)


def test_the_example_is_go(site: pytest.Pytester) -> None:
    result = run(site)
    assert result.outlines[-1].startswith("PREFLIGHT verdict=GO inventory=example passed="), result.stdout.str()
    assert " failed=0 not-checked=0 waived=0 warned=0" in result.outlines[-1]
    assert result.ret == 0


def test_after_the_cutover_it_would_be_another_matter(site: pytest.Pytester) -> None:
    result = run(site, "--phase", "after")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*dns.record?shop.example.com/A:after?*", "*dns.record?flyer:after?*"])
    assert " failed=2 not-checked=0 " in result.outlines[-1]


def test_its_plan_names_the_servers_and_asks_none(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    result = pytester.runpytest_inprocess(*PLAIN, "--inventory", str(EXAMPLE), "--plan")
    assert result.ret == 0
    plan = result.stdout.str()
    how = "DNS queries over UDP and TCP, unauthenticated, from this machine to"
    further = "; and on to where delegations and CNAMEs lead"
    for whom in (
        f"the authoritative servers: ns1.example.com 192.0.2.1, ns2.example.com 192.0.2.2{further}",
        f"the authoritative servers: 192.0.2.1, 192.0.2.2{further}",
        "192.0.2.53",
        "192.0.2.1, 192.0.2.2",
    ):
        assert f"{how} {whom}\n" in plan
    assert "every check is read-only" in plan


def test_the_example_shows_every_key() -> None:
    text = yaml.safe_load(EXAMPLE.read_text("utf-8"))["dns"]
    assert text.keys() == DnsSection.model_fields.keys()
    assert set().union(*text["zones"]) == {field.alias or name for name, field in ZoneSpec.model_fields.items()}
    assert set().union(*text["records"]) == RecordSpec.model_fields.keys()
