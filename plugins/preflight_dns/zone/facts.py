"""What a zone's servers and the resolvers said, and how it reads to somebody who happens to ask one of these servers.

An aspect that goes by this is one pure function, which looks up what it wants to know in a `Standpoint`. What was not
asked yet is noted there, so `looking` runs that very function, asks what it missed, and runs it again until nothing is
missing. The judge runs it once more over what was recorded. So nothing is asked that no judgement needs, and what a
judge needs (the includes of an SPF record, where a CNAME leads) need not be foreseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from preflight_dns.chain import within
from preflight_dns.names import bare
from preflight_dns.wire import Rr
from preflight_dns.zone.asked import Asked, Reply
from preflight_dns.zone.serving import heard

MOST_ALIASES = 16
ANSWERS = ("NOERROR", "NXDOMAIN")


@dataclass(frozen=True, slots=True)
class Question:
    """A name (absolute, lower-case) and a type.

    Attributes:
        whom: the zone's servers, those of the zone above (DS: RFC 4035 section 3.1.4.1), or the resolvers.
        signed: with the signatures that belong to the answer (the DO bit, RFC 3225).
        unchecked: resolvers are asked not to validate it (the CD bit, RFC 4035 section 3.2.2).
    """

    name: str
    type: str
    whom: Literal["zone", "above", "resolvers"] = "zone"
    signed: bool = False
    unchecked: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and what everybody said who was asked it."""

    question: Question
    asked: Asked


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was asked for one aspect of a zone; of its name (absolute, lower-case), the SOA to begin with.

    Attributes:
        at: when, by the clock of the machine that asked: what is valid for a time is judged by it.
        nonce: a label that nobody has chosen before: a name with it exists by a wildcard alone.
        live: the servers are those that the zone is delegated to, so that resolvers see the same zone.
        records: what is looked at, those of the inventory in this zone, as (name, type), names absolute.
        absent: names that must not exist by the inventory.
    """

    zone: str
    soa: Asked
    at: datetime
    nonce: str = ""
    live: bool = True
    records: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = ()
    answered: tuple[Answered, ...] = ()

    def standpoints(self) -> Iterator[Standpoint]:
        """The facts as seen through each server that serves the zone."""
        table = {each.question: each.asked for each in self.answered}
        return (Standpoint(self, reply.server, table) for reply in heard(self.zone, self.soa).replies)


@dataclass(slots=True)
class Standpoint:
    """The facts as somebody sees them who happens to ask this server. `missing` is what should be asked yet."""

    facts: Facts
    server: str
    table: dict[Question, Asked]
    missing: dict[Question, None] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        return self.facts.zone

    def inside(self, name: str) -> bool:
        return within(name.lower(), self.zone)

    def look(self, name: str, rdtype: str, *, signed: bool = False) -> Reply:
        """What this server says if the name is in its zone, else what resolvers do."""
        name = name.lower()
        if not self.inside(name):
            return self._resolvers(Question(name, rdtype, "resolvers", signed))
        asked = self._asked(Question(name, rdtype, "zone", signed))
        reply = next((reply for reply in asked.replies if reply.server == self.server), None)
        if reply is None:
            return Reply(self.server, unanswered=asked.unasked or NOT_ASKED)
        cut = referral(reply, self.zone)
        if cut and self.facts.live:
            return self._resolvers(Question(name, rdtype, "resolvers", signed))
        if cut:
            return replace(reply, unanswered=f"it refers to the servers of {bare(cut)}, {_NOT_LIVE}")
        lame = reply.rcode in ANSWERS and not reply.authoritative
        return (
            replace(reply, unanswered=f"it answers without authority for {bare(self.zone)} (lame)") if lame else reply
        )

    def above(self, rdtype: str) -> Asked:
        """What the servers of the parent zone say of this zone's name, with signatures."""
        return self._asked(Question(self.zone, rdtype, "above", signed=True))

    def resolvers(self, name: str, rdtype: str, *, signed: bool = True, unchecked: bool = False) -> Asked:
        """What each resolver says."""
        return self._asked(Question(name, rdtype, "resolvers", signed=signed, unchecked=unchecked))

    def resolve(self, name: str, rdtype: str) -> Resolved:
        """Follow CNAMEs to the RRset."""
        passed = [name.lower()]
        while True:
            asked = passed[-1]
            reply, mine = self.look(asked, rdtype), self.inside(asked)
            aliases = {rr.name: rr.text.lower() for rr in reply.answer if rr.type == "CNAME" != rdtype}
            # A server of the zone is believed within its zone only, resolvers outside of it only.
            while passed[-1] in aliases and self.inside(passed[-1]) == mine:
                passed.append(aliases[passed[-1]])
                if passed[-1] in passed[:-1] or len(passed) > MOST_ALIASES:
                    return Resolved(tuple(passed), reply, loop=True)
            end = passed[-1]
            found = reply.rrs(end, rdtype)
            # A server may stop at a CNAME whose target it has delegated, or not go on at all (RFC 1034 section 4.3.2).
            if end == asked or (self.inside(end) == mine and (found or not mine or reply.rcode != "NOERROR")):
                return Resolved(tuple(passed), reply, found)

    def _resolvers(self, question: Question) -> Reply:
        asked = self._asked(question)
        usable = (reply for reply in asked.replies if reply.rcode in ANSWERS)
        nobody = Reply("the resolvers", unanswered=asked.unasked or NOT_ASKED)
        return next(usable, asked.replies[0] if asked.replies else nobody)

    def _asked(self, question: Question) -> Asked:
        if question not in self.table:
            self.missing[question] = None
            return Asked(question.name, question.type, unasked=NOT_ASKED)
        return self.table[question]


