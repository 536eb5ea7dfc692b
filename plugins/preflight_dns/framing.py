"""Questions and replies within a TLS connection: DNS over TLS (RFC 7858) and over HTTPS (RFC 8484). Does no I/O.

Over TLS each message has its length before it, as over TCP, and replies are told apart by their ids. Over HTTPS each
question is a POST in a stream of its own of one HTTP/2 connection, and has id zero, so that caches can know it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from preflight_dns.names import Secured

if TYPE_CHECKING:
    import h2.connection

Reply = bytes | str  # a message, or why there is none
LARGEST = 65535  # octets of a message


class Framing(Protocol):
    """What stands on one connection."""

    protocol: str  # by which ALPN knows it

    def opening(self) -> bytes:
        """What is sent first."""

    def asked(self, query: bytes) -> tuple[int, bytes]:
        """A number for a question, by which its reply will be known, and what to send. Raises ValueError."""

    def heard(self, data: bytes) -> tuple[list[tuple[int, Reply]], bytes]:
        """What came: replies by the numbers of their questions, and what to send now. Raises ValueError."""


def framing(secured: Secured, port: int) -> Framing:
    return OverTls() if secured.scheme == "tls" else OverHttps(secured, port)


class OverTls:
    protocol = "dot"

    def __init__(self) -> None:
        self._got = b""
        self._number = 0

    def opening(self) -> bytes:
        return b""

    def asked(self, query: bytes) -> tuple[int, bytes]:
        self._number = (self._number + 1) & 0xFFFF
        return self._number, len(query).to_bytes(2, "big") + self._number.to_bytes(2, "big") + query[2:]

    def heard(self, data: bytes) -> tuple[list[tuple[int, Reply]], bytes]:
        self._got += data
        found: list[tuple[int, Reply]] = []
        while len(self._got) >= 2 and len(self._got) >= (end := 2 + int.from_bytes(self._got[:2], "big")):
            message, self._got = self._got[2:end], self._got[end:]
            found.append((int.from_bytes(message[:2], "big"), message))
        return found, b""


class OverHttps:
    """Takes h2, of the extra `doh`."""

    protocol = "h2"

    def __init__(self, secured: Secured, port: int) -> None:
        import h2.config
        import h2.connection

        authority = f"[{secured.name}]" if ":" in secured.name else secured.name
        authority = authority if port == secured.port else f"{authority}:{port}"
        self._headers = [(":method", "POST"), (":scheme", "https"), (":authority", authority), (":path", secured.path)]
        self._headers += [("accept", "application/dns-message"), ("content-type", "application/dns-message")]
        self._connection: h2.connection.H2Connection = h2.connection.H2Connection(h2.config.H2Configuration())
        self._status: dict[int, str] = {}
        self._bodies: dict[int, bytes] = {}

    def opening(self) -> bytes:
        self._connection.initiate_connection()
        return self._connection.data_to_send()

    def asked(self, query: bytes) -> tuple[int, bytes]:
        import h2.exceptions

        try:
            number = self._connection.get_next_available_stream_id()
            self._connection.send_headers(number, [*self._headers, ("content-length", str(len(query)))])
            self._connection.send_data(number, query, end_stream=True)
        except h2.exceptions.ProtocolError as error:  # it takes fewer streams at once than any should, or no more
            raise ValueError(f"no further question on this HTTP connection ({error})") from None
        return number, self._connection.data_to_send()

    def heard(self, data: bytes) -> tuple[list[tuple[int, Reply]], bytes]:
        import h2.events
        import h2.exceptions

        found: list[tuple[int, Reply]] = []
        try:
            events = self._connection.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            raise ValueError(f"what came is no HTTP/2 ({error})") from None
        for event in events:
            match event:
                case h2.events.ResponseReceived():
                    self._status[event.stream_id] = _status(event.headers)
                case h2.events.DataReceived():
                    body = self._bodies.get(event.stream_id, b"") + event.data
                    self._bodies[event.stream_id] = body[: LARGEST + 1]
                    self._connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                case h2.events.StreamEnded():
                    found.append((event.stream_id, self._reply(event.stream_id)))
                case h2.events.StreamReset():
                    found.append((event.stream_id, "HTTP stream reset by the server"))
                case h2.events.ConnectionTerminated():
                    raise ValueError("the server ended the HTTP connection")
        return found, self._connection.data_to_send()

    def _reply(self, stream: int) -> Reply:
        status, body = self._status.pop(stream, ""), self._bodies.pop(stream, b"")
        if status != "200":
            return f"HTTP status {status or 'missing'}"
        return body if len(body) <= LARGEST else "a body that is larger than a DNS message can be"


def _status(headers: object) -> str:
    """h2 gives octets, or text where it is told to."""
    assert isinstance(headers, list)
    for name, value in headers:
        if name in (b":status", ":status"):
            return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    return ""
