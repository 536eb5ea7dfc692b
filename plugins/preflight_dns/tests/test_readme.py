"""The README shows nothing that does not work: its inventories load, and its findings are what pytest prints."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import preflight.run  # noqa: F401  what is imported here is not imported again in every run inside this process
from preflight.testing import parse
from preflight_dns.spec import DnsSection, RecordSpec, ZoneSpec
from preflight_dns.tests.looked import DNS
from tests.lab.dns_lab import DnsLab
from tests.lab.nameserver import NameServer

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
INVENTORIES = [text for language, text in FENCES if language == "yaml"]
OUTPUT, ZONE_OUTPUT = (text for language, text in FENCES if not language)
ZONE = """\
$ORIGIN example.com.
$TTL 300
@ SOA ns1 hostmaster 2 7200 3600 1209600 300
@ NS ns1
@ NS ns2
shop A 203.0.113.10
shop A 203.0.113.11
login 86400 A 203.0.113.30
www CNAME shop
"""


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_its_inventories_load(inventory: str) -> None:
    assert parse(DNS, inventory)


def test_its_findings_are_what_is_printed(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    dns_lab: DnsLab,
    serve_zone: Callable[[str, str], NameServer],
) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    (inventory,) = (text for text in INVENTORIES if "198.51.100.1}" in text)
    ns1, ns2 = serve_zone("example.com", ZONE), serve_zone("example.com", ZONE.replace("0.113.11", "0.113.12"))
    here = {"192.0.2.1": str(ns1), "192.0.2.2": str(ns2), "198.51.100.1": str(dns_lab.dead)}
    for address, server in here.items():
        inventory = inventory.replace(f": {address}", f": '{server}'")
    pytester.mkdir("inventories").joinpath("prod.yaml").write_text(inventory)
    plain = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
    printed = pytester.runpytest_inprocess(*plain, "--inventory", "prod").stdout.str()
    _assert_shown(OUTPUT, 5, printed, here)


def test_its_findings_on_a_zone_are_what_is_printed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, serve_zone: Callable[[str, str], NameServer]
) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    (inventory,) = (text for text in INVENTORIES if "zone.yaml" in text)
    new = ZONE.replace("hostmaster 2 ", "hostmaster 2026112101 ")
    old = new.replace("2026112101", "2026111501").replace("0.113.11", "0.113.12").replace("www CNAME shop", "")
    here = {"192.0.2.1": str(serve_zone("example.com", new)), "192.0.2.2": str(serve_zone("example.com", old))}
    for address, server in here.items():
        inventory = inventory.replace(f": {address}", f": '{server}'")
    pytester.mkdir("inventories").joinpath("zone.yaml").write_text(inventory)
    plain = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
    _assert_shown(ZONE_OUTPUT, 4, pytester.runpytest_inprocess(*plain, "--inventory", "zone").stdout.str(), here)


def _assert_shown(output: str, parts: int, printed: str, here: dict[str, str]) -> None:
    for address, server in here.items():
        printed = printed.replace(server, address)
    shown = [_flat(part) for part in re.split(r"^[_=]{3,}.*$", output, flags=re.M)]
    assert len(shown) == parts
    for part in shown:
        assert part in _flat(printed), part


def _flat(text: str) -> str:
    """Without line breaks, which depend on how long addresses are."""
    return " ".join(text.split())


@pytest.mark.parametrize("model", [DnsSection, ZoneSpec, RecordSpec])
def test_it_explains_every_key(model: type[DnsSection] | type[ZoneSpec] | type[RecordSpec]) -> None:
    for key, field in model.model_fields.items():
        assert f"`{field.alias or key}`" in README


# How many test cases of each level Zonemaster defines.
ZONEMASTER = {"BASIC": 3, "ADDRESS": 3, "CONNECTIVITY": 4, "CONSISTENCY": 6, "DELEGATION": 7, "DNSSEC": 18,
              "NAMESERVER": 15, "SYNTAX": 8, "ZONE": 11}  # fmt: skip


def test_it_says_of_each_test_case_of_zonemaster_what_is_here() -> None:
    (section,) = re.findall(r"^## What of Zonemaster's tests.*?\n(.*?)^## ", README, re.M | re.S)
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    listed = [case for row in rows for case in re.findall(r"[A-Z]+\d\d", row)]
    assert sorted(listed) == sorted(
        f"{level}{n:02}" for level, count in ZONEMASTER.items() for n in range(1, count + 1)
    )
    assert len(listed) == 75
