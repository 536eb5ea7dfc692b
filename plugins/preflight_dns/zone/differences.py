"""Where servers differ, in sentences: for agree, same_as and from. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from preflight.finding import Finding, NotChecked
from preflight_dns.advice import length, listed
from preflight_dns.names import bare
from preflight_dns.zone.asked import Asked
from preflight_dns.zone.comparison import ComparedSeen, Difference, Group, Parting, Silence
from preflight_dns.zone.known import Sources
from preflight_dns.zone.said import FOUND, LAME
from preflight_dns.zone.serving import heard, unanswered

MOST_SHOWN = 8
MOST_VALUES = 8


@dataclass(frozen=True, slots=True)
class Words:
    """What an aspect says of a parting.

    Attributes:
        next_step, consequence: of the odd servers, and of those that are as they should be.
        cause: of the odd servers; empty for none.
        like, elsewhere: of what should be the same: "as on {}", "elsewhere".
    """

    expected: str
    next_step: Callable[[str, str], str]
    consequence: Callable[[str, str], str]
    cause: Callable[[Sequence[str]], str]
    like: str = "as on {}"
    elsewhere: str = "elsewhere"


def judge_compared(zone: str, seen: ComparedSeen, words: Words) -> list[Finding | NotChecked]:
    """One finding for each way in which the servers part; what could not be seen besides."""
    found: list[Finding | NotChecked] = [_finding(seen, parting, words) for parting in seen.partings]
    found += heard(zone, seen.old).reasons if seen.old is not None else ()
    return [*found, *unseen(seen.soa, seen.sources, seen.silences)]


def unseen(soa: Asked, sources: Sources, silences: Sequence[Silence]) -> list[Finding | NotChecked]:
    """What a sweep did not see: of servers without the zone, of those that were silent, of transfers that broke off."""
    silent = [unanswered(silence.server, silence.reason, dead=silence.dead) for silence in silences]
    return [*dict.fromkeys([*silent, *heard(soa.name, soa).reasons]), *_broken(sources)]


def _broken(sources: Sources) -> Iterator[NotChecked]:
    for one in sources.transfers:
        if one.broken:
            yield NotChecked(
                f"{one.server}: the zone transfer went wrong: {one.broken}",
                f"zone transfers from {one.server} go wrong",
                f"see in the log of {one.server} why; `dig axfr` shows the same, and its secondaries meet it too. "
                "What is only there was not compared",
            )


def counted(sources: Sources) -> str:
    """What could be compared, and by what it is known."""
    known = [f"a zone transfer from {listed(sources.complete)}"] if sources.complete else []
    known += [f"{sources.zone_file} RRsets of the zone file"] if sources.zone_file else []
    known += [f"{sources.inventory} of the inventory's records"] if sources.inventory else []
    known += [f"{sources.written} in `names:`"] if sources.written else []
    return f"{sources.rrsets:,} RRsets of {sources.names:,} names, known by {' and '.join(known) or 'nothing'}"


def _finding(seen: ComparedSeen, parting: Parting, words: Words) -> Finding:
    groups = parting.differences[0].groups
    odd, *others = [_who(group) for group in groups]
    several = f"{parting.count:,} of {seen.sources.rrsets:,} RRsets"
    if len(groups) == 2:
        head = f"{odd}: {several} {'is' if parting.count == 1 else 'are'} not {words.like.format(others[0])}"
        lines = [_of_two(difference, words.elsewhere) for difference in parting.differences[:MOST_SHOWN]]
    else:
        head = f"{several} {'is' if parting.count == 1 else 'are'} different on {odd}, on {', and on '.join(others)}"
        lines = [_of_many(difference) for difference in parting.differences[:MOST_SHOWN]]
    more = parting.count - len(lines)
    return Finding(
        expected=words.expected,
        observed="\n".join([head, *lines, *([f"and {more:,} more"] if more else [])]),
        next_step=words.next_step(odd, others[-1]),
        consequence=words.consequence(odd, others[-1]),
        cause=words.cause(groups[0].servers if len(groups) == 2 else ()),
    )


def _who(group: Group) -> str:
    *first, last = group.servers
    return f"{', '.join(first)} and {last}" if first else last


def _of_two(difference: Difference, elsewhere: str) -> str:
    odd, other = difference.groups
    if _same_values(odd, other):
        return f"{_what(difference)}: TTL {_ttls(odd)} there, {_ttls(other)} {elsewhere}"
    if odd.sight == other.sight == FOUND and not odd.own:
        return f"{_what(difference)}: without {_shown(other)}"
    if odd.sight == other.sight == FOUND and not other.own:
        return f"{_what(difference)}: {_shown(odd)} besides"
    return f"{_what(difference)}: {_shown(odd)} there, {_shown(other)} {elsewhere}"


def _of_many(difference: Difference) -> str:
    said = [f"{_shown(group)}, TTL {_ttls(group)}" if group.ttls else _shown(group) for group in difference.groups]
    return f"{_what(difference)}: {'; '.join(said)}"


def _what(difference: Difference) -> str:
    return f"{bare(difference.name)} {difference.type}"


def _same_values(one: Group, other: Group) -> bool:
    return one.sight == other.sight == FOUND and not (one.own or other.own)


def _shown(group: Group) -> str:
    if group.sight != FOUND:
        return {"NODATA": "no such record", LAME: "an answer without authority"}.get(group.sight, group.sight)
    if not group.own:
        return "only values that all have"
    more = max(0, len(group.own) - MOST_VALUES) + group.more
    return ", ".join(group.own[:MOST_VALUES]) + (f" and {more} more" if more else "")


def _ttls(group: Group) -> str:
    return " and ".join(length(ttl) for ttl in group.ttls)
