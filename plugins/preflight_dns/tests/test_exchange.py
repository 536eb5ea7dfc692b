"""What is sent, what counts as an answer, and what is said when none comes: real sockets on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, TypeVar

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

import preflight_dns
from preflight_dns.exchange import Exchange, Server
from preflight_dns.line import NoReply
from preflight_dns.wire import Message, Rr

A, HTTPS = dns.rdatatype.A, dns.rdatatype.HTTPS
TRIES = (0.1, 0.2, 0.3)
PATIENT = (5, 5, 5)  # where an answer is due, so that a loaded machine does not matter
NO_ANSWER = "no answer in 3 tries over UDP (0.1, 0.2, 0.3 s)"
REFUSED = "connection refused over UDP (ICMP port unreachable)"
Octets = bytes
Datagrams = Callable[[Octets], Iterable[Octets]]

T = TypeVar("T")


class Fake:
    """A name server of our own making: what it was asked, and on what address it listens."""

    def __init__(self, host: str, port: int) -> None:
        self.server = Server("", host, port)
        self.datagrams: list[Octets] = []
        self.streams: list[Octets] = []
        self.clients: list[tuple[str, int]] = []
        self.connected = self.most_connected = 0
        self.udp: asyncio.DatagramTransport


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, fake: Fake, respond: Datagrams) -> None:
        self.fake, self.respond = fake, respond

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.fake.datagrams.append(data)
        self.fake.clients.append(addr)
        for reply in self.respond(data):
            self.fake.udp.sendto(reply, addr)


@contextlib.asynccontextmanager
async def serving(
    udp: Datagrams | None = None,
    tcp: Callable[[Octets], Octets | Coroutine[Any, Any, Octets]] | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[Fake]:
    """Answers a datagram with datagrams, a stream with octets and its end. Without a handler, refuses."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    async with contextlib.AsyncExitStack() as stack:
        while True:  # one port that is free for both
            stream, packet = (socket.socket(family, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM))
            stream.bind((host, 0))
            try:
                packet.bind(stream.getsockname())
                break
            except OSError:
                stream.close()
                packet.close()
        fake = Fake(host, stream.getsockname()[1])

        handlers: list[asyncio.Task[Any] | None] = []

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            handlers.append(asyncio.current_task())
            fake.connected += 1
            fake.most_connected = max(fake.most_connected, fake.connected)
            try:
                query = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
                fake.streams.append(query)
                assert tcp
                octets = tcp(query)
                writer.write(octets if isinstance(octets, bytes) else await octets)
                await writer.drain()
            except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                fake.connected -= 1
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

        if tcp:
            await stack.enter_async_context(await asyncio.start_server(connected, sock=stream))
        else:
            stack.callback(stream.close)  # bound, so nobody else takes the port, but not listening
        if udp:
            packet.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
            loop = asyncio.get_running_loop()
            fake.udp, _ = await loop.create_datagram_endpoint(lambda: _Udp(fake, udp), sock=packet)
            stack.callback(fake.udp.close)
        else:
            packet.close()
        yield fake
        for handler in handlers:
            assert handler
            handler.cancel()
        await asyncio.gather(*(handler for handler in handlers if handler), return_exceptions=True)


def answer(query: Octets, address: str = "192.0.2.1", **changes: Any) -> Octets:
    """The reply to a query: an A record with this address."""
    asked = dns.message.from_wire(query)
    message = dns.message.make_response(asked)
    message.answer.append(dns.rrset.from_text(asked.question[0].name, 300, "IN", "A", address))
    for name, value in changes.items():
        setattr(message, name, value)
    return message.to_wire()


def framed(octets: Octets) -> Octets:
    return len(octets).to_bytes(2, "big") + octets


def truncated(query: Octets) -> list[Octets]:
    reply = bytearray(answer(query))
    reply[2] |= 0x02
    return [bytes(reply[:-3])]  # cut within its RR, as some do


def silent(_: Octets) -> list[Octets]:
    return []


def name(label: object = "www") -> str:
    return f"{label}.example.com."


def asked_for(query: Octets) -> str:
    return dns.message.from_wire(query).question[0].name.labels[0].decode()


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(main, 30))


def exchange(**settings: Any) -> Exchange:
    return Exchange(**{"tries": TRIES, "tcp_timeout": 0.3, **settings})


