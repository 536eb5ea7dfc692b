"""The JSON Schema that editors use says the same as preflight does."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from preflight.schema import inventory_schema
from preflight.yamlfile import parse
from tests import toy
from tests.conftest import ROOT
from tests.test_mutations import VALID


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return inventory_schema([toy.pytest_preflight_domain()])


def complaints(schema: dict[str, Any], text: str) -> list[str]:
    """Where the schema refuses an inventory, as an editor sees it: before `extends` and `vars`."""
    value = json.loads(json.dumps(parse(Path("toy.yaml"), text.encode()).root))
    return [error.json_path for error in jsonschema.Draft202012Validator(schema).iter_errors(value)]


def test_the_committed_schema_is_that_of_the_models() -> None:
    command = [sys.executable, "-c", "from preflight.cli import main; main(['schema'])"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == (ROOT / "inventories/schema.json").read_text(), "run: make schema"


def test_the_schema_is_one(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_valid_inventory_is_valid(schema: dict[str, Any]) -> None:
    assert complaints(schema, VALID) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("toi: []", "$"),
        ("toy: {}", "$.toy"),
        ("toy: [{}]", "$.toy[0]"),
        ("toy: [{name: a, nme: b}]", "$.toy[0]"),
        ("toy: [{name: 5}]", "$.toy[0].name"),
        ("toy: [{name: a, mode: wrnog}]", "$.toy[0].mode"),
        ("toy: [{name: a, retry: 11}]", "$.toy[0].retry"),
        ("toy: [{name: a, phase: [now]}]", "$.toy[0].phase"),
        ("hosts: {a: {port: 0}}", "$.hosts.a.port"),
        ("cutover: {opens: 5}", "$.cutover.opens"),
        ("allow: listener", "$.allow"),
    ],
)
def test_what_preflight_refuses_the_schema_refuses(schema: dict[str, Any], text: str, path: str) -> None:
    assert complaints(schema, text) == [path]


@pytest.mark.parametrize(
    "text", ["vars: {a: [{b: c}]}", "toy: [{name: a, tags: '${vars.tags}', retry: '${vars.x}', phase: after}]"]
)
def test_what_preflight_accepts_the_schema_accepts(schema: dict[str, Any], text: str) -> None:
    assert complaints(schema, text) == []


INVENTORIES = [*(ROOT / "inventories").glob("*/*.yaml"), *(ROOT / "plugins").glob("*/example.yaml")]


@pytest.mark.parametrize("file", sorted(INVENTORIES), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_inventories_that_come_with_it_are_valid(file: Path) -> None:
    schema = json.loads((ROOT / "inventories/schema.json").read_text())
    assert complaints(schema, file.read_text()) == []
