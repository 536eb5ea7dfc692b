"""The `manual:` section: its kind, and how its entries become checks."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.inventory import Ground
from preflight.kind import Expectation, Kind, Section
from preflight.model import Several
from preflight.source import shown
from preflight_manual.attested import beside
from preflight_manual.judge import deadline, judge, sketch
from preflight_manual.observation import Observation
from preflight_manual.probe import Plan, probe
from preflight_manual.spec import StepSpec


def target(spec: StepSpec) -> str:
    return spec.step


def contacts(_: StepSpec, plan: Plan) -> str:
    return f"reads {shown(beside(plan.inventory))}, contacts nobody"


def expectations(section: tuple[StepSpec, ...], ground: Ground) -> Iterator[Expectation[StepSpec]]:
    plan = Plan(ground.path, tuple(spec.called for spec in section))
    for spec in section:
        yield Expectation(STEP, spec, plan)


STEP = Kind("manual.step", StepSpec, Observation, target, probe, judge, contacts, sketch=sketch, deadline=deadline)
SECTION = Section(Several[StepSpec], (STEP,), expectations)
