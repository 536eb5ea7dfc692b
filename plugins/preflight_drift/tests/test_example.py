"""example.yaml through the front door: it compares this machine with itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from preflight.model import CheckSpec
from preflight_drift.spec import Collect, DriftSpec, RuleSpec
from preflight_drift.tests.environments import PLAIN

EXAMPLE = Path(__file__).parents[1] / "example.yaml"


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.run(sys.executable, "-m", "pytest", *PLAIN, "--inventory", str(EXAMPLE), *args)


def test_the_example_is_go_but_for_rules_that_match_nothing(pytester: pytest.Pytester) -> None:
    result = run(pytester)
    assert result.ret == 0, result.stdout.str()
    assert " failed=0 not-checked=0 " in result.outlines[-1], result.stdout.str()
    assert not [line for line in result.outlines if line.startswith("warned ") and "drift.facts" in line]


def test_its_plan_asks_this_machine_alone(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--plan")
    assert result.ret == 0
    assert [line for line in result.outlines if line.startswith("  ") and line[2] != " "] == [
        "  reads from this machine",
        "  asks nftables for the configuration in force on this machine",
        "  runs `sh -c 'echo $0'` on this machine",
        "  contacts nobody more: counts what it hides between example and local",
        "  changes on any system: none, every check is read-only",
    ]


def test_the_example_shows_every_key() -> None:
    drift = yaml.safe_load(EXAMPLE.read_text("utf-8"))["drift"]
    assert drift.keys() == DriftSpec.model_fields.keys() - {"id"}
    assert drift.keys() >= CheckSpec.model_fields.keys() - {"id"}
    assert drift["collect"].keys() == Collect.model_fields.keys()
    assert set().union(*drift["rules"]) == RuleSpec.model_fields.keys()
