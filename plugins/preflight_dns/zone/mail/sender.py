"""Who may send in the name of the zone: SPF, DKIM and DMARC as receivers see them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_dns.names import bare, parent
from preflight_dns.zone.facts import Resolved, Standpoint
from preflight_dns.zone.flaws import Flaw, Note, Said, listed, unseen
from preflight_dns.zone.mail import dkim, dmarc, spf
from preflight_dns.zone.mail.spf_count import MOST_LOOKUPS, MOST_VOID, Cost, count, records
from preflight_dns.zone.mail.text import joined

_BROKEN = "receivers take the whole SPF record for broken (permerror), and many refuse or hide the mail"
_FORGERY = "anybody can send mail in your name, and receivers can neither tell nor tell you"


def spf_of(here: Standpoint) -> Iterator[Said]:
    zone = bare(here.zone)
    found, texts = records(here, here.zone)
    if found.unanswered:
        yield unseen(found, f"the SPF record of {zone} is not known")
        return
    if len(texts) != 1:
        seen = listed([f'"{text}"' for text in texts]) if texts else f"no TXT record at {zone} begins with v=spf1"
        step = (
            "put the senders of all of them into one"
            if texts
            else 'write down who sends, or "v=spf1 -all" if nobody does'
        )
        if not texts and (odd := _nearly(found, "v=spf1")):
            seen += f': "{odd}"'
            step = (
                f"mend that TXT record of {zone}: v=spf1 and a blank stand first, with no quotes of its own around it"
            )
        yield Flaw(f"one SPF record at {zone}", seen, step, _BROKEN if texts else _FORGERY)
        return
    policy = spf.parse(texts[0])
    if policy.problem:
        step = f"mend that word in the TXT record of {zone}: RFC 7208 sections 5 and 12 say what may stand there"
        yield Flaw(f"an SPF record at {zone} that can be read", f'{policy.problem}, in "{texts[0]}"', step, _BROKEN)
        return
    yield from _all(zone, policy, texts[0])
    yield from _cost(zone, count(here, here.zone, policy))


def _nearly(found: Resolved, version: str) -> str:
    """A text that was meant to be of that version, and is not."""
    return next((text for text in map(joined, found.rrs) if version in "".join(text.lower().split())), "")


def _all(zone: str, policy: spf.Policy, text: str) -> Iterator[Said]:
    last = policy.term("all")
    if last is not None and last.qualifier == "+":
        step = "write -all, or ~all until you know all who send"
        yield Flaw(f"an SPF record of {zone} that keeps somebody out", f'"{last.text}" in "{text}"', step, _FORGERY)
    elif last is not None and last.qualifier == "?":
        yield Note(f'{zone}: SPF ends in "{last.text}": it says nothing of those whom it does not name')
    elif last is None and policy.term("redirect") is None:
        yield Note(f"{zone}: SPF has neither all nor redirect: it says nothing of those whom it does not name")
    if last is not None and policy.terms[-1] is not last and policy.terms[-1].qualifier:
        yield Note(f'{zone}: SPF has mechanisms behind "{last.text}", which nobody looks at')
    elsewhere = policy.term("redirect")
    if last is not None and elsewhere is not None:
        yield Note(f'{zone}: SPF has "{elsewhere.text}", which nobody looks at beside "{last.text}"')


def _cost(zone: str, cost: Cost) -> Iterator[Said]:
    if len(cost.lookups) > MOST_LOOKUPS:
        yield Flaw(
            f"an SPF record of {zone} that costs at most {MOST_LOOKUPS} lookups (RFC 7208 section 4.6.4)",
            f"{len(cost.lookups)}: {listed(cost.lookups, 24)}",
            "take out who does not send any more, and write fixed networks as ip4: and ip6:, which cost nothing",
            _BROKEN,
        )
    if len(cost.void) > MOST_VOID:
        yield Flaw(
            f"at most {MOST_VOID} lookups in vain by the SPF record of {zone} (RFC 7208 section 4.6.4)",
            f"{len(cost.void)}: {listed(cost.void)}",
            "take out the names that are gone",
            _BROKEN,
        )
    elif cost.void:
        yield Note(f"{zone}: SPF looks up in vain: {listed(cost.void)}")
    for problem in dict.fromkeys(cost.problems):
        step = "mend it, or take it out; where the record is a provider's, ask which name it goes by now"
        yield Flaw(f"an SPF record of {zone} whose includes can be read", problem, step, _BROKEN)
    yield from cost.unknown
    for note in dict.fromkeys(cost.notes):
        yield Note(f"{zone}: SPF: {note}")
    if len(cost.lookups) <= MOST_LOOKUPS:
        yield Note(f"{zone}: SPF costs {len(cost.lookups)} of {MOST_LOOKUPS} lookups")


def dkim_of(here: Standpoint, selector: str) -> Iterator[Said]:
    name = f"{selector}._domainkey.{here.zone}".lower()
    found = here.resolve(name, "TXT")
    expected = f"a DKIM key at {bare(name)}"
    if found.unanswered:
        yield unseen(found, f"the DKIM key {selector} is not known")
        return
    texts = [joined(rr) for rr in found.rrs]
    if len(texts) != 1:
        yield _not_one_key(expected, found, texts)
        return
    key = dkim.parse(texts[0])
    if key.problem:
        step = "publish the key that the mail servers sign with: one TXT record, cut into strings of up to 255 octets"
        yield Flaw(expected, f"{key.problem}, in {_shortened(texts[0])}", step, _UNSIGNED)
    for note in key.notes:
        yield Note(f"{bare(name)}: {note}")


_UNSIGNED = "no signature made with it verifies, and DMARC fails for mail that is forwarded"


def _not_one_key(expected: str, found: Resolved, texts: list[str]) -> Flaw:
    end = bare(found.end)
    if not texts:
        seen = f"{end} {'does not exist (NXDOMAIN)' if found.gone else 'has no TXT record'}"
        return Flaw(expected, seen, f"create the TXT record of {end}, or take the selector out of `dkim:`", _UNSIGNED)
    begun = sum(text.startswith("v=DKIM1") or "p=" in text for text in texts)
    split = ": one key, cut into several records instead of several strings of one" if begun == 1 else ""
    seen = f"{len(texts)} TXT records at {end}{split}"
    step = f'make one TXT record of them, its strings side by side in quotes: {end} TXT "v=DKIM1; p=..." "..."'
    return Flaw(expected, seen, step, "which of several records counts is not defined (RFC 6376 section 3.6.2.2)")


def _shortened(text: str) -> str:
    return f'"{text[:60]}..."' if len(text) > 64 else f'"{text}"'


def dmarc_of(here: Standpoint) -> Iterator[Said]:
    """RFC 7489 section 6.6.3; the zone's own record, or that of a name above it."""
    zone, name = bare(here.zone), here.zone
    while name.count(".") >= 2 or name == here.zone:
        found = here.resolve(f"_dmarc.{name}", "TXT")
        if found.unanswered:
            yield unseen(found, f"the DMARC record of {zone} is not known")
            return
        texts = [text for text in map(joined, found.rrs) if dmarc.is_dmarc(text)]
        if texts:
            yield from _dmarc(here, bare(f"_dmarc.{name}"), texts)
            return
        name = parent(name)
    odd = _nearly(here.resolve(f"_dmarc.{here.zone}", "TXT"), "dmarc")
    seen = f'"{odd}", which does not begin with v=DMARC1' if odd else f"_dmarc.{zone} has no DMARC record"
    step = f'create _dmarc.{zone} TXT "v=DMARC1; p=none; rua=mailto:..." and tighten it by its reports'
    if odd:
        step = f"mend that TXT record of _dmarc.{zone}: v=DMARC1; stands first, with no quotes of its own around it"
    yield Flaw(f"a DMARC record for {zone}", seen, step, "large providers refuse bulk mail without one; " + _FORGERY)


