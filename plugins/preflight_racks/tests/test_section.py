"""What the section comes to: checks, and the plan that they share."""

from __future__ import annotations

import os
import pickle
import tempfile
from pathlib import Path

import pytest

from preflight.kind import Check
from preflight.testing import parse
from preflight_racks.demand import Limit
from preflight_racks.outfit import Given, UnfitError
from preflight_racks.placement.spec import PlacementSpec
from preflight_racks.plan import Plan, contacts
from preflight_racks.plugin import pytest_preflight_domain
from preflight_racks.room import Device, Rack, Supply
from preflight_racks.types.devicetype import DeviceType
from preflight_racks.wanted import Wanted, demand_of

HERE = Path(__file__).parent
RACKS = pytest_preflight_domain()
TYPES = """
  types:
    server: {height: 2, weight: 20 kg, draw: 400 W, psus: {count: 2, needed: 1}}
    switch: {height: 1, full_depth: false, weight: 5 kg, draw: 150 W, psus: {count: 1}}
    panel: {height: 1, full_depth: false, weight: 2 kg, psus: {count: 0}}
"""
FEEDS = "feeds: [{name: A, panel: P1, volts: 230, amps: 32}, {name: B, panel: P2, volts: 230, amps: 32}]"


def checks(text: str) -> list[Check]:
    return parse(RACKS, f"racks:{TYPES}{text}")


def plan(text: str) -> Plan:
    shared: Plan = checks(text)[0].shared
    return shared


def rack(fields: str) -> Rack:
    return plan(f"  list: [{{name: R12, units: 42, {fields}}}]").room.racks[0]


def device(fields: str, rest: str = FEEDS) -> Device:
    return rack(f"{rest}, devices: [{{name: app-1, {fields}}}]").devices[0]


def test_one_check_for_each_group_and_each_rack() -> None:
    made = checks("""
  list: [{name: R12, units: 42}, {name: R13, units: 42}]
  planned: [{name: app, type: server, count: 3}, {name: net, type: switch, count: 1, id: switches}]
""")
    assert [(check.id, check.mark.line) for check in made] == [
        ("racks.placement[app]", 8),
        ("racks.placement[switches]", 8),
        ("racks.audit[R12]", 7),
        ("racks.audit[R13]", 7),
    ]


@pytest.mark.parametrize(
    ("audit", "targets"),
    [
        ("[]", []),
        ("[{racks: R12}]", ["R12"]),
        ("[{racks: [R13, 'R1*']}]", ["R13", "R12"]),
        ("[{racks: 'R?2'}, {racks: 'S*', id: s}]", ["R12", "s"]),
        ("[{racks: '*', id: all}]", ["all/R12", "all/R13", "all/S1"]),
        ("[{racks: R12, checks: {before: [space], after: [weight]}}]", ["R12:before", "R12:after"]),
    ],
)
def test_racks_to_audit_by_name_and_pattern(audit: str, targets: list[str]) -> None:
    made = checks(f"""
  list: [{{name: R12, units: 42}}, {{name: R13, units: 42}}, {{name: S1, units: 42}}]
  planned: [{{name: app, type: server, count: 3}}]
  audit: {audit}
""")
    assert [check.id for check in made[1:]] == [f"racks.audit[{target}]" for target in targets]


def test_an_audit_stands_where_its_rack_is_named() -> None:
    made = checks("""
  from: {netbox: "https://netbox.example", token: abcdef}
  list:
    - {name: R12}
  planned:
    - name: app
      type: server
      count: 3
      racks: [R12, R14]
""")
    assert [(check.id, check.mark.line) for check in made] == [
        ("racks.placement[app]", 11),
        ("racks.audit[R12]", 9),
        ("racks.audit[R14]", 14),
    ]


def test_what_only_the_source_knows_is_kept_as_it_is_written() -> None:
    made = checks("""
  from: {netbox: "https://netbox.example", token: abcdef}
  list: [{name: R12}]
  planned: [{name: app, type: server, count: 3, racks: R99}]
  audit: [{racks: ["R1?", R12, "S*"], id: x}, {racks: R77}]
""")
    assert [(check.id, check.kind.target(check.spec)) for check in made] == [
        ("racks.placement[app]", "app"),
        ("racks.audit[x/R12]", "R12"),
        ("racks.audit[x/S*]", "S*"),
        ("racks.audit[R77]", "R77"),
    ]