async def ask(fake: Fake, **settings: Any) -> Message | NoReply:
    async with exchange(**settings) as asking:
        return await asking.ask(fake.server, name(), A, recursion=False)


def addresses(reply: Message | NoReply) -> list[str]:
    assert isinstance(reply, Message), reply
    return [rr.text for rr in reply.answer]


def reason(reply: Message | NoReply) -> str:
    assert isinstance(reply, NoReply), reply
    return reply.reason


# Answers


@pytest.mark.parametrize("recursion", [True, False])
def test_an_answer(recursion: bool) -> None:
    async def main() -> None:
        async with serving(lambda query: [answer(query)]) as fake, exchange(tries=PATIENT) as asking:
            reply = await asking.ask(fake.server, name(), A, recursion=recursion)
            assert isinstance(reply, Message)
            assert (reply.rcode, reply.answer) == ("NOERROR", (Rr("www.example.com.", 300, "A", "192.0.2.1"),))
            assert [query[2] & 1 for query in fake.datagrams] == [recursion]

    run(main())


def test_replies_in_another_order_are_told_apart() -> None:
    held: list[Octets] = []

    def reverse_eight(query: Octets) -> list[Octets]:
        held.append(answer(query, f"192.0.2.{asked_for(query)}"))
        return [held.pop() for _ in range(8)] if len(held) == 8 else []

    async def main() -> None:
        async with serving(reverse_eight) as fake, exchange(tries=PATIENT) as asking:
            replies = await asyncio.gather(*(asking.ask(fake.server, name(i), A, recursion=False) for i in range(8)))
            assert [addresses(reply) for reply in replies] == [[f"192.0.2.{i}"] for i in range(8)]

    run(main())


def test_ids_cannot_be_guessed() -> None:
    async def main() -> None:
        async with serving(lambda query: [answer(query)]) as fake, exchange(tries=PATIENT) as asking:
            await asyncio.gather(*(asking.ask(fake.server, name(i), A, recursion=False) for i in range(400)))
            ids = [int.from_bytes(query[:2], "big") for query in fake.datagrams]
            steps = {after - before for before, after in itertools.pairwise(ids)}
            assert len(set(ids)) > 380
            assert len(steps) > 380
            assert min(ids) < 0x2000
            assert max(ids) > 0xE000

    run(main())


def wrong_id(query: Octets) -> Octets:
    return bytes([query[0] ^ 0x55]) + answer(query, "203.0.113.66")[1:]


def wrong_name(query: Octets) -> Octets:
    return answer(query, "203.0.113.66").replace(b"\x03www", b"\x03ww2")


def wrong_type(query: Octets) -> Octets:
    return answer(query, "203.0.113.66").replace(b"\0\x01\0\x01", b"\0\x1c\0\x01", 1)


def not_a_response(query: Octets) -> Octets:
    return query


def unreadable(query: Octets) -> Octets:
    return answer(query, "203.0.113.66")[:-1]


@pytest.mark.parametrize("distraction", [wrong_id, wrong_name, wrong_type, not_a_response, unreadable, lambda _: b""])
def test_what_is_no_answer_is_not_taken_for_one(distraction: Callable[[Octets], Octets]) -> None:
    async def main() -> None:
        async with serving(lambda query: [distraction(query), answer(query)]) as fake:
            assert addresses(await ask(fake, tries=PATIENT)) == ["192.0.2.1"]
            assert len(fake.datagrams) == 1  # it just waited on

    run(main())


def test_the_case_of_a_type_is_not_folded() -> None:
    """HTTPS is type 65, the letter A; a reply about type 97, the letter a, is about something else."""

    async def main() -> None:
        async with serving(lambda query: [answer(query).replace(b"\0\x41\0\x01", b"\0\x61\0\x01", 1)]) as fake:
            async with exchange() as asking:
                reply = await asking.ask(fake.server, name(), HTTPS, recursion=False)
            assert "not what was asked" in reason(reply)

    run(main())


def test_a_reply_may_repeat_the_name_in_another_case() -> None:
    async def main() -> None:
        async with serving(lambda query: [answer(query).replace(b"www", b"WwW")]) as fake:
            assert addresses(await ask(fake, tries=PATIENT)) == ["192.0.2.1"]

    run(main())


def test_a_refusal_may_leave_out_the_question() -> None:
    async def main() -> None:
        async with serving(lambda query: [query[:2] + b"\x80\x05" + bytes(8)]) as fake:
            reply = await ask(fake, tries=PATIENT)
            assert isinstance(reply, Message)
            assert reply.rcode == "REFUSED"

    run(main())


