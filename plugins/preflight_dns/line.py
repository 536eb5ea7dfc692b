"""All questions to one server: what is open, what waits, and what is still worth a packet."""

from __future__ import annotations

import asyncio
import errno
import math
import random
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import dns.exception

from preflight_dns import edns, wire
from preflight_dns.tcp import ask_over_tcp, in_words
from preflight_dns.transport import Transport
from preflight_dns.wire import Message

WINDOW, WINDOW_MAX = 8, 512  # questions open at one server
_TCP_MAX = 8  # connections to one server
_DRAIN = 1024  # datagrams read in one turn of the loop
_IDS = random.SystemRandom()
Simplify = Callable[[bytes], bytes]  # of a query


@dataclass(frozen=True, slots=True)
class NoReply:
    """Why there is no message; `unanswered_server` when this server has answered nothing at all in this run."""

    reason: str
    unanswered_server: bool


@dataclass(slots=True, eq=False)
class _Question:
    """A question until it is answered; its id stays the same over all tries, so that a late answer to one counts."""

    query: bytes
    reply: asyncio.Future[Message | NoReply]
    sent: int = 0
    due: float = math.inf  # loop time at which the last datagram sent counts as lost
    udp: str = ""  # what came of it over UDP, when that was no usable answer

    @property
    def id(self) -> int:
        return int.from_bytes(self.query[:2], "big")


