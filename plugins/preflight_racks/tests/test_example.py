"""example.yaml runs as it is, and shows every key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import preflight.run  # noqa: F401  what is imported here is not imported again in every run inside this process
from preflight_racks.audit.spec import AuditSpec
from preflight_racks.listed import DeviceSpec, FeedSpec, PsusSpec, RackSpec, ReservationSpec
from preflight_racks.placement.spec import PlacementSpec
from preflight_racks.spec import Racks, SourceSpec, TypeSpec

EXAMPLE = Path(__file__).parents[1] / "example.yaml"
PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
PLAIN += ["-W", "error"]
SECTION: Any = yaml.safe_load(EXAMPLE.read_text("utf-8"))["racks"]
RACKS = SECTION["list"]
DEVICES = [device for rack in RACKS for device in rack.get("devices", ())]


def test_it_ends_in_go(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(*PLAIN, "--inventory", str(EXAMPLE))
    assert result.outlines[-1] == (
        "PREFLIGHT verdict=GO inventory=example passed=5 failed=0 not-checked=0 waived=0 warned=0"
    )
    assert result.ret == 0


def keys(model: Any) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def commented(key: str) -> set[str]:
    """What stands in a mapping that is a comment."""
    lines = EXAMPLE.read_text("utf-8").partition(f"# {key}:\n")[2].splitlines()
    return {line.split("#   ", 1)[1].split(":")[0] for line in lines[: lines.index("")]}


@pytest.mark.parametrize(
    ("model", "entries"),
    [
        (RackSpec, RACKS),
        (FeedSpec, [feed for rack in RACKS for feed in rack.get("feeds", ())]),
        (ReservationSpec, [each for rack in RACKS for each in rack.get("reserved", ())]),
        (DeviceSpec, DEVICES),
        (TypeSpec, list(SECTION["types"].values())),
        (PsusSpec, [each["psus"] for each in (*DEVICES, *SECTION["planned"]) if "psus" in each]),
        (PlacementSpec, SECTION["planned"]),
    ],
)
def test_it_shows_every_key(model: Any, entries: list[dict[str, Any]]) -> None:
    assert set().union(*entries) == keys(model)


def test_it_shows_every_key_of_the_section_and_of_a_source() -> None:
    assert {*SECTION, "from"} == keys(Racks)
    assert commented("from") == keys(SourceSpec)


def test_it_shows_the_keys_of_audits_that_no_other_check_has() -> None:
    assert {"racks", "checks"} <= set().union(*SECTION["audit"]) <= keys(AuditSpec)
