"""What one may not write, and where that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from preflight.errors import InventoryError
from preflight.testing import assert_refused, parse
from preflight_racks.plugin import pytest_preflight_domain

RACKS = pytest_preflight_domain()
TYPES = """
  types:
    server: {height: 2, weight: 20 kg, draw: 400 W, psus: {count: 2, needed: 1}}
    switch: {height: 1, full_depth: false, psus: {count: 1}}
    half: {height: 0.5, full_depth: false, psus: {count: 0}}
    pdu: {height: 0, psus: {count: 0}}
    bare: {height: 1}
"""
FEEDS = "feeds: [{name: A, panel: P1, volts: 230, amps: 32}, {name: B, panel: P2, volts: 400, amps: 32, phases: 3}]"


def refused(text: str, *messages: str) -> None:
    assert_refused(RACKS, f"racks:{TYPES}{text}", *messages)


def refused_rack(fields: str, *messages: str) -> None:
    refused(f"  list:\n    - {{name: R12, units: 42, {fields}}}\n", *messages)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("max_weight: »900", "900 of what? Write its unit, kg, g, lb or oz, such as 22 kg"),
        ("max_weight: »900 stone", '"stone" is no unit that is known here: kg, g, lb or oz'),
        ("max_weight: »-5 kg", "should be a number and its unit"),
        ("max_weight: »0 kg", "should be above 0; leave it out if it is not known"),
        ("blocked: »-3", "should be a unit or a range of them"),
        ("blocked: »3.5", "should be a unit or a range of them"),
        ("blocked: »0", "in whole numbers from 1 on"),
        ("blocked: [1, »9-4]", "is the wrong way round: write 4-9"),
        ("blocked: [1-4, »3]", "unit 3 is in it twice"),
        ("blocked: »1-9999", "longer than any rack"),
        ("blocked: »[]", "names no unit"),
        ("blocked: [1, »43]", "unit 43, which R12 does not have: it has 1-42"),
        ("first: 5, blocked: »4-6", "unit 4, which R12 does not have: it has 5-46"),
        ("reserved: [{units: [1-4, »41-44], for: x}]", "unit 43, which R12 does not have: it has 1-42"),
        ("reserved: [{units: 1-4, for: x}, {units: »4-5, for: y}]", "unit 4 is kept for y, and for x"),
        ("reserved: [{units: 1, for: »''}]", "should be a line of text"),
        ("reserved: [»{units: 1}]", '"for" is missing'),
        ("reserved: [{units: 1, for: x, until: »soon}]", "should be a day, such as 2027-01-15"),
        ("reserved: [{units: 1, for: x, until: »20270115}]", "should be text"),
        ("feeds: [»{name: A, amps: 32}]", '"volts" is missing'),
        ("feeds: [»{name: A, volts: 230}]", '"amps" is missing'),
        ("feeds: [{name: A, volts: »230 V, amps: 32}]", "should be a valid number"),
        ("feeds: [{name: A, volts: »-48, amps: 32}]", "should be greater than 0"),
        ("feeds: [{name: A, volts: 230, amps: 32, phases: »2}]", "2 is not allowed"),
        ("feeds: [{name: A, volts: 230, amps: 32, derate: »80}]", "should be less than or equal to 1"),
        ("feeds: [{name: A, volts: 230, amps: 32, derate: »0}]", "should be greater than 0"),
        ("feeds: [»{name: A, volts: 230, amps: 32, wiring: delta}]", "are for `phases: 3`"),
        ("feeds: [»{name: A, volts: 230, amps: 32, bank_amps: 16}]", "are for `phases: 3`"),
        ("feeds: [{name: A, volts: 1, amps: 1}, {name: »A, volts: 1, amps: 1}]", "A is also at"),
        ("switch_ports: {10gbase-t: »-1}", "greater than or equal to 0"),
        ("unit: »42", ""),
        ("type: »apc-ar3100", 'there is no rack type "apc-ar3100" in what `rack_types` names'),
    ],
)
def test_a_rack_that_is_refused(fields: str, message: str) -> None:
    if not message:
        fields, message = fields.replace("unit: »", "»unit: "), 'unknown key; did you mean "units"?'
    refused_rack(fields, message)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("type: »servr, position: 4", 'there is no device type "servr"'),
        ("type: »servr, position: 4", 'did you mean "server"?'),
        ("type: server, position: »-3", "should be the lowest unit that it covers: a number of units, 1 or more"),
        ("type: server, position: »4.25", "in whole or half units, such as 12 or 12.5"),
        ("type: server, position: »'4'", "a number of units"),
        ("type: server, position: »4.5", "server is a unit high or more: such devices stand on whole units"),
        ("type: server, position: »42", "one (U42-43, front and rear) is out of R12, which has the units 1-42"),
        ("type: half, position: »43", "is out of R12"),
        ("type: pdu, position: »4", "pdu takes no units (0U): leave `position` out"),
        ("type: server, position: »40", "one (U40-41, front and rear) stands on unit 40, which is blocked"),
        ("type: server, position: »39", "one (U39-40, front and rear) stands on unit 40, which is blocked"),
        ("type: server, face: »left", '"left" is not allowed'),
        ("type: server, draw: »430", "430 of what? Write its unit, W, kW, VA or kVA, such as 430 W or 1.2 kVA"),
        ("type: server, draw: »430 HP", '"HP" is no unit'),
        ("type: server, weight: »22", "22 of what?"),
        ("type: server, psus: »{count: 1, needed: 2}", "needs 2 of 1"),
        ("type: server, psus: »{needed: 3}", "needs 3 of 2 power supplies, which is what server has"),
        ("type: server, psus: »{}", "says nothing: give `count`, `needed` or `module`"),
        ("type: server, psus: »{count: 0, needed: 1}", "a device that draws nothing"),
        ("type: pdu, draw: »20 W", "`psus: {count: 0}` says that it draws nothing from a feed"),
        ("type: bare, psus: {module: »Dell/1}", 'there is no module type "Dell/1" in what `module_types` names'),
        ("type: server, feeds: [A, »C]", 'R12 has no feed "C"; there are: A, B'),
        ("type: server, feeds: »[A]", "names 1 for 2 power supplies: name one for each, or mend `psus`"),
        ("type: server, feeds: »[A, B, B]", "names 3 for 2 power supplies"),
        ("type: server, feeds: [»{feed: A, leg: B}, B]", "the feed A has one phase, and no legs"),
        ("type: server, feeds: [A, {feed: B, leg: »D}]", '"D" is not allowed'),
        ("type: server, feeds: [A, »{feed: B}]", '"leg" is missing'),
    ],
)
def test_a_device_that_is_refused(fields: str, message: str) -> None:
    refused_rack(f"blocked: 40, {FEEDS}, devices: [{{name: one, {fields}}}]", message)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("type: server, position: 10", "type: server, position: »11"),
        ("type: server, position: 10", "type: switch, position: »10, face: rear"),
        ("type: switch, position: 10", "type: switch, position: »10"),
        ("type: half, position: 10.5", "type: half, position: »10.5"),
        ("type: half, position: 10.5", "type: server, position: »9"),
    ],
)
def test_two_devices_in_one_cell(one: str, other: str) -> None:
    refused_rack(f"devices: [{{name: app-1, {one}}}, {{name: app-2, {other}}}]", "takes units that app-1 (U10")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("type: server, position: 10", "type: server, position: 12"),
        ("type: switch, position: 10", "type: switch, position: 10, face: rear"),
        ("type: half, position: 10", "type: half, position: 10.5"),
        ("type: server", "type: server"),
        ("type: pdu", "type: pdu"),
        ("type: server, position: 38", "type: server, position: 41"),
    ],
)
def test_two_devices_that_are_not_in_one_cell(one: str, other: str) -> None:
    text = f"  list: [{{name: R, units: 42, blocked: 40, devices: [{{name: a, {one}}}, {{name: b, {other}}}]}}]"
    assert len(parse(RACKS, f"racks:{TYPES}{text}")) == 1


def test_both_records_are_named_with_their_places() -> None:
    refused(
        """
  list:
    - name: R12
      units: 42
      devices:
        - {name: app-1, type: server, position: 10}
        - {name: app-2, type: server, position: »11}