def test_all_checks_share_one_plan() -> None:
    made = checks(
        "  list: [{name: R1, units: 9}, {name: R2, units: 9}]\n  planned: [{name: a, type: server, count: 1}]"
    )
    assert len({check.shared for check in made}) == 1
    back = pickle.loads(pickle.dumps(made[0].shared))
    assert (back.room, back.demands, back.given) == (made[0].shared.room, made[0].shared.demands, made[0].shared.given)


def test_a_rack_as_it_is_written() -> None:
    found = rack(
        "first: 3, descending: true, max_weight: 1000 lb, site: dc1, location: room-1, switch_ports: {b: 2, a: 1}, "
        "reserved: [{units: [5-6, 9], for: Phoenix, until: 2027-01-15}], blocked: [44, 3-4], " + FEEDS
    )
    assert (found.first, found.descending, found.max_weight) == (3, True, pytest.approx(453.59237))
    assert (found.site, found.location, found.ports) == ("dc1", "room-1", (("a", 1), ("b", 2)))
    assert [(each.units, each.holder, each.until) for each in found.reserved] == [((5, 6, 9), "Phoenix", "2027-01-15")]
    assert found.blocked == (3, 4, 44)
    assert found.origin.endswith("inventory.yaml:6")


def test_what_is_not_written_of_a_rack_is_not_known() -> None:
    found = rack("blocked: 1")
    assert (found.first, found.descending, found.max_weight, found.ports, found.feeds) == (1, False, None, None, ())


def test_feeds_as_they_are_written() -> None:
    single, triple = (
        plan("""
  derate: 0.9
  list:
    - name: R
      units: 9
      feeds:
        - {name: A, volts: 230, amps: 32}
        - {name: B, panel: P, volts: 208, amps: 30.5, phases: 3, wiring: delta, bank_amps: 16, derate: 1}
""")
        .room.racks[0]
        .feeds
    )
    assert (single.panel, single.volts, single.amps, single.phases, single.derate) == ("", 230, 32, 1, 0.9)
    assert (triple.phases, triple.wiring, triple.bank_amps, triple.derate) == (3, "delta", 16, 1)


def test_a_rack_of_a_type() -> None:
    racks = plan(f"""
  rack_types: [{HERE}/rack-types]
  list:
    - {{name: R1, type: hpe-10622-g2}}
    - {{name: R2, type: hpe-10622-g2, units: 24, max_weight: 900 kg, descending: true, first: 2}}
""").room.racks
    assert [(each.units, each.first, each.descending, each.max_weight) for each in racks] == [
        (22, 1, False, 1360),
        (24, 2, True, 900),
    ]


def test_a_device_as_it_is_written() -> None:
    found = device("type: server, position: 10, face: rear, draw: 430 VA, weight: 48 lb", "blocked: 1")
    assert (found.position, found.height, found.face, found.full_depth) == (20, 4, "rear", True)
    assert (found.draw, found.draw_by, found.weight) == (430, "given", pytest.approx(21.77243376))
    assert found.origin.endswith("inventory.yaml:6")


def test_volt_amperes_are_watts_by_the_power_factor() -> None:
    shared = plan("""
  power_factor: 0.95
  list: [{name: R, units: 9, devices: [{name: a, type: server, draw: 1.2 kVA}, {name: b, type: server, draw: 1.2 kW}]}]
""")
    assert [each.draw for each in shared.room.racks[0].devices] == [pytest.approx(1140), 1200]
    assert shared.room.power_factor == 0.95


def test_half_a_unit() -> None:
    found = plan("""
    thin: {height: 0.5, psus: {count: 0}}
  list: [{name: R, units: 9, devices: [{name: a, type: thin, position: 5.5}, {name: b, type: thin, position: 5}]}]
""").room.racks[0]
    assert [(each.position, each.height) for each in found.devices] == [(11, 1), (10, 1)]


@pytest.mark.parametrize(
    ("fields", "supplies"),
    [
        ("type: server", (Supply("PSU1", "A"), Supply("PSU2", "B"))),
        ("type: switch", (Supply("PSU1", "A"),)),
        ("type: server, psus: {count: 3}", (Supply("PSU1", "A"), Supply("PSU2", "B"), Supply("PSU3", "A"))),
        ("type: server, feeds: [B, A]", (Supply("PSU1", "B"), Supply("PSU2", "A"))),
        ("type: server, feeds: [A, {feed: B, leg: C}]", (Supply("PSU1", "A"), Supply("PSU2", "B", "C"))),
        ("type: panel", ()),
    ],
)
def test_where_power_supplies_are_plugged_in(fields: str, supplies: tuple[Supply, ...]) -> None:
    feeds = "feeds: [{name: A, volts: 230, amps: 32}, {name: B, volts: 400, amps: 32, phases: 3}]"
    assert device(fields, feeds).supplies == supplies


