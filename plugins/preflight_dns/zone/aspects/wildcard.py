"""Does a wildcard answer for names that must exist themselves, and is it the same wildcard on every server?

That a name is there by a wildcard alone shows in three answers: the name's, that of a label beside it which nobody has
made, and that of such a label below it. A wildcard does not answer below a name that exists (RFC 4592 section 2.2.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from preflight.finding import Finding, NotChecked
from preflight_dns.chain import within
from preflight_dns.names import absolute, bare, parent
from preflight_dns.zone.asked import Reply
from preflight_dns.zone.aspect import Asker, Aspect
from preflight_dns.zone.facts import Standpoint, WildcardSeen, why_unanswered
from preflight_dns.zone.flaws import Flaw, Note, Said, judged, listed, notes, unseen
from preflight_dns.zone.looking import looking
from preflight_dns.zone.spec import ZoneSpec

_TYPES = ("A", "AAAA", "MX", "TXT")
Values = tuple[tuple[str, str], ...]


def examine(spec: ZoneSpec, here: Standpoint) -> Iterator[Said]:
    for name, rdtype in _own(spec, here):
        yield from _exists_itself(here, name, rdtype)
    for above in _parents(here):
        for rdtype in _TYPES:
            reply = here.look(f"{here.facts.nonce}.{above}", rdtype)
            if why_unanswered(reply):
                yield unseen(reply, f"whether there is a wildcard below {bare(above)} is not known")
            elif reply.answer:
                yield Note(f"a wildcard answers for every name below {bare(above)}: {_shown(_values(reply))}")


def _own(spec: ZoneSpec, here: Standpoint) -> list[tuple[str, str]]:
    """What must exist itself: the inventory's records, but for what is gone, and what may be by a wildcard."""
    allowed = [absolute(each).removeprefix("*.") for each in spec.wildcard.allow]
    return [
        (name, rdtype)
        for name, rdtype in here.facts.records
        if name != here.zone
        and name not in here.facts.absent
        and not any(name != each and within(name, each) for each in allowed)
    ]


def _parents(here: Standpoint) -> list[str]:
    return list(dict.fromkeys([here.zone, *(parent(name) for name, _ in here.facts.records if name != here.zone)]))


def _exists_itself(here: Standpoint, name: str, rdtype: str) -> Iterator[Said]:
    label = here.facts.nonce
    asked = name, f"{label}.{parent(name)}", f"{label}.{name}"
    own, beside, below = (here.look(each, rdtype) for each in asked)
    for reply in (own, beside, below):
        if why_unanswered(reply):
            yield unseen(reply, f"whether {bare(name)} {rdtype} exists itself is not known")
            return
    values = _values(own)
    if not values or values != _values(beside) or values != _values(below):
        return
    yield Flaw(
        f"{bare(name)} {rdtype} in the zone itself",
        f"{bare(name)} is answered by a wildcard alone ({_shown(values)}): every name beside it gets the same answer",
        f"create {bare(name)} {rdtype} in the zone, or take the wildcard out; if it is meant to answer for it, write "
        f'`wildcard: {{allow: ["*.{bare(parent(name))}"]}}`',
        f"that {bare(name)} is answered says nothing, as any typo is; and the first record made there, a TXT for a "
        "certificate, say, takes it away from the wildcard",
        f"names of the inventory that exist by a wildcard alone in {bare(here.zone)}",
    )


def _values(reply: Reply) -> Values:
    """What stands at the first name of the answer, without that name."""
    first = next((rr.name for rr in reply.answer), "")
    return tuple(
        sorted((rr.type, rr.text.lower() if rr.type == "CNAME" else rr.text) for rr in reply.answer if rr.name == first)
    )


def _shown(values: Values) -> str:
    return listed(f"{rdtype} {bare(text)}" for rdtype, text in values)


async def look(asker: Asker, spec: ZoneSpec) -> WildcardSeen | NotChecked:
    return await looking(asker, spec, WildcardSeen, partial(examine, spec))


def judge(spec: ZoneSpec, seen: WildcardSeen, _at: datetime) -> Sequence[Finding | NotChecked]:
    return [*judged(seen, partial(examine, spec), spec.why), *_differ(spec, seen)]


def _differ(spec: ZoneSpec, seen: WildcardSeen) -> Iterator[Finding]:
    views = list(seen.standpoints())
    told: set[tuple[str, str]] = set()
    for above in _parents(views[0]) if views else ():
        for rdtype in _TYPES:
            answers: dict[Values, list[str]] = {}
            for here in views:
                reply = here.look(f"{seen.nonce}.{above}", rdtype)
                if not why_unanswered(reply):
                    answers.setdefault(_values(reply), []).append(here.server)
            # An alias is one for whatever type.
            what = "CNAME" if any(each == "CNAME" for values in answers for each, _ in values) else rdtype
            if len(answers) > 1 and (above, what) not in told:
                told.add((above, what))
                yield Finding(
                    f"the same wildcard below {bare(above)} on every server, or none",
                    "\n".join(
                        f"{', '.join(servers)}: {_shown(values) or f'no {what}'}" for values, servers in answers.items()
                    ),
                    "bring the servers up to date: compare their SOA serials, and see whether transfers reach them",
                    spec.why or "whether a name that nobody has made is answered depends on which server is asked",
                )


def sketch(spec: ZoneSpec, seen: WildcardSeen) -> list[str]:
    return notes(seen, partial(examine, spec))


ASPECT = Aspect(look, judge, sketch)
