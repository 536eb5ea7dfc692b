"""The README shows nothing that does not work: its inventories load, its findings are what pytest prints, and its
tables are those of the models."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from preflight.model import CheckSpec
from preflight.testing import parse
from preflight_drift.collect.daemons import DAEMONS
from preflight_drift.collect.request import MB, Wanted
from preflight_drift.judge import TOO_MANY
from preflight_drift.probe import MOST_AT_ONCE
from preflight_drift.rules import RuleName
from preflight_drift.spec import Collect, DriftSpec, RuleSpec
from preflight_drift.tests import phoenix
from preflight_drift.tests.environments import DOMAIN, PLAIN, Hosts, write

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
INVENTORIES = [text for language, text in FENCES if language == "yaml"]
STAGING = next(text for text in INVENTORIES if "environment: staging" in text)
PROD = next(text for text in INVENTORIES if "environment: prod" in text)
(OUTPUT,) = (text for language, text in FENCES if not language)


@pytest.mark.parametrize("inventory", [text for text in INVENTORIES if "drift:" in text])
def test_its_inventories_load(inventory: str) -> None:
    whole = inventory if "environment:" in inventory else PROD.partition("drift:")[0] + inventory
    assert parse(DOMAIN, whole, {"staging": STAGING})


def test_its_findings_are_what_is_printed(pytester: pytest.Pytester, hosts: Hosts) -> None:
    for name, files in (("web-1", phoenix.PROD), ("web-2", phoenix.PROD_2), ("stg-web-1", phoenix.STAGING)):
        hosts.add(name, files).joinpath("phoenix/tls.key").chmod(0o600)
    write(pytester.path / "inventories", {"staging.yaml": hosts.reached(STAGING), "prod.yaml": hosts.reached(PROD)})
    printed = pytester.run(sys.executable, "-m", "pytest", *PLAIN, "--inventory", "prod").stdout.str()
    # What is known first is printed first.
    shown = [part.strip() for part in re.split(r"^(?:[_=]{3,}.*|\.\.\.|)$", OUTPUT, flags=re.M) if part.strip()]
    assert len(shown) >= 10
    for part in shown:
        assert part in printed


@pytest.mark.parametrize(
    ("heading", "model"), [("drift:", DriftSpec), ("drift.collect", Collect), ("drift.rules", RuleSpec)]
)
def test_its_tables_have_the_keys_there_are(heading: str, model: type[BaseModel]) -> None:
    keys = set(model.model_fields) - (set(CheckSpec.model_fields) if issubclass(model, CheckSpec) else set())
    assert sorted(first_column(f"### `{heading}`")) == sorted(keys)


def test_its_table_has_the_rules_there_are_and_their_examples_load() -> None:
    rows = rows_below("## Rules")
    assert [row[0].strip("`") for row in rows] == list(get_args(RuleName))
    examples = "".join(f"  - {row[2].strip('`')}\n" for row in rows)
    collect = "{files: [/etc/**], packages: true, sysctl: ['net.*'], env: {phoenix.service: ['*']}}"
    whole = f"{PROD.partition('drift:')[0]}drift:\n  against: staging\n  collect: {collect}\n  rules:\n{examples}"
    assert len(parse(DOMAIN, whole, {"staging": STAGING})) == len(rows) + 4


def test_it_names_the_keys_of_every_check() -> None:
    for key in CheckSpec.model_fields:
        assert f"`{key}`" in README


def test_it_names_the_daemons_that_can_be_asked() -> None:
    (listed,) = re.findall(r"^Daemons that can be asked: (.*?)\n\n", README, re.M | re.S)
    assert re.findall(r"`(.+?)`", listed) == list(DAEMONS)


def test_its_limits_are_those_there_are() -> None:
    wanted = Wanted()
    assert f"At most {wanted.file_cap // MB} MB of a file and {wanted.host_cap // MB} MB of a host" in README
    assert f"{MOST_AT_ONCE} hosts are asked at the same time" in README
    assert f"hides more than {TOO_MANY} differences" in README


def rows_below(heading: str) -> list[list[str]]:
    (table,) = re.findall(rf"^{re.escape(heading)}\n[^|]*((?:\|.*\n)+)", README, re.M)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]


def first_column(heading: str) -> list[str]:
    return [row[0].strip("`") for row in rows_below(heading)]