def test_only_the_server_itself_can_answer() -> None:
    async def main() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))

            def forge(query: Octets) -> list[Octets]:
                other.sendto(answer(query, "203.0.113.66"), fake.clients[-1])
                return [answer(query)]

            async with serving(forge) as fake:
                assert addresses(await ask(fake, tries=PATIENT)) == ["192.0.2.1"]

    run(main())


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6 loopback")
def test_over_ipv6() -> None:
    async def main() -> None:
        async with serving(lambda query: [answer(query)], host="::1") as fake:
            assert addresses(await ask(fake, tries=PATIENT)) == ["192.0.2.1"]

    run(main())


def test_octets_read_once_are_not_read_again() -> None:
    async def main() -> None:
        async with serving(lambda query: [answer(query)]) as one, serving(lambda query: [answer(query)]) as two:
            async with exchange(tries=PATIENT) as asking:
                replies = [await asking.ask(fake.server, name(), A, recursion=False) for fake in (one, two)]
            assert replies[0] is replies[1]

    run(main())


# Tries


@pytest.mark.parametrize("tries", [1, 2, 3])
def test_a_lost_datagram_is_sent_again(tries: int) -> None:
    async def main() -> None:
        async with serving(lambda query: [answer(query)] if len(fake.datagrams) == tries else []) as fake:
            assert addresses(await ask(fake)) == ["192.0.2.1"]
            assert (len(fake.datagrams), fake.streams) == (tries, [])

    run(main())


def test_a_late_answer_to_an_earlier_try_counts() -> None:
    async def main() -> None:
        async with serving(lambda _: [answer(fake.datagrams[0])] if len(fake.datagrams) == 3 else []) as fake:
            assert addresses(await ask(fake)) == ["192.0.2.1"]

    run(main())


def test_tcp_has_the_last_word() -> None:
    async def main() -> None:
        async with serving(silent, lambda query: framed(answer(query))) as fake:
            started = time.monotonic()
            assert addresses(await ask(fake)) == ["192.0.2.1"]
            assert (len(fake.datagrams), len(fake.streams)) == (3, 1)
            assert time.monotonic() - started >= sum(TRIES)

    run(main())


def test_a_late_answer_counts_even_while_tcp_is_asked() -> None:
    async def late(asked: Octets) -> Octets:
        for query, client in zip(fake.datagrams, fake.clients, strict=True):
            fake.udp.sendto(answer(query), client)
        await asyncio.sleep(0.2)
        return framed(answer(asked))

    async def main() -> None:
        nonlocal fake
        async with serving(silent, late) as fake, exchange(tcp_timeout=5) as asking:
            two = (asking.ask(fake.server, name(i), A, recursion=False) for i in range(2))
            assert [addresses(reply) for reply in await asyncio.gather(*two)] == [["192.0.2.1"]] * 2
            await asyncio.sleep(0.4)
            assert len(fake.streams) == 1  # the other one was waiting for this connection to end

    fake: Fake
    run(main())


# No answer


def test_no_answer_at_all() -> None:
    async def main() -> None:
        async with serving(silent, never) as fake:
            reply = await ask(fake)
            assert reply == NoReply(f"{NO_ANSWER}, and TCP connected, but did not answer in 0.3 s", True)
            assert (len(fake.datagrams), len(fake.streams)) == (3, 1)

    run(main())


@pytest.mark.parametrize("questions", [1, 2])  # the error of the first may show when sending the second
def test_refused(questions: int) -> None:
    async def main() -> None:
        async with serving() as fake:
            started = time.monotonic()
            replies = await ask_many(fake, questions, tries=PATIENT)
            assert set(replies) == {NoReply(f"{REFUSED}, and connection refused over TCP", True)}
            assert time.monotonic() - started < 4

    run(main())


def test_refused_over_udp_only() -> None:
    async def main() -> None:
        async with serving(None, lambda query: framed(answer(query))) as fake:
            assert addresses(await ask(fake, tries=PATIENT)) == ["192.0.2.1"]

    run(main())


def test_a_message_that_does_not_parse_is_told_from_silence() -> None:
    async def main() -> None:
        async with serving(lambda query: [unreadable(query)]) as fake:
            reply = await ask(fake)
            assert "answered over UDP with a message that does not parse" in reason(reply)
            assert "connection refused over TCP" in reason(reply)
            assert isinstance(reply, NoReply)
            assert not reply.unanswered_server
            assert len(fake.datagrams) == 3

    run(main())


