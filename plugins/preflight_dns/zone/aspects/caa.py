"""May the certification authority that you will use issue? CAA, found by climbing (RFC 8659 section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import dns.rdata
import dns.rdataclass

from preflight.finding import Finding, NotChecked
from preflight_dns.names import absolute, bare, parent
from preflight_dns.wire import Rr
from preflight_dns.zone.aspect import Asker, Aspect
from preflight_dns.zone.facts import CaaSeen, Resolved, Standpoint
from preflight_dns.zone.flaws import Flaw, Note, Said, judged, listed, notes, unlike, unseen
from preflight_dns.zone.looking import looking
from preflight_dns.zone.spec import ZoneSpec

# What authorities know (RFC 8659 section 4, RFC 8657, RFC 9495, CA/Browser Forum); others must not be critical.
_TAGS = ("issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc")
_NO_CERTIFICATE = "the authority must refuse: no certificate is issued or renewed"


@dataclass(frozen=True, slots=True)
class Property:
    """A CAA record taken apart. `issuer` is the domain in its value, empty where it names none."""

    text: str
    critical: bool
    tag: str
    issuer: str
    parameters: str

    @classmethod
    def of(cls, rr: Rr) -> Property:
        rdata: Any = dns.rdata.from_text(dns.rdataclass.IN, "CAA", rr.text)
        value = rdata.value.decode("utf-8", "backslashreplace")
        issuer, _, parameters = value.partition(";")
        tag = rdata.tag.decode().lower()
        return cls(rr.text, bool(rdata.flags & 128), tag, issuer.strip().lower().rstrip("."), parameters.strip())


def examine(spec: ZoneSpec, here: Standpoint) -> Iterator[Said]:
    for written in spec.caa.names or (spec.name,):
        name = absolute(written).lower()
        yield from _name(spec, here, name.removeprefix("*."), wildcard=name.startswith("*."))


def _name(spec: ZoneSpec, here: Standpoint, name: str, *, wildcard: bool) -> Iterator[Said]:
    found = _climb(here, name)
    shown = f"*.{bare(name)}" if wildcard else bare(name)
    if found.unanswered:
        yield _unanswered(found, shown)
        return
    properties = [Property.of(rr) for rr in found.rrs]
    yield from _unknown_tags(properties, bare(found.end), shown)
    if not properties:
        yield Note(f"{shown}: no CAA: every authority may issue")
        return
    for issuer in spec.caa.issuer:
        theirs = not here.inside(found.end) and found.alias
        yield from _may_issue(issuer, properties, bare(found.end), shown, wildcard=wildcard, theirs=theirs)
    if not spec.caa.issuer:
        yield Note(f"{shown}: CAA at {bare(found.end)}: {listed(sorted(each.text for each in properties))}")


def _climb(here: Standpoint, name: str) -> Resolved:
    """The CAA that count for a name: its own, else those of the nearest name above that has any."""
    while True:
        found = here.resolve(name, "CAA")
        if found.rrs or found.unanswered or name.count(".") < 2:
            return found
        name = parent(name)


def _unanswered(found: Resolved, shown: str) -> Said:
    """An error is a refusal, where silence may be ours: RFC 8659 section 3, CA/Browser Forum BR 3.2.2.8."""
    if found.reply.unanswered:
        return unseen(found, f"which CAA count for {shown} is not known")
    return Flaw(
        f"an answer, be it none, when the CAA of {bare(found.end)} are asked for",
        f"{found.reply.server}: {found.reply.rcode}",
        f"see why {found.reply.server} cannot say it: servers that drop unknown types, or broken DNSSEC",
        _NO_CERTIFICATE,
    )


def _unknown_tags(properties: list[Property], where: str, shown: str) -> Iterator[Said]:
    for each in properties:
        if each.tag in _TAGS:
            continue
        if each.critical:
            yield Flaw(
                f"CAA for {shown} that every authority understands",
                f"{each.text} at {where}: critical, and {each.tag} is no tag that authorities know",
                "take it out, mend the tag, or write 0 instead of 128 if it need not be understood",
                _NO_CERTIFICATE,
            )
        else:
            yield Note(f"{shown}: {each.text} at {where}: authorities do not know the tag {each.tag}, and ignore it")


def _may_issue(
    issuer: str, properties: list[Property], where: str, shown: str, *, wildcard: bool, theirs: bool
) -> Iterator[Said]:
    """Whether `issuer` may; for wildcards `issuewild` counts alone if there is any (RFC 8659 section 4.3).

    `theirs`: a CNAME leads to them, out of the zone.
    """
    tag = "issuewild" if wildcard and any(each.tag == "issuewild" for each in properties) else "issue"
    relevant = [each for each in properties if each.tag == tag]
    if not relevant:
        yield Note(f"{shown}: CAA at {where} do not say who may issue: every authority may")
        return
    allowing = [each for each in relevant if each.issuer == issuer.lower()]
    if not allowing:
        step = f'add {where} CAA 0 {tag} "{issuer}", and wait for what caches hold before you ask for the certificate'
        yield Flaw(
            f"CAA for {shown} that let {issuer} issue",
            f"at {where}{', where its CNAME leads' if theirs else ''}: {listed([each.text for each in relevant])}",
            f"have who runs {where} {step}; or give {shown} addresses instead of the CNAME" if theirs else step,
            _NO_CERTIFICATE,
        )
    elif all(each.parameters for each in allowing):
        yield Note(f"{shown}: {issuer} may issue under conditions: {listed([each.parameters for each in allowing])}")


async def look(asker: Asker, spec: ZoneSpec) -> CaaSeen | NotChecked:
    return await looking(asker, spec, CaaSeen, partial(examine, spec))


def judge(spec: ZoneSpec, seen: CaaSeen, _at: datetime) -> Sequence[Finding | NotChecked]:
    return [*judged(seen, partial(examine, spec), spec.why), *_differ(spec, seen)]


def _differ(spec: ZoneSpec, seen: CaaSeen) -> Iterator[Finding]:
    """An authority asks one server, or several from several places (multi-perspective): all must say the same."""
    for written in spec.caa.names or (spec.name,):
        name = absolute(written).lower().removeprefix("*.")
        answers: list[tuple[str, tuple[str, ...]]] = []
        for here in seen.standpoints():
            found = _climb(here, name)
            if not found.unanswered:
                said = sorted((*map(str, (each.critical, each.tag)), each.text) for each in map(Property.of, found.rrs))
                answers.append((here.server, tuple(text for *_, text in said)))
        yield from unlike(
            f"CAA for {bare(name)}",
            answers,
            "bring the servers up to date: compare their SOA serials, and see whether zone transfers reach them",
            spec.why or "whether a certificate is issued depends on which server the authority happens to ask",
            shown=lambda texts: listed(texts) or "none",
        )


def sketch(spec: ZoneSpec, seen: CaaSeen) -> list[str]:
    return notes(seen, partial(examine, spec))


def contacts(_spec: ZoneSpec) -> str:
    return "; and for CAA of the names above the zone, the resolvers"


ASPECT = Aspect(look, judge, sketch, contacts=contacts)
