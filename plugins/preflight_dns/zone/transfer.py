"""A zone transfer (AXFR, RFC 5936): what a server says it has, perhaps under a TSIG key (RFC 8945)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import dns.tsig

from preflight_dns.chain import within
from preflight_dns.exchange import Server
from preflight_dns.tcp import in_words
from preflight_dns.zone.fields import Tsig
from preflight_dns.zone.known import SIGNATURES, RrsetName, Transfer
from preflight_dns.zone.records import MalformedError, read

CONNECT = 3.0  # seconds
IDLE = 10.0  # seconds without an octet
LONGEST = 300.0  # seconds for all of it

_MD5 = "hmac-md5.sig-alg.reg.int"
_NO = {"REFUSED", "NOTAUTH", "NOTIMP", "FORMERR", "SERVFAIL", "NXDOMAIN"}


class _RefusedError(Exception):
    """The server does not want to: its right."""


class _BrokenError(Exception):
    """What came is not the zone."""


async def transfer(server: Server, zone: str, tsig: Tsig | None, take: Callable[[RrsetName], None]) -> Transfer:
    """Ask for the zone, and hand each of its RRsets to `take`, some more than once. Network errors are never raised."""
    reading = _Reading(zone, tsig, take)
    reader = writer = None
    whole, why = asyncio.timeout(LONGEST), ""
    try:
        async with whole:
            why = f"TCP did not connect in {CONNECT:g} s"
            async with asyncio.timeout(CONNECT):
                reader, writer = await asyncio.open_connection(server.address, server.port)
            writer.write(len(reading.query).to_bytes(2, "big") + reading.query)
            while not reading.done:
                why = f"nothing came for {IDLE:g} s"
                async with asyncio.timeout(IDLE):
                    size = int.from_bytes(await reader.readexactly(2), "big")
                    wire = await reader.readexactly(size)
                reading.read(wire)
    except _RefusedError as error:
        return Transfer(str(server), refused=str(error))
    except _BrokenError as error:
        return Transfer(str(server), reading.rrsets, broken=str(error))
    except asyncio.IncompleteReadError:
        return _ended(server, reading, "the connection was closed")
    except TimeoutError:
        return _ended(server, reading, f"it was not done in {LONGEST:g} s" if whole.expired() else why)
    except OSError as error:
        family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
        return _ended(server, reading, f"{in_words(error, family)} over TCP")
    finally:
        if writer:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
    return Transfer(str(server), reading.rrsets)


def _ended(server: Server, reading: _Reading, why: str) -> Transfer:
    if not reading.records:
        return Transfer(str(server), refused=why)
    return Transfer(str(server), reading.rrsets, broken=f"it ended after {reading.records} records: {why}")


class _Reading:
    """Messages of a transfer: the SOA, everything else, and the SOA again (RFC 5936 section 2.2)."""

    def __init__(self, zone: str, tsig: Tsig | None, take: Callable[[RrsetName], None]) -> None:
        self.done = False
        self.records = 0
        self._zone = zone
        self._take = take
        self._seen: set[RrsetName] = set()
        self._query = dns.message.make_query(zone, dns.rdatatype.AXFR, use_edns=False)
        if tsig is not None:
            algorithm = _MD5 if tsig.algorithm == "hmac-md5" else tsig.algorithm
            self._query.use_tsig(dns.tsig.Key(tsig.name, tsig.secret.reveal(), algorithm))
        self.query = self._query.to_wire()
        self._context: object = None
        self._signed = False

    @property
    def rrsets(self) -> int:
        return len(self._seen)

    def read(self, wire: bytes) -> None:
        if self._query.keyring:
            self._verify(wire)
        try:
            message = read(wire)
        except MalformedError as error:
            self._stop(f"a message that cannot be read ({error})")
        rcode = dns.rcode.to_text(dns.rcode.Rcode.make(message.rcode))
        if message.id != self._query.id or not message.response or rcode != "NOERROR":
            self._stop(rcode if rcode != "NOERROR" else "an answer to another question", refused=rcode in _NO)
        if not message.answer:  # some send such for ever, where a record fits into none of their messages
            self._stop("a message with nothing in it", refused=True)
        for name, rdtype in message.answer:
            self._add(name, rdtype)
        if self.done and self._query.keyring and not self._signed:  # RFC 8945 section 5.3.1
            self._stop("its last message is not signed")

    def _verify(self, wire: bytes) -> None:
        try:
            message = dns.message.from_wire(
                wire,
                keyring=self._query.keyring,
                request_mac=self._query.mac,
                xfr=True,
                tsig_ctx=self._context,  # type: ignore[arg-type]  # dnspython says Any and means its own
                multi=True,
            )
        except dns.tsig.PeerError as error:
            self._stop(f"the key is refused ({error})", refused=True)
        except (dns.exception.DNSException, ValueError) as error:
            self._stop(f"a message that cannot be taken ({' '.join(str(error).split()) or type(error).__name__})")
        self._context, self._signed = message.tsig_ctx, message.had_tsig

    def _add(self, name: str, rdtype: str) -> None:
        if not self.records and (rdtype != "SOA" or name != self._zone):
            what = f"the zone {name}" if rdtype == "SOA" else f"{name} {rdtype}"
            self._stop(f"it begins with {what}, not with the SOA of {self._zone}")
        if self.done:
            self._stop("records after its end")
        if not within(name, self._zone):
            self._stop(f"{name} is in it, which is no name of the zone")
        self.done = bool(self.records) and rdtype == "SOA"
        self.records += 1
        one = name, rdtype
        if one not in self._seen and rdtype not in SIGNATURES:
            self._seen.add(one)
            self._take(one)

    def _stop(self, why: str, *, refused: bool = False) -> NoReturn:
        if refused and not self.records:
            raise _RefusedError(why)
        raise _BrokenError(f"after {self.records} records: {why}" if self.records else why)