def test_an_answer_to_something_else_is_told_from_silence() -> None:
    async def main() -> None:
        async with serving(lambda query: [wrong_name(query)]) as fake:
            assert reason(await ask(fake)).startswith("answered over UDP, but not what was asked, and ")

    run(main())


async def never(_: Octets) -> Octets:
    await asyncio.sleep(5)
    return b""


# Truncated


def test_truncated_over_udp_is_whole_over_tcp() -> None:
    async def main() -> None:
        async with serving(truncated, lambda query: framed(answer(query))) as fake:
            started = time.monotonic()
            assert addresses(await ask(fake, tries=PATIENT)) == ["192.0.2.1"]
            assert time.monotonic() - started < 4
            assert (len(fake.datagrams), len(fake.streams)) == (1, 1)

    run(main())


@pytest.mark.parametrize(
    ("tcp", "why"),
    [
        (None, "connection refused over TCP"),
        (lambda query: framed(answer(query))[:22], "TCP closed after 20 of 60 octets"),
        (lambda _: b"", "TCP closed unanswered"),
        (lambda _: b"\0", "TCP closed unanswered"),
        (never, "TCP connected, but did not answer in 0.3 s"),
        (lambda query: framed(wrong_id(query)), "TCP answered something else than was asked"),
        (lambda query: framed(wrong_name(query)), "TCP answered something else than was asked"),
        (lambda _: framed(b""), "TCP answered something else than was asked"),
        (
            lambda query: framed(unreadable(query)),
            "answered over TCP with a message that does not parse (it ends too early)",
        ),
    ],
)
def test_truncated_and_tcp_fails(tcp: Any, why: str) -> None:
    async def main() -> None:
        async with serving(truncated, tcp) as fake:
            assert await ask(fake) == NoReply(f"truncated over UDP, and {why}", False)

    run(main())


def test_tcp_may_arrive_in_pieces() -> None:
    """An octet at a time: the length, too, comes in two pieces."""

    def serve(listener: socket.socket, octets: int) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            query = connection.recv(1000)[2:]
            for octet in framed(answer(query))[:octets]:
                connection.send(bytes([octet]))
                time.sleep(0.002)
            connection.recv(1)  # until the other side goes

    async def main(octets: int) -> Message | NoReply:
        with socket.create_server(("127.0.0.1", 0)) as listener:  # nobody listens over UDP
            server = Server("", *listener.getsockname())
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(asyncio.to_thread(serve, listener, octets))
                async with exchange(tcp_timeout=1) as asking:
                    return await asking.ask(server, name(), A, recursion=False)

    assert addresses(run(main(1000))) == ["192.0.2.1"]
    assert run(main(22)) == NoReply(f"{REFUSED}, and TCP brought only 20 of 60 octets in 1 s", False)


def test_truncated_twice_is_asked_over_tcp_once() -> None:
    async def slow(query: Octets) -> Octets:
        await asyncio.sleep(0.1)
        return framed(answer(query))

    async def main() -> None:
        async with serving(lambda query: truncated(query) * 2, slow) as fake, exchange(tcp_timeout=5) as asking:
            for label in range(3):
                assert addresses(await asking.ask(fake.server, name(label), A, recursion=False)) == ["192.0.2.1"]
            assert len(fake.streams) == 3

    run(main())


def test_failures_over_tcp_with_answers_between_do_not_condemn_the_server() -> None:
    async def main() -> None:
        def every_other(query: Octets) -> Octets:
            return b"" if asked_for(query).startswith("odd") else framed(answer(query))

        async with serving(truncated, every_other) as fake, exchange(tcp_timeout=5) as asking:
            for i in range(40):
                assert addresses(await asking.ask(fake.server, name(i), A, recursion=False)) == ["192.0.2.1"]
                failed = await asking.ask(fake.server, name(f"odd{i}"), A, recursion=False)
                assert reason(failed) == "truncated over UDP, and TCP closed unanswered"

    run(main())


