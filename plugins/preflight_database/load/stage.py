"""The two databases of a rehearsal."""

from __future__ import annotations

from dataclasses import dataclass, replace

from preflight_database import url
from preflight_database.load.spec import LoadSpec
from preflight_database.plan import Plan


@dataclass(frozen=True, slots=True)
class Stage:
    """The real database, which is only read, and scratch, which is written."""

    plan: Plan
    scratch: Plan


def stage_of(spec: LoadSpec, plan: Plan) -> Stage:
    """Scratch is reached as the real database is; its password is the same for the same user, if none is written."""
    where = url.below(url.parse(spec.rehearse.scratch.reveal()), spec.mark.file)
    if where.user == plan.location.user and not where.password.reveal():
        where = replace(where, password=plan.location.password)
    return Stage(plan, replace(plan, name=f"{plan.name}'s scratch", location=where))


def contacts(_: LoadSpec, stage: Stage) -> str:
    """For `--plan`."""
    real, scratch = stage.plan.location, stage.scratch.location
    if real.dialect == "sqlite":
        return f"reads rows of {real}; makes, fills and drops tables in {scratch}, on this machine"
    whom = scratch.user or "the user this runs as"
    what = f"logs in to {stage.plan.engine} as {real.user or whom}, database {real}, and reads rows of it"
    return f"{what}; makes, fills and drops tables as {whom} in database {scratch}, {stage.plan.way}"
