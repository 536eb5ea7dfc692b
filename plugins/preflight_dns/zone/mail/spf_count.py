"""What SPF costs a receiver: lookups and void lookups, counted through includes (RFC 7208 section 4.6.4). Pure.

Counted is the dearest way: a sender that nothing matches, so that every term is looked at. A receiver that meets a
limit on that way takes the whole record for broken, whoever sends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from preflight_dns.names import bare
from preflight_dns.zone.facts import Resolved, Standpoint
from preflight_dns.zone.flaws import Unknown, unseen
from preflight_dns.zone.mail import spf
from preflight_dns.zone.mail.text import joined

MOST_LOOKUPS = 10
MOST_VOID = 2
MOST_NAMES = 10
STOP = 100
"""Lookups after which nobody counts on: what stands behind would only be more."""


@dataclass(slots=True)
class Cost:
    """What was counted so far.

    Attributes:
        lookups: the terms that cost one, each with the domains by which it is reached.
        void: the names that were looked up in vain.
        problems: why receivers take the whole for broken.
        unknown: what could not be found out.
        notes: what is odd and does no harm yet.
    """

    lookups: list[str] = field(default_factory=list)
    void: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def records(here: Standpoint, domain: str) -> tuple[Resolved, list[str]]:
    """The SPF records at a name, and where they were found."""
    found = here.resolve(domain, "TXT")
    return found, [text for text in map(joined, found.rrs) if spf.is_spf(text)]


def count(here: Standpoint, domain: str, policy: spf.Policy) -> Cost:
    """Of the record at `domain` (absolute, lower-case)."""
    cost = Cost()
    _count(here, domain, policy, cost, (domain,))
    return cost


def _count(here: Standpoint, domain: str, policy: spf.Policy, cost: Cost, by: tuple[str, ...]) -> None:
    for term in _in_effect(policy):
        if term.name not in (*spf.COUNTED, "redirect") or len(cost.lookups) >= STOP:
            continue
        cost.lookups.append(" > ".join([*map(bare, by[1:]), term.text]))
        if term.macro:
            continue  # where it leads depends on who sends
        target = term.domain or domain
        if term.name in ("include", "redirect"):
            _follow(here, term, target, cost, by)
        elif term.name in ("a", "exists"):
            _addresses(here, target, cost, families=("A",) if term.name == "exists" else ("A", "AAAA"))
        elif term.name == "mx":
            _mail_hosts(here, term, target, cost)
        else:
            cost.notes.append(
                f'"{term.text}" should not be used: it is slow, and receivers may ignore it (section 5.5)'
            )


def _in_effect(policy: spf.Policy) -> Iterator[spf.Term]:
    """Behind `all` nothing is looked at (section 5.1), and not `redirect` either (section 6.1)."""
    for term in policy.terms:
        if term.name == "all":
            return
        if term.name != "redirect":
            yield term
    redirect = policy.term("redirect")
    if redirect is not None:
        yield redirect


def _follow(here: Standpoint, term: spf.Term, target: str, cost: Cost, by: tuple[str, ...]) -> None:
    if target in by:
        cost.problems.append(f"{' > '.join(map(bare, (*by, target)))} goes round in a circle")
        return
    found, texts = records(here, target)
    if found.unanswered:
        cost.unknown.append(unseen(found, f"the TXT of {bare(target)}, which SPF includes, is not known"))
        return
    if not found.rrs:
        cost.void.append(f"{bare(target)} ({_nothing(found)})")
    if len(texts) != 1:
        what = "no SPF record" if not texts else f"{len(texts)} SPF records"
        joint = "; is a blank missing where two strings of the TXT record meet?" if ":" in target else ""
        cost.problems.append(f'"{term.text}" leads to {what} at {bare(target)}{joint}')
        return
    policy = spf.parse(texts[0])
    if policy.problem:
        cost.problems.append(f"the record of {bare(target)} is broken: {policy.problem}")
    _count(here, target, policy, cost, (*by, target))


def _addresses(here: Standpoint, target: str, cost: Cost, families: tuple[str, ...] = ("A", "AAAA")) -> None:
    found = [here.resolve(target, family) for family in families]
    if any(each.rrs for each in found):
        return
    gap = next((each for each in found if each.unanswered), None)
    if gap is not None:
        cost.unknown.append(unseen(gap, f"the addresses of {bare(target)}, which SPF names, are not known"))
    else:
        cost.void.append(f"{bare(target)} ({_nothing(found[0])})")


def _mail_hosts(here: Standpoint, term: spf.Term, target: str, cost: Cost) -> None:
    found = here.resolve(target, "MX")
    if found.unanswered:
        cost.unknown.append(unseen(found, f"the MX of {bare(target)}, which SPF names, are not known"))
    elif not found.rrs:
        cost.void.append(f"{bare(target)} MX ({_nothing(found)})")
    elif len(found.rrs) > MOST_NAMES:
        cost.problems.append(f'"{term.text}" has {len(found.rrs)} MX records, and {MOST_NAMES} are allowed')
    for rr in found.rrs[:MOST_NAMES]:
        host = rr.text.split()[1].lower()
        if host != ".":
            _addresses(here, host, cost)


def _nothing(found: Resolved) -> str:
    return "NXDOMAIN" if found.gone else "no such record"
