"""What other sections have to compare: taken from both environments, and not known where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from preflight.finding import Finding, NotChecked
from preflight.kind import Survey, Taken
from preflight.testing import observe_all
from preflight_drift.checks import FactsSpec, Matter, Wording
from preflight_drift.judge import judge_facts
from preflight_drift.observation import FactsObservation
from preflight_drift.plan import Plan
from preflight_drift.rules import Rules
from preflight_drift.section import FACTS, facts_contacts


def take(answer: Taken | NotChecked, _deadline: float | None, _stopped: Callable[[], bool]) -> Taken | NotChecked:
    return answer


def survey(answer: Taken | NotChecked, whose: str) -> Survey:
    return Survey("orders", f"asks {whose}", partial(take, answer))


OURS: Taken = ((("index", "a"), "(email)"), (("rows",), 5))
DOWN = NotChecked("no answer in 3s", "database orders does not answer", "start it")


def judged(ours: Taken | NotChecked, theirs: Taken | NotChecked) -> list[Finding | NotChecked]:
    name = "databases.orders"
    spec = FactsSpec.model_construct()
    wording = Wording("prod", "staging")
    spec._matter = Matter("surveys", ("", "staging"), (name,), (name,), name, name)
    spec._wording, spec._rules = wording, Rules([])
    plan = Plan((), (), ((name, survey(ours, "prod's"), survey(theirs, "staging's")),), wording, 1)
    assert facts_contacts(spec, plan) == "asks prod's; asks staging's"
    (seen,) = observe_all(FACTS, spec, shared=plan)
    assert isinstance(seen, FactsObservation)
    return judge_facts(spec, seen)


def test_the_same() -> None:
    assert judged(OURS, OURS) == []


def test_a_difference_is_told_with_its_path() -> None:
    summary, *_, detail = judged(OURS, ((("index", "a"), "(name)"), (("rows",), 5)))
    assert isinstance(summary, Finding)
    assert isinstance(detail, Finding)
    assert summary.observed.startswith("1 difference: 1 with another value; ")
    assert detail.expected == "surveys.databases.orders as in staging"
    assert "index.a: (email), there (name)" in detail.observed


@pytest.mark.parametrize("sides", [(DOWN, OURS), (OURS, DOWN)])
def test_what_does_not_answer_is_not_known_with_its_own_cause(sides: tuple[Taken | NotChecked, ...]) -> None:
    (reason,) = judged(*sides)
    assert reason == DOWN
