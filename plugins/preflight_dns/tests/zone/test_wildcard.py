"""Names that exist by a wildcard alone, and those that nearly do; on real servers."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from preflight.testing import assert_refused
from preflight_dns.tests.zone.looking import DNS
from preflight_dns.tests.zone.served import Served, ServeZones
from tests.reasons import table

SHOP = "{name: shop.zone.test, type: A, ttl: 300}"


@dataclass(frozen=True)
class Case:
    """Records of a zone, those of the inventory, and which of these exist by a wildcard alone."""

    id: str
    records: str
    inventory: list[str] = field(default_factory=list)
    fields: str = ""
    wild: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def zone(self) -> str:
        return f"{self.id}.test"


SAME = "* A 192.0.2.1"
CASES = [
    Case("none", "shop A 192.0.2.1", ["shop A, ttl: 300"]),
    Case("only", SAME, ["shop A, ttl: 300"], wild=["shop"], notes=["every name below only.test: A 192.0.2.1"]),
    Case("own", SAME + "\nshop A 192.0.2.2", ["shop A, ttl: 300"], notes=["every name below own.test"]),
    Case("own-alike", SAME + "\nshop A 192.0.2.1", ["shop A, ttl: 300"]),  # its own, with the wildcard's value
    Case("below", SAME, ["a.b.c A, ttl: 300"], wild=["a.b.c"]),
    Case("beside", SAME + "\nb.c A 192.0.2.2", ["a.b.c A, status: NXDOMAIN", "b.c A, ttl: 300"]),
    Case("alias", "* CNAME lb\nlb A 192.0.2.1", ["shop A, ttl: 300", "www CNAME, ttl: 300"], wild=["shop", "www"]),
    Case("alias-own", "* CNAME lb\nlb A 192.0.2.1\nshop CNAME lb", ["shop A, ttl: 300", "lb A, ttl: 300"]),
    Case("deeper", "*.apps A 192.0.2.1", ["shop A, status: NXDOMAIN", "x.apps A, ttl: 300"], wild=["x.apps"]),
    Case("allowed", "*.apps A 192.0.2.1", ["x.apps A, ttl: 300"], "wildcard: {allow: '*.apps.allowed.test'}"),
    Case("not-that", SAME, ["x.apps A, ttl: 300"], "wildcard: {allow: '*.web.not-that.test'}", ["x.apps"]),
    Case("meant", SAME, ["'*' A, ttl: 300"]),
    Case("below-alike", "shop A 192.0.2.1\n*.shop A 192.0.2.1", ["shop A, ttl: 300"]),
    Case("gone", SAME, ["shop A, status: NXDOMAIN"]),  # dns.record says that it is there
    Case("text", "* TXT any", ["shop A, status: NXDOMAIN", "shop TXT, ttl: 300"]),
    Case("text-only", "* TXT any", ["shop TXT, ttl: 300"], wild=["shop"]),
]


def records(case: Case) -> str:
    """`shop A, ttl: 300` as a record of the inventory."""
    found = []
    for line in case.inventory:
        head, _, expected = line.partition(", ")
        name, rdtype = head.replace("'", "").split()
        found.append(f"{{name: '{name}.{case.zone}', type: {rdtype}, {expected}}}")
    return ", ".join(found)


@pytest.fixture(scope="module")
def served(serve_zones: ServeZones) -> Served:
    return serve_zones({case.zone: case.records for case in CASES} | {".": ""})


@table(CASES)
def test_a_zone(case: Case, served: Served) -> None:
    looked = served.look(case.zone, "wildcard", case.fields, records(case))
    assert [text.split(" is answered by")[0] for text in looked.texts] == [f"{name}.{case.zone}" for name in case.wild]
    assert all(any(part in note for note in looked.sketch) for part in case.notes), looked.sketch
    assert bool(looked.sketch) == ("* " in case.records or "*.apps" in case.records)


def test_wildcards_that_differ(served: Served, serve_zones: ServeZones) -> None:
    other, without = (
        serve_zones({"own.test": "* A 192.0.2.9\nshop A 192.0.2.2"}),
        serve_zones({"own.test": "shop A 192.0.2.2"}),
    )
    both = f"'{served.server}', '{other.server}'"
    assert served.look("own.test", "wildcard", servers=both).texts == [
        f"{served.server}: A 192.0.2.1\n{other.server}: A 192.0.2.9"
    ]
    alias = serve_zones({"own.test": "* CNAME www.other.test.\nshop A 192.0.2.2"})
    both = f"'{alias.server}', '{without.server}'"
    assert served.look("own.test", "wildcard", servers=both).texts == [
        f"{alias.server}: CNAME www.other.test\n{without.server}: no CNAME"
    ]
    mail = serve_zones({"own.test": "* MX 10 shop\nshop A 192.0.2.2"})
    both = f"'{mail.server}', '{without.server}'"
    looked = served.look("own.test", "wildcard", servers=both)
    assert looked.texts == [f"{mail.server}: MX 10 shop.own.test\n{without.server}: no MX"]
    both = f"'{served.server}', '{without.server}'"
    assert served.look("own.test", "wildcard", servers=both).texts == [
        f"{served.server}: A 192.0.2.1\n{without.server}: no A"
    ]


def test_every_run_asks_another_label(served: Served) -> None:
    one, two = (served.look("only.test", "wildcard").seen.seen.nonce for _ in range(2))  # type: ignore[union-attr]
    assert one != two


def test_what_cannot_be_written() -> None:
    text = "dns: {zones: [{name: example.com, checks: [wildcard], wildcard: {allow: »apps.example.com}}]}"
    assert_refused(DNS, text, '"apps.example.com" is no wildcard')
