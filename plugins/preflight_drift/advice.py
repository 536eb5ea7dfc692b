"""What a comparison comes to, in words: a summary, then what has one cause told together, then document by document.

It is to fit a screen: what is more is counted, and `--accept-drift` writes all of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from preflight.finding import Finding, NotChecked
from preflight_drift.causes import Causes, Replaced, may_be_a_var, sort_out
from preflight_drift.checks import FactsSpec, Wording
from preflight_drift.comparison import Comparison, Difference, State, Unknown
from preflight_drift.saying import (
    MOST_LINES,
    changed_lines,
    counted,
    has_name,
    hosts_of,
    in_line,
    is_text,
    key_of,
    listed,
    place_of,
    shortened,
    there,
    value_of,
    valued,
    where,
)

MOST_BROKEN = 10  # rules, each with its finding
MOST_OF_A_CAUSE = 6  # lines
MOST_NAMED = 3  # in a heading
MOST = 32  # lines, broken rules not among them
_STATES: dict[State, str] = {
    "breaks its rule": "against a rule",
    "outlier": "within a group",
    "only there": "missing here",
    "only here": "only here",
    "differs": "with another value",
}


def summary(spec: FactsSpec, found: Comparison) -> Finding:
    """How much there is of what, first of all."""
    states = Counter(difference.state for difference in found.differences)
    by_state = ", ".join(f"{states[state]:,} {word}" for state, word in _STATES.items() if states[state])
    hidden = sum(found.hidden.values())
    ruled = f"; rules allow {hidden:,} more" if hidden else ""
    observed = f"{counted(len(found.differences), 'difference')}: {by_state}; {_are(found.same)} the same{ruled}"
    step = "mend what should not be, and write a rule with its reason for what may; --accept-drift FILE writes them all"
    expected = f"{_what(spec)} as in {spec.wording.there}"
    return Finding(expected, observed, step, cause=f"{_named(found, spec.wording)} unlike {spec.wording.there}")


def _what(spec: FactsSpec) -> str:
    mine, theirs = spec.matter.pair
    of = f" of {mine}" + (f" (there: {theirs})" if theirs not in (mine, spec.wording.there) else "") if mine else ""
    return f"{spec.matter.glob or spec.matter.subject}{of} in {spec.wording.here}"


def _named(found: Comparison, wording: Wording) -> str:
    """`packages openssl, libssl3 and 4 more`: checks where the same things differ have one cause."""
    weightiest = sorted(found.differences, key=lambda one: list(_STATES).index(one.state))
    names = dict.fromkeys(wording.called_here(one.document if has_name(one) else key_of(one)) for one in weightiest)
    subject = "" if has_name(weightiest[0]) else f"{weightiest[0].subject} "
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{subject}{', '.join(list(names)[:MOST_NAMED])}{more}"


def cell(found: Comparison) -> str:
    """In a table: `7 differ`, `same`, `not known`."""
    if found.differences:
        return f"{len(found.differences):,} differ"
    return "not known" if found.unknown else "same"


def details(spec: FactsSpec, found: Comparison) -> Iterator[Finding]:
    """The differences: against rules, then by their causes, then documents, those with the fewest first."""
    causes = sort_out(found.differences)
    yield from (_broken(one, spec.wording) for one in causes.broken[:MOST_BROKEN])
    left = causes.broken[MOST_BROKEN:]
    told = 0
    for finding, some in _by_cause(spec, causes):
        lines = finding.observed.count("\n") + (4 if finding.next_step else 3)
        if told + lines > MOST and told:
            left += some
        else:
            yield finding
            told += lines
    if left:
        counts = Counter(spec.wording.called_here(one.document) for one in left)
        named = ", ".join(f"{name} ({count})" for name, count in counts.most_common(MOST_OF_A_CAUSE))
        more = f" and {len(counts) - MOST_OF_A_CAUSE} others" if len(counts) > MOST_OF_A_CAUSE else ""
        step = "--accept-drift FILE writes all of them down, each with its path"
        yield Finding("no more differences than these", f"{len(left):,} more, in {named}{more}", step)


def _by_cause(spec: FactsSpec, causes: Causes) -> Iterator[tuple[Finding, list[Difference]]]:
    """Findings, and what each is about."""
    wording = spec.wording
    for (environment, hosts), some in causes.outliers.items():
        lines = _lines(_outlier(one, wording) for one in some)
        group = spec.matter.pair[0 if environment == wording.here else 1]
        expected = f"{hosts_of(hosts)} like the other hosts of {group} in {environment}"
        yield Finding(expected, "\n".join(lines)), some
    for subject, some in causes.missing.items():
        expected = f"{_things(subject, len(some))} that {wording.there} has"
        yield Finding(expected, f"not in {wording.here}: {_names(some, wording)}"), some
    for subject, some in causes.extra.items():
        expected = f"no {subject} that {wording.there} does not have"
        yield Finding(expected, f"only in {wording.here}: {_names(some, wording)}"), some
    for word, some in sorted(causes.replaced.items(), key=lambda item: -len(item[1])):
        yield _replaced(word, some, wording), some
    for some in sorted(causes.others.values(), key=len):
        lines = _document(some, wording)
        expected = f"{wording.called_here(place_of(some[0]))} as {there(some[0].there, wording)}"
        yield Finding(expected, "\n".join(lines)), some


def _broken(one: Difference, wording: Wording) -> Finding:
    """A rule says what must be: its reason is what is expected."""
    rule, ours, theirs = one.rule, one.here, one.there
    assert rule is not None
    path = wording.called_here(one.path)
    expected = f"{path} {_RULES[rule.name]} {wording.there}: {rule.reason} ({rule.place})"
    if ours is not None and theirs is not None and ours.secret and rule.name == "must-differ":
        observed = f"the same secret on {hosts_of(ours.hosts)} and {there(theirs, wording)}"
        step = "make a new one for one of the two: whoever has that of the one gets into the other"
        return Finding(expected, observed, step)
    sides = (f"{where(ours)}" if ours else f"not in {wording.here}", f"{where(theirs)}" if theirs else "there is none")
    return Finding(expected, f"{sides[0]}; in {wording.there}: {sides[1]}")


_RULES = {
    "must-differ": "different from that in",
    "matches": "as the rule has it, here and in",
    "mapped": "as the rule has it, here and in",
    "at-least": "no less than in",
}


def _outlier(one: Difference, wording: Wording) -> str:
    assert one.here is not None
    assert one.there is not None
    others = f"on {hosts_of(one.there.hosts)}"
    path = wording.called_here(one.path)
    if one.here.lacks or one.there.lacks:
        return f"{path}: {'missing' if one.here.lacks else 'only there'}, unlike {others}"
    if is_text(one):
        return f"{path.removesuffix('.sha256')}: another text than {others}"
    return f"{path}: {value_of(one.here)}, and {value_of(one.there)} {others}"


def _replaced(word: Replaced, some: Sequence[Difference], wording: Wording) -> Finding:
    mine, theirs = (shortened(text) for text in word)
    documents = {place_of(one): wording.called_here(place_of(one)) for one in some}
    places = f"in {len(some)} places" + (f" of {len(documents)} documents" if len(documents) > 1 else "")
    paths = [f"{called}: {listed([wording.called_here(key_of(one)) for one in some if place_of(one) == at])}"
             for at, called in documents.items()]  # fmt: skip
    step = ""
    if may_be_a_var(word):
        step = f"if each environment has its own, say so once: `vars: {{name: {{{wording.here}: {mine}, "
        step += f"{wording.there}: {theirs}}}}}`"
    return Finding(
        f"{theirs} {places}, as in {wording.there}",
        "\n".join((f"{mine} in", *(f"  {line}" for line in _lines(paths)))),
        step,
    )


def _document(some: Sequence[Difference], wording: Wording) -> list[str]:
    hosts = next((one.here.hosts for one in some if one.here is not None), ())
    lines = [f"on {hosts_of(hosts)}:"] if hosts else []
    return lines + [f"  {line}" for line in _lines(line for one in some for line in _change(one, wording))]


def _change(one: Difference, wording: Wording) -> Iterator[str]:
    """`pool.size: 10 (line 4), there 20 (line 4)`."""
    key = wording.called_here(key_of(one)) or "all of it"
    if is_text(one):
        yield "another text, - there, + here:"
        yield from changed_lines(one)
    elif one.here is None:
        yield f"{key}: missing, there {valued(one.there)}"
    elif one.there is None:
        yield f"{key}: {valued(one.here)}, there none"
    elif one.here.secret and one.there.secret:
        yield f"{key}: another secret{in_line(one.here)}"
    else:
        yield f"{key}: {valued(one.here)}, there {valued(one.there)}"


def _names(some: Sequence[Difference], wording: Wording) -> str:
    """Of documents their names, of packages and the like also what they are."""
    return listed([wording.called_here(one.document if one.whole else _thing(one)) for one in some])


def _thing(one: Difference) -> str:
    seen = one.here or one.there
    value = "" if seen is None or one.subject not in ("packages", "sysctl") else f" {value_of(seen)}"
    return f"{key_of(one)}{value}"


def _things(subject: str, number: int) -> str:
    return f"{number} {subject}" if number > 1 else f"a {subject.removesuffix('s')}"


def _lines(lines: Iterable[str]) -> list[str]:
    """As many as may be of one cause."""
    told = list(lines)
    more = [f"... and {len(told) - MOST_OF_A_CAUSE} more"] if len(told) > MOST_OF_A_CAUSE + MOST_LINES else []
    return [*(told[:MOST_OF_A_CAUSE] if more else told), *more]


def _are(number: int) -> str:
    return f"{number:,} facts are" if number != 1 else "1 fact is"


def unknown(found: Comparison) -> list[NotChecked]:
    """What could not be compared: a reason for each document, whoever it was of; for a host, that of all its checks."""
    merged: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in found.unknown:
        if one.document:
            merged[one.document, one.why, one.next_step] += one.hosts
    hosts = [_not_reached(one) for one in found.unknown if not one.document]
    return [*hosts, *(_not_compared(*what, hosts) for what, hosts in merged.items())]


def _not_reached(one: Unknown) -> NotChecked:
    return NotChecked(one.why, one.cause or one.why, one.next_step)


def _not_compared(document: str, why: str, step: str, hosts: Sequence[str]) -> NotChecked:
    on = f" on {hosts_of(list(dict.fromkeys(hosts)))}" if hosts else ""
    step = step or "see to it there; everything else was compared"
    if "permission denied" in why.lower():
        step = "let the user who logs in read it, or write `sudo: true` at the host; everything else was compared"
    return NotChecked(f"{document}{on}: {why}", next_step=step)