def test_tcp_that_stops_answering_is_given_up() -> None:
    async def main() -> None:
        def once(query: Octets) -> Octets:
            return b"" if len(fake.streams) > 1 else framed(answer(query))

        async with serving(truncated, once) as fake, exchange(tcp_timeout=5) as asking:
            replies = [await asking.ask(fake.server, name(i), A, recursion=False) for i in range(34)]
            assert addresses(replies[0]) == ["192.0.2.1"]
            assert {reason(reply) for reply in replies[1:33]} == {"truncated over UDP, and TCP closed unanswered"}
            last = "truncated over UDP, and not asked after 32 in a row: TCP closed unanswered"
            assert reason(replies[33]) == last
            assert len(fake.streams) == 33

    run(main())


def test_tcp_connections_are_few_at_a_time() -> None:
    async def slow(query: Octets) -> Octets:
        await asyncio.sleep(0.02)
        return framed(answer(query))

    async def main() -> None:
        async with serving(truncated, slow) as fake, exchange(tcp_timeout=5) as asking:
            replies = await asyncio.gather(*(asking.ask(fake.server, name(i), A, recursion=False) for i in range(60)))
            assert all(addresses(reply) == ["192.0.2.1"] for reply in replies)
            assert 2 <= fake.most_connected <= 8

    run(main())


# Servers in trouble, and many questions


async def ask_many(fake: Fake, count: int, **settings: Any) -> list[Message | NoReply]:
    async with exchange(**settings) as asking:
        return await asyncio.gather(*(asking.ask(fake.server, name(i), A, recursion=False) for i in range(count)))


def test_a_host_that_cannot_be_reached_is_asked_once() -> None:
    async def main() -> None:
        async with serving(silent, never) as fake:
            started = time.monotonic()
            replies = await ask_many(fake, 10_000)
            assert time.monotonic() - started < 5
            assert set(replies) == {NoReply(f"{NO_ANSWER}, and TCP connected, but did not answer in 0.3 s", True)}
            assert (len(fake.datagrams), len(fake.streams)) == (24, 1)

    run(main())


def test_a_tcp_port_that_swallows_connections() -> None:
    async def main() -> None:
        with socket.socket() as listener, contextlib.ExitStack() as clients:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            for _ in range(3):  # a full backlog: what comes next is dropped without a word
                client = clients.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(listener.getsockname())
            async with exchange() as asking:
                server = Server("", *listener.getsockname())
                reply = await asking.ask(server, name(), A, recursion=False)
            assert reply == NoReply(f"{REFUSED}, and TCP did not connect in 0.3 s", True)

    run(main())


def test_nothing_is_sent_to_a_server_once_given_up() -> None:
    async def main() -> None:
        async with serving(silent, never) as fake, exchange() as asking:
            first = await asking.ask(fake.server, name(), A, recursion=False)
            fake.datagrams.clear()
            assert await asking.ask(fake.server, name(2), A, recursion=False) == first
            assert fake.datagrams == []

    run(main())


def test_given_up_questions_that_came_later_do_not_wait_any_longer() -> None:
    async def main() -> None:
        async with serving(silent, never) as fake, exchange(tries=(0.1, 0.1, 0.3)) as asking:
            first = asyncio.create_task(asking.ask(fake.server, name(1), A, recursion=False))
            await asyncio.sleep(0.45)  # the first is about to go to TCP
            started = time.monotonic()
            later = await asking.ask(fake.server, name(2), A, recursion=False)
            assert await first == later
            assert time.monotonic() - started < 0.8

    run(main())


def test_a_server_that_stops_answering_does_not_hold_up_the_run() -> None:
    async def main() -> None:
        lucky: set[str] = set()

        def first_500(query: Octets) -> list[Octets]:
            if len(lucky) < 500:
                lucky.add(asked_for(query))
            return [answer(query)] if asked_for(query) in lucky else []

        async with serving(first_500) as fake:
            replies = await ask_many(fake, 10_000, tries=(0.5, 0.5, 0.5))
            answered = [reply for reply in replies if isinstance(reply, Message)]
            assert len(answered) == 500
            silence = "no answer in 3 tries over UDP (0.5, 0.5, 0.5 s), and connection refused over TCP"
            said = {reason(reply) for reply in replies if isinstance(reply, NoReply)}
            assert f"stopped answering: {silence}" in said
            assert said <= {silence, f"stopped answering: {silence}"}
            assert not any(reply.unanswered_server for reply in replies if isinstance(reply, NoReply))
            assert len(fake.datagrams) < 4000  # of 30,000 to send

    run(main())


