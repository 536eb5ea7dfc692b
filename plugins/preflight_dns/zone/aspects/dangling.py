"""Does anything in the zone lead to names that are not there, or that others can get?

Looked at is all of the zone if a server allows its transfer, else what the inventory knows of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from preflight.finding import Finding, NotChecked
from preflight_dns.names import bare, parent, without_dot
from preflight_dns.wire import Rr
from preflight_dns.zone.aspect import Asker, Aspect
from preflight_dns.zone.facts import DanglingSeen, Resolved, Standpoint, why_unanswered
from preflight_dns.zone.flaws import Flaw, Note, Said, judged, listed, notes, unseen
from preflight_dns.zone.known import RrsetName
from preflight_dns.zone.looking import looking
from preflight_dns.zone.registry import NO_LIST, is_open, registrable_of
from preflight_dns.zone.spec import ZoneSpec
from preflight_dns.zone.takeover import ALWAYS_THERE, FREE_WHEN_GONE, service

_POINTING = {"MX": 1, "NS": 0, "SRV": 3, "HTTPS": 1, "SVCB": 1, "CNAME": 0, "DNAME": 0}
"""Types whose rdata names a host, and at which place in its text."""


Registrable = tuple[str, ...] | None


def examine(registrable: Registrable, here: Standpoint) -> Iterator[Said]:
    for name, rdtype in here.facts.records:
        reply = here.look(name, rdtype)
        if why_unanswered(reply):
            yield unseen(reply, f"what {bare(name)} {rdtype} leads to is not known")
            continue
        for rr in reply.answer:
            if rr.name == name and rr.type in _POINTING and (rr.type == rdtype or rr.type == "CNAME"):
                yield from _target(here, rr, registrable)


def pointing(rrsets: Iterable[RrsetName], *, whole: bool) -> tuple[RrsetName, ...]:
    """What to ask for. Of a zone that is not known as a whole, any name may be a CNAME, which every question shows."""
    found = (
        (name, rdtype if rdtype in _POINTING else "A") for name, rdtype in rrsets if rdtype in _POINTING or not whole
    )
    return tuple(dict.fromkeys(found))


def _target(here: Standpoint, rr: Rr, registrable: Registrable) -> Iterator[Said]:
    target = rr.text.split()[_POINTING[rr.type]].lower()
    if target == ".":  # no mail, no such service, or in HTTPS the name itself
        return
    found = [here.resolve(target, family) for family in ("A", "AAAA")]
    if any(each.loop for each in found):
        return  # which is a matter of the record itself, and said there
    gap = next((each for each in found if each.unanswered), None)
    gone = next((each for each in found if each.gone), None)
    there = next((each for each in found if each.rrs), None)
    if there is not None:
        if gone is not None:
            yield _denied(gone, there)
        yield from _lent(rr, found[0])
    elif gone is not None and (knowing := _knowing(here, gone)):
        yield _filtered(gone, knowing)
    elif gone is not None:
        yield from _gone(here, rr, gone, registrable)
    elif gap is not None:
        yield unseen(gap, f"whether the target of {_shown(rr)} exists is not known")
    elif rr.type not in ("CNAME", "DNAME"):
        yield Flaw(
            f"an address where {_shown(rr)} leads",
            f"{bare(found[0].end)} exists and has no address",
            f"create {bare(found[0].end)} A or AAAA, or let {bare(rr.name)} {rr.type} name a host that has one",
            _HARM[rr.type],
        )


_HARM = {
    "MX": "mail for it waits at its senders, and is returned after some days",
    "NS": "that server is asked by nobody: fewer servers than you think hold the zone",
    "SRV": "clients that choose it find no server",
    "HTTPS": "browsers that go by it do not come through",
    "SVCB": "clients that go by it do not come through",
    "CNAME": "whoever uses the name does not come through",
    "DNAME": "whoever uses a name below it does not come through",
}


def _knowing(here: Standpoint, gone: Resolved) -> list[str]:
    """Resolvers to which a name outside of the zone exists, though the first one denies it."""
    if here.inside(gone.end):
        return []
    replies = here.resolvers(gone.passed[-1], "A", signed=False).replies
    return [reply.server for reply in replies if reply.rcode == "NOERROR"]


def _filtered(gone: Resolved, knowing: list[str]) -> Flaw:
    end, server = bare(gone.end), gone.reply.server
    besides = f" ({'; '.join(gone.reply.ede)})" if gone.reply.ede else ""
    return Flaw(
        f"the same of {end} from every resolver",
        f"{server}: NXDOMAIN{besides}; {listed(knowing)}: it exists",
        f"see whether {server} filters {end} (a block list, RPZ) or asks other servers; if it is not for your users, "
        "take it out of `resolvers:`",
        f"whoever asks {server} does not get to {end}",
    )


def _denied(gone: Resolved, there: Resolved) -> Flaw:
    """NXDOMAIN is for all types of a name (RFC 8020)."""
    has = there.rrs[0].type
    end, lacks = bare(gone.end), "AAAA" if has == "A" else "A"
    return Flaw(
        f"an answer without an error for {end} {lacks}, as the name exists: it has {has} records",
        f"{gone.reply.server}: NXDOMAIN for {end} {lacks}",
        f"see what answers for {end}, mostly a load balancer that knows one type only: it has to say NOERROR",
        f"resolvers that go by it (RFC 8020) take {end} for gone, its {has} records too, until the negative TTL has "
        "passed",
    )


def _gone(here: Standpoint, rr: Rr, found: Resolved, registrable: Registrable) -> Iterator[Said]:
    end = bare(found.end)
    highest = "" if here.inside(found.end) else _highest_gone(here, found.end)
    provider = service(highest, FREE_WHEN_GONE)
    step = f"take {bare(rr.name)} {rr.type} out of the zone, or point it at a name that exists"
    if meant := without_dot(found.end, here.zone):
        step = f"write {meant}. in {bare(rr.name)} {rr.type}: without the final dot, the zone's name comes behind it"
    if provider:
        yield Flaw(
            f"a target of {_shown(rr)} that is yours",
            f"takeover possible: {end} does not exist (NXDOMAIN), and names there are for anybody to take ({provider})",
            f"{step}; do it now: who makes a service of that name there gets the traffic",
            f"whoever makes {end} answers for {bare(rr.name)}, with a certificate, cookies and all",
        )
        return
    if is_open(highest, registrable):
        what = f"takeover possible: the domain {bare(highest)} does not exist (NXDOMAIN): not registered, or on hold"
        owner = f"{bare(rr.name)}, and all below it" if rr.type in ("NS", "DNAME") else bare(rr.name)
        harm = f"whoever registers {bare(highest)} answers for {owner}"
        step += f"; do it now, and see whether {bare(highest)} can still be had (`whois {bare(highest)}`)"
        yield Flaw(f"a target of {_shown(rr)} that is yours", what, step, harm)
        return
    if registrable is None and highest.count(".") == 3:
        step += f"; if {bare(highest)} can be registered, do it now: {NO_LIST}, so ask `whois {bare(highest)}`"
    what = f"dangling: {end} does not exist (NXDOMAIN)"
    if highest and highest != found.end:
        what += f", nor does {bare(highest)}"
    yield Flaw(f"a target of {_shown(rr)} that exists", what, step, _HARM[rr.type])


def _highest_gone(here: Standpoint, name: str) -> str:
    """The shortest name above a name that does not exist either; empty where that is not known."""
    gone = name
    while gone.count(".") > 1:
        above = here.look(parent(gone), "NS")
        if above.rcode != "NXDOMAIN":
            return gone if not why_unanswered(above) else ""
        gone = parent(gone)
    return gone


def _lent(rr: Rr, found: Resolved) -> Iterator[Note]:
    for name in found.passed:
        provider = service(name, ALWAYS_THERE)
        if provider:
            yield Note(
                f"{_shown(rr)}: at {provider} every name has an address: whether it is yours, or anybody's to take, "
                "is not in the DNS: look there"
            )
            return


def _shown(rr: Rr) -> str:
    return f"{bare(rr.name)} {rr.type} {rr.text.removesuffix('.')}"


async def look(asker: Asker, spec: ZoneSpec) -> DanglingSeen | NotChecked:
    known = await asker.known()
    whole = bool(known.sources.complete)
    # What registries give out changes the words, and nothing that is asked.
    seen = await looking(asker, spec, DanglingSeen, partial(examine, None), pointing(known.rrsets, whole=whole))
    if isinstance(seen, NotChecked):
        return seen
    gone = (
        each.question.name
        for each in seen.answered
        if any(reply.rcode == "NXDOMAIN" for reply in each.asked.replies)
    )  # fmt: skip
    return replace(seen, whole=whole, registrable=registrable_of(gone))


def judge(spec: ZoneSpec, seen: DanglingSeen, _at: datetime) -> Sequence[Finding | NotChecked]:
    return judged(seen, partial(examine, seen.registrable), spec.why)


def sketch(spec: ZoneSpec, seen: DanglingSeen) -> list[str]:
    by = "a zone transfer" if seen.whole else "the inventory and `names:`, as no server allows a zone transfer"
    count = len({name for name, _ in seen.records})
    return [
        *notes(seen, partial(examine, seen.registrable)),
        f"{spec.name}: looked at {count} {'name' if count == 1 else 'names'}, known by {by}",
    ]


def contacts(_spec: ZoneSpec) -> str:
    return "; and for targets outside of the zone, the resolvers"


ASPECT = Aspect(look, judge, sketch, contacts=contacts)
