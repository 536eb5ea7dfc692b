"""What differs, and is it allowed to? And do the rules still do what they are there for?"""

from __future__ import annotations

from preflight.finding import Finding, NotChecked
from preflight.kind import Cell
from preflight_drift import advice, upkeep
from preflight_drift.checks import FactsSpec, RuleSpec
from preflight_drift.comparing import compare
from preflight_drift.comparison import Comparison, Side
from preflight_drift.observation import FactsObservation, RuleObservation

# A rule that hides this many differences hides more than somebody has looked at.
TOO_MANY = 50


def comparison(spec: FactsSpec, seen: FactsObservation) -> Comparison:
    words = spec.wording
    here, there = Side(words.here, seen.here, words.ours), Side(words.there, seen.there, words.theirs)
    return compare(here, there, spec.rules, of_one_run=not seen.run)


def judge_facts(spec: FactsSpec, seen: FactsObservation) -> list[Finding | NotChecked]:
    found = comparison(spec, seen)
    reasons: list[Finding | NotChecked] = []
    if found.differences:
        reasons += [advice.summary(spec, found), *advice.details(spec, found)]
    return reasons + advice.unknown(found)


def facts_cell(spec: FactsSpec, seen: FactsObservation | None) -> Cell:
    """A row for each pair, a column for each subject; of files, for each pattern."""
    matter = spec.matter
    text = "" if seen is None else advice.cell(comparison(spec, seen))
    return Cell(matter.pair[0] or spec.wording.here, matter.glob or matter.subject, text)


def facts_sketch(spec: FactsSpec, seen: FactsObservation, width: int, every: bool) -> list[str]:  # noqa: ARG001
    """What no host has. That is the same, and passes: one list may serve many groups. Or it has a typing mistake."""
    words = spec.wording
    sides = [[{document.name: document.missing for document in host.documents} for host in side]
             for side in (seen.here, seen.there) if not any(host.trouble for host in side)]  # fmt: skip
    if len(sides) < 2 or not all(sides):
        return []
    here, there = sides
    nobodys = [
        name for name in here[0]
        if all(held.get(name) for held in here) and all(held.get(words.called_there(name)) for held in there)
    ]  # fmt: skip
    return [f"nothing to compare: neither {words.here} nor {words.there} has {', '.join(nobodys)}"] if nobodys else []


def judge_rule(spec: RuleSpec, seen: RuleObservation) -> list[Finding | NotChecked]:
    rule = spec.rule
    if rule.expired:
        return [upkeep.expired(rule)]
    if rule.reason.strip().upper().startswith("TODO"):
        return [upkeep.unconsidered(rule, seen)]
    if not seen.matched and not seen.partial:
        return [upkeep.unused(rule)]
    if "*" in rule.at and seen.hidden > TOO_MANY:
        return [upkeep.too_broad(rule, seen)]
    return []
