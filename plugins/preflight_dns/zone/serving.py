"""Does each server serve the zone at all? What every aspect says alike of one that does not. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from preflight.finding import BUDGET_SPENT, Finding, NotChecked
from preflight_dns import advice
from preflight_dns.names import bare
from preflight_dns.observation import ADDRESS_UNKNOWN, NO_ADDRESS
from preflight_dns.views import Sight, View
from preflight_dns.zone.asked import Asked, Reply

_NEXT = {
    str(Sight.LAME): "configure the zone {zone} on {server}, or take it out of the delegation",
    "REFUSED": "see whether {server} serves {zone} and allows queries from here; if not, nothing must delegate to it",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """Replies with authority, and the reasons why the others are none."""

    replies: tuple[Reply, ...]
    reasons: tuple[Finding | NotChecked, ...]


def heard(zone: str, asked: Asked) -> Heard:
    """Sort the replies to a question for a name of the zone (absolute)."""
    if asked.unasked:
        return Heard((), (NotChecked(asked.unasked, asked.unasked, asked.advice),))
    good = tuple(reply for reply in asked.replies if not reply.unanswered and _serves(reply))
    bad = [_reason(zone, asked, reply, len(good)) for reply in asked.replies if reply not in good]
    return Heard(good, tuple(dict.fromkeys(bad)))


def unanswered(server: str, why: str, *, dead: bool) -> NotChecked:
    """A server that says nothing."""
    if why == BUDGET_SPENT.reason:
        return BUDGET_SPENT  # which says nothing about the server
    asked = not why.startswith((NO_ADDRESS, ADDRESS_UNKNOWN))
    silent = f"{server} does not answer" if dead else f"{server} did not answer every question"
    text = f"{server}: {why}"
    view = View(server, Sight.UNANSWERED, "", detail=why)
    return NotChecked(text, silent if asked else text, advice.unanswered(view))


def names_of(replies: Iterable[Reply]) -> str:
    """Their servers, as they stand in a sentence."""
    return advice.listed([reply.server for reply in replies])


def _serves(reply: Reply) -> bool:
    return reply.authoritative and reply.rcode in ("NOERROR", "NXDOMAIN")


def _reason(zone: str, asked: Asked, reply: Reply, good: int) -> Finding | NotChecked:
    if reply.unanswered:
        return unanswered(reply.server, reply.unanswered, dead=reply.dead)
    sight = reply.rcode if reply.rcode not in ("NOERROR", "NXDOMAIN") else Sight.LAME
    view = View(reply.server, sight, asked.name, zone)
    step = _NEXT[sight].format(server=reply.server, zone=bare(zone)) if sight in _NEXT else ""
    said = advice.sight(view, asked.type) + (f" ({'; '.join(reply.ede)})" if reply.ede else "")
    others = "the other servers have to answer for it" if good else "nobody is told anything of this zone"
    return Finding(
        expected=f"an answer with authority for {bare(zone)} from each of its servers",
        observed=f"{reply.server}: {said}, asked for {bare(asked.name)} {asked.type}",
        next_step=step or advice.error_step(sight, reply.server),
        consequence=f"whoever asks {reply.server} gets no answer; {others}",
        cause=advice.cause(view, [reply.server], False),
    )
