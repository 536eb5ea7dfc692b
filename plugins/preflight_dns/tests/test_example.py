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
from tests.lab import nsd, unbound
from tests.lab.nameserver import NameServer

EXAMPLE = Path(__file__).parents[1] / "example.yaml"
PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
PLAIN += ["-W", "error"]

ZONE = """\
$ORIGIN example.com.
$TTL 300
@ 3600          SOA    ns1 hostmaster 7 7200 3600 1209600 300
@               NS     ns1
@               NS     ns2
@               MX     10 mail
@               MX     20 mail.example.net.
@               TXT    "v=spf1 mx -all"
@               TXT    "site-verification=1"
@               CAA    0 issue "letsencrypt.org"
@               HTTPS  1 . alpn="h2,h3"
ns1             A      192.0.2.1
ns2             A      192.0.2.2
shop            A      203.0.113.10
shop            A      203.0.113.11
www             CNAME  shop
cdn             CNAME  edge.example.net.
pool            A      203.0.113.32
mail            A      203.0.113.25
sip             A      203.0.113.26
_sip._tcp       SRV    10 60 5060 sip
_dmarc          TXT    "v=DMARC1; p=reject"
mail._domainkey TXT    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
odd             TYPE65400 \\# 4 0a000001
api             A      203.0.113.40
"""
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

        ns1 = serve({"example.com": ZONE, "113.0.203.in-addr.arpa": REVERSE, "example.net": NET})
        ns2 = serve({"example.com": ZONE, "113.0.203.in-addr.arpa": REVERSE})
        resolver = stack.enter_context(unbound.running({"example.com": ns2, "example.net": ns1, ".": ns1}, folder))
        yield {"ns1": str(ns1), "ns2": str(ns2), "resolver": str(resolver), "port": ns1.port}


@pytest.fixture
def site(pytester: pytest.Pytester, servers: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("COLUMNS", "300")
    pytester.mkdir("inventories")
    shutil.copy(EXAMPLE, pytester.path / "inventories" / "example.yaml")
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
    assert set().union(*text["zones"]) == ZoneSpec.model_fields.keys()
    assert set().union(*text["records"]) == RecordSpec.model_fields.keys()
