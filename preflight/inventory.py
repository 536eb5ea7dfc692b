"""An inventory: one environment and what must be true of it, composed and validated as a whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from preflight.compose import Composition, compose, files_of
from preflight.errors import InventoryError, Problem
from preflight.garbage import no_garbage_collection
from preflight.kind import Check, Domain, Expectation, Section, Survey
from preflight.model import CheckSpec, Cutover, Host, Several
from preflight.nearest import did_you_mean
from preflight.secret import Masker
from preflight.source import Mark
from preflight.validation import validate

# The inventory's own keys; `extends` and `vars` are used up by the composition.
CORE_SECTIONS: dict[str, Any] = {
    "environment": str,
    "cutover": Cutover,
    "hosts": dict[str, Host],
    "allow": Several[str],
}


def _nowhere(name: str) -> Inventory:
    raise LookupError(f"there is no inventory {name!r} to compare with")


@dataclass(frozen=True, slots=True)
class Ground:
    """What an inventory says besides its checks; plugins see it while their section becomes checks.

    Attributes:
        against: the environment to compare with, as `--against` names it; empty if it does not.
        elsewhere: another inventory by its name, without its own sections that compare. Raises LookupError, or
            InventoryError if that one cannot be used.
        surveys: what the other sections of this inventory have to compare, by `section.name`.
    """

    environment: str
    hosts: Mapping[str, Host]
    cutover: Cutover
    allow: frozenset[str]
    vars: Mapping[str, Any]
    against: str = ""
    elsewhere: Callable[[str], Inventory] = _nowhere
    surveys: Mapping[str, Survey] = field(default_factory=dict)

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Group name to the names of its hosts, in the order of the file."""
        groups: dict[str, tuple[str, ...]] = {}
        for name, host in self.hosts.items():
            for group in host.groups:
                groups[group] = (*groups.get(group, ()), name)
        return groups


@dataclass(frozen=True, slots=True)
class Inventory:
    """A loaded inventory.

    Attributes:
        checks: every check of every phase, by id, in the order of the files.
        compares: it has a section that compares it with another environment.
    """

    name: str
    path: Path
    ground: Ground
    checks: Mapping[str, Check]
    masker: Masker = field(repr=False)
    compares: bool = False

    @property
    def homes(self) -> frozenset[Path]:
        """The files its checks are collected under."""
        return frozenset(files_of(self.path))


def load(
    name: str,
    path: Path,
    domains: Iterable[Domain],
    given_vars: Mapping[str, Any] | None = None,
    *,
    against: str = "",
    elsewhere: Callable[[str], Inventory] = _nowhere,
    compared: bool = False,
) -> Inventory:
    """Load the inventory at `path`.

    Args:
        against: what it is compared with, if somebody said so for this run.
        elsewhere: gives another inventory by its name, loaded as one that is `compared`.
        compared: it is what another one is compared with, so that it compares with none in turn.

    Raises:
        InventoryError: it cannot be used; every problem with its place.
    """
    # The collector would take three quarters of the time of a load.
    with no_garbage_collection(), _no_bottomless_nesting(name, path):
        whole = compose(path, given_vars or {})
        loading = _Loading(name, whole, {domain.section: domain for domain in domains}, elsewhere, compared)
        ground = loading.ground(against)
        ground, checks = loading.checks(ground)
    if loading.problems:
        raise InventoryError(name, [_masked(problem, whole.masker) for problem in loading.problems])
    return Inventory(name, path, ground, checks, whole.masker, loading.compares)


def _masked(problem: Problem, masker: Masker) -> Problem:
    return Problem(problem.mark, masker(problem.path), masker(problem.message))


@contextmanager
def _no_bottomless_nesting(name: str, path: Path) -> Iterator[None]:
    try:
        yield
    except RecursionError:  # no file is nested that deeply, but aliases and vars may be
        problem = Problem(Mark(os.fspath(path), 1, 1), "", "its aliases or vars are nested too deeply")
        raise InventoryError(name, [problem]) from None


