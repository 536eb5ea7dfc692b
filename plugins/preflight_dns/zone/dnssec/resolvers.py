"""What do the resolvers make of the zone: do they validate, and does it? By AD, SERVFAIL and CD (RFC 4035). Pure.

They see what is not looked at here: the chain from their trust anchor down to the parent zone, what their caches hold,
and their own clocks.
"""

from __future__ import annotations

from collections.abc import Iterator

from preflight_dns.names import bare
from preflight_dns.zone.asked import Reply
from preflight_dns.zone.facts import ANSWERS, Standpoint, why_unanswered
from preflight_dns.zone.flaws import Flaw, Note, Said, Unknown, listed, unseen


def validated(here: Standpoint, *, vouched: bool) -> Iterator[Said]:
    """`vouched`: there is a DS at the parent, so that the zone should validate. Before a zone is delegated to its
    servers, resolvers see another one, and are not asked."""
    if not here.facts.live:
        return
    asked = here.resolvers(here.zone, "SOA")
    answered = [reply for reply in asked.replies if reply.rcode in ANSWERS]
    failed = [reply for reply in asked.replies if reply.rcode == "SERVFAIL"]
    silent = [reply for reply in asked.replies if reply not in answered and reply not in failed]
    yield from _failed(here, failed)
    if answered and vouched:
        yield from _authenticated(here, answered)
    for reply in silent or ([] if asked.replies else [Reply("the resolvers", unanswered=asked.unasked)]):
        gap = unseen(reply, f"what it makes of {bare(here.zone)} is not known")
        # What one of several does not say matters to its own users.
        yield Note(gap.reason) if answered or failed else gap


def _failed(here: Standpoint, replies: list[Reply]) -> Iterator[Said]:
    if not replies:
        return
    zone = bare(here.zone)
    without = {reply.server: reply for reply in here.resolvers(here.zone, "SOA", unchecked=True).replies}
    for reply in replies:
        again = without.get(reply.server, Reply(reply.server, unanswered="it was not asked"))
        besides = f" ({'; '.join(reply.ede)})" if reply.ede else ""
        if again.rcode in ANSWERS:
            yield Flaw(
                f"an answer of {reply.server} for {zone} SOA, as validation does not fail there",
                f"bogus: {reply.server} answers SERVFAIL{besides}, and with checking disabled (CD) the SOA",
                f"mend what else is found here of {zone}; if that is nothing, the chain is broken above its parent "
                f"zone, which `delv {zone} SOA` shows, or at {reply.server}: see its clock and its trust anchor, and "
                f"flush {zone} from its cache, which may hold an old DS until the TTL of that has passed",
                f"for all who ask {reply.server}, nothing in the zone exists",
                f"{zone} is bogus",
            )
        else:
            yield Unknown(
                f"what {reply.server} makes of {zone} is not known: it answers SERVFAIL{besides}, and with checking "
                f"disabled (CD): {why_unanswered(again)}; so it is not for DNSSEC",
                f"read the log of {reply.server}: it does not reach the servers of {zone}, or takes none of their "
                "answers",
                f"{reply.server} does not resolve {zone}",
            )


def _authenticated(here: Standpoint, replies: list[Reply]) -> Iterator[Note]:
    zone = bare(here.zone)
    good = [reply.server for reply in replies if reply.authenticated]
    if good:
        yield Note(f"{zone}: it validates at {listed(good)} (AD)")
    if len(good) == len(replies):
        return
    able = {reply.server for reply in here.resolvers(".", "SOA").replies if reply.authenticated}
    blind = [reply.server for reply in replies if reply.server not in able and not reply.authenticated]
    insecure = [reply.server for reply in replies if reply.server in able and not reply.authenticated]
    if insecure:
        yield Note(
            f"{zone}: {listed(insecure)} validates, and takes {zone} for unsigned: a zone above its parent is not "
            "signed, or it is excepted there (a negative trust anchor)"
        )
    if blind:
        yield Note(f"{zone}: {listed(blind)} does not validate (no AD, for the root neither): what it says is no proof")
