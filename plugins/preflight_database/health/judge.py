"""What of a database's health is not as it should be?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from preflight.finding import Finding, NotChecked
from preflight_database.catalogue.model import Engine
from preflight_database.health.case import Flaw
from preflight_database.health.observation import HealthObservation
from preflight_database.health.spec import HealthSpec

MOST_FINDINGS = 20
MOST_NAMES = 30


def judge_health(spec: HealthSpec, seen: HealthObservation) -> list[Finding | NotChecked]:
    found = _not_allowed(spec, seen)
    wrong, unknown = [flaw for flaw in found if not flaw.unknown], [flaw for flaw in found if flaw.unknown]
    return [*_findings(spec, seen, wrong), *_unknown(spec, seen, unknown)]


def _findings(spec: HealthSpec, seen: HealthObservation, wrong: list[Flaw]) -> Iterator[Finding]:
    expected = f"{spec.check.expects} in {seen.server.where(spec.database)}"
    why, cause = spec.why or spec.check.why, f"{spec.check.title} in database {spec.database}"
    for flaw in wrong[:MOST_FINDINGS]:
        yield Finding(expected, flaw.observed, flaw.next_step, why, cause)
    if more := wrong[MOST_FINDINGS:]:
        step = "see to those above first: the others have the same remedy, and are shown then"
        yield Finding(expected, f"and {len(more)} more: {_listed(more)}", step, why, cause)


def _unknown(spec: HealthSpec, seen: HealthObservation, unknown: list[Flaw]) -> Iterator[NotChecked]:
    """What cannot be told for one reason is told as one."""
    reasons: dict[str, list[Flaw]] = {}
    for flaw in unknown:
        reasons.setdefault(flaw.unknown, []).append(flaw)
    where = seen.server.where(spec.database)
    for reason, flaws in reasons.items():
        what = f"whether {spec.check.expects} in {where} cannot be told of {_listed(flaws)}: {reason}"
        yield NotChecked(what, f"{reason}, in database {spec.database}", flaws[0].next_step)


def _listed(flaws: list[Flaw]) -> str:
    return ", ".join(flaw.names[0] for flaw in flaws[:MOST_NAMES]) + (", ..." if len(flaws) > MOST_NAMES else "")


def summary(spec: HealthSpec, seen: HealthObservation) -> str:
    """For the table of all health checks: how much was found, and what is allowed for nothing."""
    every, engine = _flaws(spec, seen), seen.server.engine
    found = sum(1 for flaw in _not_allowed(spec, seen) if not flaw.unknown)
    idle = [one for one in _allowed(spec) if not any(_is_named(one, flaw, engine) for flaw in every)]
    told = [f"allow: {', '.join(idle)} matches nothing"] if idle else []
    return ", ".join([f"{found} found"] * bool(found) + told)


def _flaws(spec: HealthSpec, seen: HealthObservation) -> list[Flaw]:
    flaws = (flaw for case in seen.cases for flaw in spec.check.flaws(case, seen.server.engine, spec.limits))
    return sorted(flaws, key=lambda flaw: flaw.names)


def _not_allowed(spec: HealthSpec, seen: HealthObservation) -> list[Flaw]:
    allowed, engine = _allowed(spec), seen.server.engine
    return [flaw for flaw in _flaws(spec, seen) if not any(_is_named(one, flaw, engine) for one in allowed)]


def _allowed(spec: HealthSpec) -> Iterable[str]:
    return spec.allow.get(spec.check.name, ())


def _is_named(pattern: str, flaw: Flaw, engine: Engine) -> bool:
    """Names of MySQL and SQLite are the same in any capitals."""
    if engine == "postgresql":
        return any(fnmatchcase(name, pattern) for name in flaw.names)
    return any(fnmatchcase(name.lower(), pattern.lower()) for name in flaw.names)
