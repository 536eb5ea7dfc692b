"""The README shows nothing that does not work, and with the example it names every key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from preflight.model import CheckSpec
from preflight.testing import parse
from preflight_manual.attested import Attestation, read
from preflight_manual.plugin import pytest_preflight_domain
from preflight_manual.spec import StepSpec

HERE = Path(__file__).parents[1]
README = (HERE / "README.md").read_text("utf-8")
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
INVENTORY, FILE = (text for language, text in FENCES if language == "yaml")
(OUTPUT,) = (text for language, text in FENCES if not language)


def words(text: str) -> str:
    """Without the times, the rules and the wrapping."""
    return " ".join(re.sub(r"2\d{3}-\d\d-\d\dT\d\d:\d\dZ|_{3,}", "", text).split())


def test_its_finding_is_what_is_printed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    (pytester.mkdir("inventories") / "prod.yaml").write_text(INVENTORY)
    plain = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
    result = pytester.runpytest_inprocess(*plain, "--inventory", "prod")
    assert words(OUTPUT) in words(result.stdout.str())


def test_its_inventory_loads() -> None:
    checks = parse(pytest_preflight_domain(), INVENTORY)
    assert [check.id for check in checks] == [
        "manual.step[rollback]",
        "manual.step[the carrier knows that port 5 moves tonight]",
    ]


def test_its_attestations_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "prod.attested").write_text(FILE)
    assert [each.result for each in read(tmp_path / "prod.attested")] == ["passed", "failed"]


@pytest.mark.parametrize(("heading", "model"), [("`manual`", StepSpec), ("Attestations", Attestation)])
def test_its_tables_have_every_key(heading: str, model: type) -> None:
    rest = CheckSpec.model_fields.keys() if issubclass(model, CheckSpec) else set()
    table = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    keys: set[str] = set(model.model_fields) - rest  # type: ignore[attr-defined]
    assert set(re.findall(r"^\| `(\w+)` ", table, re.M)) == keys


def test_it_names_the_keys_of_every_check() -> None:
    assert [key for key in CheckSpec.model_fields if f"`{key}`" not in README] == []


def test_the_example_shows_every_key() -> None:
    entries = yaml.safe_load((HERE / "example.yaml").read_text("utf-8"))["manual"]
    assert set().union(*entries) == set(StepSpec.model_fields)
