"""Two environments, document by document and fact by fact, under rules. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from preflight.secret import MASK
from preflight_drift.collect.globs import Glob
from preflight_drift.comparison import Comparison, Difference, Seen, Side, State, Unknown
from preflight_drift.keyed import keyed
from preflight_drift.model import Document, Fact, HostFacts, Value
from preflight_drift.rules import AmbiguousError, Rule, Rules, kept
from preflight_drift.words import Words

HERE, THERE = 0, 1


MOST_SECRETS = 3  # named
_APART = "secrets of two runs cannot be compared"
_NEXT_STEP = "compare with the environment itself, or write a rule `keys-only` for them; everything else was compared"


def compare(here: Side, there: Side, rules: Rules, *, of_one_run: bool = True) -> Comparison:
    """Groups are compared by what most of their hosts have; who has something else is an outlier of its own group.

    With `of_one_run`, digests of secrets have the same key on both sides; else they say nothing of each other.
    """
    return _Comparing((here, there), rules, of_one_run).run()


Held = list[tuple[str, Document]]  # host, document
Path = tuple[str, ...]
Entry = tuple[str, Document, Fact]


class _Comparing:
    def __init__(self, sides: tuple[Side, Side], rules: Rules, of_one_run: bool) -> None:
        self.sides = sides
        self.of_one_run = of_one_run
        self.apart: dict[str, list[str]] = defaultdict(list)  # by document, the paths of secrets
        self.rules = rules
        self.words = [Words(side.words) for side in sides]
        self.environments = sides[HERE].environment, sides[THERE].environment
        self.found = Comparison()
        self.gaps: list[list[_Gap]] = []  # of either side

    def run(self) -> Comparison:
        answered = [[host for host in side.hosts if not host.trouble] for side in self.sides]
        for side in self.sides:
            self.found.unknown += [
                Unknown((host.host,), "", host.trouble, host.cause, host.next_step)
                for host in side.hosts if host.trouble
            ]  # fmt: skip
        if all(answered):  # else nothing is known to be missing anywhere
            documents = [self._by_name(hosts, words) for hosts, words in zip(answered, self.words, strict=True)]
            self.gaps = [list(_gaps(hosts, words)) for hosts, words in zip(answered, self.words, strict=True)]
            for name in sorted(documents[HERE].keys() | documents[THERE].keys()):
                self._document(name, [held.get(name, []) for held in documents], answered)
        for document, paths in self.apart.items():
            more = f" and {len(paths) - MOST_SECRETS} more" if len(paths) > MOST_SECRETS else ""
            why = f"{_APART}: {', '.join(paths[:MOST_SECRETS])}{more}"
            self.found.unknown.append(Unknown((), document, why, next_step=_NEXT_STEP))
        return self.found

    @staticmethod
    def _by_name(hosts: Iterable[HostFacts], words: Words) -> dict[tuple[str, str], Held]:
        found: dict[tuple[str, str], Held] = defaultdict(list)
        for host in hosts:
            for document in host.documents:
                found[document.subject, words(document.name)].append((host.host, document))
        return found

    def _document(self, name: tuple[str, str], held: list[Held], answered: list[list[HostFacts]]) -> None:
        subject, shown = name
        troubled = [
            [*(host for host, document in side if document.trouble),
             *(gap.host for gap in gaps if gap.subject == subject and gap.hides(shown))]
            for side, gaps in zip(held, self.gaps, strict=True)
        ]  # fmt: skip
        self.found.unknown += [
            Unknown((host,), document.name, document.trouble) for side in held for host, document in side
            if document.trouble
        ]  # fmt: skip
        has = [[(host, document) for host, document in side if not document.trouble and not document.missing]
               for side in held]  # fmt: skip
        lacks = [
            [host.host for host in hosts if host.host not in {name for name, _ in some} and host.host not in lost]
            for hosts, some, lost in zip(answered, has, troubled, strict=True)
        ]
        if not any(has) or any(lost and not some for some, lost in zip(has, troubled, strict=True)):
            return
        self.found.documents += 1
        about = _About(".".join((subject, shown)) if shown != subject else subject, subject, shown, whole=True)
        presence = [[(host, document, Fact((), "present")) for host, document in side] for side in has]
        self._fact(about, presence, lacks)
        if not all(has):
            return
        if self._plainly_the_same(about, has):
            return
        facts = iter(keyed([_facts(document) for side in has for _, document in side]))
        views = []
        for side, words in zip(has, self.words, strict=True):
            view: dict[Path, list[Entry]] = defaultdict(list)
            for host, document in side:
                for path, fact in next(facts):
                    view[words.path(path)].append((host, document, fact))
            views.append(view)
        prefix = about.path
        for path in dict.fromkeys((*views[HERE], *views[THERE])):
            entries = [view.get(path, []) for view in views]
            without = [
                [host for host, _ in side if host not in {entry[0] for entry in some}] if len(some) < len(side) else []
                for side, some in zip(has, entries, strict=True)
            ]
            self._fact(_About(".".join((prefix, *path)), subject, shown, whole=False), entries, without)

    def _plainly_the_same(self, about: _About, has: list[Held]) -> bool:
        """Most documents are: they were read once for all their hosts, and nothing is looked at one by one."""
        (_, first), *others = (entry for side in has for entry in side)
        if any(words.any for words in self.words) or self.rules.may_be_about(about.path):
            return False
        if any(other.facts is not first.facts or other.attributes != first.attributes for _, other in others):
            return False
        self.found.same += len(first.facts) + len(first.attributes)
        return True

    def _fact(self, about: _About, entries: list[list[Entry]], lacks: list[list[str]]) -> None:
        """One path: `entries` of those who have it, and who `lacks` it, on either side."""
        try:
            rule = self.rules.of(about.path)
        except AmbiguousError as error:
            self.found.unknown.append(Unknown((), about.document, str(error)))
            return
        if rule is None and not any(lacks) and all(entries) and self._all_alike(entries):
            self.found.same += 1
            return
        if rule is not None:
            self.found.matched[rule.at] += 1
        ranked = [self._ranked(some, without, words)
                  for some, without, words in zip(entries, lacks, self.words, strict=True)]  # fmt: skip
        self._break_ties(ranked)
        if rule is None or rule.name not in ("ignore", "keys-only"):
            for side, environment in zip(ranked, self.environments, strict=True):
                self.found.differences += [about.outlier(other, side[0], rule, environment) for other in side[1:]]
        compared = [side[0] if side and not side[0].lacks else None for side in ranked]
        self._between(about, rule, *compared)

    def _all_alike(self, entries: list[list[Entry]]) -> bool:
        values = [
            (*_typed(words.value(fact)), fact.secret)
            for some, words in zip(entries, self.words, strict=True)
            for _, _, fact in some
        ]
        return all(value == values[0] for value in values)

    @staticmethod
    def _ranked(entries: list[Entry], lacks: list[str], words: Words) -> list[Seen]:
        """What the hosts of a side have, that of most of them first."""
        by_value: dict[object, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_value[*_typed(words.value(entry[2])), entry[2].secret].append(entry)
        found = []
        for same in by_value.values():
            _, document, fact = same[0]
            found.append(Seen(fact.value, fact.secret, tuple(host for host, _, _ in same), document, fact.line))
        if lacks and found:
            found.append(Seen(None, False, tuple(lacks), found[0].document, lacks=True))
        return sorted(found, key=lambda seen: -len(seen.hosts))

    def _break_ties(self, ranked: list[list[Seen]]) -> None:
        """Where as many have the one as the other, that is the outlier which the other environment does not have."""
        for side, other in ((HERE, THERE), (THERE, HERE)):
            tied = [seen for seen in ranked[side] if len(seen.hosts) == len(ranked[side][0].hosts)]
            if len(tied) < 2:
                continue
            wanted = self._alike(ranked[other][0], other) if ranked[other] else (True, None)
            found = next((seen for seen in tied if self._alike(seen, side) == wanted), tied[0])
            ranked[side].remove(found)
            ranked[side].insert(0, found)

    def _alike(self, seen: Seen, side: int) -> tuple[bool, object]:
        value = self.words[side].value(Fact((), seen.value, 0, seen.secret))
        return (True, None) if seen.lacks else (False, (*_typed(value), seen.secret))

    def _between(self, about: _About, rule: Rule | None, here: Seen | None, there: Seen | None) -> None:
        if here is None and there is None:
            return
        values = [self._value(seen, words, rule) for seen, words in zip((here, there), self.words, strict=True)]
        defaulted = rule is not None and rule.default is not None
        if (here is None or there is None) and not defaulted:
            self._decided(about, "only here" if there is None else "only there", rule, here, there)
        elif self._are_apart(rule, here, there):
            self.apart[about.document].append(about.path)
        elif rule is not None and rule.name not in ("same", "ignore", "keys-only"):
            keeps = kept(rule, values[HERE], values[THERE], self.environments)
            if keeps is None:
                why = f"{about.path}: neither more nor less than the other: {rule.name} does not apply"
                self.found.unknown.append(Unknown((), about.document, why))
            elif keeps:
                self.found.same += 1
                self.found.hidden[rule.at] += values[HERE] != values[THERE]
            else:
                self.found.differences.append(about.difference("breaks its rule", here, there, rule))
        elif _typed(values[HERE]) == _typed(values[THERE]):
            self.found.same += 1
        else:
            self._decided(about, "differs", rule, here, there)

    def _are_apart(self, rule: Rule | None, here: Seen | None, there: Seen | None) -> bool:
        """Whether it is hidden what they are; a rule that allows any difference needs not know."""
        if self.of_one_run or (rule is not None and rule.name in ("ignore", "keys-only")):
            return False
        if here is None or there is None:
            return False
        # A secret of the inventory was masked when that run was recorded.
        masked = isinstance(there.value, str) and MASK in there.value and here.value != there.value
        return here.secret or there.secret or masked

    def _decided(self, about: _About, state: State, rule: Rule | None, here: Seen | None, there: Seen | None) -> None:
        """A difference; one that a rule hides only counts."""
        hides = rule is not None and (rule.name == "ignore" or (rule.name == "keys-only" and state == "differs"))
        if hides and rule is not None:
            self.found.hidden[rule.at] += 1
        else:
            self.found.differences.append(about.difference(state, here, there, rule))

    @staticmethod
    def _value(seen: Seen | None, words: Words, rule: Rule | None) -> Value:
        if seen is None:
            return rule.default if rule else None
        # These rules speak of each environment's own words.
        own = rule is not None and rule.name in ("matches", "mapped", "must-differ")
        return seen.value if own else words.value(Fact((), seen.value, 0, seen.secret))


@dataclass(frozen=True, slots=True)
class _Gap:
    """Where a host may have more than is known: `hides` says whether of the document of a name."""

    host: str
    subject: str
    hides: Callable[[str], bool]


def _gaps(hosts: Iterable[HostFacts], words: Words) -> Iterator[_Gap]:
    """Below directories that could not be looked into, and of patterns whose search did not come to its end."""
    for host in hosts:
        for document in host.documents:
            if not document.trouble or document.subject != "files":
                continue
            name = words(document.name)
            if document.closed:
                yield _Gap(host.host, document.subject, partial(_is_below, f"{name.rstrip('/')}/"))
            elif set("*?[") & set(name):
                with suppress(ValueError):  # a file of such a name, which is no pattern
                    yield _Gap(host.host, document.subject, Glob(name).matches)


def _is_below(directory: str, name: str) -> bool:
    return name.startswith(directory)


@dataclass(frozen=True, slots=True)
class _About:
    """The place of a fact, or of a whole document."""

    path: str
    subject: str
    document: str
    whole: bool

    def difference(self, state: State, here: Seen | None, there: Seen | None, rule: Rule | None) -> Difference:
        return Difference(state, self.path, self.subject, self.document, self.whole, here, there, rule)

    def outlier(self, has: Seen, most: Seen, rule: Rule | None, environment: str) -> Difference:
        return Difference("outlier", self.path, self.subject, self.document, self.whole, has, most, rule, environment)


def _typed(value: Value) -> tuple[bool, Value]:
    """1 and 1.0 are the same, 1 and true are not."""
    return isinstance(value, bool), value


def _facts(document: Document) -> Iterator[Fact]:
    """Those of a document, and what its file is besides its text: `@mode`, `@owner`."""
    yield from document.facts
    for name, value in document.attributes:
        yield Fact((f"@{name}",), value)
