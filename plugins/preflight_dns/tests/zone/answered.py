"""What was answered, written short, for the tests of what is pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from preflight_dns.wire import Rr
from preflight_dns.zone.asked import Asked, Reply
from preflight_dns.zone.facts import Answered, Facts, Question, Standpoint

ZONE = "example.test."
AT = datetime(2026, 11, 21, 18, tzinfo=UTC)


def rr(line: str) -> Rr:
    """`www.example.test. 300 A 192.0.2.1`."""
    name, ttl, rdtype, text = line.split(None, 3)
    return Rr(name, int(ttl), rdtype, text)


def reply(server: str, *answer: str, rcode: str = "NOERROR", aa: bool = True, authority: tuple[str, ...] = ()) -> Reply:
    return Reply(server, rcode, aa, answer=tuple(map(rr, answer)), authority=tuple(map(rr, authority)))


def facts(
    answers: Mapping[Question, tuple[Reply, ...]], *, live: bool = True, servers: tuple[str, ...] = ("ns1",)
) -> Facts:
    """Facts of example.test, whose servers all serve it."""
    soa = Asked(ZONE, "SOA", tuple(reply(server, f"{ZONE} 300 SOA . . 1 1 1 1 1") for server in servers))
    answered = tuple(Answered(each, Asked(each.name, each.type, said)) for each, said in answers.items())
    return Facts(ZONE, soa, AT, live=live, answered=answered)


def here(answers: Mapping[Question, tuple[Reply, ...]], *, live: bool = True) -> Standpoint:
    """Facts as one server's questioner sees them."""
    return next(facts(answers, live=live).standpoints())
