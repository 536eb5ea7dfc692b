"""What an aspect has to say of a zone, and the reasons made of it: one a fault, with all servers that show it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from preflight.finding import BUDGET_SPENT, Finding, NotChecked
from preflight_dns.advice import error_step
from preflight_dns.names import bare
from preflight_dns.zone.asked import Reply
from preflight_dns.zone.facts import Facts, Question, Resolved, Standpoint, why_unanswered
from preflight_dns.zone.serving import heard


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong, as far as one server shows it. `cause` is what it is grouped under, if not itself."""

    expected: str
    observed: str
    next_step: str
    consequence: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that could not be found out."""

    reason: str
    next_step: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Nothing wrong, and yet worth a line."""

    text: str


T = TypeVar("T", bound=Hashable)
Said = Flaw | Unknown | Note
Examine = Callable[[Standpoint], Iterable[Said]]


def judged(facts: Facts, examine: Examine, why: str = "") -> list[Finding | NotChecked]:
    """What `examine` finds through the eyes of each server. `why` stands in for the consequence."""
    said = _by_server(facts, examine)
    whole = sum(1 for _ in facts.standpoints())
    flaws = [_finding(one, servers, whole, why) for one, servers in said.items() if isinstance(one, Flaw)]
    gaps = [NotChecked(one.reason, one.cause or one.reason, one.next_step) for one in said if isinstance(one, Unknown)]
    return [*flaws, *dict.fromkeys([*gaps, *heard(facts.zone, facts.soa).reasons])]


def notes(facts: Facts, examine: Examine) -> list[str]:
    """The lines that are worth knowing although nothing is wrong."""
    whole = sum(1 for _ in facts.standpoints())
    return [
        one.text + ("" if len(servers) == whole else f" ({', '.join(servers)})")
        for one, servers in _by_server(facts, examine).items() if isinstance(one, Note)
    ]  # fmt: skip


def unlike(
    what: str, has: Iterable[tuple[str, T]], next_step: str, consequence: str, shown: Callable[[T], str] = str
) -> Iterator[Finding]:
    """A finding if not all servers have the same; `has` are servers, each with what it has."""
    servers: dict[T, list[str]] = {}
    for server, there in has:
        servers.setdefault(there, []).append(server)
    if len(servers) > 1:
        observed = "\n".join(f"{', '.join(some)}: {shown(there)}" for there, some in servers.items())
        yield Finding(f"the same {what} on every server", observed, next_step, consequence)


def missing(facts: Facts, examine: Examine) -> list[Question]:
    """What `examine` would still have to be told, through the eyes of each server."""
    wanted: dict[Question, None] = {}
    for here in facts.standpoints():
        for _ in examine(here):
            pass
        wanted |= here.missing
    return list(wanted)


def unseen(seen: Reply | Resolved, what: str) -> Unknown:
    """A question that was not answered."""
    reply = seen.reply if isinstance(seen, Resolved) else seen
    why = why_unanswered(reply)
    if why == BUDGET_SPENT.reason:
        return Unknown(BUDGET_SPENT.reason, BUDGET_SPENT.next_step, BUDGET_SPENT.cause)
    at = f", which leads to {bare(seen.end)}" if isinstance(seen, Resolved) and seen.alias else ""
    text = f"{what}{at}: {reply.server}: {why}"
    if not reply.unanswered:
        step = error_step(reply.rcode, reply.server, resolver=reply.recursion)
        # What a resolver cannot say of one name says nothing of the others.
        return Unknown(text, step, "" if reply.recursion else f"{reply.server} answers {reply.rcode}")
    step = (
        f"see whether {reply.server} can be reached from this machine over UDP and TCP, and whether it can answer that"
    )
    return Unknown(text, step, f"{reply.server} does not answer" if reply.dead else "")


def listed(values: Iterable[str], most: int = 8) -> str:
    """Values, the first few of them."""
    every = list(values)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")


def _by_server(facts: Facts, examine: Examine) -> dict[Said, list[str]]:
    said: dict[Said, list[str]] = {}
    for here in facts.standpoints():
        for one in dict.fromkeys(examine(here)):
            said.setdefault(one, []).append(here.server)
    return said


def _finding(flaw: Flaw, servers: list[str], whole: int, why: str) -> Finding:
    everywhere = len(servers) == whole
    observed = flaw.observed if everywhere else f"{', '.join(servers)}: {flaw.observed}"
    alone = "" if everywhere or len(servers) > 1 else f"{servers[0]} differs from the other servers"
    return Finding(flaw.expected, observed, flaw.next_step, why or flaw.consequence, flaw.cause or alone)
