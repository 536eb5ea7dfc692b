"""What NetBox says of racks and devices becomes a room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from preflight.finding import NotChecked
from preflight.secret import Secret
from preflight_racks.netbox.reading import Reading, read
from preflight_racks.netbox.source import NetBox
from preflight_racks.room import Device, Rack
from preflight_racks.tests.netbox_server import TOKEN, Choice, NetBoxLab, Ref, serving


@pytest.fixture(params=["4.6", "4.2", "3.7", "3.5"])
def lab(request: pytest.FixtureRequest) -> Iterator[NetBoxLab]:
    with serving(NetBoxLab(version=request.param)) as lab:
        lab.site()
        yield lab


@pytest.fixture
def modern() -> Iterator[NetBoxLab]:
    with serving(NetBoxLab(version="4.6")) as lab:
        lab.site()
        yield lab


def source_of(lab: NetBoxLab, **more: Any) -> NetBox:
    return NetBox(**{"url": lab.url, "token": Secret(TOKEN), "site": "dc1", **more})


def reading_of(lab: NetBoxLab, **more: Any) -> Reading:
    wanted = {key: more.pop(key) for key in ("types", "racks", "power") if key in more}
    reading = read(source_of(lab, **more), 1.0, **wanted)
    assert isinstance(reading, Reading), reading
    return reading


def only_rack(lab: NetBoxLab, **more: Any) -> Rack:
    (rack,) = reading_of(lab, **more).room.racks
    return rack


def only_device(lab: NetBoxLab, **more: Any) -> Device:
    (device,) = only_rack(lab, **more).devices
    return device


def test_a_rack_has_its_dimensions_and_its_page(lab: NetBoxLab) -> None:
    lab.location("Room 1", "room-1")
    lab.rack("R12", units=47, location=1, desc_units=True, max_weight=2000, weight_unit=Choice("lb"))
    rack = only_rack(lab)
    assert (rack.name, rack.units, rack.first, rack.descending) == ("R12", 47, 1, True)
    assert rack.max_weight == pytest.approx(907.18474)
    assert (rack.site, rack.location, rack.origin) == ("DC 1", "Room 1", f"{lab.url}/dcim/racks/1/")
    assert rack.ports is None


def test_a_rack_may_begin_at_another_unit(modern: NetBoxLab) -> None:
    modern.rack("R12", starting_unit=10)
    assert list(only_rack(modern).numbers)[:2] == [10, 11]


@pytest.mark.parametrize(
    ("height", "position", "face", "expected"),
    [
        (1.0, 12.0, "front", (2, 24, "front")),
        (2.0, 12.0, "rear", (4, 24, "rear")),
        (0.5, 12.5, "front", (1, 25, "front")),
        (2.0, None, None, (4, None, "front")),
        (0.0, None, None, (0, None, "front")),
        (1.0, 12.0, None, (2, 24, "front")),
        ("1.0", "12.0", "front", (2, 24, "front")),
    ],
)
def test_a_device_stands_where_netbox_says(
    lab: NetBoxLab, height: Any, position: Any, face: str | None, expected: tuple[int, int | None, str]
) -> None:
    lab.rack("R12")
    lab.type("r650", height, is_full_depth=False)
    lab.device("app-1", 1, 1, position, face=Choice(face))
    device = only_device(lab)
    assert (device.height, device.position, device.face) == expected
    assert (device.name, device.type, device.full_depth) == ("app-1", "r650", False)
    assert device.origin == f"{lab.url}/dcim/devices/1/"


@pytest.mark.parametrize(
    ("weight", "unit", "kilograms"),
    [
        (22.5, "kg", 22.5),
        (48, "lb", 21.7724376),
        (900, "g", 0.9),
        (16, "oz", 0.45359237),
        (None, None, None),
        (0, "kg", None),
    ],
)
def test_weights_are_in_kilograms_and_none_is_not_known(
    lab: NetBoxLab, weight: float | None, unit: str | None, kilograms: float | None
) -> None:
    lab.rack("R12", max_weight=900, weight_unit=Choice(unit))
    lab.type("r650", weight=weight, weight_unit=Choice(unit))
    lab.device("app-1", 1, 1, 12.0)
    assert only_device(lab).weight == (None if kilograms is None else pytest.approx(kilograms))


def test_modules_weigh_too(modern: NetBoxLab) -> None:
    modern.rack("R12")
    modern.type("mx960", 16.0, weight=100)
    modern.device("core-1", 1, 1, 1.0, module_bay_count=3)
    modern.add("module-types", model="MPC", weight=10, weight_unit=Choice("kg"))
    modern.add("module-types", model="SFP", weight=None, weight_unit=Choice(None))
    for kind in (1, 1, 2):
        modern.add("modules", device=Ref("devices", 1), module_type=Ref("module-types", kind), module_bay=None)
    assert only_device(modern).weight == pytest.approx(120)


def test_modules_of_many_devices_are_read_together(modern: NetBoxLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preflight_racks.netbox.gathering.FEW", 1)
    modern.rack("R12")
    modern.type("r650", weight=20)
    modern.add("module-types", model="PSU", weight=1, weight_unit=Choice("kg"))
    for unit in (1, 2):
        device = modern.device(f"app-{unit}", 1, 1, float(unit), module_bay_count=1)
        modern.add("modules", device=Ref("devices", device), module_type=Ref("module-types", 1), module_bay=None)
    assert [device.weight for device in only_rack(modern).devices] == [21, 21]
    assert [asked.query.get("device_id") for asked in modern.asked if asked.table == "modules"] == [None]


def test_a_nameless_device_is_called_as_netbox_displays_it(lab: NetBoxLab) -> None:
    lab.rack("R12")
    lab.type("r650")
    lab.device(None, 1, 1, 12.0)
    assert only_device(lab).name == "a device (1)"


def test_a_blade_has_weight_but_no_place_and_draws_through_its_chassis(lab: NetBoxLab) -> None:
    lab.rack("R12")
    lab.type("c7000", 10.0, weight=100)
    lab.type("bl460", 0.0, weight=5)
    chassis = lab.device("chassis", 1, 1, 1.0)
    lab.device("blade", 1, 2, parent=chassis)
    lab.power_port(chassis, allocated_draw=3000)
    first, blade = only_rack(lab).devices
    assert (first.draw, blade.draw, blade.supplies) == (3000, 0.0, ())
    assert (blade.position, blade.height, blade.weight) == (None, 0, 5)


@pytest.mark.parametrize(
    ("role", "slug", "blanks", "expected"),
    [
        ("server", "r650", (), False),
        ("filler", "1u-plate", ("filler",), True),
        ("server", "1u-plate", ("1u-plate",), True),
        ("server", "apc-blank-panel-1u", (), True),
    ],
)
def test_blanking_panels_are_told_by_role_or_type(
    lab: NetBoxLab, role: str, slug: str, blanks: tuple[str, ...], expected: bool
) -> None:
    lab.rack("R12")
    lab.type(slug)
    lab.device("it", 1, 1, 12.0, role=role)
    assert only_device(lab, blanks=blanks).blank is expected


def test_what_stands_in_no_rack_or_in_another_site_is_left_out(lab: NetBoxLab) -> None:
    lab.site("DC 2", "dc2")
    lab.rack("R12")
    lab.rack("R99", site=2)
    lab.type("r650")
    lab.device("here", 1, 1, 12.0)
    lab.device("there", 2, 1, 12.0)
    lab.device("spare", None, 1)
    assert [device.name for device in only_rack(lab).devices] == ["here"]
    assert len(reading_of(lab, site="").room.racks) == 2


def test_a_location_has_all_that_is_below_it(lab: NetBoxLab) -> None:
    lab.location("Floor 1", "floor-1")
    lab.location("Room 1", "room-1", parent=1)
    lab.location("Room 2", "room-2")
    for name, location in (("R1", 1), ("R2", 2), ("R3", 3), ("R4", None)):
        lab.rack(name, location=location)
    assert [rack.name for rack in reading_of(lab, location="floor-1").room.racks] == ["R1", "R2"]
    assert [rack.name for rack in reading_of(lab, location="Room 2").room.racks] == ["R3"]


def test_racks_of_one_name_are_told_apart_by_their_location(lab: NetBoxLab) -> None:
    lab.location("Room 1", "room-1")
    lab.location("Room 2", "room-2")
    for location in (1, 2):
        lab.rack("R12", location=location)
    lab.rack("R13", location=1)
    assert [rack.name for rack in reading_of(lab).room.racks] == ["R13", "Room 1/R12", "Room 2/R12"]
    refused = read(source_of(lab), 1.0, racks=["R12"])
    assert isinstance(refused, NotChecked)
    assert refused.reason.endswith("has no rack R12 in site dc1; there are: Room 1/R12, Room 2/R12")


@pytest.mark.parametrize(("by", "holder"), [("tenant", "Phoenix"), ("description", "storage rows"), ("user", "ann")])
def test_reservations_are_held_by_whom_the_inventory_says(lab: NetBoxLab, by: str, holder: str) -> None:
    lab.rack("R12")
    lab.tenant("Phoenix")
    lab.reserve(1, [4, 3, 2], tenant=1, description="storage rows")
    (reservation,) = only_rack(lab, reserved_for=by).reserved
    assert (reservation.units, reservation.holder, reservation.stale) == ((2, 3, 4), holder, False)
    assert reservation.origin == f"{lab.url}/dcim/rack-reservations/1/"


def test_a_reservation_without_a_holder_is_not_everybodys(lab: NetBoxLab) -> None:
    lab.rack("R12")
    lab.reserve(1, [1], description="cold aisle")
    (reservation,) = only_rack(lab).reserved
    assert reservation.holder == "nobody named (cold aisle / ann)"


def test_a_stale_reservation_is_one_that_nobody_took_back(modern: NetBoxLab) -> None:
    modern.rack("R12")
    modern.reserve(1, [1], status=Choice("stale"))
    (reservation,) = only_rack(modern).reserved
    assert reservation.stale


@pytest.mark.parametrize(
    ("status", "holder"),
    [
        ("reserved", "Phoenix"),
        ("planned", "nobody yet (the rack is planned)"),
        ("deprecated", "nobody any more (the rack is deprecated)"),
    ],
)
def test_a_rack_that_is_not_in_use_is_kept_from_others(lab: NetBoxLab, status: str, holder: str) -> None:
    lab.tenant("Phoenix")
    lab.rack("R12", units=4, status=Choice(status), tenant=1)
    lab.reserve(1, [2], tenant=1)
    own, rest = only_rack(lab).reserved
    assert (own.units, own.holder) == ((2,), "Phoenix")
    assert (rest.units, rest.holder) == ((1, 3, 4), holder)


def test_free_switch_ports_are_those_of_the_roles_that_are_named(lab: NetBoxLab) -> None:
    lab.rack("R12")
    lab.rack("R13")
    lab.type("s5248")
    switch = lab.device("sw-1", 1, 1, 42.0, role="leaf")
    server = lab.device("app-1", 1, 1, 1.0)
    for name in ("e1", "e2"):
        lab.interface(switch, name)
    lab.interface(switch, "e3", "25gbase-x-sfp28")
    lab.interface(server, "eno1")
    for name, more in {
        "off": {"enabled": False}, "cabled": {"cable": {"id": 1}}, "marked": {"mark_connected": True},
        "mgmt": {"mgmt_only": True}, "in a lag": {"lag": {"id": 9}},
    }.items():  # fmt: skip
        lab.interface(switch, name, **more)
    for kind in ("virtual", "lag", "bridge", "ieee802.11ac"):
        lab.interface(switch, kind, kind)
    with_switch, without = reading_of(lab, switch_roles=("leaf",)).room.racks
    assert with_switch.ports == (("10gbase-t", 2), ("25gbase-x-sfp28", 1))
    assert without.ports == ()


def test_a_role_that_no_device_has_is_refused(lab: NetBoxLab) -> None:
    lab.rack("R12")
    lab.type("s5248")
    lab.device("sw-1", 1, 1, 42.0, role="leaf")
    refused = read(source_of(lab, switch_roles=("leaves",)), 1.0)
    assert isinstance(refused, NotChecked)
    assert refused.reason.endswith('has no device of the role leaves there; did you mean "leaf"?')


def test_units_that_a_rack_has_not_are_told(lab: NetBoxLab) -> None:
    lab.rack("R12", units=4)
    lab.reserve(1, [4, 5, 6])
    page = f"{lab.url}/dcim/rack-reservations/1/"
    assert reading_of(lab).room.trouble == (f"R12: a reservation ({page}) has units that it has not: 5, 6",)


def test_types_come_with_their_power_supplies(lab: NetBoxLab) -> None:
    lab.rack("R12")
    lab.type("r650")
    lab.type("mx7000", 7.0)
    lab.type("panel", interface_template_count=0, console_port_template_count=0)
    for name in ("PSU1", "PSU2"):
        lab.add(
            "power-port-templates", device_type=Ref("device-types", 1), name=name, maximum_draw=800, allocated_draw=430
        )
    for name in ("PSU1", "Power Supply 2", "Slot 1", "Fan 1"):
        lab.add("module-bay-templates", device_type=Ref("device-types", 2), name=name)
    types = reading_of(lab, types=["r650", "mx7000", "panel", "no-such-type"]).types
    assert set(types) == {"r650", "mx7000", "panel"}
    r650 = types["r650"]
    assert (r650.height, r650.weight, r650.manufacturer, r650.model) == (2, 20, "Dell", "R650")
    assert [(port.name, port.maximum, port.allocated) for port in r650.ports] == [
        ("PSU1", 800, 430),
        ("PSU2", 800, 430),
    ]
    assert (types["mx7000"].psu_bays, types["mx7000"].height, types["mx7000"].powered) == (2, 14, True)
    assert types["panel"].powered is (lab.version < "3.6")
    assert r650.origin == f"{lab.url}/dcim/device-types/1/"


def test_a_slug_of_two_manufacturers_stands_for_no_type(modern: NetBoxLab) -> None:
    modern.rack("R12")
    modern.type("s100", 1.0)
    modern.type("s100", 2.0, manufacturer="HPE")
    modern.device("one", 1, 1, 1.0)
    modern.device("two", 1, 2, 2.0)
    reading = reading_of(modern, types=["s100"])
    assert "s100" not in reading.types
    assert reading.room.trouble == ("device type s100: several manufacturers have one",)
    assert [device.height for device in reading.room.racks[0].devices] == [2, 4]
