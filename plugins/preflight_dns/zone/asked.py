"""A question and what each server said to it: plain data, which most aspects of a zone are judged by."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_dns.wire import Rr


@dataclass(frozen=True, slots=True)
class Reply:
    """What one server said, all sections of it.

    Attributes:
        server: its host name and address, such as `ns2.example.com 192.0.2.2`.
        rcode: `NOERROR`, `NXDOMAIN`, ...; empty if it did not answer.
        authoritative, recursion: the bits AA and RA.
        unanswered: why there is no answer; empty if there is one.
        dead: it has not answered anything in this run.
        authenticated: the bit AD: a resolver has validated it.
        ede: what it says besides of what happened (RFC 8914).
    """

    server: str
    rcode: str = ""
    authoritative: bool = False
    recursion: bool = False
    answer: tuple[Rr, ...] = ()
    authority: tuple[Rr, ...] = ()
    additional: tuple[Rr, ...] = ()
    unanswered: str = ""
    dead: bool = False
    authenticated: bool = False
    ede: tuple[str, ...] = ()

    def rrs(self, name: str, rdtype: str) -> tuple[Rr, ...]:
        """The RRset of that name (absolute, lower-case) and type in the answer section."""
        return tuple(rr for rr in self.answer if rr.name == name and rr.type == rdtype)


@dataclass(frozen=True, slots=True)
class Asked:
    """A name (absolute, lower-case) and type asked of several servers.

    Attributes:
        unasked: why nobody could be asked; empty if somebody was.
        advice: what would make it possible to ask.
    """

    name: str
    type: str
    replies: tuple[Reply, ...] = ()
    unasked: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Traits:
    """How a server deals with what resolvers do; each is empty where it is well.

    Attributes:
        tcp: why there is no answer over TCP.
        edns: what it does with EDNS (RFC 6891).
        case: which name came back for the one that was asked, in mixed case (draft-vixie-dnsext-dns0x20).
    """

    server: str
    tcp: str = ""
    edns: str = ""
    case: str = ""
