"""Types of devices, modules and racks: real files of the community's library, and all that can be wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from preflight_racks.outfit import BLANK_KG, Given, Outfit, UnfitError, outfit
from preflight_racks.types.devicetype import DeviceType, PowerPort
from preflight_racks.types.library import FlawedError, Library
from preflight_racks.types.moduletype import ModuleType
from preflight_racks.types.racktype import RackType
from preflight_racks.types.spec import DeviceFile, ModuleBayPart, ModuleFile, RackFile

HERE = Path(__file__).parent
DEVICES = Library(DeviceFile, [HERE / "device-types"])
MODULES = Library(ModuleFile, [HERE / "module-types"])
RACKS = Library(RackFile, [HERE / "rack-types"])


def device(slug: str, library: Library[DeviceFile] = DEVICES) -> DeviceType:
    found = library.find(slug)
    assert found is not None
    return found[0].type(found[1])


@pytest.mark.parametrize(
    ("slug", "height", "full_depth", "weight", "supplies", "powered"),
    [
        ("dell-poweredge-r650", 2, True, 21, 2, True),
        ("dell-poweredge-c6400", 4, False, 97 * 0.45359237, 2, True),
        ("dell-poweredge-c6420", 0, True, 5, 0, False),
        ("supermicro-sys-6018r-mt", 2, True, 16.33, 2, True),
        ("hpe-dl360-g10-8sff", 2, True, None, 2, True),
        ("n9k-c93180yc-ex", 2, True, None, 2, True),
        ("cisco-c9300-48p", 2, True, None, 2, True),
        ("netapp-ds460c", 8, True, None, 2, True),
        ("ap8868", 0, True, None, 0, False),
        ("generic-24-port-copper-patch-panel", 2, True, None, 0, False),
        ("generic-blanking-panel-1u", 2, False, None, 0, False),
    ],
)
def test_real_device_types(
    slug: str, height: int, full_depth: bool, weight: float | None, supplies: int, powered: bool
) -> None:
    type = device(slug)
    assert (type.height, type.full_depth, type.weight) == (height, full_depth, weight)
    assert (type.supplies, type.powered, type.blank) == (supplies, powered, "blank" in slug)


def test_a_type_says_who_made_it_and_where_it_stands() -> None:
    type = device("n9k-c93180yc-ex")
    assert (type.manufacturer, type.model) == ("Cisco", "Nexus 93180YC-EX")
    assert type.origin.endswith("device-types/Cisco/N9K-C93180YC-EX.yaml:2")
    assert type.ports == (PowerPort("Power Supply 1", 470, 210), PowerPort("Power Supply 2", 470, 210))


@pytest.mark.parametrize("name", ["450-BCGR", "Dell/450-BCGR"])
def test_a_module_by_its_part_number_and_by_its_maker_and_model(name: str) -> None:
    found = MODULES.find(name)
    assert found is not None
    type = found[0].type("")
    assert type == ModuleType("Dell", "450-BCGR", "450-BCGR", 0.45, (PowerPort("PSU{module}", 1400),))


def test_real_rack_types() -> None:
    found = RACKS.find("hpe-10622-g2")
    assert found is not None
    assert found[0].type("x") == RackType("hpe-10622-g2", "HPE", "10622 G2", 22, 1, False, 1360, "x")
    assert [RACKS.find(slug) is not None for slug in ("apc-ar3100", "cmo-stk-s-42-2-1000", "nope")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("name", "description", "is_one"),
    [
        *((name, "", True) for name in ("PSU1", "psu-2", "PSU 1", "Power Supply 1", "Power Supply B", "PS1", "PS-A")),
        *((name, "", True) for name in ("PEM0", "PEM 1", "PM1", "PWR-2", "Power 1", "Optional PSU2", "PSU Slot 1")),
        ("1", "PSU Slot", True),
        ("Bay 3", "Power supply, 3+1", True),
        *((name, "", False) for name in ("FAN 1", "IOM A", "PCIe 1", "Network Module", "PS Fan 1", "Sled 1", "RE0")),
        ("Slot 1", "Powered by the chassis", False),
    ],
)
def test_what_is_a_bay_for_a_power_supply(name: str, description: str, is_one: bool) -> None:
    assert ModuleBayPart(name=name, description=description).for_psu is is_one


LEAST = "manufacturer: Acme\nmodel: One\nslug: acme-one\n"


def library(folder: Path, *texts: str) -> Library[DeviceFile]:
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text)
    return Library(DeviceFile, [folder])


def test_what_a_file_does_not_say(tmp_path: Path) -> None:
    type = device("acme-one", library(tmp_path, LEAST))
    assert (type.height, type.full_depth, type.weight, type.supplies, type.powered) == (2, True, None, 0, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("u_height: 0.5\n", {"height": 1}),
        ("u_height: 3.5\nis_full_depth: false\n", {"height": 7, "full_depth": False}),
        ("weight: 500\nweight_unit: g\n", {"weight": 0.5}),
        ("weight: 16\nweight_unit: oz\n", {"weight": pytest.approx(0.45359237)}),
        ("weight: 0\nweight_unit: kg\n", {"weight": None}),
        ("_is_powered: false\npower-ports: [{name: a}]\n", {"powered": False, "ports": ()}),
        ("front-ports: [{name: a}]\nrear-ports: [{name: a}]\n", {"powered": False}),
        ("front-ports: [{name: a}]\ninterfaces: [{name: a}]\n", {"powered": True}),
        ("rear-ports: [{name: a}]\nconsole-ports: [{name: a}]\n", {"powered": True}),
        ("rear-ports: [{name: a}]\nmodule-bays: [{name: a}]\n", {"powered": True}),
        ("subdevice_role: child\npower-ports: [{name: dc, maximum_draw: 20}]\n", {"ports": (PowerPort("dc", 20),)}),
        ("interfaces: [{name: eth0, type: 5}]\ncomments: 7\nnew_key: [x]\n", {"height": 2}),
    ],
)
def test_what_a_file_may_say(tmp_path: Path, text: str, expected: dict[str, object]) -> None:
    type = device("acme-one", library(tmp_path, LEAST + text))
    assert {key: getattr(type, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("model: One\nslug: acme-one\n", "1:1", 'is no device type: "manufacturer" is missing'),
        ("manufacturer: Acme\nslug: acme-one\n", "1:1", 'is no device type: "model" is missing'),
        (
            "manufacturer: Acme\nmodel: 8201\nslug: acme-one\n",
            "2:8",
            "model: should be text, not 8201: put it in quotes",
        ),
        (f"{LEAST}weight: 20\n", "1:1", "`weight: 20` of what? Add `weight_unit:`"),
        (f"{LEAST}weight: 20\nweight_unit: stone\n", "5:14", 'weight_unit: "stone" is not allowed'),
        (f"{LEAST}weight: -3\nweight_unit: kg\n", "4:9", "greater than or equal to 0"),
        (f"{LEAST}u_height: -1\n", "4:11", "greater than or equal to 0"),
        (f"{LEAST}u_height: 1.3\n", "4:11", "multiple of 0.5"),
        (f"{LEAST}u_height: 1U\n", "4:11", "u_height: should be a valid number"),
        (f"{LEAST}is_full_depth: yes\n", "4:16", "is_full_depth: should be a valid boolean"),
        (
            f"{LEAST}power-ports: [{{name: a, maximum_draw: 0}}]\n",
            "4:39",
            "power-ports[0].maximum_draw: should be greater",
        ),
        (f"{LEAST}module-bays: [{{position: '1'}}]\n", "4:15", '"name" is missing'),
        (f"{LEAST}weight: [\n", "5:1", "not YAML"),
        (f"{LEAST}slug: acme-one\n", "4:1", "key given twice"),
    ],
)
def test_a_file_that_is_no_type_is_refused_where_it_is_wrong(
    tmp_path: Path, text: str, place: str, message: str
) -> None:
    with pytest.raises(FlawedError) as refused:
        library(tmp_path, text).find("acme-one")
    assert f"0.yaml:{place}: " in str(refused.value)
    assert message in str(refused.value)


def test_two_files_with_one_slug_are_both_named(tmp_path: Path) -> None:
    with pytest.raises(FlawedError, match=r'0\.yaml:1:1: "acme-one" stands here and in .*1\.yaml:1: which one'):
        library(tmp_path, LEAST, LEAST).find("acme-one")


def test_two_files_of_a_name_that_nobody_asks_for_harm_nobody(tmp_path: Path) -> None:
    both = library(tmp_path, LEAST, LEAST, LEAST.replace("one", "two"))
    assert device("acme-two", both).slug == "acme-two"


@pytest.mark.parametrize(
    "text",
    [
        "{manufacturer: Acme, model: One, slug: acme-one, weight_unit: kg}\n",
        "manufacturer: Acme\nmodel: One\n'slug':   'acme-one' # the one\n",
        'manufacturer: Acme\nmodel: One\nslug: "acme-one"\r\n',
        "comments: 'first\n\nslug: not-this-one\n\nsecond'\nmanufacturer: Acme\nmodel: One\nslug: acme-one # yes\n",
    ],
)
def test_a_slug_is_found_however_it_is_written(tmp_path: Path, text: str) -> None:
    files = library(tmp_path, text)
    assert device("acme-one", files).slug == "acme-one"
    assert files.find("not-this-one") is None


def test_a_file_is_read_only_if_it_is_asked_for(tmp_path: Path) -> None:
    files = library(tmp_path, LEAST, "slug: acme-two\nweight: [\n")
    assert device("acme-one", files).slug == "acme-one"
    with pytest.raises(FlawedError, match=r"1\.yaml"):
        files.find("acme-two")


def test_a_file_that_is_named_by_itself_must_be_a_type(tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text("todo: everything\n")
    (problem, *_) = Library(DeviceFile, [tmp_path / "notes.yaml"]).unfit()
    assert "is no device type" in str(problem)
    assert [*Library(DeviceFile, [tmp_path]).unfit()] == []


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "a.yaml").write_text(LEAST)
    (tmp_path / ".a.yaml").write_text(LEAST)
    (tmp_path / "a.txt").write_text(LEAST)
    assert Library(DeviceFile, [tmp_path]).find("acme-one") is None


SERVER = DeviceType("server", "", "server", ports=(PowerPort("1", 800), PowerPort("2", 700)), weight=20.0)
SWITCH = DeviceType("switch", "", "switch", ports=(PowerPort("1", 470, 210), PowerPort("2", 470, 210)))
BAYS = DeviceType("bays", "", "bays", psu_bays=2, weight=20.0)
PSU = ModuleType("Dell", "450-BCGR", weight=0.45, ports=(PowerPort("1", 1400),))


@pytest.mark.parametrize(
    ("type", "given", "psus", "needed", "draw", "by"),
    [
        (SERVER, Given(), 2, 1, 800, "maximum_draw"),
        (SERVER, Given(needed=2), 2, 2, 1500, "maximum_draw"),
        (SERVER, Given(draw=430.0), 2, 1, 430, "given"),
        (SERVER, Given(psus=1), 1, 1, 800, "maximum_draw"),
        (SERVER, Given(psus=3), 3, 2, None, ""),
        (SERVER, Given(psus=0), 0, 0, None, ""),
        (SERVER, Given(module=PSU), 2, 1, 1400, "module"),
        (SWITCH, Given(), 2, 1, 420, "allocated_draw"),
        (SWITCH, Given(module=PSU), 2, 1, 420, "allocated_draw"),
        (SWITCH, Given(psus=1), 1, 1, 420, "allocated_draw"),
        (BAYS, Given(), 2, 1, None, ""),
        (BAYS, Given(module=PSU), 2, 1, 1400, "module"),
        (BAYS, Given(module=PSU, psus=4, needed=2), 4, 2, 2800, "module"),
        (BAYS, Given(module=PSU, draw=500.0), 2, 1, 500, "given"),
        (DeviceType("x", "", "x"), Given(), None, 1, None, ""),
        (DeviceType("x", "", "x"), Given(draw=99.0), None, 1, 99, "given"),
        (DeviceType("x", "", "x", powered=False), Given(), 0, 0, None, ""),
        (DeviceType("x", "", "x", powered=False), Given(psus=1, draw=9.0), 1, 1, 9, "given"),
        (DeviceType("blank", "", "", blank=True), Given(), 0, 0, None, ""),
    ],
)
def test_power_supplies_and_draw(
    type: DeviceType, given: Given, psus: int | None, needed: int, draw: float | None, by: str
) -> None:
    one = outfit(given, type)
    assert (one.psus, one.needed, one.draw, one.draw_by) == (psus, needed, draw, by)


@pytest.mark.parametrize(
    ("type", "given", "weight"),
    [
        (SERVER, Given(), 20),
        (SERVER, Given(weight=22.5), 22.5),
        (SWITCH, Given(), None),
        (BAYS, Given(module=PSU), 20.9),
        (BAYS, Given(module=PSU, weight=19.0), 19),
        (DeviceType("blank-2u", "", "", height=4, blank=True), Given(), 2 * BLANK_KG),
    ],
)
def test_weight(type: DeviceType, given: Given, weight: float | None) -> None:
    assert outfit(given, type).weight == (None if weight is None else pytest.approx(weight))


@pytest.mark.parametrize(
    ("type", "given", "key", "message"),
    [
        (SERVER, Given(needed=3), "psus", "needs 3 of 2 power supplies"),
        (SERVER, Given(psus=0, draw=5.0), "draw", "`psus: {count: 0}` says that it draws nothing"),
        (DeviceType("x", "", "x", powered=False), Given(draw=5.0), "draw", "the type x says that it draws nothing"),
    ],
)
def test_what_cannot_be_both(type: DeviceType, given: Given, key: str, message: str) -> None:
    with pytest.raises(UnfitError, match=message.replace("{", r"\{")) as refused:
        outfit(given, type)
    assert refused.value.key == key


def test_what_was_given_last_holds() -> None:
    ours, all_of_them = Given(weight=1.0, psus=1), Given(height=3, weight=2.0, needed=1)
    assert ours.over(all_of_them) == Given(height=3, weight=1.0, psus=1, needed=1)
    whole = outfit(Given(height=3, full_depth=False), SERVER)
    assert whole == Outfit(3, False, 20.0, 800, "maximum_draw", 2, 1, False)
