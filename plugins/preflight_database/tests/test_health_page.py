"""The page of the health checks says what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from preflight_database.catalogue.model import ENGINES
from preflight_database.health.check import HealthCheck, registry

PAGE = (Path(__file__).parents[1] / "health" / "README.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### `([\w-]+)`\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S))
OF_DIALECT = {"postgresql": {"postgresql"}, "mysql": {"mysql", "mariadb"}, "sqlite": {"sqlite"}}


def test_each_check_has_its_section() -> None:
    assert sorted(SECTIONS) == sorted(registry())


@pytest.mark.parametrize("check", registry().values(), ids=lambda check: check.name)
def test_a_section_says_it_all(check: HealthCheck) -> None:
    first, _, rest = SECTIONS[check.name].partition("\n")
    engines, severity = first.split(" · ")
    assert severity == check.severity
    named = {ENGINES[engine] for dialect in check.dialects for engine in OF_DIALECT[dialect]}  # type: ignore[index]
    assert {re.sub(r" \(.*", "", name) for name in engines.split(", ")} == named
    for word in ("**Finds**", "**Matters**", "**Fix:**"):
        assert word in rest, word
    assert bool(check.absent) == (len(check.dialects) < 3)