def test_one_name_without_an_answer_does_not_condemn_the_server() -> None:
    async def main() -> None:
        def picky(query: Octets) -> list[Octets]:
            return [] if asked_for(query).startswith("odd") else [answer(query)]

        async with serving(picky) as fake, exchange() as asking:
            assert addresses(await asking.ask(fake.server, name("a"), A, recursion=False))
            for label in ("odd1", "odd2", "odd3"):
                assert NO_ANSWER in reason(await asking.ask(fake.server, name(label), A, recursion=False))
            assert addresses(await asking.ask(fake.server, name("b"), A, recursion=False))

    run(main())


def test_where_udp_is_blocked_only_the_first_questions_find_that_out() -> None:
    async def main() -> None:
        async with serving(silent, lambda query: framed(answer(query))) as fake:
            replies = await ask_many(fake, 100, tcp_timeout=5)
            assert all(addresses(reply) == ["192.0.2.1"] for reply in replies)
            assert (len(fake.datagrams), len(fake.streams)) == (24, 100)

    run(main())


def test_where_tcp_is_blocked_only_one_question_finds_that_out() -> None:
    async def main() -> None:
        async with serving(truncated, never) as fake:
            started = time.monotonic()
            replies = await ask_many(fake, 100)
            assert time.monotonic() - started < 3
            assert len(fake.streams) == 1
            blocked = "TCP connected, but did not answer in 0.3 s"
            assert {reason(reply) for reply in replies} == {f"truncated over UDP, and {blocked}"}

    run(main())


def test_questions_start_slowly_and_speed_up() -> None:
    async def main() -> None:
        held: list[Octets] = []
        flights: list[int] = []

        def hold(query: Octets) -> list[Octets]:
            held.append(query)
            return []

        async with serving(hold) as fake, exchange(tries=PATIENT) as asking:
            asked = [asyncio.create_task(asking.ask(fake.server, name(i), A, recursion=False)) for i in range(2000)]
            while not all(task.done() for task in asked):
                before = -1
                while before < len(held):  # until a flight is complete
                    before = len(held)
                    await asyncio.sleep(0.02)
                flights.append(len(held))
                for query in held:
                    fake.udp.sendto(answer(query), fake.clients[0])
                held.clear()
                await asyncio.sleep(0.02)
            assert flights[:6] == [8, 16, 32, 64, 128, 256]
            assert max(flights) <= 512

    run(main())


def test_loss_slows_questions_down() -> None:
    async def main() -> None:
        held: list[Octets] = []

        def hold(query: Octets) -> list[Octets]:
            held.append(query)
            return []

        def let_go(count: int) -> None:
            for query in held[:count]:
                fake.udp.sendto(answer(query), fake.clients[0])
            del held[:count]

        async def until(count: int) -> None:
            while len(held) < count:
                await asyncio.sleep(0.01)

        async with serving(hold) as fake, exchange(tries=(1.5, 20, 20)) as asking:
            asked = [asyncio.create_task(asking.ask(fake.server, name(i), A, recursion=False)) for i in range(200)]
            for flight in (8, 16, 32):
                await until(flight)
                let_go(flight)
            await until(64)
            await until(128)  # each sent again: the window is 32 now, with 64 open
            let_go(10)
            await asyncio.sleep(0.2)
            assert len({asked_for(query) for query in fake.datagrams}) == 8 + 16 + 32 + 64
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    run(main())


def test_loss_is_survived() -> None:
    chance = random.Random(20260101)

    async def main() -> None:
        async with serving(lambda query: [answer(query)] if chance.random() < 0.7 else []) as fake:
            replies = await ask_many(fake, 1000, tries=(0.1, 0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2))
            assert all(addresses(reply) == ["192.0.2.1"] for reply in replies)

    run(main())


# Ends


def test_the_time_budget() -> None:
    async def main() -> None:
        async with serving(silent, never) as fake:
            started = time.monotonic()
            async with exchange(tries=PATIENT, deadline=started + 0.2) as asking:
                early = [asking.ask(fake.server, name(i), A, recursion=False) for i in range(20)]
                spent = NoReply("the time budget of this run was spent", True)
                assert set(await asyncio.gather(*early)) == {spent}
                assert 0.2 <= time.monotonic() - started < 2
                sent = len(fake.datagrams)
                assert await asking.ask(fake.server, name(), A, recursion=False) == spent
                assert len(fake.datagrams) == sent

    run(main())


