"""Are the records themselves signed, by every algorithm, now and when the cutover is over? Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from preflight.duration import format_duration
from preflight_dns.chain import within
from preflight_dns.names import bare
from preflight_dns.zone.dnssec.algorithms import VERIFIED, algorithm
from preflight_dns.zone.dnssec.link import INSISTING, bogus
from preflight_dns.zone.dnssec.records import Key, Signed, signed_sets
from preflight_dns.zone.dnssec.signatures import Verdict, verdict
from preflight_dns.zone.dnssec.when import length, moment
from preflight_dns.zone.facts import Standpoint, referral, why_unanswered
from preflight_dns.zone.flaws import Flaw, Note, Said, Unknown, listed, unseen

APEX = ("SOA", "NS", "DNSKEY", "A", "AAAA", "MX", "TXT")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Until when signatures have to be valid: `closes` is the window's end, or None; `margin` comes on top of it."""

    at: datetime
    closes: datetime | None
    margin: timedelta
    outlasts_expire: bool

    @property
    def until(self) -> datetime:
        return max(self.at, self.closes or self.at) + self.margin

    @property
    def reason(self) -> str:
        margin = format_duration(self.margin.total_seconds()) if self.margin else ""
        if self.closes is None or self.closes <= self.at:
            return f"{margin} from now" if margin else "now"
        return f"the end of the cutover ({moment(self.closes)})" + (f" and {margin} more" if margin else "")


Verdicts = list[tuple[Signed, Verdict]]


def collected(here: Standpoint, keys: tuple[Key, ...], at: datetime) -> tuple[Verdicts, list[Said]]:
    """Every RRset of the zone that was answered, and what of them is not known."""
    gaps: list[Said] = []
    sets: dict[tuple[str, str], Signed] = {}
    wanted = [(here.zone, rdtype) for rdtype in APEX] + [*here.facts.records]
    for name, rdtype in dict.fromkeys(wanted):
        reply = here.look(name, rdtype, signed=True)
        if referral(reply, here.zone):
            continue
        if why_unanswered(reply):
            gaps.append(unseen(reply, f"the signatures of {bare(name)} {rdtype} are not known"))
        elif reply.server == here.server:  # else it is in a zone below
            found = (each for each in signed_sets(reply.answer) if within(each.name, here.zone))
            sets |= {(each.name, each.type): each for each in found}
    return [(each, verdict(each, keys, here.zone, at)) for each in sets.values()], gaps


def valid(here: Standpoint, found: Verdicts, keys: tuple[Key, ...], wanted: Wanted) -> Iterator[Said]:
    zone = bare(here.zone)
    yield from _bad(here, found, wanted.at)
    yield from _algorithms(zone, found, keys)
    yield from _lasting(here, found, wanted)
    unverified = sorted({number for _, each in found for number in each.unverified})
    for number in unverified:
        if not all(each.good for _, each in found):
            text = f"signatures of {algorithm(number)} cannot be verified here"
            step = "validate it with a resolver that knows the algorithm (`delv`, `drill -S`)"
            yield Unknown(f"{zone}: {text}", step, text)
    stale = dict.fromkeys(text for _, each in found if not each.problem for text in each.stale)
    for text in stale:
        yield Note(f"{zone}: a signature beside the good ones, {text.removeprefix('it is ')}")


def _bad(here: Standpoint, found: Verdicts, at: datetime) -> Iterator[Flaw]:
    """One finding for each way of being wrong, with all RRsets that are."""
    zone = bare(here.zone)
    for problem, sets in _grouped(found, lambda each: each.problem).items():
        late = all(each.late for _, each in found if each.problem == problem)
        clock = f" (it is {moment(at)} by the clock of this machine)" if late else ""
        step = (
            "see whether the signer runs and reaches its keys, sign the zone anew, and see that the servers get it"
            if late
            else "sign the zone anew with the keys that are in it, and see that the servers get it whole"
        )
        yield Flaw(
            f"records of {zone} that validators accept",
            f"bogus: {listed(map(str, sets))}: {problem}{clock}",
            step + ("; and see whether this clock and that of the signer are right" if late else ""),
            bogus(here),
            f"{zone} is bogus",
        )


def _algorithms(zone: str, found: Verdicts, keys: tuple[Key, ...]) -> Iterator[Flaw]:
    """Every algorithm among the keys signs every RRset (RFC 4035 section 2.2)."""
    for number in sorted({key.algorithm for key in keys if key.signs} & VERIFIED):
        lacking = [
            signed for signed, each in found
            if not each.problem and number not in {good.algorithm for good in each.good}
        ]  # fmt: skip
        if lacking:
            yield Flaw(
                f"every record of {zone} signed by every algorithm among its keys",
                f"no signature of {algorithm(number)} over {listed(map(str, lacking))}",
                "let the signer sign all of the zone with it; to give it up, take its DS away first, then its keys",
                INSISTING,
            )


def _lasting(here: Standpoint, found: Verdicts, wanted: Wanted) -> Iterator[Said]:
    zone = bare(here.zone)
    ends = [(end, str(signed)) for signed, each in found if not each.problem and (end := each.until(wanted.at))]
    ends.sort()
    early = [name for end, name in ends if end < wanted.until]
    if early:
        first = ends[0][0]
        yield Flaw(
            f"signatures of {zone} that are valid until {moment(wanted.until)}: {wanted.reason}",
            f"{listed(early)}: the first expires at {moment(first)}, in {length(first - wanted.at)}",
            "see that the signer runs and will renew them in time, or sign the zone anew now; if they are always "
            "renewed later than that, lower `dnssec: {margin: ...}`",
            f"if nothing renews them, from then on {bogus(here)}",
        )
    if ends:
        first = ends[0][0]
        yield from _expire(here, found, first - wanted.at, wanted.outlasts_expire)
        yield Note(f"{zone}: signatures are valid until {moment(first)} at least, {length(first - wanted.at)}")


def _expire(here: Standpoint, found: Verdicts, left: timedelta, must: bool) -> Iterator[Said]:
    """A secondary that has lost its primary answers until SOA expire, with the signatures that it has."""
    soa = next((signed for signed, _ in found if signed.type == "SOA" and signed.name == here.zone), None)
    expire = timedelta(seconds=soa.rrset[0].expire) if soa is not None else timedelta()
    if left >= expire:
        return
    zone = bare(here.zone)
    seen = f"signatures are valid for {length(left)}, and SOA expire is {length(expire)}"
    harm = "a secondary that loses its primary would answer with expired signatures"
    if must:
        step = "let the signer renew them earlier and make them last longer, or lower SOA expire"
        yield Flaw(f"signatures of {zone} that outlast its copies on secondaries", seen, step, harm)
    else:
        yield Note(f"{zone}: {seen}: {harm}")


def _grouped(found: Verdicts, key: Callable[[Verdict], str]) -> dict[str, list[Signed]]:
    groups: dict[str, list[Signed]] = {}
    for signed, each in found:
        if key(each):
            groups.setdefault(key(each), []).append(signed)
    return groups