class Line:
    """All questions to one server: those open, by id, and those waiting for room in the window."""

    def __init__(self, udp: socket.socket, tries: tuple[float, ...], tcp_timeout: float) -> None:
        self._socket = udp
        self._tries = tries
        self._tcp_timeout = tcp_timeout
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(udp, self._readable)
        self._udp, self._tcp = Transport(), Transport()
        self._simplify: Simplify | None = None  # once it has said that it does not understand it
        self._window = WINDOW
        self._steady_until = 0.0  # one burst of losses shrinks the window once
        self._waiting: deque[_Question] = deque()
        self._open: dict[int, _Question] = {}
        self._for_tcp: deque[_Question] = deque()  # those of the open ones that TCP has to answer
        self._connections: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._over: NoReply | None = None

    async def ask(self, query: bytes) -> Message | NoReply:
        if self._over:
            return self._over
        question = _Question(query, self._loop.create_future())
        self._waiting.append(question)
        self._proceed()
        try:
            return await question.reply
        except asyncio.CancelledError:
            self._drop(question)
            self._proceed()
            raise

    def give_up(self, reason: str) -> None:
        """Answer everything, now and from now on, with one and the same `NoReply`."""
        self._over = self._over or self._no_reply(reason)
        for question in (*self._open.values(), *self._waiting):
            self._resolve(question, self._over)
        self._waiting.clear()
        self._for_tcp.clear()
        for connection in self._connections:
            connection.cancel()

    async def close(self) -> None:
        if self._sweeper:
            self._sweeper.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _no_reply(self, reason: str) -> NoReply:
        return NoReply(reason, unanswered_server=not (self._udp.heard or self._tcp.heard))

    def _resolve(self, question: _Question, reply: Message | NoReply) -> None:
        self._drop(question)
        if not question.reply.done():
            question.reply.set_result(reply)

    def _drop(self, question: _Question) -> None:
        question.due = math.inf
        if self._open.get(question.id) is question:  # the id may be another question's by now
            del self._open[question.id]

    # What to do next

    def _proceed(self) -> None:
        """Send whatever may be sent now. To be called after anything that makes room."""
        while True:
            if self._udp.given_up and self._tcp.given_up:
                stopped = "stopped answering: " if self._udp.heard or self._tcp.heard else ""
                self.give_up(f"{stopped}{self._udp.why}, and {self._tcp.why}")
                break
            if self._for_tcp and (self._tcp.given_up or len(self._connections) < (_TCP_MAX if self._tcp.heard else 1)):
                self._start_tcp(self._for_tcp.popleft())
            elif self._waiting and len(self._open) < self._window:
                self._start(self._waiting.popleft())
            else:
                break
        if self._open and self._sweeper is None:
            self._sweeper = self._loop.call_later(min(self._tries) / 20, self._sweep)

    def _start(self, question: _Question) -> None:
        if question.reply.done():  # cancelled
            return
        while (number := _IDS.getrandbits(16)) in self._open:
            pass
        question.query = number.to_bytes(2, "big") + question.query[2:]
        if self._simplify:
            question.query = self._simplify(question.query)
        self._open[number] = question
        if self._udp.given_up:
            self._leave_udp(question, self._udp.verdict)
        else:
            self._send(question)

    def _start_tcp(self, question: _Question) -> None:
        if question.reply.done():  # cancelled, or answered late over UDP
            return
        if self._tcp.given_up:
            self._resolve(question, self._no_reply(f"{question.udp}, and {self._tcp.verdict}"))
            return
        connection = self._loop.create_task(self._ask_over_tcp(question))
        self._connections.add(connection)
        connection.add_done_callback(self._hung_up)

    def _sweep(self) -> None:
        """Send again, or give up over UDP, what is overdue: one timer for all questions."""
        self._sweeper = None
        now = self._loop.time()
        overdue = [question for question in self._open.values() if question.due <= now]
        if overdue and now >= self._steady_until:
            self._window = max(self._window // 2, WINDOW)
            self._steady_until = now + self._tries[0]
        for question in overdue:
            if question.due > now:  # cut off meanwhile by an error on sending
                continue
            if question.sent < len(self._tries):
                self._send(question)
            else:
                self._lose(question, _no_answer(self._tries))
        self._proceed()

    # UDP

    def _send(self, question: _Question, *, again: bool = True) -> None:
        """Send it; as a further try, unless it is only put in other words."""
        question.sent += again
        question.due = self._loop.time() + self._tries[max(question.sent - 1, 0)]
        try:
            self._socket.send(question.query)
        except BlockingIOError:
            pass  # no room in the kernel: as good as lost on the way
        except OSError as error:
            self._cut_off(error)

    def _readable(self) -> None:
        for _ in range(_DRAIN):
            try:
                reply = self._socket.recv(65535)
            except BlockingIOError:
                break
            except OSError as error:
                self._cut_off(error)
                continue
            question = self._open.get(int.from_bytes(reply[:2], "big"))
            if question is None:
                continue
            if wire.answers(reply, question.query):
                self._take(question, reply)
            else:
                question.udp = question.udp or "answered over UDP, but not what was asked"
        self._proceed()

    def _take(self, question: _Question, reply: bytes) -> None:
        self._udp.answered()
        self._window = min(self._window + 1, WINDOW_MAX)
        if wire.truncated(reply):
            if question.due < math.inf:
                self._leave_udp(question, "truncated over UDP")
            return
        try:
            message = _read(reply[2:])
        except dns.exception.FormError as error:  # perhaps forged: the true answer may yet come
            question.udp = f"answered over UDP with a message that does not parse ({error})"
            return
        if simplify := _simpler(message, question.query):
            self._simplify = simplify
            question.query = simplify(question.query)
            self._send(question, again=False)
        else:
            self._resolve(question, message)

    def _cut_off(self, error: OSError) -> None:
        """An ICMP error, or our own host's refusal to send: ends the tries of all that is under way."""
        why = f"{in_words(error, self._socket.family)} over UDP"
        if error.errno == errno.ECONNREFUSED:
            why += " (ICMP port unreachable)"
        for question in self._open.values():
            if question.due < math.inf:
                self._lose(question, why)

    def _lose(self, question: _Question, why: str) -> None:
        self._udp.unanswered(why)
        self._leave_udp(question, question.udp or why)

    def _leave_udp(self, question: _Question, why: str) -> None:
        question.due = math.inf
        question.udp = why
        self._for_tcp.append(question)

    # TCP

    async def _ask_over_tcp(self, question: _Question) -> None:
        try:
            reply, why = await ask_over_tcp(
                self._socket.family, self._socket.getpeername(), question.query, self._tcp_timeout
            )
            self._tcp.heard |= bool(reply)
            if not why and not wire.answers(reply, question.query):
                why = "TCP answered something else than was asked"
            if not why:
                message = _read(reply[2:])
                self._tcp.answered()
                if simplify := _simpler(message, question.query):
                    self._simplify = simplify
                    question.query = simplify(question.query)
                    self._for_tcp.append(question)  # `_hung_up` goes on with it
                else:
                    self._resolve(question, message)
        except dns.exception.FormError as error:
            why = f"answered over TCP with a message that does not parse ({error})"
        except Exception as bug:  # or the question would wait for ever
            if not question.reply.done():
                question.reply.set_exception(bug)
            return
        if why:
            self._tcp.unanswered(why)
            self._resolve(question, self._no_reply(f"{question.udp}, and {why}"))

    def _hung_up(self, connection: asyncio.Task[None]) -> None:
        self._connections.discard(connection)
        self._proceed()


def _simpler(message: Message, query: bytes) -> Simplify | None:
    """How to ask a server that does not understand an OPT (RFC 6891 section 7), or takes offence at options."""
    if edns.has_options(query) and message.edns and message.rcode in ("FORMERR", "BADVERS"):
        return edns.without_options
    if edns.asked_with(query) and not message.edns and message.rcode in ("FORMERR", "NOTIMP"):
        return edns.without
    return None


def _no_answer(tries: tuple[float, ...]) -> str:
    waits = ", ".join(f"{seconds:g}" for seconds in tries)
    return f"no answer in {len(tries)} tries over UDP ({waits} s)"


@lru_cache(maxsize=1024)
def _read(after_id: bytes) -> Message:
    """Servers that agree mostly send the same octets."""
    return wire.read(b"\0\0" + after_id)