def test_the_time_budget_ends_tcp_too() -> None:
    async def main() -> None:
        async with serving(truncated, never) as fake:
            started = time.monotonic()
            reply = await ask(fake, tcp_timeout=9, deadline=started + 0.3)
            assert reply == NoReply("the time budget of this run was spent", False)
            assert time.monotonic() - started < 4

    run(main())


def test_a_budget_spent_before_sends_nothing() -> None:
    async def main() -> None:
        async with serving(lambda query: [answer(query)]) as fake:
            assert "budget" in reason(await ask(fake, deadline=time.monotonic() - 1))
            await asyncio.sleep(0.05)
            assert fake.datagrams == []

    run(main())


def test_leaving_answers_whoever_still_waits() -> None:
    async def main() -> None:
        async with serving(silent) as fake:
            async with exchange() as asking:
                waiting = [asyncio.create_task(asking.ask(fake.server, name(i), A, recursion=False)) for i in range(20)]
                await asyncio.sleep(0.01)
            assert {reason(reply) for reply in await asyncio.gather(*waiting)} == {
                "the run was stopped before an answer came"
            }

    run(main())


def test_a_cancelled_question_makes_room_for_the_next() -> None:
    async def main() -> None:
        async with serving(lambda query: [answer(query)] if asked_for(query) == "www" else []) as fake:
            async with exchange(tries=PATIENT) as asking:

                def start(label: object) -> asyncio.Task[Message | NoReply]:
                    return asyncio.create_task(asking.ask(fake.server, name(label), A, recursion=False))

                stuck = [start(i) for i in range(8)]
                unsent, waiting = start("unsent"), start("www")
                await asyncio.sleep(0.1)
                assert not waiting.done()
                unsent.cancel()
                stuck[3].cancel()
                assert addresses(await asyncio.wait_for(waiting, 4)) == ["192.0.2.1"]
            await asyncio.gather(unsent, *stuck, return_exceptions=True)
            assert "unsent" not in {asked_for(query) for query in fake.datagrams}

    run(main())


# Our own side


def test_a_server_without_an_ip_address() -> None:
    async def main() -> None:
        async with exchange() as asking:
            reply = await asking.ask(Server("ns1", "ns1.example.com"), name(), A, recursion=False)
            assert reply == NoReply("not an IP address", True)

    run(main())


def test_an_address_that_may_not_be_sent_to() -> None:
    async def main() -> None:
        async with exchange() as asking:
            reply = await asking.ask(Server("", "255.255.255.255"), name(), A, recursion=False)
            assert reply == NoReply("not permitted to send there (a firewall here?)", True)

    run(main())


def test_no_more_file_descriptors() -> None:
    async def main() -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with socket.socket() as lowest_free:
            used = lowest_free.fileno()
        async with exchange() as asking:
            resource.setrlimit(resource.RLIMIT_NOFILE, (used, hard))
            try:
                reply = await asking.ask(Server("", "127.0.0.1"), name(), A, recursion=False)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            assert reply == NoReply("too many open files in this process", True)

    run(main())


ALONE = """
import asyncio, sys
import dns.rdatatype
from preflight_dns.exchange import Exchange, Server

async def main():
    async with Exchange() as asking:
        for address in sys.argv[1:]:
            reply = await asking.ask(Server("", address), ".", dns.rdatatype.NS, recursion=False)
            print(reply.reason)

asyncio.run(main())
"""


