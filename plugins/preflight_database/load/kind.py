"""The kind `database.load`: an entry under `load:` becomes a rehearsal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Expectation, Kind
from preflight_database.deadline import resolved
from preflight_database.load.chart import chart
from preflight_database.load.judge import deadline, judge_load
from preflight_database.load.observation import LoadObservation
from preflight_database.load.probe import probe
from preflight_database.load.spec import LoadSpec
from preflight_database.load.stage import contacts, stage_of
from preflight_database.plan import Plan
from preflight_database.spec import DatabaseSpec
from preflight_database.via import unseen


def target(spec: LoadSpec) -> str:
    return f"{spec.database}/{spec.table}"


def expectations(plan: Plan, database: DatabaseSpec, ground: Ground) -> Iterator[Expectation[Any] | Problem]:
    for number, load in enumerate(database.load):
        path = f"databases.{plan.name}.load" + (f"[{number}]" if len(database.load) > 1 else "")
        begin = resolved(load.starts, ground.cutover, load.place("starts"), f"{path}.starts")
        end = resolved(load.abort_by, ground.cutover, load.place("abort_by"), f"{path}.abort_by")
        if isinstance(begin, Problem):
            yield begin
        if isinstance(end, Problem):
            yield end
        yield from _unfit(load, plan, ground, path)
        if not isinstance(begin, Problem) and not isinstance(end, Problem):
            end -= timedelta(seconds=load.time_to_go_back or 0)
            if end <= begin:
                why = f"leaves no time: the load starts at {begin.isoformat(' ', 'minutes')}"
                yield Problem(load.place("abort_by"), f"{path}.abort_by", why)
            yield Expectation(LOAD, load.of(plan).between(begin, end), stage_of(load, plan))


def _unfit(load: LoadSpec, plan: Plan, ground: Ground, path: str) -> Iterator[Problem]:
    at, path = load.place("rehearse"), f"{path}.rehearse"
    if "rehearsal" not in ground.allow:
        yield Problem(at, path, "makes, fills and drops tables in a scratch database: write `allow: [rehearsal]`")
    stage, dialect = stage_of(load, plan), plan.location.dialect
    if stage.scratch.location.dialect != dialect:
        yield Problem(at, f"{path}.scratch", f"is no {plan.engine}, as the database that is loaded is")
    elif (stage.scratch.location.host, stage.scratch.location.port, stage.scratch.location.database) == (
        plan.location.host, plan.location.port, plan.location.database,
    ):  # fmt: skip
        yield Problem(at, f"{path}.scratch", "is the real database itself: make one of its own for it")
    elif plan.via is not None and (why := unseen(stage.scratch.location, plan.via.name)):
        yield Problem(at, f"{path}.scratch", why)
    for name, value in load.rehearse.pragmas.items():
        if dialect != "sqlite":
            yield Problem(at, f"{path}.pragmas", "are SQLite's")
            break
        if not re.fullmatch(r"\w+", name) or not re.fullmatch(r"-?\w+", str(value)):
            yield Problem(at, f"{path}.pragmas.{name}", "should be a name and a word or number")


LOAD = Kind(
    "database.load", LoadSpec, LoadObservation, target, probe, judge_load, contacts, figure=chart, deadline=deadline
)
