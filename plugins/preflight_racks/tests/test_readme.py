"""The README shows nothing that does not work: its inventory is run, its findings and its drawing are what pytest
prints, its tables are those of the models."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from preflight.model import CheckSpec
from preflight_racks.audit.spec import AuditSpec
from preflight_racks.listed import DeviceSpec, FeedSpec, PsusSpec, RackSpec, ReservationSpec
from preflight_racks.placement.spec import PlacementSpec
from preflight_racks.power.capacity import capacity
from preflight_racks.room import Feed
from preflight_racks.spec import Racks, SourceSpec, TypeSpec

HERE = Path(__file__).parents[1]
README = (HERE / "README.md").read_text("utf-8")
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
(INVENTORY,) = (text for language, text in FENCES if language == "yaml")
FINDING, DRAWING = (text for language, text in FENCES if not language)
PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
KEYS: dict[str, Any] = {
    "racks": Racks,
    "racks.planned": PlacementSpec,
    "racks.list": RackSpec,
    "racks.list.feeds": FeedSpec,
    "racks.list.reserved": ReservationSpec,
    "racks.list.devices": DeviceSpec,
    "psus": PsusSpec,
    "racks.types": TypeSpec,
    "racks.from": SourceSpec,
    "racks.audit": AuditSpec,
}


@pytest.fixture(autouse=True)
def _folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the README's inventory, where it says it is."""
    folder = pytester.mkdir("inventories")
    (folder / "prod.yaml").write_text(INVENTORY)
    shutil.copytree(Path(__file__).parent / "device-types", folder / "device-types")
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.setenv("NO_COLOR", "1")


def printed(pytester: pytest.Pytester, *more: str) -> str:
    return str(pytester.run(sys.executable, "-m", "pytest", *PLAIN, "--inventory", "prod", *more).stdout)


def test_its_finding_is_what_is_printed(pytester: pytest.Pytester) -> None:
    out = printed(pytester)
    shown = [part.strip() for part in re.split(r"^(?:[_=]{3,}.*|\.\.\.|)$", FINDING, flags=re.M) if part.strip()]
    assert len(shown) >= 5
    for part in shown:
        assert part in out, out


def test_its_drawing_is_what_is_printed_and_its_files_are_written(pytester: pytest.Pytester) -> None:
    assert DRAWING in printed(pytester, "-v", "--placement", "places.csv")
    assert (pytester.path / "places.csv").exists()


@pytest.mark.parametrize("section", KEYS)
def test_its_tables_have_every_key(section: str) -> None:
    table = README.split(f"### `{section}`\n")[1].split("\n## ")[0].split("\n### ")[0]
    model = KEYS[section]
    rest = CheckSpec.model_fields.keys() if issubclass(model, CheckSpec) else set()
    keys = {field.alias or name for name, field in model.model_fields.items() if name not in rest}
    cells = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", table, re.M)
    assert {key for cell in cells for key in re.findall(r"\w+", cell)} == keys


def test_its_sum_is_right() -> None:
    assert "230 V x 32 A x 0.8 = 5,888 W" in " ".join(README.split())
    assert capacity(Feed("A", "P1", 230, 32), 1.0) == pytest.approx(5888)


def test_its_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert link.startswith("https://") or (HERE / link).exists(), link
    anchors = {
        "#" + re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^#+ (.*)$", README, re.M)
    }
    assert set(re.findall(r"\]\((#[^)]+)\)", README)) <= anchors
