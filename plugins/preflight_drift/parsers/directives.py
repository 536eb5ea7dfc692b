"""Directives and blocks of them, as nginx, Apache, sshd, HAProxy and sudo have them, to facts.

    server { listen 80; listen 81; location /a { return 404; } }
        ("server", "listen", 0) "80"   ("server", "listen", 1) "81"   ("server", "location", "/a", "return") "404"

Directives of one name in one place are a list, and so are blocks of one name and label. That keeps the order among
them, but not with others in between. Where that matters too, it is a fact of its own, at "(order)".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from preflight_drift.model import Fact

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Directive:
    """`value` of a plain one; `label` of a block, such as "/a", by which it is found again; "" for none."""

    name: str
    line: int
    value: str = ""
    label: str = ""
    block: list[Directive] | None = field(default=None)

    @property
    def key(self) -> Path:
        return (self.name, self.label) if self.label else (self.name,)


def facts_of(
    directives: Sequence[Directive], in_order: Callable[[Directive], bool] = lambda _: False, path: Path = ()
) -> Iterator[Fact]:
    """`in_order` says of a directive whether its place among others of the same block, of any name, matters."""
    total = Counter(one.key for one in directives)
    seen: Counter[Path] = Counter()
    for one in directives:
        at = (*path, *one.key)
        if total[one.key] > 1:
            at = (*at, seen[one.key])
            seen[one.key] += 1
        if one.block is None:
            yield Fact(at, one.value, one.line)
        elif one.block:
            yield from facts_of(one.block, in_order, at)
        else:
            yield Fact(at, "{}", one.line)
    ordered = [one for one in directives if in_order(one)]
    names = [" ".join(str(part) for part in one.key) for one in ordered]
    if len(set(names)) > 1:
        yield Fact((*path, "(order)"), ", ".join(names), ordered[0].line)
