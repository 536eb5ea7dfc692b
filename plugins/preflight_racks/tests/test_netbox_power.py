"""From a power supply to its feed, through PDUs, as NetBox has the cables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from preflight_racks.netbox.chain import MOST_PDUS
from preflight_racks.room import Feed, Supply
from preflight_racks.tests.netbox_server import Choice, NetBoxLab, Ref, serving
from preflight_racks.tests.test_netbox_racks import only_device, only_rack, reading_of


@pytest.fixture(params=["4.6", "3.7", "3.5"])
def lab(request: pytest.FixtureRequest) -> Iterator[NetBoxLab]:
    with serving(NetBoxLab(version=request.param)) as lab:
        lab.site()
        lab.rack("R12")
        lab.type("r650")
        lab.type("pdu", 0.0)
        yield lab


def pdu(lab: NetBoxLab, name: str, feed: int | None, rack: int = 1, **more: Any) -> tuple[int, int]:
    """A PDU on a feed: its device and its inlet."""
    device = lab.device(name, rack, 2, role="pdu")
    inlet = lab.power_port(device, "inlet", **more)
    if feed is not None:
        lab.plug(inlet, "power-feeds", feed)
    return device, inlet


def socket(lab: NetBoxLab, of: tuple[int, int], leg: str | None = None) -> int:
    return lab.outlet(of[0], of[1], leg)


def server(lab: NetBoxLab, *outlets: int | None, rack: int = 1, **more: Any) -> int:
    """A server with a power supply at each of these outlets."""
    device = lab.device("app-1", rack, 1, 12.0)
    for number, outlet in enumerate(outlets, 1):
        port = lab.power_port(device, f"PSU{number}", **more)
        if outlet is not None:
            lab.plug(port, "power-outlets", outlet)
    return device


def supplies(lab: NetBoxLab, **more: Any) -> tuple[Supply, ...]:
    rack = next(rack for rack in reading_of(lab, **more).room.racks if rack.name == "R12")
    return next(device for device in rack.devices if device.name == "app-1").supplies


def test_a_feed_is_as_netbox_says(lab: NetBoxLab) -> None:
    lab.feed("A", "P1", rack=1, voltage=208, amperage=30, max_utilization=70, phase=Choice("three-phase"))
    assert only_rack(lab).feeds == (Feed("A", "P1", 208, 30, phases=3, derate=0.7, wiring="wye"),)
    assert only_rack(lab, derate=0.8, wiring="delta").feeds[0] == Feed("A", "P1", 208, 30, 3, 0.8, "delta")


def test_a_dc_feed_of_minus_48_volts_has_48(lab: NetBoxLab) -> None:
    lab.feed("A", "P1", rack=1, voltage=-48, amperage=100, supply=Choice("dc"))
    assert only_rack(lab).feeds[0].volts == 48


@pytest.mark.parametrize(("volts", "amps"), [(0, 32), (None, 32), (230, None)])
def test_a_feed_without_volts_or_amps_is_unknown(lab: NetBoxLab, volts: int | None, amps: int | None) -> None:
    lab.feed("A", "P1", rack=1, voltage=volts, amperage=amps)
    feed = only_rack(lab).feeds[0]
    assert (feed.volts, feed.amps) == (volts or None, amps)


def test_a_supply_hangs_on_the_feed_of_its_pdu(lab: NetBoxLab) -> None:
    a, b = (pdu(lab, f"pdu-{name}", lab.feed(name, f"P{name}", rack=1)) for name in "AB")
    server(lab, socket(lab, a), socket(lab, b), maximum_draw=800, allocated_draw=430)
    rack = only_rack(lab)
    device = next(device for device in rack.devices if device.name == "app-1")
    assert device.supplies == (Supply("PSU1", "A"), Supply("PSU2", "B"))
    assert (device.needed, device.draw, device.draw_by) == (1, 860, "allocated_draw")
    assert [(feed.name, feed.panel) for feed in rack.feeds] == [("A", "PA"), ("B", "PB")]
    for each in rack.devices[1:]:
        assert (each.name[:4], each.draw, each.supplies) == ("pdu-", 0.0, ())


def test_without_an_allocated_draw_the_supplies_that_are_needed_count(lab: NetBoxLab) -> None:
    server(lab, None, None, maximum_draw=800)
    device = only_device(lab)
    assert (device.draw, device.draw_by) == (800, "maximum_draw")


def test_power_supplies_that_are_modules_say_so(lab: NetBoxLab) -> None:
    device = lab.device("app-1", 1, 1, 12.0, module_bay_count=1)
    lab.add("module-types", model="PSU", weight=None, weight_unit=Choice(None))
    lab.add("modules", device=Ref("devices", device), module_type=Ref("module-types", 1))
    lab.power_port(device, "PSU1", module=1, maximum_draw=1400)
    assert (only_device(lab).draw, only_device(lab).draw_by) == (1400, "module")


def test_a_supply_may_hang_on_a_feed_directly(lab: NetBoxLab) -> None:
    device = server(lab, None)
    lab.plug(1, "power-feeds", lab.feed("A", "P1"))
    assert device == 1
    assert supplies(lab) == (Supply("PSU1", "A"),)
    # The feed names no rack: it is the rack's since a device of it hangs there.
    assert [feed.name for feed in only_rack(lab).feeds] == ["A"]


def test_pdus_behind_pdus_are_followed_and_the_leg_is_the_one_at_the_feed(lab: NetBoxLab) -> None:
    main = pdu(lab, "main", lab.feed("A", "P1", rack=1, phase=Choice("three-phase"), voltage=400))
    small = pdu(lab, "small", None)
    lab.plug(small[1], "power-outlets", socket(lab, main, "B"))
    server(lab, socket(lab, small, "C"), socket(lab, main, "A"))
    assert supplies(lab) == (Supply("PSU1", "A", "B"), Supply("PSU2", "A", "A"))


def test_a_feed_of_one_phase_has_no_legs(lab: NetBoxLab) -> None:
    server(lab, socket(lab, pdu(lab, "pdu", lab.feed("A", "P1", rack=1)), "A"))
    assert supplies(lab) == (Supply("PSU1", "A"),)


@pytest.mark.parametrize(
    ("plug", "wiring"),
    [
        ("iec-60309-3p-n-e-6h", "wye"),
        ("iec-60309-3p-e-9h", "delta"),
        ("nema-l15-30p", "delta"),
        ("nema-l21-30p", "wye"),
        ("cs8365c", "delta"),
        (None, "wye"),
    ],
)
def test_the_plug_of_the_pdu_tells_the_wiring(lab: NetBoxLab, plug: str | None, wiring: str) -> None:
    feed = lab.feed("A", "P1", rack=1, phase=Choice("three-phase"), voltage=208)
    server(lab, socket(lab, pdu(lab, "pdu", feed, type=Choice(plug)), "A"))
    assert only_rack(lab).feeds[0].wiring == wiring


def test_a_feed_of_a_pdu_that_feeds_nothing_yet_is_its_racks(lab: NetBoxLab) -> None:
    feed = lab.feed("A", "P1", phase=Choice("three-phase"), voltage=208)
    device, inlet = pdu(lab, "pdu", feed, type=Choice("nema-l15-30p"))
    lab.outlet(device, inlet)
    assert only_rack(lab).feeds == (Feed("A", "P1", 208, 32, phases=3, wiring="delta"),)


def test_a_pdu_in_the_next_rack_does_not_make_a_feed_a_shared_one(lab: NetBoxLab) -> None:
    lab.rack("R13")
    server(lab, socket(lab, pdu(lab, "pdu", lab.feed("A", "P1"), rack=2)))
    here, there = reading_of(lab).room.racks
    assert [(feed.name, feed.volts) for feed in here.feeds] == [("A", 230)]
    assert there.feeds == ()


def test_cables_in_a_circle_end_nowhere(lab: NetBoxLab) -> None:
    one, two = pdu(lab, "one", None), pdu(lab, "two", None)
    lab.plug(one[1], "power-outlets", socket(lab, two))
    lab.plug(two[1], "power-outlets", socket(lab, one))
    server(lab, socket(lab, one))
    assert supplies(lab) == (Supply("PSU1"),)


@pytest.mark.parametrize(("pdus", "feed"), [(MOST_PDUS - 1, "A"), (MOST_PDUS, "")])
def test_so_many_pdus_in_a_row_are_believed(lab: NetBoxLab, pdus: int, feed: str) -> None:
    last = pdu(lab, "first", lab.feed("A", "P1", rack=1))
    for number in range(1, pdus):
        following = pdu(lab, f"pdu-{number}", None)
        lab.plug(following[1], "power-outlets", socket(lab, last))
        last = following
    server(lab, socket(lab, last))
    assert supplies(lab) == (Supply("PSU1", feed),)


def test_an_outlet_without_an_inlet_hangs_on_the_only_one(lab: NetBoxLab) -> None:
    device, _ = pdu(lab, "pdu", lab.feed("A", "P1", rack=1))
    server(lab, lab.outlet(device, None))
    assert supplies(lab) == (Supply("PSU1", "A"),)
    lab.power_port(device, "inlet 2")
    assert supplies(lab) == (Supply("PSU1"),)


def test_a_cable_that_is_only_planned_feeds_nothing(lab: NetBoxLab) -> None:
    server(lab, socket(lab, pdu(lab, "pdu", lab.feed("A", "P1", rack=1))))
    lab.tables["power-ports"][2]["reachable"] = False
    assert supplies(lab) == (Supply("PSU1"),)


@pytest.mark.parametrize("status", ["offline", "failed", "planned"])
def test_a_feed_that_is_not_active_does_not_feed(lab: NetBoxLab, status: str) -> None:
    server(lab, socket(lab, pdu(lab, "pdu", lab.feed("A", "P1", rack=1, status=Choice(status)))))
    room = reading_of(lab).room
    assert room.racks[0].feeds == ()
    assert supplies(lab) == (Supply("PSU1"),)
    page = f"{lab.url}/dcim/power-feeds/1/"
    assert room.trouble == (f"R12: feed A ({page}) is {status}: what hangs on it is not known to be fed",)


def test_two_feeds_of_one_name_are_told_apart_by_their_panel(lab: NetBoxLab) -> None:
    left, right = (pdu(lab, f"pdu-{panel}", lab.feed("Feed 1", panel, rack=1)) for panel in ("P1", "P2"))
    server(lab, socket(lab, left), socket(lab, right))
    assert [feed.name for feed in only_rack(lab).feeds] == ["P1/Feed 1", "P2/Feed 1"]
    assert supplies(lab) == (Supply("PSU1", "P1/Feed 1"), Supply("PSU2", "P2/Feed 1"))


def test_what_is_left_of_a_feed_that_others_draw_on_is_not_known(lab: NetBoxLab) -> None:
    lab.rack("R13")
    shared = pdu(lab, "pdu", lab.feed("A", "P1", rack=1))
    server(lab, socket(lab, shared))
    other = lab.device("app-2", 2, 1, 3.0)
    lab.plug(lab.power_port(other), "power-outlets", socket(lab, shared))
    room = reading_of(lab).room
    assert [(feed.name, feed.volts, feed.amps) for rack in room.racks for feed in rack.feeds] == [("A", None, None)] * 2
    assert [line.partition(":")[0] for line in room.trouble] == ["R12", "R13"]
    assert "also feeds devices in R13: how much of it is left" in room.trouble[0]


def test_a_feed_is_shared_with_what_stands_outside_of_the_location_too(lab: NetBoxLab) -> None:
    lab.location("Room 1", "room-1")
    lab.tables["racks"][1]["location"] = Ref("locations", 1)
    lab.rack("R99")
    shared = pdu(lab, "pdu", lab.feed("A", "P1", rack=1))
    lab.plug(lab.power_port(lab.device("far", 2, 1, 3.0)), "power-outlets", socket(lab, shared))
    room = reading_of(lab, location="room-1").room
    assert [rack.name for rack in room.racks] == ["R12"]
    assert room.racks[0].feeds[0].volts is None
    assert "also feeds devices in a rack elsewhere" in room.trouble[0]


@pytest.mark.parametrize(("sockets", "draw"), [({"interface_count": 0, "console_port_count": 0}, 0.0), ({}, None)])
def test_only_what_has_no_socket_at_all_draws_nothing(sockets: dict[str, int], draw: float | None) -> None:
    with serving(NetBoxLab(version="4.6")) as lab:
        lab.site()
        lab.rack("R12")
        lab.type("panel")
        lab.device("panel-1", 1, 1, 12.0, **sockets)
        assert only_device(lab).draw == draw


def test_a_power_port_that_the_token_may_not_see_leaves_the_draw_unknown() -> None:
    with serving(NetBoxLab(version="4.6")) as lab:
        lab.site()
        lab.rack("R12")
        lab.type("r650")
        server(lab, None, None, allocated_draw=430)
        lab.hidden.add(("power-ports", 2))
        room = reading_of(lab).room
        assert room.racks[0].devices[0].draw is None
        assert "app-1" in room.trouble[0]
        assert room.trouble[0].endswith("has 2 power ports, but NetBox shows 1 of them to this token")


def test_without_power_nothing_of_it_is_asked_for_and_nothing_is_known(lab: NetBoxLab) -> None:
    lab.forbidden |= {"power-ports", "power-outlets", "power-feeds"}
    server(lab, socket(lab, pdu(lab, "pdu", lab.feed("A", "P1", rack=1))), allocated_draw=430)
    (rack,) = reading_of(lab, power=False).room.racks
    assert rack.feeds == ()
    assert [(device.draw, device.supplies) for device in rack.devices] == [(None, ()), (None, ())]
