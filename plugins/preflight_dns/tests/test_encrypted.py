"""DNS over TLS and over HTTPS, by a real Unbound: certificates verified, many questions on one connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import dns.rdatatype
import pytest

from preflight.finding import NotChecked
from preflight.testing import parse
from preflight_dns import exchange as exchanging
from preflight_dns.exchange import Exchange, Server
from preflight_dns.judge import judge
from preflight_dns.line import NoReply
from preflight_dns.names import Secured, WrittenServer, parse_server
from preflight_dns.observation import Observation
from preflight_dns.section import contacts
from preflight_dns.tests.looked import DNS, look
from preflight_dns.tests.zone.looking import look as look_at_zones
from preflight_dns.wire import Message
from tests.lab import nsd, unbound
from tests.lab.authority import Authority
from tests.lab.ports import LOOPBACK, free_port

NAME = "dns.example.test"
COUNT = 300
ZONE = (
    """\
$ORIGIN example.test.
$TTL 300
@ SOA ns1 hostmaster 1 7200 3600 1209600 300
@ NS ns1
shop A 203.0.113.10
long TXT {long}
""".format(long=" ".join(f'"{letter * 250}"' for letter in "abcdefgh" * 8))
    + "".join(f"h{number} A 203.0.113.{number % 256}\n" for number in range(COUNT))
)
SETTINGS = """\
interface: 127.0.0.1@{tls}
interface: 127.0.0.1@{https}
tls-port: {tls}
https-port: {https}
http-endpoint: "/dns-query"
tls-service-key: "{file}"
tls-service-pem: "{file}"
access-control: 127.0.0.0/8 allow
"""
SHOP = "name: shop.example.test, type: A, values: [203.0.113.10]"


@dataclass(frozen=True)
class Encrypted:
    """Where each certificate is shown, by what it is for."""

    authority: Path
    tls: dict[str, int]
    https: dict[str, int]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encrypted]:
    folder = tmp_path_factory.mktemp("encrypted")
    (folder / "other").mkdir()
    authority, other = Authority(folder), Authority(folder / "other", "Other CA")
    certificates = {
        NAME: authority.issue(NAME),
        LOOPBACK: authority.issue(LOOPBACK),
        "expired": authority.issue(NAME, (-30, -1)),
        "unknown": other.issue(NAME),
    }
    tls, https = ({name: free_port() for name in certificates} for _ in range(2))
    with ExitStack() as stack:
        server = stack.enter_context(nsd.running({"example.test": ZONE}, folder))
        for name, file in certificates.items():
            settings = SETTINGS.format(tls=tls[name], https=https[name], file=file)
            stack.enter_context(unbound.running({"example.test": server, ".": server}, folder, settings=settings))
        yield Encrypted(authority.file, tls, https)


@pytest.fixture
def trusted(servers: Encrypted, monkeypatch: pytest.MonkeyPatch) -> Encrypted:
    """This machine trusts one of the two authorities."""
    monkeypatch.setenv("SSL_CERT_FILE", str(servers.authority))
    monkeypatch.setenv("SSL_CERT_DIR", "/nonexistent")
    return servers


def written(scheme: str, of: str, ports: dict[str, int], name: str = NAME) -> str:
    path = "/dns-query" if scheme == "https" else ""
    return f"{scheme}://{name}@127.0.0.1:{ports[of]}{path}" if name else f"{scheme}://127.0.0.1:{ports[of]}{path}"


@pytest.mark.parametrize("scheme", ["tls", "https"])
def test_answers_are_those_of_any_way(trusted: Encrypted, scheme: str) -> None:
    server = written(scheme, NAME, getattr(trusted, scheme))
    looks = look(
        f"{SHOP}, ask: '{server}', id: right",
        f"name: nope.example.test, type: A, status: NXDOMAIN, ask: '{server}', id: nope",
        f"name: long.example.test, type: TXT, ttl: {{max: 300}}, ask: '{server}', id: long",
        f"name: shop.example.test, type: A, values: [203.0.113.11], ask: '{server}', id: wrong",
    )
    assert [looks.reasons(record) for record in ("right", "nope", "long")] == [[], [], []]
    assert len(looks.answers("long")[0].rrs[0].text) > 16_000
    (wrong,) = looks.reasons("wrong")
    assert wrong.startswith(f"{server}: 203.0.113.10 (missing 203.0.113.11")


@pytest.mark.parametrize("scheme", ["tls", "https"])
@pytest.mark.parametrize(
    ("certificate", "name", "why"),
    [
        (LOOPBACK, "", ""),  # it is for the address itself
        (NAME, "", "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        (NAME, "dns.example.net", "Hostname mismatch, certificate is not valid for 'dns.example.net'"),
        ("expired", NAME, "certificate has expired"),
        ("unknown", NAME, "unable to get local issuer certificate"),
    ],
)
def test_certificates(trusted: Encrypted, scheme: str, certificate: str, name: str, why: str) -> None:
    server = written(scheme, certificate, getattr(trusted, scheme), name)
    looks = look(f"{SHOP}, ask: '{server}', id: shop")
    observed = looks.seen["shop"]
    assert isinstance(observed, Observation)
    reasons = judge(looks.checks["shop"].spec, observed)
    if not why:
        assert reasons == []
        return
    (reason,) = reasons
    assert isinstance(reason, NotChecked)
    assert why in reason.reason
    assert reason.cause == f"{server} does not answer"
    assert "a certificate that is valid for the name" in reason.next_step


def test_what_is_no_such_server(trusted: Encrypted) -> None:
    dead = free_port()
    looks = look(
        f"{SHOP}, ask: 'tls://{NAME}@127.0.0.1:{dead}', id: dead",
        f"{SHOP}, ask: 'https://{NAME}@127.0.0.1:{trusted.https[NAME]}/elsewhere', id: path",
    )
    said = {record: looks.reasons(record)[0].partition(": ")[2] for record in ("dead", "path")}
    assert said["dead"] == "connection refused over TCP"
    assert said["path"].startswith("HTTP status 4")


class Counting:
    """Stands before a server, lets everything through, and counts the connections."""

    def __init__(self, port: int) -> None:
        self.connections = 0
        self._port = port
        self._listening = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed: nobody connects any more
            while True:
                near, _ = self._listening.accept()
                self.connections += 1
                far = socket.create_connection((LOOPBACK, self._port))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_through, args=(one, other), daemon=True).start()

    def close(self) -> None:
        self._listening.close()


def _through(one: socket.socket, other: socket.socket) -> None:
    with one, suppress(OSError):
        while octets := one.recv(65536):
            other.sendall(octets)
        other.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("scheme", ["tls", "https"])
def test_many_questions_take_one_connection(trusted: Encrypted, scheme: str) -> None:
    with closing(Counting(getattr(trusted, scheme)[NAME])) as before:
        server = written(scheme, NAME, {NAME: before.port})
        records = [
            f"name: h{number}.example.test, type: A, values: [203.0.113.{number % 256}], ask: '{server}', id: h{number}"
            for number in range(COUNT)
        ]
        looks = look(*records)
        assert [looks.reasons(f"h{number}") for number in range(COUNT)] == [[]] * COUNT
        assert before.connections == 1


@pytest.mark.parametrize("scheme", ["tls", "https"])
def test_many_large_answers_on_one_connection(trusted: Encrypted, scheme: str) -> None:
    """More octets than HTTP/2 lets a server send before it hears that they were taken."""
    server = Server("", LOOPBACK, getattr(trusted, scheme)[NAME], Secured(scheme, NAME, "/dns-query"))

    async def main() -> list[Message | NoReply]:
        async with Exchange(tcp_timeout=5) as exchange:
            ask = exchange.ask
            return [await ask(server, "long.example.test.", dns.rdatatype.TXT, recursion=True) for _ in range(8)]

    assert [isinstance(reply, Message) and len(reply.answer) for reply in asyncio.run(main())] == [1] * 8


def test_https_without_its_library(trusted: Encrypted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanging, "find_spec", lambda _name: None)
    looks = look(f"{SHOP}, ask: 'https://{NAME}@127.0.0.1:{trusted.https[NAME]}/dns-query', id: shop")
    assert "pip install 'pytest-preflight[doh]'" in looks.reasons("shop")[0]


# What a server may do to a connection


@contextlib.asynccontextmanager
async def serving(file: Path, respond: Callable[[bytes, int], bytes | None]) -> AsyncIterator[tuple[Server, list[int]]]:
    """Over TLS, answers what `respond(query, connection)` says; None ends the connection."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    asked: list[int] = []
    connections = 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        number = connections
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                query = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
                asked.append(number)
                reply = respond(query, number)
                if reply is None:
                    break
                writer.write(reply)
        writer.close()

    async with await asyncio.start_server(connected, LOOPBACK, 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        yield Server("", LOOPBACK, port, Secured("tls", NAME)), asked


def replied(query: bytes) -> bytes:
    message = query[:2] + b"\x80\x03" + query[4:10] + b"\0\0" + query[12:-15]
    return len(message).to_bytes(2, "big") + message


async def asked_of(server: Server, *, times: int = 1, seconds: float = 3) -> list[Message | NoReply]:
    async with Exchange(tcp_timeout=seconds) as exchange:
        return [await exchange.ask(server, "www.example.test.", dns.rdatatype.A, recursion=True) for _ in range(times)]


@pytest.fixture
def certificate(trusted: Encrypted) -> Path:
    return trusted.authority.parent / f"{NAME}365.pem"


def test_a_connection_that_is_ended_after_each_question(certificate: Path) -> None:
    async def main() -> tuple[list[Message | NoReply], list[int]]:
        answered: set[int] = set()

        def once(query: bytes, connection: int) -> bytes | None:
            if connection in answered:
                return None
            answered.add(connection)
            return replied(query)

        async with serving(certificate, once) as (server, asked):
            return await asked_of(server, times=3), asked

    replies, asked = asyncio.run(main())
    assert [isinstance(reply, Message) and reply.rcode for reply in replies] == ["NXDOMAIN"] * 3
    assert asked == [1, 1, 2, 2, 3]


def test_a_server_that_speaks_tls_and_no_http2(certificate: Path) -> None:
    async def main() -> list[Message | NoReply]:
        async with serving(certificate, lambda query, _: replied(query)) as (server, _):
            over_https = replace(server, secured=Secured("https", NAME, "/dns-query"))
            return await asked_of(over_https)

    (reply,) = asyncio.run(main())
    assert isinstance(reply, NoReply)
    assert reply.reason == "the server speaks no HTTP/2"


@pytest.mark.parametrize(
    ("respond", "why"),
    [
        (lambda _query, _: None, "the server closed the connection"),
        (lambda _query, _: b"", "no answer in 0.4 s over TLS"),
        (
            lambda query, _: replied(query[:12] + b"\x03ftp" + query[16:]),
            "answered something else than was asked over TLS",
        ),
        (lambda query, _: replied(query)[:-3], "no answer in 0.4 s over TLS"),
        (
            lambda query, _: b"\0\x0c" + query[:2] + b"\x80\x05\0\0\0\x09\0\0\0\0",
            "answered over TLS with a message that",
        ),
    ],
)
def test_no_usable_answer(certificate: Path, respond: Callable[[bytes, int], bytes | None], why: str) -> None:
    async def main() -> list[Message | NoReply]:
        async with serving(certificate, respond) as (server, _):
            return await asked_of(server, times=2, seconds=0.2)

    first, second = asyncio.run(main())
    assert isinstance(first, NoReply)
    assert first.reason.startswith(why)
    assert first.unanswered_server
    assert second is first, "one that never answered is given up"


def test_an_authority_of_ones_own(servers: Encrypted, tmp_path: Path) -> None:
    """Named in the inventory: this machine does not trust it."""
    server = written("tls", NAME, servers.tls)
    looks = look(f"{SHOP}, ask: '{server}', id: own", top=f"ca: {servers.authority}")
    assert looks.reasons("own") == []
    assert "unable to get local issuer" in look(f"{SHOP}, ask: '{server}', id: none").reasons("none")[0]
    resolvers = f"resolvers: ['{server}'], ca: {servers.authority}"
    assert look(f"{SHOP}, ask: resolvers, id: them", top=resolvers).reasons("them") == []
    other = Authority(tmp_path, "Other CA").file
    assert "unable to get local issuer" in look(f"{SHOP}, ask: '{server}', id: x", top=f"ca: {other}").reasons("x")[0]


def test_an_authority_of_ones_own_for_whoever_finds_the_servers_of_a_zone(servers: Encrypted) -> None:
    zone = f"resolvers: ['{written('tls', NAME, servers.tls)}'], zones: [{{name: example.test, checks: [serial]}}]"
    (found,) = look_at_zones(f"ca: {servers.authority}, {zone}")["serial"].texts
    assert found == "not checked: ns1.example.test: its name has no address"
    (unasked,) = look_at_zones(zone)["serial"].texts
    assert "no resolver answers" in unasked
    assert "certificate is not valid" in unasked


@pytest.mark.parametrize(
    ("text", "message"), [(None, "No such file or directory"), ("x", "there is no certificate in")]
)
def test_a_file_of_authorities_that_is_none(text: str | None, message: str, tmp_path: Path) -> None:
    from preflight.testing import assert_refused

    file = tmp_path / "ca.pem"
    if text is not None:
        file.write_text(text)
    assert_refused(DNS, f"dns: {{ca: »{file}, records: [{{{SHOP}}}]}}", f"{file}: {message}")


# What may be written


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("tls://10.0.0.53", WrittenServer("10.0.0.53", None, "", Secured("tls", "10.0.0.53"))),
        ("tls://DNS.example@10.0.0.53:8853", WrittenServer("10.0.0.53", 8853, "", Secured("tls", "dns.example"))),
        ("tls://dns.example", WrittenServer("dns.example", None, "", Secured("tls", "dns.example"))),
        ("tls://[2001:db8::53]:8853", WrittenServer("2001:db8::53", 8853, "", Secured("tls", "2001:db8::53"))),
        ("https://dns.example/q", WrittenServer("dns.example", None, "", Secured("https", "dns.example", "/q"))),
        ("https://a.b@[2001:db8::53]/q{?dns}", WrittenServer("2001:db8::53", None, "", Secured("https", "a.b", "/q"))),
    ],
)
def test_forms(text: str, server: WrittenServer) -> None:
    assert parse_server(text) == server
    assert parse_server(str(server)) in (server, parse_server(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tls://10.0.0.53/dns-query", "DNS over TLS has no path"),
        ("https://dns.example", "give the path of its URL, mostly /dns-query"),
        ("https://dns.example/", "give the path"),
        ("https://dns.example/dns query", "is no path of a URL"),
        ("http://dns.example/dns-query", "write tls://..., https://..."),
        ("quic://dns.example", "write tls://..., https://..."),
        ("tls://10.0.0.1@10.0.0.53", "before @ stands the name"),
        ("tls://10.0.0.300", "no IPv4 address"),
        ("tls://", "is no server"),
        ("tls://dns.example@", "is no server"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="is no") as caught:
        parse_server(text)
    assert message in str(caught.value)


def test_the_servers_of_a_zone_are_not_asked_so() -> None:
    from preflight.testing import assert_refused

    text = "dns: {zones: [{name: example.com, servers: [»'tls://10.0.0.53']}]}"
    assert_refused(DNS, text, "the servers of a zone are asked over UDP and TCP")
    text = "dns: {zones: [{name: example.com, servers: »{ns1: 'tls://10.0.0.53'}}]}"
    assert_refused(DNS, text, "ns1: the servers of a zone are asked over UDP and TCP")
    text = "dns: {zones: [{name: example.com, checks: [agree], same_as: {servers: [»'tls://10.0.0.53']}}]}"
    assert_refused(DNS, text, "the servers of a zone are asked over UDP and TCP")


def test_its_id_and_its_plan() -> None:
    record = "{name: www.example.com, type: A, status: NODATA, ask: [10.0.0.53, 'tls://dns.example@10.0.0.53']}"
    (check,) = parse(DNS, f"dns: {{records: [{record}]}}")
    assert check.id == "dns.record[www.example.com/A@10.0.0.53,tls://dns.example@10.0.0.53]"
    assert contacts(check.spec, check.shared) == (
        "DNS queries over UDP and TCP, unauthenticated, from this machine to 10.0.0.53; and DNS queries over TLS, its "
        "certificate verified, from this machine to tls://dns.example@10.0.0.53"
    )