""",
        "app-2 (U11-12, front and rear) takes units that app-1 (U10-11, front and rear) stands in",
    )
    with pytest.raises(
        InventoryError, match=r"inventory.yaml:14:49: racks.list\[0\].devices\[1\].position: .*yaml:13\)"
    ):
        parse(
            RACKS,
            f"""racks:{TYPES}
  list:
    - name: R12
      units: 42
      devices:
        - {{name: app-1, type: server, position: 10}}
        - {{name: app-2, type: server, position: 11}}
""",
        )


def test_a_device_below_the_first_unit() -> None:
    refused_rack("first: 5, devices: [{name: a, type: server, position: »4}]", "out of R12, which has the units 5-46")


def test_a_device_under_a_blanking_panel() -> None:
    refused_rack(
        "blanks: [1-4, »10-11], devices: [{name: app-1, type: server, position: 11}]",
        "blank-11 (U11, front) takes units",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  list: [»{name: R12}]", '"units" is missing: say how many it has, or name its `type`'),
        ("  list: [{name: R12, units: »0}]", "greater than or equal to 1"),
        ("  list: [{name: R12, units: »4.5}]", "should be a valid integer"),
        ("  list: [{name: »'R[12]', units: 4}]", "should be a name without *, ?, brackets"),
        ("  list: [{name: R1, units: 4}, {name: »R1, units: 4}]", "R1 is also at"),
        (
            "  list: [{name: R1, units: 4, devices: [{name: a, type: pdu}, {name: »a, type: pdu}]}]",
            "a is also at",
        ),
        ("  derate: »1.2", "less than or equal to 1"),
        ("  power_factor: »0", "greater than 0"),
        ("  limits: [»volume]", '"volume" is not allowed'),
        ("  device_types: [»nowhere/]", "nowhere/: there is no such file or folder"),
        (
            "  list: [{name: R1, units: 4}]\n  audit: [{racks: »R2}]",
            'there is no rack "R2" under `list`; there are: R1',
        ),
        ("  list: [{name: R1, units: 4}]\n  audit: [{racks: [R1, »'S*']}]", 'there is no rack "S*" under `list`'),
        ("  list: [{name: R1, units: 4}]\n  audit: [{racks: »[]}]", "is empty"),
        ("  list: [{name: R1, units: 4}]\n  audit: [{racks: R1, checks: [»spce]}]", 'did you mean "space"?'),
        ("  list: [{name: R1, units: 4}]\n  audit: [{racks: R1, checks: »[]}]", "is empty"),
    ],
)
def test_a_section_that_is_refused(text: str, message: str) -> None:
    refused(f"{text}{'' if 'list:' in text else chr(10) + '  list: [{name: R1, units: 4}]'}\n", message)


@pytest.mark.parametrize("text", ["audit: []", "list: []", "{}"])
def test_a_section_that_checks_nothing(text: str) -> None:
    refused = f"racks: »{{{text}}}" if text != "{}" else "racks: »{}"
    assert_refused(RACKS, refused, "nothing would be checked")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("type: »servr, count: 1", 'did you mean "server"?'),
        ("type: »pdu, count: 1", "pdu takes no units, so that there is no place to find for it"),
        ("type: server, count: »0", "greater than or equal to 1"),
        ("type: server, count: 1, spread: {rack: »0}", "greater than or equal to 1"),
        ("type: server, count: 1, spread: »4", "should be a mapping, such as {rack: 4}"),
        ("type: server, count: 1, ports: »2", "should be a mapping of types to numbers, such as {10gbase-t: 2}"),
        ("type: server, count: 1, psus: »2", "should be a mapping, such as {count: 2, needed: 1}"),
        ("type: server, count: 1, draw: »500", "500 of what?"),
        ("type: server, count: 1, racks: »R2", 'there is no rack "R2" under `list`; there are: R1'),
        ("type: server, count: 1, racks: [R1, »R2]", "there is no rack"),
        ("type: server, count: 1, together: »room", '"room" is not allowed'),
        ("type: server, count: 1, ports: {10gbase-t: »0}", "greater than or equal to 1"),
        ("type: server, count: 1, psus: »{needed: 5}", "needs 5 of 2"),
        ("type: server, count: 1, psus: {module: »x/y}", 'there is no module type "x/y"'),
        ("type: server, count: 1, psus: {count: »-1}", "greater than or equal to 0"),
    ],
)
def test_a_group_that_is_refused(fields: str, message: str) -> None:
    refused(f"  list: [{{name: R1, units: 42}}]\n  planned:\n    - {{name: g, {fields}}}\n", message)


@pytest.mark.parametrize(
    ("group", "message"),
    [
        (
            "»{name: g, type: server, count: 9, together: rack, spread: {rack: 4}}",
            "9 together in one rack cannot be 4 in each",
        ),
        ("»{name: g, type: bare, count: 9}", "nothing says how many power supplies a bare has: say `psus:"),
        ("{name: g, type: server, count: 1}, {name: »g, type: server, count: 1}", "g is also at"),
        ("»{name: g, type: server, count: {before: 1, after: 2}}", "would be another group in each phase"),
        ("{name: »a b, type: server, count: 1}", "a word without blanks"),
        ("{name: »there, type: server, count: 2}", "its there-2 would be another than that in R1 ("),
    ],
)
def test_groups_that_are_refused(group: str, message: str) -> None:
    there = "devices: [{name: there-2, type: server, position: 1}]"
    refused(f"  list: [{{name: R1, units: 42, {there}}}]\n  planned: [{group}]\n", message)


def test_a_group_whose_power_supplies_do_not_count() -> None:
    text = "  limits: [weight]\n  list: [{name: R, units: 9}]\n  planned: [{name: g, type: bare, count: 1}]"
    assert parse(RACKS, f"racks:{TYPES}{text}")[0].shared.demands[0].psus == 0


@pytest.mark.parametrize(
    ("type", "message"),
    [
        ("»{weight: 5 kg}", 'no file has the type "odd": give its `height` to describe it here'),
        ("{height: »-1}", "a height: a number of units, 0 or more"),
        ("{height: »1.25}", "in whole or half units"),
        ("{height: 1, weight: »20}", "20 of what?"),
        ("{height: 1, full_depth: »maybe}", "should be a valid boolean"),
        ("{height: 1, »hight: 2}", 'did you mean "height"?'),
        ("{height: 1, psus: {module: »x}}", 'there is no module type "x"'),
    ],
)
def test_a_type_that_is_refused(type: str, message: str) -> None:
    refused(f"    odd: {type}\n  list: [{{name: R1, units: 4}}]\n", message)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{netbox: »netbox.example, token: abcdef}", "should be the address at which a browser opens NetBox"),
        ("{netbox: »'https://user:pw@netbox.example', token: abcdef}", "no user and password"),
        ("»{netbox: 'https://netbox.example'}", '"token" is missing'),
        ("»{netbox: 'https://netbox.example', token: abcdef, location: room-1}", "goes with the `site`"),
        ("{netbox: 'https://netbox.example', token: abcdef, reserved_for: »owner}", '"owner" is not allowed'),
        ("{netbox: 'https://netbox.example', token: »5}", "should be text"),
    ],
)
def test_a_source_that_is_refused(source: str, message: str) -> None:
    refused(f"  from: {source}\n  audit: [{{racks: R1}}]\n", message)


def test_what_is_wrong_in_a_library_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("manufacturer: Acme\nmodel: One\nslug: acme-one\nu_height: -2\n")
    text = f"racks:\n  device_types: [{tmp_path}]\n  planned: [{{name: a, type: acme-one, count: 1}}]\n"
    with pytest.raises(InventoryError, match=r"one\.yaml:4:11: u_height: should be greater than or equal to 0"):
        parse(RACKS, text)


def test_a_file_that_is_named_by_itself_must_be_a_type_though_nobody_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text("manufacturer: Acme\nmodel: One\n")
    text = f"racks:\n  device_types: [{tmp_path}/notes.yaml]\n  list: [{{name: R, units: 9}}]\n"
    with pytest.raises(InventoryError, match=r'notes\.yaml:1:1: is no device type: "slug" is missing'):
        parse(RACKS, text)


def test_a_folder_without_types_is_refused(tmp_path: Path) -> None:
    text = f"racks:\n  device_types: [»{tmp_path}]\n  list: [{{name: R, units: 9}}]\n"
    assert_refused(RACKS, text, "there is no *.yaml or *.yml file in it")
