"""An inventory: one environment and what must be true of it, composed and validated as a whole."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from preflight.compose import Composition, compose, files_of
from preflight.digest import digest_of
from preflight.errors import InventoryError, Problem
from preflight.garbage import no_garbage_collection
from preflight.ground import Ground as Ground  # plugins take it from here
from preflight.ground import nowhere, unrecorded
from preflight.kind import Check, Domain, Expectation, Recorded, Section
from preflight.model import CheckSpec, Cutover, Host, Several
from preflight.nearest import did_you_mean
from preflight.needs import wrong_needs
from preflight.secret import Masker
from preflight.source import Mark
from preflight.validation import validate
from preflight.waiver import Waiver, waive

# The inventory's own keys; `extends` and `vars` are used up by the composition.
CORE_SECTIONS: dict[str, Any] = {
    "environment": str,
    "cutover": Cutover,
    "hosts": dict[str, Host],
    "allow": Several[str],
    "waivers": Several[Waiver],
}


def _anywhere(_: str) -> None:
    """Without a folder of inventories, none is unknown."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """A loaded inventory.

    Attributes:
        checks: every check of every phase, by id, in the order of the files.
        compares: it has a section that compares it with another environment.
        files: all that were read for it, also those it extends.
        given_vars: the vars that code brought.
        waivers: all of them, also those that waive nothing.
        warnings: what should be known of it before the run.
    """

    name: str
    path: Path
    ground: Ground
    checks: Mapping[str, Check]
    masker: Masker = field(repr=False)
    compares: bool = False
    files: tuple[Path, ...] = ()
    given_vars: Mapping[str, Any] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    warnings: tuple[str, ...] = ()

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
    elsewhere: Callable[[str], Inventory] = nowhere,
    known: Callable[[str], object] = _anywhere,
    recorded: Callable[[str], Recorded] = unrecorded,
    compared: bool = False,
    as_recorded: bool = False,
) -> Inventory:
    """Load the inventory at `path`.

    Args:
        against: what it is compared with, if somebody said so for this run.
        elsewhere: gives another inventory by its name, loaded as one that is `compared`.
        known: raises LookupError if there is no inventory of that name.
        recorded: gives what a recorded run saw.
        compared: it is what another one is compared with, so that it compares with none in turn.
        as_recorded: secrets are what a record has of them.

    Raises:
        InventoryError: it cannot be used; every problem with its place.
    """
    # The collector would take three quarters of the time of a load.
    with no_garbage_collection(), _no_bottomless_nesting(name, path):
        whole = compose(path, given_vars or {}, as_recorded=as_recorded)
        loading = _Loading(name, whole, {domain.section: domain for domain in domains}, elsewhere, known, compared)
        ground = replace(loading.ground(path, against), recorded=recorded)
        ground, checks = loading.checks(ground)
        loading.waive(checks)
        gc.freeze()  # all of it lives to the end, and would be gone through by whoever makes the next object
    if loading.problems:
        raise InventoryError(name, [_masked(problem, whole.masker) for problem in loading.problems])
    return Inventory(
        name,
        path,
        ground,
        checks,
        whole.masker,
        compares=loading.compares,
        files=tuple(map(Path, whole.homes)),
        given_vars=given_vars or {},
        waivers=loading.waivers,
        warnings=tuple(loading.warnings),
    )


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
        known: Callable[[str], object],
        compared: bool,
    ) -> None:
        self._name = name
        self._elsewhere = elsewhere
        self._known = known
        self._compared = compared
        self.compares = False
        self._whole = whole
        self._domains = domains
        self.problems: list[Problem] = list(whole.problems)
        self.waivers: tuple[Waiver, ...] = ()
        self.warnings: list[str] = []

    def ground(self, path: Path, against: str) -> Ground:
        values: dict[str, Any] = {
            key: self._validated(key, model) for key, model in CORE_SECTIONS.items() if key in self._whole.root
        }
        self.waivers = values.get("waivers") or ()
        self._hosts_are_known = values.get("hosts", {}) is not None
        return Ground(
            environment=values.get("environment") or "",
            hosts=values.get("hosts") or {},
            cutover=values.get("cutover") or Cutover(),
            allow=frozenset(values.get("allow") or ()),
            vars=self._whole.vars,
            path=path,
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
        if self._hosts_are_known:  # else every host that a check names would be told to be missing
            for key, (section, value) in sections.items():
                self._add(key, section, value, asking, checks)
        self.problems += [] if self.problems else wrong_needs(checks)  # a check that is needed may be one of these
        return ground, checks

    def waive(self, checks: dict[str, Check]) -> None:
        if self.problems:
            return  # of half of the checks nothing could be said
        for said in waive(checks, self.waivers, datetime.now(UTC), self._whole.masker):
            self.problems += [said] if isinstance(said, Problem) else []
            self.warnings += [said] if isinstance(said, str) else []

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
            digest = digest_of(made.spec.written, self._whole.as_written)
            if made.spec.rehearse_on is not None:
                self._check_rehearsal(made.spec, made.spec.rehearse_on.inventory, digest, mark)
            made.spec.forget_places()
            checks[check_id] = Check(self._name, check_id, made.kind, made.spec, made.shared, mark, home, digest)

    def _check_rehearsal(self, spec: CheckSpec, name: str, digest: str, mark: Mark) -> None:
        at = spec.place("rehearse_on") if digest else mark
        if not digest:
            why = "its section makes this check out of several entries: nobody could tell whether it is still the same"
            self.problems.append(Problem(at, "rehearse_on", why))
            return
        try:
            self._known(name)
        except LookupError as error:
            self.problems.append(Problem(at, "rehearse_on", str(error)))


def _id(made: Expectation[CheckSpec]) -> str:
    spec = made.spec
    phases = f":{'+'.join(spec.phase)}" if spec.phase else ""
    return f"{made.kind.name}[{spec.id or made.kind.target(spec) + phases}]"
