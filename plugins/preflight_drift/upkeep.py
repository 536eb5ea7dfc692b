"""Rules that do not do what they are there for, in words."""

from __future__ import annotations

from preflight.finding import Finding
from preflight_drift.observation import RuleObservation
from preflight_drift.rules import Rule


def expired(rule: Rule) -> Finding:
    step = f"mend what it hid, or give it another day and say why ({rule.place})"
    return Finding(f"the rule for {rule.at} counts", "it has expired, and hides nothing any more", step)


def unconsidered(rule: Rule, seen: RuleObservation) -> Finding:
    observed = f"its reason is TODO; it hides {seen.hidden} difference{'s' if seen.hidden != 1 else ''}"
    return Finding(f"a reason why {rule.at} may differ", observed, f"write one, or take the rule away ({rule.place})")


def unused(rule: Rule) -> Finding:
    observed = "nothing that was compared has such a path"
    return Finding(f"something at {rule.at}", observed, f"take the rule away, or see to its path ({rule.place})")


def too_broad(rule: Rule, seen: RuleObservation) -> Finding:
    observed = f"it hides {seen.hidden} differences, where {seen.shown} are shown"
    return Finding(f"the rule for {rule.at} hides what was meant", observed, f"make it narrower ({rule.place})")