class _Loading:
    """One inventory on its way from a tree of values to checks; gathers problems."""

    def __init__(
        self,
        name: str,
        whole: Composition,
        domains: Mapping[str, Domain],
        elsewhere: Callable[[str], Inventory],
        compared: bool,
    ) -> None:
        self._name = name
        self._elsewhere = elsewhere
        self._compared = compared
        self.compares = False
        self._whole = whole
        self._domains = domains
        self.problems: list[Problem] = list(whole.problems)

    def ground(self, against: str) -> Ground:
        values = {key: self._validated(key, model) for key, model in CORE_SECTIONS.items() if key in self._whole.root}
        return Ground(
            environment=values.get("environment") or "",
            hosts=values.get("hosts") or {},
            cutover=values.get("cutover") or Cutover(),
            allow=frozenset(values.get("allow") or ()),
            vars=self._whole.vars,
            against=against,
        )

    def checks(self, ground: Ground) -> tuple[Ground, dict[str, Check]]:
        """The checks, and the ground with what sections have to compare."""
        checks: dict[str, Check] = {}
        sections = dict(self._sections())
        surveys = {
            f"{key}.{survey.name}": survey
            for key, (section, value) in sections.items() if section.surveys
            for survey in section.surveys(value, ground)
        }  # fmt: skip
        ground = replace(ground, surveys=surveys)
        asking = replace(ground, elsewhere=self._other)  # not kept: it holds the whole tree
        for key, (section, value) in sections.items():
            self._add(key, section, value, asking, checks)
        self._check_needs(checks)
        return ground, checks

    def _sections(self) -> Iterator[tuple[str, tuple[Section, Any]]]:
        """The plugins' sections and their values, of those that are right by themselves."""
        for key in self._whole.root:
            if key in CORE_SECTIONS:
                continue
            if key not in self._domains:
                self._refuse_section(key)
                continue
            section = self._section(key)
            if section is None or (section.compares and self._compared):
                continue
            self.compares |= section.compares
            value = self._validated(key, section.model)
            if value is not None:
                yield key, (section, value)

    def _other(self, name: str) -> Inventory:
        other = self._elsewhere(name)
        self._whole.masker.include(other.masker)  # what is compared is shown
        return other

    def _validated(self, key: str, model: Any) -> Any:
        root = self._whole.root
        value, problems = validate(model, root[key], key, root.values_at[key])
        self.problems += [problem for problem in problems if problem.mark not in self._whole.unresolved]
        return value

    def _refuse_section(self, key: str) -> None:
        sections = [self._section(section) for section in self._domains]
        kinds = sorted(kind.name for section in sections if section is not None for kind in section.kinds)
        known = {*CORE_SECTIONS, *self._domains, "extends", "vars"}
        message = (
            f"no loaded plugin has a section `{key}:`{did_you_mean(key, known)}; "
            f"kinds of check that can be used: {', '.join(kinds) or 'none'}"
        )
        self.problems.append(Problem(self._whole.root.keys_at[key], key, message))

    def _section(self, key: str) -> Section | None:
        """Load a plugin's section; a plugin that cannot be loaded is a problem of the inventory that needs it."""
        try:
            return self._domains[key].load()
        except Exception as error:
            if key in self._whole.root:
                message = f"its plugin cannot be loaded: {type(error).__name__}: {error}"
                self.problems.append(Problem(self._whole.root.keys_at[key], key, message))
            return None

    def _add(self, key: str, section: Section, value: Any, ground: Ground, checks: dict[str, Check]) -> None:
        for made in section.expectations(value, ground):
            if isinstance(made, Problem):
                self.problems.append(made)
                continue
            # A spec that a plugin made from another one was written nowhere: its section has to do.
            mark = made.spec.mark if made.spec.mark.file else self._whole.root.values_at[key]
            if made.kind.domain != self._domains[key].name or made.kind not in section.kinds:
                raise TypeError(
                    f"the plugin of `{key}:` made a check of the kind {made.kind.name}, which it does not offer"
                )
            check_id = self._whole.masker(_id(made))
            if check_id in checks:
                message = f"{check_id} is also at {checks[check_id].mark}; give one of them an `id:` of its own"
                self.problems.append(Problem(mark, "", message))
                continue
            home = self._whole.homes[mark.file]
            made.spec.forget_places()
            checks[check_id] = Check(self._name, check_id, made.kind, made.spec, made.shared, mark, home)

    def _check_needs(self, checks: Mapping[str, Check]) -> None:
        state: dict[str, bool] = {}  # False while its needs are being followed, True when they are fine
        for check in checks.values():
            for needed in check.spec.needs:
                if needed not in checks:
                    message = f"needs {needed}, which is no check here{did_you_mean(needed, checks)}"
                    self.problems.append(Problem(check.mark, "needs", message))
        for check_id, check in checks.items():
            if check.spec.needs:
                self._follow_needs(check_id, checks, state)

    def _follow_needs(self, start: str, checks: Mapping[str, Check], state: dict[str, bool]) -> None:
        stack = [(start, iter(checks[start].spec.needs))]
        while stack:
            check_id, needs = stack[-1]
            state.setdefault(check_id, False)
            for needed in needs:
                if needed not in checks or state.get(needed) is True:
                    continue
                if needed in state:
                    message = f"{needed} needs this check in turn: a circle"
                    self.problems.append(Problem(checks[check_id].mark, "needs", message))
                    continue
                stack.append((needed, iter(checks[needed].spec.needs)))
                break
            else:
                state[check_id] = True
                stack.pop()


def _id(made: Expectation[CheckSpec]) -> str:
    spec = made.spec
    phases = f":{'+'.join(spec.phase)}" if spec.phase else ""
    return f"{made.kind.name}[{spec.id or made.kind.target(spec) + phases}]"
