"""What is said several times, as a list, so that nothing of it is lost and its order is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from preflight_drift.model import Fact

Path = tuple[str | int, ...]


def listed(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Facts whose paths are all different: a path given twice gets a number at its end."""
    facts = list(facts)
    total = Counter(fact.path for fact in facts)
    if len(total) == len(facts):
        yield from facts
        return
    seen: Counter[Path] = Counter()
    for fact in facts:
        if total[fact.path] == 1:
            yield fact
        else:
            yield fact._replace(path=(*fact.path, seen[fact.path]))
            seen[fact.path] += 1