def test_without_feeds_nobody_knows_where_they_are_plugged_in() -> None:
    assert device("type: server", "blocked: 1").supplies == (Supply("PSU1"), Supply("PSU2"))


def test_a_device_of_which_nothing_says_how_many_power_supplies_it_has() -> None:
    found = plan(
        f"    bare: {{height: 1}}\n  list: [{{name: R, units: 9, {FEEDS}, devices: [{{name: a, type: bare}}]}}]"
    )
    assert (found.room.racks[0].devices[0].supplies, found.room.racks[0].devices[0].draw) == ((Supply("PSU1"),), None)
    told = plan(
        f"    bare: {{height: 1}}\n"
        f"  list: [{{name: R, units: 9, {FEEDS}, devices: [{{name: a, type: bare, feeds: [A, B, A]}}]}}]"
    )
    (one,) = told.room.racks[0].devices
    assert ([supply.feed for supply in one.supplies], one.needed) == (["A", "B", "A"], 2)


def test_blanking_panels_are_devices_that_may_go() -> None:
    found = rack(f"blanks: [5-6], {FEEDS}").devices
    assert [(each.name, each.position, each.face, each.full_depth, each.blank) for each in found] == [
        ("blank-5", 10, "front", False, True),
        ("blank-6", 12, "front", False, True),
    ]
    assert all(each.weight is not None and not each.supplies for each in found)


def test_a_demand_as_it_is_written() -> None:
    (demand,) = plan("""
  list: [{name: R12, units: 42}, {name: R13, units: 42}]
  planned:
    - {name: app, type: server, count: 15, for: Phoenix, draw: 0.5 kW, weight: 22 kg, psus: {count: 4, needed: 2},
       ports: {10gbase-t: 2, 1000base-t: 1}, spread: {rack: 4}, racks: [R13, R12], face: rear, remove_blanks: true}
""").demands
    assert (demand.name, demand.type, demand.count, demand.height, demand.full_depth) == ("app", "server", 15, 4, True)
    assert (demand.weight, demand.draw, demand.draw_by) == (22, 500, "given")
    assert (demand.psus, demand.needed, demand.redundant) == (4, 2, True)
    assert (demand.ports, demand.per_rack) == ((("1000base-t", 1), ("10gbase-t", 2)), 4)
    assert (demand.holder, demand.together, demand.racks) == ("Phoenix", "", ("R13", "R12"))
    assert (demand.face, demand.remove_blanks) == ("rear", True)


def test_a_demand_of_which_only_the_type_is_known() -> None:
    made = checks(f"""
  device_types: [{HERE}/device-types]
  module_types: [{HERE}/module-types]
  list: [{{name: R, units: 9}}]
  planned:
    - {{name: a, type: supermicro-sys-6018r-mt, count: 1, together: adjacent}}
    - {{name: b, type: dell-poweredge-r650, count: 1, psus: {{module: Dell/450-BCGR}}}}
    - {{name: c, type: hpe-dl360-g10-8sff, count: 1}}
""")
    a, b, c = made[0].shared.demands
    assert (a.weight, a.draw, a.draw_by, a.psus, a.needed, a.together) == (16.33, 480, "maximum_draw", 2, 1, "adjacent")
    assert (b.weight, b.draw, b.draw_by, b.psus, b.needed) == (pytest.approx(21.9), 1400, "module", 2, 1)
    assert (c.weight, c.draw) == (None, 800)
    assert (c.manufacturer, c.model) == ("HPE", "ProLiant DL360 Gen10 8SFF")


def test_what_types_says_completes_the_files_and_gives_way_to_the_entry() -> None:
    found = plan(f"""
    dell-poweredge-r650: {{weight: 21.8 kg, draw: 430 W, psus: {{needed: 2}}}}
  device_types: [{HERE}/device-types]
  list:
    - name: R
      units: 9
      devices: [{{name: a, type: dell-poweredge-r650}}, {{name: b, type: dell-poweredge-r650, draw: 300 W}}]
""").room.racks[0]
    assert [(each.weight, each.draw, each.needed, len(each.supplies)) for each in found.devices] == [
        (21.8, 430, 2, 2),
        (21.8, 300, 2, 2),
    ]


