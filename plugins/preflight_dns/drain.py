"""How long caches hold an old answer: from what each server gave in earlier runs, and when it was seen without it.

A server that gave a TTL in one run and not in the next may have given it up to the moment of the next: somebody who
asked just before that keeps the answer for the whole TTL. So it is safe at the first run without it, plus that TTL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from preflight.kind import Batch, Earlier, Key
from preflight_dns.names import absolute
from preflight_dns.observation import Answer, Held, Lookup, Observation
from preflight_dns.spec import RecordSpec

LONGEST_HELD = timedelta(days=7)  # whatever the TTL: what RFC 8767 section 4 advises, and BIND's max-cache-ttl
MOST_RUNS = 50
MOST_READ = 100_000  # observations, each of which takes 0.1 ms
MOST_KEPT = 8
_Asked = tuple[str, str, str]  # type and name of the question, server


class Timeline:
    """What was seen of one record, run by run; the newest first."""

    def __init__(self, spec: RecordSpec, longest: int) -> None:
        self.since: datetime | None = None
        self._spec = spec
        self._longest = longest
        # When each server was next seen to say something else, or not to be asked any more; None is now.
        self._next: dict[_Asked, datetime | None] = {}
        # By server, name, type and TTL, when it was last seen, and when first without: of the newest time that counts.
        self._held: dict[tuple[str, str, str, int], tuple[datetime, datetime | None]] = {}

    def add(self, at: datetime, seen: Observation) -> None:
        if not self._is_of_it(seen):
            return
        known: dict[_Asked, datetime | None] = {}
        for lookup, hop, answer in _answers(seen):
            asked = (lookup.type, hop, answer.server)
            until = self._next.get(asked, self.since)
            if answer.unanswered or not answer.authoritative:  # somebody's cache, or nobody knows
                known[asked] = until
                continue
            known[asked] = at
            for rr in answer.rrs:
                if rr.ttl > self._longest:
                    self._held.setdefault((answer.server, rr.name, rr.type, rr.ttl), (at, until))
        self._next, self.since = known, at

    def held(self, now: datetime) -> tuple[Held, ...]:
        """The last to end first."""
        found = []
        for (server, name, type_, ttl), (seen, until) in self._held.items():
            gone = now if until is None else until
            found.append(Held(server, name, type_, ttl, seen, gone, gone + kept(ttl)))
        return tuple(sorted(found, key=lambda held: held.ends, reverse=True)[:MOST_KEPT])

    def _is_of_it(self, seen: Observation) -> bool:
        """Under the same id, another record may have stood."""
        first = seen.lookups[0]
        return (first.type, first.hops[0].name) == (self._spec.type, absolute(self._spec.name))


def timelines(batch: Batch[RecordSpec], now: datetime, stopped: Callable[[], bool]) -> dict[Key, Timeline]:
    """Of the checks for which it matters; from no more runs than it takes."""
    found = {
        key: Timeline(spec, spec.ttl_bounds[1])
        for key, spec in batch.checks if spec.opens is not None and spec.ttl_bounds is not None
    }  # fmt: skip
    left = set(found)
    most = min(MOST_RUNS, MOST_READ // max(1, len(batch.checks)) + 1)
    for run in islice(batch.earlier(), most) if left else ():
        left -= set(_take(run, found, left, now - LONGEST_HELD))
        if not left or stopped():
            break
    return found


def _take(run: Mapping[Key, Earlier], found: dict[Key, Timeline], left: set[Key], horizon: datetime) -> Iterator[Key]:
    """Add a run to the timelines; gives those that go back as far as any cache does."""
    for key in left & run.keys():
        found[key].add(run[key].at, run[key].observation)
        since = found[key].since
        if since is not None and since < horizon:
            yield key


def _answers(seen: Observation) -> Iterator[tuple[Lookup, str, Answer]]:
    for lookup in seen.lookups:
        for hop in lookup.hops:
            for answer in hop.answers:
                yield lookup, hop.name, answer


def given(seen: Observation) -> Iterator[Answer]:
    """What servers have said of their own zones: whatever else there is may be somebody's cache."""
    return (answer for _, _, answer in _answers(seen) if answer.authoritative and not answer.unanswered)


def kept(ttl: int) -> timedelta:
    """How long caches may keep an answer with this TTL."""
    return min(timedelta(seconds=ttl), LONGEST_HELD)


def told(since: datetime | None, held: Sequence[Held], opens: datetime) -> bool:
    """Whether earlier runs say how long caches hold it: from when it had another TTL, or because none is that old."""
    return bool(held) or (since is not None and since + LONGEST_HELD <= opens)
