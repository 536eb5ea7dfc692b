"""One look at the racks for all checks of a section: of an inventory alone, and of a real server that speaks NetBox."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator
from typing import Any

import pytest

from preflight.finding import NotChecked
from preflight.kind import Batch, Check, Key
from preflight.observe import Handover
from preflight.testing import assert_serialises
from preflight_racks.audit.kind import AUDIT
from preflight_racks.observation import AuditObservation, PlacementObservation
from preflight_racks.placement.kind import PLACEMENT
from preflight_racks.tests.netbox_server import TOKEN, NetBoxLab, serving, status
from preflight_racks.tests.planned import FED, TIGHT, checks_of, section

Seen = PlacementObservation | AuditObservation | NotChecked


@pytest.fixture
def lab() -> Iterator[NetBoxLab]:
    """R12 has 42 units, one server, and feeds of two panels."""
    with serving(NetBoxLab(version="4.6")) as lab:
        lab.site()
        lab.rack("R12")
        server = lab.type("r650", power_port_template_count=2)
        device = lab.device("app-1", 1, server, 10.0)
        for panel in ("P1", "P2"):
            port = lab.power_port(device, f"PSU-{panel}", allocated_draw=300, maximum_draw=800)
            lab.plug(port, "power-feeds", lab.feed(panel[-1], panel, 1))
        yield lab


def of_netbox(lab: NetBoxLab, rest: str) -> str:
    return f"racks:\n  from: {{netbox: '{lab.url}', token: {TOKEN}, site: dc1}}\n{rest}"


def probed(checks: list[Check], deadline: float | None = None) -> dict[str, Seen]:
    """By check, what the probe of all of them hands in. They are one batch."""
    assert len({check.shared for check in checks}) == 1
    specs: dict[Key, Any] = {("prod", check.id): check.spec for check in checks}
    seen: list[tuple[Key, Any]] = []
    batch = pickle.loads(pickle.dumps(Batch(checks[0].kind, tuple(specs.items()), checks[0].shared, deadline)))
    batch.kind.probe(batch, Handover(specs, seen.append))
    return {check: observation for (_, check), observation in seen}


def look(text: str, deadline: float | None = None) -> dict[str, Seen]:
    return probed(checks_of(text), deadline)


def reason(seen: Seen) -> str:
    assert isinstance(seen, NotChecked), seen
    assert seen.next_step
    return seen.reason


def group(seen: Seen) -> PlacementObservation:
    assert isinstance(seen, PlacementObservation), seen
    return seen


def rack(seen: Seen) -> AuditObservation:
    assert isinstance(seen, AuditObservation), seen
    return seen


def test_groups_and_racks_of_an_inventory_are_seen_at_once() -> None:
    text = section(f"name: R1, units: 4, {FED}", "name: p, type: app, count: 3\nname: q, type: app, count: 3")
    seen = look(text.replace("  audit: []\n", ""))
    assert [group(seen[f"racks.placement[{name}]"]).share.placed for name in "pq"] == [3, 1]
    assert [standing.rack.name for standing in rack(seen["racks.audit[R1]"]).racks] == ["R1"]
    for kind, check in (PLACEMENT, "racks.placement[p]"), (AUDIT, "racks.audit[R1]"):
        assert_serialises(kind, seen[check])


def test_what_is_not_part_of_the_run_competes_all_the_same() -> None:
    text = section(f"name: R1, units: 4, {FED}", "name: p, type: app, count: 3\nname: q, type: app, count: 3")
    (seen,) = probed([check for check in checks_of(text) if "[q]" in check.id]).values()
    assert group(seen).share.placed == 1


def test_without_time_nothing_is_shown_either_way() -> None:
    assert {group(seen).answer.status for seen in look(TIGHT, time.time() - 1).values()} == {"unproven"}
    assert {group(seen).answer.status for seen in look(TIGHT).values()} == {"fits"}


def test_whoever_waits_is_told_how_far_it_is() -> None:
    checks = checks_of(section(f"name: R1, units: 9, {FED}", "name: p, type: app, count: 3"))
    told: list[Any] = []

    class Listening(Handover):
        def progress(self, key: Key, share: float, doing: str) -> None:
            told.append((key, share, doing))

    specs = {("prod", check.id): check.spec for check in checks}
    PLACEMENT.probe(Batch(PLACEMENT, tuple(specs.items()), checks[0].shared), Listening(specs, lambda _: None))
    assert (("prod", "racks.placement[p]"), 0.0, "looking at 1 rack") in told


def test_racks_devices_and_types_are_those_of_netbox(lab: NetBoxLab) -> None:
    seen = look(
        of_netbox(
            lab, "  planned: [{name: p, type: r650, count: 3, draw: 300 W, psus: {count: 2}}]\n  audit: [{racks: R*}]"
        )
    )
    placed = group(seen["racks.placement[p]"])
    assert [(place.rack, len(place.plugs)) for place in placed.places] == [("R12", 2)] * 3
    assert (placed.demand.weight, placed.source) == (20, f"NetBox at {lab.url}")
    (standing,) = rack(seen["racks.audit[R*]"]).racks
    assert [(device.name, device.draw) for device in standing.rack.devices] == [("app-1", 600)]
    assert standing.today


def test_an_audit_looks_at_power_though_places_are_not_held_against_it(lab: NetBoxLab) -> None:
    def feeds(checks: str) -> int:
        (seen,) = look(of_netbox(lab, f"  limits: [weight]\n  audit: [{{racks: R12, checks: [{checks}]}}]")).values()
        return len(rack(seen).racks[0].rack.feeds)

    assert [feeds("power"), feeds("redundancy"), feeds("weight")] == [2, 2, 0]


def test_what_the_inventory_says_completes_what_netbox_has(lab: NetBoxLab) -> None:
    lab.rack("R13", max_weight=None)
    seen = look(
        of_netbox(
            lab,
            """  types: {r650: {draw: 450 W}, own: {height: 1, weight: 5 kg, psus: {count: 0}}}
  list: [{name: R13, max_weight: 100 kg, blocked: [1-41]}, {name: R99, units: 1, max_weight: 9 kg}]
  planned: [{name: p, type: own, count: 2, racks: [R13, R99]}]
  audit: [{racks: R12}]""",
        )
    )
    placed = group(seen["racks.placement[p]"])
    assert {(place.rack, place.position) for place in placed.places} == {("R13", 84), ("R99", 2)}
    assert rack(seen["racks.audit[R12]"]).racks[0].rack.devices[0].draw == 450


@pytest.mark.parametrize(
    ("rest", "check", "said"),
    [
        (
            "planned: [{name: app, type: r650, count: 2, psus: {count: 2}}]",
            "racks.placement[app]",
            "NetBox at URL has app-1 of app in R12 already (URL/dcim/devices/",
        ),
        (
            "planned: [{name: p, type: r65, count: 1}]",
            "racks.placement[p]",
            "no device type r65, nor has a file of `device",
        ),
        (
            "planned: [{name: p, type: r650, count: 1, psus: {count: 2, needed: 1}, racks: R21}]",
            "racks.placement[p]",
            'has no rack R21, which p names; did you mean "R12"?',
        ),
        ("audit: [{racks: R21}]", "racks.audit[R21]", 'has no rack R21; did you mean "R12"?'),
        (
            "list: [{name: R21, max_weight: 9 kg}]",
            "racks.audit[R21]",
            "nothing says how many units R21 has, and NetBox at URL has no such rack",
        ),
        (
            "list: [{name: R21}, {name: R22}]\n  planned: [{name: p, type: r650, count: 1, psus: {count: 1}}]",
            "racks.placement[p]",
            "nothing says how many units R21 and R22 have, and NetBox at URL has no such racks",
        ),
        (
            "planned: [{name: p, type: r650, count: 1, psus: {count: 0}, draw: 9 W}]",
            "racks.placement[p]",
            "p: `psus: {count: 0}` says that it draws nothing from a feed",
        ),
    ],
)
def test_what_netbox_does_not_have_is_not_checked(lab: NetBoxLab, rest: str, check: str, said: str) -> None:
    assert said.replace("URL", lab.url) in reason(look(of_netbox(lab, f"  {rest}"))[check])


def test_a_slug_of_two_makers_is_no_type(lab: NetBoxLab) -> None:
    lab.type("r650", manufacturer="Another")
    (seen, *_) = look(of_netbox(lab, "  planned: [{name: p, type: r650, count: 1}]")).values()
    said = f"NetBox at {lab.url} does not say which type p is of: device type r650: several manufacturers have one"
    assert reason(seen) == said


def test_a_group_that_nothing_can_be_said_of_keeps_the_others_from_being_judged(lab: NetBoxLab) -> None:
    own = "types: {own: {height: 1, weight: 5 kg, psus: {count: 0}}}"
    rest = "planned: [{name: p, type: own, count: 1}, {name: q, type: r65, count: 1}]\n  audit: [{racks: R12}]"
    seen = look(of_netbox(lab, f"  {own}\n  {rest}"))
    assert reason(seen["racks.placement[p]"]) == reason(seen["racks.placement[q]"])
    assert rack(seen["racks.audit[R12]"])


def test_a_complaint_is_told_of_its_own_rack_only(lab: NetBoxLab) -> None:
    lab.rack("R1")
    lab.rack("R120")
    lab.device("bad", 1, 1, 5.25)
    seen = look(of_netbox(lab, "  audit: [{racks: [R1, R12, R120]}]"))
    assert {name: len(rack(one).racks[0].trouble) for name, one in seen.items()} == {
        "racks.audit[R1]": 0,
        "racks.audit[R12]": 1,
        "racks.audit[R120]": 0,
    }


def test_a_netbox_that_refuses_is_one_reason_for_all(lab: NetBoxLab) -> None:
    lab.fault("", status(403, "Invalid token"), times=99)
    seen = look(of_netbox(lab, "  planned: [{name: p, type: r650, count: 1, racks: R12}]"))
    assert len(seen) == 2
    assert len({reason(one) for one in seen.values()}) == 1


def test_the_racks_are_read_once_for_all_checks(lab: NetBoxLab) -> None:
    planned = ", ".join(f"{{name: {name}, type: r650, count: 1, psus: {{count: 2}}}}" for name in "pq")
    look(of_netbox(lab, f"  planned: [{planned}]\n  audit: [{{racks: R12}}, {{racks: 'R*', id: all}}]"))
    assert [asked.table for asked in lab.asked].count("racks") == 1