def _dmarc(here: Standpoint, name: str, texts: list[str]) -> Iterator[Said]:
    zone = bare(here.zone)
    if len(texts) > 1:
        step, harm = "leave one of them", "receivers ignore all of them (RFC 7489 section 6.6.3)"
        yield Flaw(f"one DMARC record at {name}", f"{len(texts)}: {listed(texts)}", step, harm)
        return
    record = dmarc.parse(texts[0])
    if record.problem:
        step = f"mend the TXT record of {name} (RFC 7489 section 6.3)"
        yield Flaw(f"a DMARC record at {name} that can be read", f'{record.problem}, in "{texts[0]}"', step, _FORGERY)
        return
    policy, tag = record.policy, "p"
    if name != f"_dmarc.{zone}":
        yield Note(f"{zone}: DMARC is that of {name}")
        policy, tag = record.below, "sp" if record.below != record.policy else "p"
    if policy == "none":
        yield Note(f"{name}: {tag}=none: receivers report, and do nothing else")
    elif record.percent < 100:
        yield Note(f"{name}: pct={record.percent}: the policy is for a part of the mail only")
    for domain in record.reports_to:
        yield from _reports(here, name.removeprefix("_dmarc."), domain)


def _reports(here: Standpoint, subject: str, domain: str) -> Iterator[Said]:
    """A domain that reports on another one go to has to say that it wants them (RFC 7489 section 7.1)."""
    own = f"{subject}."
    if domain.endswith(f".{own}") or own.endswith(f".{domain}") or domain == own:
        return
    found = here.resolve(f"{subject}._report._dmarc.{domain}", "TXT")
    if found.unanswered:
        yield Note(f"{subject}: whether {bare(domain)} takes its DMARC reports is not known ({found.unanswered})")
    elif not any(dmarc.is_dmarc(joined(rr)) for rr in found.rrs):
        yield Note(f"{subject}: no DMARC reports go to {bare(domain)}: {bare(found.end)} TXT does not agree to them")
