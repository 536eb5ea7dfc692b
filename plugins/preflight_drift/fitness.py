"""What can never come to anything, refused when an inventory is loaded: rules that match nothing, names of nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase

from preflight.errors import Problem
from preflight.nearest import did_you_mean
from preflight_drift.collect.globs import Glob
from preflight_drift.pairs import Environment
from preflight_drift.spec import Collect, DriftSpec, RuleSpec


def unfit(section: DriftSpec, here: Environment, there: Environment) -> Iterator[Problem]:
    if section.id:
        why = "names one check, and this section makes many: leave it out"
        yield Problem(section.place("id"), "drift.id", why)
    for glob, number in Counter(section.collect.files).items():
        if number > 1:
            yield Problem(section.place("collect"), "drift.collect.files", f"{glob} is there twice")
    places: dict[str, str] = {}
    for number, rule in enumerate(section.rules):
        path = f"drift.rules[{number}]"
        if rule.at in places:
            yield Problem(rule.mark, f"{path}.at", f"{rule.at} has a rule already, at {places[rule.at]}")
        places[rule.at] = str(rule.mark)
        if why := matches_nothing(rule.at, section.collect):
            yield Problem(rule.mark, f"{path}.at", why)
        if rule.values and not {here.name, there.name} & rule.values.keys():
            yield Problem(rule.mark, f"{path}.values", _nobody(here.name, rule))
    for name, words in section.vars.items():
        # `--against` may compare with another environment than the words are for; its own are always wanted.
        if here.name not in words:
            hint = did_you_mean(here.name, words)
            yield Problem(section.place("vars"), f"drift.vars.{name}", f"has no word of {here.name}{hint}")


def _nobody(name: str, rule: RuleSpec) -> str:
    return f"there is none for {name}, which is what is compared here{did_you_mean(name, rule.values)}"


def matches_nothing(at: str, collect: Collect) -> str:
    """Why no path that is collected can look like this; empty if one can, as far as can be told."""
    subject, _, rest = at.partition(".")
    if "*" in subject:
        return ""
    if subject == "surveys" and not collect.surveys:
        return "surveys are not compared: nothing has such a path"
    if subject != "surveys" and subject not in collect.subjects:
        return f"{subject} is not among what is collected: nothing has such a path"
    named = {"env": collect.env, "effective": collect.effective, "commands": collect.commands}.get(subject)
    if named is not None and "*" not in rest and not any(rest == name or rest.startswith(f"{name}.") for name in named):
        return f"nothing of that name is collected{did_you_mean(rest.partition('.')[0], named)}"
    if subject == "sysctl" and "*" not in rest and not any(fnmatchcase(rest, glob) for glob in collect.sysctl):
        return f"no parameter that is collected has such a name: {', '.join(collect.sysctl)}"
    if subject == "files" and not any(_may_be_of(rest, Glob(glob)) for glob in collect.files):
        return f"no file that is collected has such a path: {', '.join(collect.files)}"
    return ""


def _may_be_of(path: str, glob: Glob) -> bool:
    """Whether a file of a glob may be what a rule's path begins with; behind it come a dot and keys."""
    known, star, _ = path.partition("*")
    ends = [at for at, character in enumerate(known) if character == "."] + ([] if star else [len(known)])
    below = known.rpartition("/")[0]
    return any(glob.matches(known[:end]) for end in ends) or (bool(star) and glob.may_be_below(below))
