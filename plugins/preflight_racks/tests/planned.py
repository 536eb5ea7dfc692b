"""Planned groups in racks of an inventory, searched for and judged."""

from __future__ import annotations

from typing import Any

from preflight.finding import Finding, NotChecked
from preflight.kind import Check
from preflight.testing import observe_all, parse
from preflight_racks.observation import PlacementObservation
from preflight_racks.placement.kind import PLACEMENT
from preflight_racks.placement.spec import PlacementSpec
from preflight_racks.plugin import pytest_preflight_domain

RACKS = pytest_preflight_domain()
# 16 A at 230 V, of which a continuous load may take 80 %: 2,944 W.
FEEDS = "feeds: [{name: A, panel: P1, volts: 230, amps: 16}, {name: B, panel: P2, volts: 230, amps: 16}]"
FED = f"max_weight: 900 kg, {FEEDS}"
TYPES = """
  audit: []
  types:
    app: {height: 1, weight: 20 kg, draw: 400 W, psus: {count: 2}}
    db: {height: 2, weight: 30 kg, draw: 500 W, psus: {count: 2}}
    lamp: {height: 1, weight: 1 kg, draw: 1 kW, psus: {count: 1}}
    tray: {height: 1, weight: 20 kg, psus: {count: 0}}
    half: {height: 0.5, weight: 1 kg, psus: {count: 0}}
    vague: {height: 1, psus: {count: 2}}
"""


def section(racks: str, planned: str, more: str = "") -> str:
    """A `racks:` section: of each rack what stands between its braces, a line each, and the planned groups likewise."""
    lists = ("list", racks), ("planned", planned)
    lines = [f"  {key}:\n" + "".join(f"    - {{{line.strip()}}}\n" for line in text.splitlines() if line.strip())
             for key, text in lists]  # fmt: skip
    return f"racks:{TYPES}{more}{''.join(lines)}"


def one_rack(fields: str, planned: str) -> str:
    """A section with the rack R1 and the group p."""
    return section(f"name: R1, {fields}", f"name: p, {planned}")


def checks_of(text: str) -> list[Check]:
    return parse(RACKS, text)


def observed(text: str) -> dict[str, tuple[PlacementSpec, PlacementObservation]]:
    """By group, what its check expects and what became of it."""
    checks = [check for check in checks_of(text) if check.kind is PLACEMENT]
    specs: list[Any] = [check.spec for check in checks]
    found: dict[str, tuple[PlacementSpec, PlacementObservation]] = {}
    for spec, seen in zip(specs, observe_all(PLACEMENT, *specs, shared=checks[0].shared), strict=True):
        assert isinstance(seen, PlacementObservation), seen
        found[spec.name] = spec, seen
    return found


def judged(text: str, name: str = "p") -> list[Finding | NotChecked]:
    spec, seen = observed(text)[name]
    return list(PLACEMENT.judge(spec, seen))


def finding(text: str, name: str = "p") -> Finding:
    """The only one."""
    (reason,) = judged(text, name)
    assert isinstance(reason, Finding), reason
    return reason


def unknown(text: str, name: str = "p") -> list[NotChecked]:
    """Why the check is not checked: it is not wrong."""
    reasons = judged(text, name)
    assert reasons
    assert all(isinstance(reason, NotChecked) for reason in reasons), reasons
    return [reason for reason in reasons if isinstance(reason, NotChecked)]


# Eight racks that carry a ton each, and what just goes into them: there are places for all, but not at first sight.
TIGHT = section(
    "\n".join(f"name: R{number}, units: 40, max_weight: 1000 kg" for number in range(8)),
    "\n".join(
        f"name: g{kg}, type: tray, weight: {kg} kg, count: {count}"
        for kg, count in {553: 3, 331: 2, 281: 7, 432: 3, 265: 1, 604: 1, 201: 2, 443: 1}.items()
    ),
)