def test_no_route() -> None:
    """In a network namespace of its own, that has no interface up."""
    unshare = [shutil.which("unshare") or "unshare", "--net", "--map-root-user"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not allow network namespaces")
    done = subprocess.run(
        [*unshare, sys.executable, "-W", "error", "-c", ALONE, "192.0.2.1", "2001:db8::1"],
        env={**os.environ, "PYTHONPATH": str(Path(preflight_dns.__path__[0]).parent)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == ""
    ipv4, ipv6 = done.stdout.splitlines()
    assert ipv4 == "no IPv4 route from here"
    assert ipv6 in ("no IPv6 route from here", "no IPv6 address here to ask from")


def test_a_relative_name_is_the_callers_mistake() -> None:
    async def main() -> None:
        async with exchange() as asking:
            with pytest.raises(dns.name.NeedAbsoluteNameOrOrigin):
                await asking.ask(Server("", "127.0.0.1"), "www", A, recursion=False)

    run(main())


@pytest.mark.parametrize(
    ("server", "text"),
    [
        (Server("ns2.example.com", "192.0.2.2"), "ns2.example.com 192.0.2.2"),
        (Server("", "192.0.2.2"), "192.0.2.2"),
        (Server("", "192.0.2.2", 5301), "192.0.2.2:5301"),
        (Server("ns2.example.com", "2001:db8::1"), "ns2.example.com 2001:db8::1"),
        (Server("", "2001:db8::1", 5301), "[2001:db8::1]:5301"),
    ],
)
def test_a_server_is_named_as_an_operator_would(server: Server, text: str) -> None:
    assert str(server) == text


# Servers from before EDNS


def without_edns(query: Octets, rcode: dns.rcode.Rcode = dns.rcode.FORMERR) -> list[Octets]:
    """An error for whoever asks with an OPT, and an answer for others."""
    asked = dns.message.from_wire(query)
    if asked.edns < 0:
        return [answer(query)]
    message = dns.message.make_response(asked)
    message.use_edns(False)
    message.set_rcode(rcode)
    return [message.to_wire()]


def offers(queries: list[Octets]) -> list[int]:
    """With which version of EDNS each was asked, or -1."""
    return [dns.message.from_wire(query).edns for query in queries]


def options(queries: list[Octets]) -> list[int]:
    """With how many options of EDNS each was asked."""
    return [len(dns.message.from_wire(query).options) for query in queries]


def without_options(query: Octets, rcode: dns.rcode.Rcode = dns.rcode.BADVERS) -> list[Octets]:
    """An error for whoever asks with an option."""
    asked = dns.message.from_wire(query)
    message = dns.message.make_response(asked)
    message.set_rcode(rcode)
    return [message.to_wire()] if asked.options else [answer(query)]


@pytest.mark.parametrize("rcode", [dns.rcode.FORMERR, dns.rcode.BADVERS])
def test_a_server_that_takes_offence_at_options_is_asked_without(rcode: dns.rcode.Rcode) -> None:
    """Against RFC 6891 section 6.1.2; resolvers that send none do not even see it."""

    async def main() -> None:
        async with serving(lambda query: without_options(query, rcode)) as fake, exchange(tries=PATIENT) as asking:
            for label in ("a", "b", "c"):
                reply = await asking.ask(fake.server, name(label), A, recursion=False, dnssec=True)
                assert addresses(reply) == ["192.0.2.1"]
            assert options(fake.datagrams) == [1, 0, 0, 0]
            assert offers(fake.datagrams) == [0, 0, 0, 0], "with EDNS still, for signatures"
            assert all(dns.message.from_wire(query).ednsflags & dns.flags.DO for query in fake.datagrams)
        async with serving(truncated, lambda query: framed(without_options(query, rcode)[0])) as fake:
            assert addresses(await ask(fake, tcp_timeout=5)) == ["192.0.2.1"]
            assert options(fake.streams) == [1, 0]

    run(main())


@pytest.mark.parametrize("rcode", [dns.rcode.FORMERR, dns.rcode.NOTIMP])
def test_a_server_without_edns_is_asked_without(rcode: dns.rcode.Rcode) -> None:
    async def main() -> None:
        async with serving(lambda query: without_edns(query, rcode)) as fake, exchange(tries=PATIENT) as asking:
            for label in ("a", "b", "c"):
                reply = await asking.ask(fake.server, name(label), A, recursion=False)
                assert addresses(reply) == ["192.0.2.1"]
            assert offers(fake.datagrams) == [0, -1, -1, -1], "once it has said so, it is not tried again"

    run(main())


def test_a_server_without_edns_over_tcp() -> None:
    async def main() -> None:
        async with serving(truncated, lambda query: framed(without_edns(query)[0])) as fake:
            assert addresses(await ask(fake, tcp_timeout=5)) == ["192.0.2.1"]
            assert offers(fake.streams) == [0, -1]

    run(main())


def test_formerr_of_a_server_that_speaks_edns_is_its_answer() -> None:
    def formerr(query: Octets) -> list[Octets]:
        message = dns.message.make_response(dns.message.from_wire(query))
        message.set_rcode(dns.rcode.FORMERR)
        return [message.to_wire()]

    async def main() -> None:
        async with serving(formerr) as fake:
            reply = await ask(fake, tries=PATIENT)
            assert isinstance(reply, Message)
            assert reply.rcode == "FORMERR"
            assert options(fake.datagrams) == [1, 0], "it may be the options, and is not more than that"

    run(main())
