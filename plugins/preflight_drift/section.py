"""The `drift:` section: from pairs, subjects and rules to checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from preflight import remote
from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Expectation, Kind, Section, Survey
from preflight.model import CheckSpec
from preflight_drift.checks import FactsSpec, Matter, RuleSpec, Wording
from preflight_drift.collect.request import Wanted
from preflight_drift.fitness import unfit
from preflight_drift.judge import facts_cell, facts_sketch, judge_facts, judge_rule
from preflight_drift.observation import FactsObservation, RuleObservation
from preflight_drift.pairs import Environment, Hosts, Pair, other, own, pairs
from preflight_drift.plan import Place, Plan
from preflight_drift.probe import probe
from preflight_drift.recorded import Past
from preflight_drift.rules import Rules
from preflight_drift.side_by_side import side_by_side
from preflight_drift.spec import Collect, DriftSpec
from preflight_drift.spec import RuleSpec as Written
from preflight_drift.words import Words

_COMMON = frozenset(CheckSpec.model_fields) - {"id"}


def expectations(section: DriftSpec, ground: Ground) -> Iterator[Expectation[Any] | Problem]:
    here, there = own(ground), other(section, ground)
    if isinstance(there, Problem):
        yield there
        return
    compared = list(pairs(section, here, there))
    yield from (pair for pair in compared if isinstance(pair, Problem))
    yield from unfit(section, here, there)
    wording = _wording(section, here, there)
    written = _rules(section, there)
    rules = Rules([rule.as_rule(date.today(), Words(wording.ours)) for rule in written])
    surveys = _surveys(here, there) if section.collect.surveys else ()
    matters = [
        *(matter for pair in compared if isinstance(pair, Pair) for matter in _matters(section.collect, pair, wording)),
        *(Matter("surveys", ("", there.name), (name,), (name,), name, name) for name, _, _ in surveys),
    ]
    if not matters and not any(isinstance(pair, Problem) for pair in compared):
        why = "nothing would be compared: say what to collect (files, packages, sysctl, services, users, mounts, ...)"
        yield Problem(section.place("collect"), "drift.collect", why)
    plan = _plan(section, compared, surveys, wording, len(matters), there.past)
    common = {name: getattr(section, name) for name in section.model_fields_set & _COMMON}
    for matter in matters:
        spec = FactsSpec.model_construct(**common)
        spec._matter, spec._wording, spec._rules = matter, plan.wording, rules
        yield Expectation(FACTS, spec, plan)
    if there.past is not None and there.past.own:
        return  # what rules are there for is another environment
    first = {rule.at: (entry, rule) for entry, rule in reversed([*zip(written, rules.all, strict=True)])}
    for entry, rule in reversed(first.values()):
        made = RuleSpec.model_construct(**(common | {"severity": "warning", "owner": rule.owner or section.owner}))
        made._rule = rule
        made.stand_at(entry.mark)
        yield Expectation(RULES, made, plan)


def _rules(section: DriftSpec, there: Environment) -> list[Written]:
    """Of an environment's own past, only what hides counts: what must differ between two need not have changed."""
    own_past = there.past is not None and there.past.own
    return [rule for rule in section.rules if not own_past or rule.rule in ("same", "ignore", "keys-only")]


def _surveys(here: Environment, there: Environment) -> tuple[tuple[str, Survey, Survey | None], ...]:
    """What both environments have under one name."""
    names = there.past.surveys if there.past is not None else there.surveys
    return tuple((name, ours, there.surveys.get(name)) for name, ours in here.surveys.items() if name in names)


def _matters(collect: Collect, pair: Pair, wording: Wording) -> Iterator[Matter]:
    ours, theirs = (tuple(name for name, _ in hosts) for hosts in (pair.ours, pair.theirs))
    for subject in collect.subjects:
        for glob in dict.fromkeys(collect.files) if subject == "files" else ("",):
            yield Matter(subject, (pair.here, pair.there), ours, theirs, glob, wording.called_there(glob))


def _plan(
    section: DriftSpec,
    compared: Sequence[Pair | Problem],
    surveys: tuple[tuple[str, Survey, Survey | None], ...],
    wording: Wording,
    checks: int,
    past: Past | None,
) -> Plan:
    found = [pair for pair in compared if isinstance(pair, Pair)]
    files = section.collect.files
    ours = _places((pair.ours for pair in found), section.collect, files)
    asked = () if past is not None else tuple(pair.theirs for pair in found)
    theirs = _places(asked, section.collect, tuple(map(wording.called_there, files)))
    return Plan(ours, theirs, surveys, wording, checks, past)


def _places(sides: Iterable[Hosts], collect: Collect, files: tuple[str, ...]) -> tuple[Place, ...]:
    """Each host once, however many pairs it is part of."""
    hosts = dict(host for side in sides for host in side)
    return tuple(Place(name, host, _wanted(collect, files)) for name, host in hosts.items())


def _wanted(collect: Collect, files: tuple[str, ...]) -> Wanted:
    return Wanted(
        files=files,
        packages=collect.packages,
        sysctl=collect.sysctl,
        services=collect.services,
        users=collect.users,
        mounts=collect.mounts,
        env=tuple(sorted(collect.env.items())),
        effective=collect.effective,
        commands=tuple(sorted(collect.commands.items())),
    )


def _wording(section: DriftSpec, here: Environment, there: Environment) -> Wording:
    # A name that has no word there stands for nothing: `--against local` compares texts as they are.
    known = {name: words for name, words in section.vars.items() if {here.name, there.name} <= words.keys()}
    ours, theirs = (tuple((name, words[side.name]) for name, words in known.items()) for side in (here, there))
    return Wording(here.name, there.name, ours, theirs)


def facts_target(spec: FactsSpec) -> str:
    return str(spec.matter)


def rule_target(spec: RuleSpec) -> str:
    return spec.rule.at


def facts_contacts(spec: FactsSpec, plan: Plan) -> str:
    contacted = _contacted(spec, plan)
    return contacted if plan.past is None else f"{contacted}; and looks up what the run {plan.past.run} saw"


def _contacted(spec: FactsSpec, plan: Plan) -> str:
    matter = spec.matter
    if matter.subject == "surveys":
        found = next((ours, theirs) for name, ours, theirs in plan.surveys if name in matter.ours)
        return "; ".join(survey.contacts for survey in found if survey is not None)
    sides = ((plan.ours, matter.ours), (plan.theirs, matter.theirs))
    places = [each for side, names in sides for each in side if each.name in names]
    hosts = ", ".join(dict.fromkeys(remote.contacts(each.name, each.host) for each in places))
    wanted = places[0].wanted
    if matter.subject == "commands":
        return f"runs {', '.join(f'`{line}`' for _, line in wanted.commands)} on {hosts}"
    if matter.subject == "effective":
        return f"asks {', '.join(wanted.effective)} for the configuration in force on {hosts}"
    return f"reads from {hosts}"


def rule_contacts(_: RuleSpec, plan: Plan) -> str:
    return f"contacts nobody more: counts what it hides between {plan.wording.here} and {plan.wording.there}"


FACTS = Kind(
    "drift.facts", FactsSpec, FactsObservation, facts_target, probe, judge_facts, facts_contacts, facts_cell,
    sketch=facts_sketch, table=side_by_side,
)  # fmt: skip
RULES = Kind("drift.rules", RuleSpec, RuleObservation, rule_target, probe, judge_rule, rule_contacts)
SECTION = Section(DriftSpec, (FACTS, RULES), expectations, compares=True)
