"""Zone transfers: whole, under a key, refused, broken off, and not of this zone."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight_dns.exchange import Server
from preflight_dns.zone import records
from preflight_dns.zone import transfer as module
from preflight_dns.zone.fields import Tsig
from preflight_dns.zone.known import RrsetName, Transfer
from preflight_dns.zone.transfer import transfer
from tests.lab import transfers, zones
from tests.lab.nameserver import NameServer
from tests.lab.socket_server import FaultyServer, Send

StartFaulty = Callable[[AbstractContextManager[FaultyServer]], FaultyServer]
SECRET = base64.b64encode(b"x" * 32).decode()
KEY = f'key:\n  name: "preflight"\n  algorithm: hmac-sha256\n  secret: "{SECRET}"'
SOA = "example.test. 300 IN SOA ns1.example.test. host.example.test. 1 2 3 4 5"


def of(server: NameServer, key: Tsig | None = None) -> tuple[Transfer, set[RrsetName]]:
    taken: list[RrsetName] = []
    found = asyncio.run(transfer(Server("", server.address, server.port), "example.test.", key, taken.append))
    assert len(taken) == len(set(taken))
    return found, set(taken)


def tsig(secret: str = SECRET, **more: str) -> Tsig:
    return Tsig.model_validate({"name": "preflight", "secret": secret, **more})


def test_everything_in_the_zone(serve: Callable[..., NameServer]) -> None:
    server = serve(zones.EXAMPLE)
    found, taken = of(server)
    zone = dns.zone.from_text(zones.EXAMPLE, relativize=False)
    expected = {(name.to_text().lower(), rdataset.rdtype.name) for name, rdataset in zone.iterate_rdatasets()}
    assert taken == expected
    assert found == Transfer(str(server), len(expected))


def test_a_zone_of_many_messages(serve: Callable[..., NameServer]) -> None:
    many = zones.EXAMPLE + "".join(f"host-{number} A 203.0.113.1\n" for number in range(5000))
    found, _ = of(serve(many))
    assert (found.rrsets, found.broken) == (5000 + of(serve(zones.EXAMPLE))[0].rrsets, "")


def test_under_a_key(serve: Callable[..., NameServer]) -> None:
    server = serve(zones.EXAMPLE, settings=KEY, transfer="preflight")
    found, _ = of(server, tsig())
    assert (found.rrsets > 50, found.refused, found.broken) == (True, "", "")
    assert of(server)[0].refused == "REFUSED"
    wrong = of(server, tsig(base64.b64encode(b"y" * 32).decode()))[0]
    assert wrong.refused == "the key is refused (The peer didn't like the signature we sent)"
    unknown = of(server, tsig(name="nobody"))[0]
    assert unknown.refused == "the key is refused (The peer didn't know the key we used)"


def test_who_does_not_want_to_and_who_is_not_there(serve: Callable[..., NameServer], dns_lab: object) -> None:
    assert of(serve(zones.EXAMPLE, transfer=""))[0].refused == "REFUSED"
    dead = of(dns_lab.dead)[0]  # type: ignore[attr-defined]  # a DnsLab
    assert dead.refused == "connection refused over TCP"


Rrsets = list[dns.rrset.RRset]
Query = dns.message.Message


def half_then_closed(query: Query, rrsets: Rrsets) -> list[Send]:
    return [transfers.reply(query, rrsets[:10], then_close=True)]


def half_then_refused(query: Query, rrsets: Rrsets) -> list[Send]:
    return [transfers.reply(query, rrsets[:10]), transfers.rcode(query, dns.rcode.REFUSED)]


def half_then_silence(query: Query, rrsets: Rrsets) -> list[Send]:
    return [transfers.reply(query, rrsets[:10])]


def half_then_nothing(query: Query, rrsets: Rrsets) -> list[Send]:
    return [transfers.reply(query, rrsets[:10]), *[transfers.reply(query, [])] * 1000]


def half_then_garbage(query: Query, rrsets: Rrsets) -> list[Send]:
    return [transfers.reply(query, rrsets[:10]), Send(b"\0" * 30)]


def another_zone(query: Query, _: Rrsets) -> list[Send]:
    soa = dns.rrset.from_text("other.test.", 300, "IN", "SOA", "a.other.test. b.other.test. 1 2 3 4 5")
    return [transfers.reply(query, [soa, soa])]


def no_soa(query: Query, rrsets: Rrsets) -> list[Send]:
    return [transfers.reply(query, rrsets[1:3])]


def a_name_from_outside(query: Query, rrsets: Rrsets) -> list[Send]:
    outside = dns.rrset.from_text("www.other.test.", 300, "IN", "A", "192.0.2.1")
    return [transfers.reply(query, [*rrsets[:3], outside, rrsets[-1]])]


def more_than_its_end(query: Query, rrsets: Rrsets) -> list[Send]:
    return [transfers.reply(query, [*rrsets, rrsets[2]])]


def another_question(query: Query, rrsets: Rrsets) -> list[Send]:
    send = transfers.reply(query, rrsets)
    return [Send(bytes([send.wire[0] ^ 1]) + send.wire[1:])]


BROKEN = {
    half_then_closed: "it ended after 14 records: the connection was closed",
    half_then_refused: "after 14 records: REFUSED",
    half_then_silence: "it ended after 14 records: nothing came for 0.2 s",
    half_then_nothing: "after 14 records: a message with nothing in it",
    half_then_garbage: "after 14 records: an answer to another question",
    another_zone: "it begins with the zone other.test., not with the SOA of example.test.",
    no_soa: "it begins with example.test. NS, not with the SOA of example.test.",
    a_name_from_outside: "www.other.test. is in it, which is no name of the zone",
    more_than_its_end: "records after its end",
    another_question: "an answer to another question",
}


@pytest.mark.parametrize("make", BROKEN, ids=lambda make: make.__name__)
def test_what_is_not_the_zone(make: transfers.Make, faulty: StartFaulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE", 0.2)
    found, _ = of(faulty(transfers.transferring(make)))
    assert BROKEN[make] in found.broken
    assert not found.refused


def test_a_transfer_that_says_nothing_is_refused(faulty: StartFaulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE", 0.2)
    assert of(faulty(transfers.transferring(lambda _q, _r: [])))[0].refused == "nothing came for 0.2 s"
    empty = faulty(transfers.transferring(lambda query, _: [transfers.reply(query, [])]))
    assert of(empty)[0].refused == "a message with nothing in it"


def test_a_transfer_that_does_not_end(faulty: StartFaulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 0.5)

    def forever(query: Query, rrsets: Rrsets) -> list[Send]:
        one = transfers.reply(query, rrsets[1:2]).wire
        return [transfers.reply(query, rrsets[:1]), *[Send(one, after=0.05)] * 200]

    found, _ = of(faulty(transfers.transferring(forever)))
    assert found.broken.endswith(" records: it was not done in 0.5 s")


def test_what_is_not_signed_is_not_believed(faulty: StartFaulty) -> None:
    plain = faulty(transfers.transferring(lambda query, rrsets: [transfers.reply(query, rrsets)]))
    assert of(plain, tsig())[0].broken == "after 72 records: its last message is not signed"
    assert of(plain)[0].rrsets > 50


OWNERS = ["example.com.", "www.Example.COM.", "a.b.example.com.", r"\*.x\.y.\001\200.example.com.", "."]


@pytest.mark.parametrize("compressed", [True, False])
def test_owners_and_types_are_those_that_dnspython_reads(compressed: bool) -> None:
    message = dns.message.make_response(dns.message.make_query("www.example.com.", "AXFR"))
    for owner in OWNERS:
        for rdtype, rdata in (("A", "192.0.2.1"), ("MX", f"10 {owner}"), ("TYPE65280", r"\# 4 01020304")):
            message.answer.append(dns.rrset.from_text(dns.name.from_text(owner), 60, "IN", rdtype, rdata))
    wire = message.to_wire() if compressed else _uncompressed(message)
    expected = [(rrset.name.to_text().lower(), dns.rdatatype.to_text(rrset.rdtype)) for rrset in message.answer]
    assert list(records.read(wire).answer) == expected
    for end in range(len(wire)):
        with pytest.raises(records.MalformedError):
            records.read(wire[:end])


def _uncompressed(message: dns.message.Message) -> bytes:
    parts = [message.to_wire()[:12], message.question[0].name.to_wire() or b"", b"\0\xfc\0\1"]
    for rrset in message.answer:
        rdata = rrset[0].to_wire() or b""
        parts += [rrset.name.to_wire() or b"", struct.pack("!HHIH", rrset.rdtype, 1, 60, len(rdata)), rdata]
    return b"".join(parts)


@given(st.binary(max_size=200))
def test_what_is_no_message_is_refused(octets: bytes) -> None:
    with contextlib.suppress(records.MalformedError):
        records.read(b"\0\0\x80\0\0\1\0\5\0\0\0\0" + octets)