NOT_ASKED = "it was not asked"
_NOT_LIVE = "which were not asked: what resolvers see of it may be another zone's, until the delegation changes"


def referral(reply: Reply, zone: str) -> str:
    """The zone further down that a reply refers to, or ""."""
    if reply.authoritative or reply.rcode != "NOERROR" or reply.answer:
        return ""
    return next(
        (rr.name for rr in reply.authority if rr.type == "NS" and within(rr.name, zone) and rr.name != zone), ""
    )


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where a name leads.

    Attributes:
        passed: the name itself, and each that a CNAME led to.
        reply: the last one on the way, which says whether the last name exists.
        rrs: the RRset there.
        loop: the CNAMEs come back to a name that was passed, or are too many.
    """

    passed: tuple[str, ...]
    reply: Reply
    rrs: tuple[Rr, ...] = ()
    loop: bool = False

    @property
    def end(self) -> str:
        return self.passed[-1]

    @property
    def alias(self) -> bool:
        return len(self.passed) > 1

    @property
    def gone(self) -> bool:
        """The name at the end does not exist."""
        return self.reply.rcode == "NXDOMAIN" and not self.reply.unanswered and not self.rrs

    @property
    def unanswered(self) -> str:
        """Why nothing is known of it; empty if something is: NXDOMAIN is knowledge, SERVFAIL is not."""
        return why_unanswered(self.reply)


def why_unanswered(reply: Reply) -> str:
    besides = f" ({'; '.join(reply.ede)})" if reply.ede else ""
    return reply.unanswered or ("" if reply.rcode in ANSWERS else f"it answers {reply.rcode}{besides}")


# What each aspect that goes by facts has seen. They stand here, so that a record is read without what judges load.


@dataclass(frozen=True, slots=True)
class MailSeen(Facts):
    aspect: Literal["mail"] = "mail"


@dataclass(frozen=True, slots=True)
class CaaSeen(Facts):
    aspect: Literal["caa"] = "caa"


@dataclass(frozen=True, slots=True)
class DanglingSeen(Facts):
    """How it is known where the zone leads.

    Attributes:
        whole: a zone transfer says what is in the zone, so `records` is all of it that leads anywhere.
        registrable: of the names that do not exist, those that a registry gives to whoever asks; None if not known.
    """

    whole: bool = False
    registrable: tuple[str, ...] | None = None
    aspect: Literal["dangling"] = "dangling"


@dataclass(frozen=True, slots=True)
class WildcardSeen(Facts):
    aspect: Literal["wildcard"] = "wildcard"


@dataclass(frozen=True, slots=True)
class DnssecSeen(Facts):
    aspect: Literal["dnssec"] = "dnssec"
