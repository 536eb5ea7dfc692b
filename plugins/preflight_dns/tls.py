"""All questions to one server over TLS or HTTPS: one connection, its certificate verified, many questions at once."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress

import dns.exception

from preflight_dns import wire
from preflight_dns.framing import Framing, Reply, framing
from preflight_dns.line import NoReply
from preflight_dns.names import Secured
from preflight_dns.tcp import in_words
from preflight_dns.transport import Transport
from preflight_dns.wire import Message

NO_HTTP2 = "DNS over HTTPS takes h2, which is not installed (pip install 'pytest-preflight[doh]')"
WINDOW = (
    64  # questions open at once: fewer than the streams that any HTTP/2 server should take (RFC 9113 section 6.5.2)
)
ATTEMPTS = 2  # connections for a question: a server may end one at any time (RFC 7766 section 6.2.3)


class _Ended(Exception):  # noqa: N818  it says what the connection has
    """The connection is over, or never was; says why."""


class _Connection:
    """An open connection, and the questions that wait for an answer on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, framed: Framing) -> None:
        self.framed = framed
        self._writer = writer
        self._open: dict[int, asyncio.Future[Reply]] = {}
        self.over = ""
        writer.write(framed.opening())
        self._reading = asyncio.create_task(self._read(reader))

    async def ask(self, query: bytes) -> tuple[bytes, Reply]:
        """The question as it was sent, and its reply. Raises _Ended."""
        if self.over:
            raise _Ended(self.over)
        try:
            number, data = self.framed.asked(query)
        except ValueError as error:
            raise _Ended(str(error)) from None
        reply = self._open[number] = asyncio.get_running_loop().create_future()
        self._writer.write(data)
        sent = number.to_bytes(2, "big") + query[2:] if self.framed.protocol == "dot" else query
        try:
            return sent, await reply
        finally:
            self._open.pop(number, None)

    def end(self, why: str) -> None:
        self.over = self.over or why
        for reply in self._open.values():
            if not reply.done():
                reply.set_exception(_Ended(self.over))
        self._writer.close()

    async def close(self) -> None:
        self.end("closed")
        self._reading.cancel()
        with suppress(asyncio.CancelledError, OSError, ssl.SSLError):
            await self._reading
        with suppress(OSError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(1):
                await self._writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        why = "the server closed the connection"
        try:
            while data := await reader.read(65536):
                found, answer = self.framed.heard(data)
                for number, reply in found:
                    waiting = self._open.get(number)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(reply)
                if answer:
                    self._writer.write(answer)
        except (OSError, ssl.SSLError, ValueError) as error:
            why = _why(error)
        self.end(why)


class TlsLine:
    """All questions to one server: `seconds` for connecting with its handshake, and for each answer.

    `ca` is a file with certificates of authorities, besides those that this machine trusts; or empty.
    """

    def __init__(self, address: str, port: int, secured: Secured, seconds: float, ca: str = "") -> None:
        self._address, self._port, self._secured, self._seconds = address, port, secured, seconds
        self._ca = ca
        self._path = Transport()
        self._room = asyncio.Semaphore(WINDOW)
        self._connecting: asyncio.Task[_Connection] | None = None
        self._over: NoReply | None = None

    async def ask(self, query: bytes) -> Message | NoReply:
        async with self._room:
            why = ""
            for _ in range(ATTEMPTS):
                if self._over:
                    return self._over
                try:
                    async with asyncio.timeout(2 * self._seconds):
                        connection = await self._connected()
                        return self._taken(*await self._asked(connection, query))
                except TimeoutError:
                    return self._unanswered(f"no answer in {self._seconds:g} s over {self._how}")
                except _Ended as error:
                    why = str(error)
            return self._unanswered(why)

    def give_up(self, reason: str) -> None:
        """Answer everything, now and from now on, with one and the same `NoReply`."""
        self._over = self._over or NoReply(reason, unanswered_server=not self._path.heard)
        if self._connecting and self._connecting.done() and not self._failed(self._connecting):
            self._connecting.result().end(reason)

    async def close(self) -> None:
        if self._connecting is None:
            return
        self._connecting.cancel()
        with suppress(asyncio.CancelledError, _Ended):
            await (await self._connecting).close()

    async def _asked(self, connection: _Connection, query: bytes) -> tuple[bytes, Reply]:
        async with asyncio.timeout(self._seconds):
            return await connection.ask(query)

    def _taken(self, sent: bytes, reply: Reply) -> Message | NoReply:
        if isinstance(reply, str):
            return self._unanswered(f"{reply} over {self._how}")
        if not wire.answers(reply, sent):
            return self._unanswered(f"answered something else than was asked over {self._how}")
        try:
            message = wire.read(b"\0\0" + reply[2:])
        except dns.exception.FormError as error:
            return self._unanswered(f"answered over {self._how} with a message that does not parse ({error})")
        self._path.answered()
        return message

    def _unanswered(self, why: str) -> NoReply:
        if self._over:
            return self._over
        self._path.unanswered(why)
        if self._path.given_up:
            self.give_up(self._path.verdict)
        return self._over or NoReply(why, unanswered_server=not self._path.heard)

    @property
    def _how(self) -> str:
        return "TLS" if self._secured.scheme == "tls" else "HTTPS"

    async def _connected(self) -> _Connection:
        connecting = self._connecting
        if connecting is None or (connecting.done() and (self._failed(connecting) or connecting.result().over)):
            connecting = self._connecting = asyncio.create_task(self._connect())
        return await asyncio.shield(connecting)

    def _failed(self, connecting: asyncio.Task[_Connection]) -> bool:
        return connecting.cancelled() or connecting.exception() is not None

    async def _connect(self) -> _Connection:
        """Raises _Ended."""
        framed = framing(self._secured, self._port)
        try:
            context = trusting(self._ca)
            context.set_alpn_protocols([framed.protocol])
            async with asyncio.timeout(self._seconds):
                reader, writer = await asyncio.open_connection(
                    self._address, self._port, ssl=context, server_hostname=self._secured.name
                )
        except TimeoutError:
            raise _Ended(f"no TLS connection in {self._seconds:g} s") from None
        except OSError as error:
            raise _Ended(_why(error)) from None
        chosen = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        if framed.protocol == "h2" and chosen != "h2":
            writer.close()
            raise _Ended("the server speaks no HTTP/2")
        return _Connection(reader, writer, framed)


def trusting(ca: str) -> ssl.SSLContext:
    """What verifies a server's certificate: by this machine's authorities, and those in a file. Raises OSError."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca:
        context.load_verify_locations(ca)
    return context


def objection(ca: str) -> str:
    """Why a file cannot be used for that; empty if it can."""
    try:
        trusting(ca)
    except ssl.SSLError:
        return "there is no certificate in it (PEM)"
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS with it: {(error.reason or str(error)).lower().replace('_', ' ')}"
    if isinstance(error, OSError):
        return f"{in_words(error, socket.AF_INET)} over TCP"
    return str(error)