def test_a_type_that_no_file_has_is_left_to_the_source() -> None:
    shared = plan("""
    elsewhere-2: {weight: 5 kg, draw: 99 W}
  from: {netbox: "https://netbox.example", token: abcdef}
  planned:
    - {name: a, type: elsewhere-1, count: 2, draw: 100 W, psus: {count: 2}, racks: R1}
    - {name: b, type: server, count: 1}
    - {name: c, type: elsewhere-2, count: 1}
""")
    assert [demand.name for demand in shared.demands] == ["b"]
    assert [(wanted.number, wanted.spec.name, wanted.spec.type) for wanted in shared.wanted] == [
        (0, "a", "elsewhere-1"),
        (2, "c", "elsewhere-2"),
    ]
    known = DeviceType("elsewhere", "Acme", "E", height=8, weight=30.0, psu_bays=1)
    found = {wanted.spec.name: demand_of(wanted, known, shared.limits) for wanted in shared.wanted}
    a, b, c = shared.completed(found)
    assert (a.name, a.height, a.draw, a.psus, a.weight) == ("a", 8, 100, 2, 30)
    assert (b.name, c.name, c.weight, c.draw) == ("b", "c", 5, 99)
    assert [demand.name for demand in shared.completed({"c": c})] == ["b", "c"]


@pytest.mark.parametrize(
    ("type", "limits", "key"),
    [
        (DeviceType("t", "", "T", height=0, psu_bays=2), {"power"}, "type"),
        (DeviceType("t", "", "T"), {"power"}, "psus"),
        (DeviceType("t", "", "T", psu_bays=1), set(), "psus"),
    ],
)
def test_what_no_place_could_be_found_for(type: DeviceType, limits: set[Limit], key: str) -> None:
    wanted = Wanted(0, PlacementSpec(name="a", type="t", count=1), Given(needed=2))
    with pytest.raises(UnfitError) as refused:
        demand_of(wanted, type, frozenset(limits))
    assert refused.value.key == key


def test_a_source_as_it_is_written() -> None:
    source = plan("""
  from: {netbox: "https://netbox.example", token: abcdef, site: dc1, location: room-1, ca: ca.pem, verify: false,
         reserved_for: user, blanks: [filler], derate: 0.7, wiring: delta, switch_roles: [tor], connections: 2}
  audit: [{racks: R1}]
""").source
    assert source is not None
    assert (source.url, source.token.reveal(), source.site) == ("https://netbox.example", "abcdef", "dc1")
    assert (source.location, source.verify, source.reserved_for) == ("room-1", False, "user")
    assert source.ca.endswith("/ca.pem")
    assert source.ca != "ca.pem"
    assert (source.blanks, source.switch_roles, source.derate, source.wiring) == (("filler",), ("tor",), 0.7, "delta")


def test_the_token_is_masked_wherever_it_is_shown() -> None:
    shared = plan('  from: {netbox: "https://netbox.example", token: abcdef}\n  audit: [{racks: R1}]')
    assert "abcdef" not in repr(shared)
    assert "abcdef" not in contacts(None, shared)


def test_the_plan_says_who_is_contacted() -> None:
    assert contacts(None, plan("  list: [{name: R, units: 1}]")) == (
        "contacts nobody: looks at the racks as the inventory lists them"
    )
    asked = contacts(None, plan('  from: {netbox: "https://netbox.example", token: abcdef}\n  audit: [{racks: R1}]'))
    assert "https://netbox.example" in asked


def test_what_is_left_out_on_purpose_is_not_held_against_a_rack() -> None:
    assert plan("  list: [{name: R, units: 1}]").limits == {"weight", "power"}
    assert plan("  limits: []\n  list: [{name: R, units: 1}]").limits == set()


def test_files_are_found_from_the_inventory() -> None:
    # An inventory of `parse` lies in a folder of its own below that of temporary files.
    relative = os.path.relpath(HERE, Path(tempfile.gettempdir(), "folder"))
    (demand,) = plan(f"""
  device_types: [{relative}/device-types/Supermicro/SYS-6018R-MT.yaml]
  list: [{{name: R, units: 9}}]
  planned: [{{name: a, type: supermicro-sys-6018r-mt, count: 1}}]
""").demands
    assert demand.weight == 16.33
