"""A zone file as what every server must say; and what is wrong with a file, by its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from preflight.errors import InventoryError
from preflight.inventory import load
from preflight.kind import Check
from preflight.testing import observe_all
from preflight_dns.tests.zone.looking import DNS, Looked, assert_complete
from preflight_dns.zone.kind import ZONE
from preflight_dns.zone.zonefile import Unreadable, read, says
from tests.lab import zones
from tests.lab.nameserver import NameServer
from tests.lab.zones import EXAMPLE

Serve = Callable[..., NameServer]


def check(folder: Path, text: str, *servers: NameServer) -> Check:
    (folder / "zones").mkdir(exist_ok=True)
    (folder / "zones" / "example.zone").write_text(text)
    named = [str(server) for server in servers] or ["192.0.2.1"]
    inventory = folder / "prod.yaml"
    inventory.write_text(
        f"dns: {{zones: [{{name: example.test, servers: {named}, from: {{zonefile: zones/example.zone}}}}]}}"
    )
    (made,) = load("prod", inventory, [DNS]).checks.values()
    return made


def looked(folder: Path, text: str, *servers: NameServer) -> Looked:
    made = check(folder, text, *servers)
    (seen,) = observe_all(ZONE, made.spec, shared=made.shared)
    return Looked(made, seen)


def test_a_zone_as_its_file_says(tmp_path: Path, serve: Serve) -> None:
    found = looked(tmp_path, EXAMPLE, serve(EXAMPLE), serve(EXAMPLE.replace("2026112101", "2026112102")))
    assert found.texts == []
    assert found.check.id == "dns.zone[example.test/from]"
    assert "RRsets of the zone file" in found.sketch[0]


def test_what_is_missing_what_differs_and_what_is_besides(tmp_path: Path, serve: Serve) -> None:
    right, stale = serve(EXAMPLE), serve(zones.STALE)
    found = looked(tmp_path, EXAMPLE, right, stale)
    (text,) = found.texts
    head, *lines = text.splitlines()
    assert head == f"{stale}: 11 of 66 RRsets are not as in {right} and the zone file example.zone"
    assert "left-over.example.test A: 192.0.2.99 there, NXDOMAIN in the file" in lines
    assert_complete(found.reasons)


def test_a_record_that_only_the_servers_have(tmp_path: Path, serve: Serve) -> None:
    one, other = serve(EXAMPLE + "extra A 192.0.2.1\n"), serve(EXAMPLE + "extra A 192.0.2.1\n")
    (text,) = looked(tmp_path, EXAMPLE, one, other).texts
    assert text.splitlines() == [
        f"{one} and {other}: 1 of 65 RRsets is not as in the zone file example.zone",
        "extra.example.test A: 192.0.2.1 there, no such record in the file",
    ]


def test_without_transfers_what_is_besides_is_not_known_and_that_is_said(tmp_path: Path, serve: Serve) -> None:
    shut = serve(EXAMPLE.replace("203.0.113.21", "203.0.113.99") + "extra A 192.0.2.1\n", transfer="")
    (finding,) = looked(tmp_path, EXAMPLE, shut).reasons
    assert "(what is there besides, no zone transfer tells)" in finding.expected  # type: ignore[union-attr]  # a Finding


def test_keys_of_a_signer_are_not_besides(tmp_path: Path, serve: Serve) -> None:
    key = f"@ DNSKEY 257 3 13 {'A' * 88}\n@ CDS 1 13 2 {'ab' * 32}\n@ NSEC3PARAM 1 0 0 -\n"
    assert looked(tmp_path, EXAMPLE, serve(EXAMPLE + key)).texts == []
    (text,) = looked(tmp_path, EXAMPLE + key, serve(EXAMPLE + key.replace("257", "256"))).texts
    assert "example.test DNSKEY" in text


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("$TTL 300\n@ A 192.0.2.300\n", 2, "192.0.2.300"),
        ("$TTL 300\n\n@ AA 192.0.2.1\n", 3, "AA"),
        ("@ A 192.0.2.1\n", 1, "TTL"),
        ("$TTL 300\nwww A 192.0.2.1\n$INCLUDE other.zone\n", 3, "it is not followed"),
        ("$TTL 300\nwww.other.test. A 192.0.2.1\n", 2, "www.other.test is no name of the zone example.test"),
        ("; nothing\n", 1, "there is no record in it"),
        ("$TTL 300\nwww CNAME shop\nwww A 192.0.2.1\n", 3, "www.example.test has a CNAME and other"),
        ('$TTL 300\nwww TXT "open\n', 2, ""),
        ("$TTL 300\na..b A 192.0.2.1\n", 2, "label"),
        # Servers would have b\195\188cher there, and not xn--bcher-kva.
        ('$TTL 300\nwww TXT "Bücher"\nbücher A 192.0.2.1\n', 3, "the letter U+00FC, which name servers take as octets"),
        ("$TTL 300\nwww MX 10 bücher\n", 2, "the letter U+00FC"),
    ],
)
def test_what_is_wrong_with_a_file(text: str, line: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text, "example.zone", "example.test")
    assert (caught.value.line, message in caught.value.message) == (line, True), caught.value.message
    with pytest.raises(InventoryError, match=rf"zones/example\.zone:{line}:1: the zone file of example\.test: "):
        check(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    inventory = tmp_path / "prod.yaml"
    inventory.write_text("dns: {zones: [{name: example.test, from: {zonefile: no.zone}}]}")
    with pytest.raises(InventoryError, match=r"prod\.yaml:1:42: dns\.zones\[0\]\.from: no\.zone: No such file"):
        load("prod", inventory, [DNS])


def test_relative_names_belong_to_the_zone_and_origin_may_say_otherwise() -> None:
    text = "$TTL 60\n@ A 192.0.2.1\nwww A 192.0.2.2\n$ORIGIN sub.example.test.\nwww A 192.0.2.3\n"
    text += "$GENERATE 1-2 h$ A 192.0.2.$\n"
    names = {name for name, _ in says(read(text, "f", "example.test"), "example.test.").rrsets}
    assert names == {f"{name}example.test." for name in ("", "www.", "www.sub.", "h1.sub.", "h2.sub.")}


def test_aliases_wildcards_and_what_is_delegated_are_said_as_a_server_says_them(tmp_path: Path, serve: Serve) -> None:
    names = ["www", "a.wild", "b.c.wild", "here.wild", "x.here.wild", "x.child", "y.legacy", "ent", "leaf.ent", "nope"]
    asked = ", ".join(f"{name}.example.test" for name in names)
    right, wrong = serve(EXAMPLE), serve(EXAMPLE.replace("203.0.113.50", "203.0.113.59"))
    for server, different in ((right, set()), (wrong, {"*.wild", "a.wild", "b.c.wild"})):
        made = check(tmp_path, EXAMPLE, server)
        inventory = tmp_path / "prod.yaml"
        inventory.write_text(inventory.read_text().replace("from:", f"names: [{asked}], from:"))
        (made,) = load("prod", inventory, [DNS]).checks.values()
        (seen,) = observe_all(ZONE, made.spec, shared=made.shared)
        lines = [line for text in Looked(made, seen).texts for line in text.splitlines()[1:]]
        assert {line.partition(".example.test")[0] for line in lines} == different, lines
