"""A placement as CSV: read back, and written by a run."""

from __future__ import annotations

import csv
import io
import resource
from dataclasses import replace
from pathlib import Path

import pytest

import preflight.run  # noqa: F401  what is imported here is not imported again in every run inside this process
import preflight_racks.tests.shelves  # noqa: F401
from preflight_racks.demand import Leg, Place
from preflight_racks.export import NETBOX, TROLLEY, Group, as_csv, as_netbox_csv, lacking
from preflight_racks.room import Feed, Rack
from preflight_racks.tests.cabinets import HOSTILE, PHOENIX, PLACES, R12, R13, STORAGE, device, place, seen
from preflight_racks.writing import Target

DELL = replace(PHOENIX, manufacturer="Dell", model="PowerEdge R650")
GROUPS = [Group(seen(STORAGE, others=(PHOENIX,))), Group(seen(DELL), "server")]


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def column(name: str, text: str) -> list[str]:
    return [row[name] for row in csv.DictReader(io.StringIO(text))]


def test_the_list_for_the_trolley() -> None:
    assert read(as_csv(GROUPS)) == [
        list(TROLLEY),
        ["R13", "5", "1", "front", "phoenix-4", "dell-r650", "21.5", "500", "A+B/L1", "", "", ""],
        ["R12", "1", "1", "front", "phoenix-1", "dell-r650", "21.5", "500", "A+B/L1", "", "dc1", "room-1"],
        ["R12", "2", "1", "front", "phoenix-2", "dell-r650", "21.5", "500", "A+B/L1", "", "dc1", "room-1"],
        ["R12", "3", "1", "front", "phoenix-3", "dell-r650", "21.5", "500", "B/L2+C/L3-L1", "blank-1", "dc1", "room-1"],
        ["R12", "9", "2", "rear", "storage-1", "nas", "", "", "", "", "dc1", "room-1"],
    ]


def test_netbox_is_given_the_columns_of_its_import() -> None:
    assert read(as_netbox_csv(GROUPS[1:])) == [
        ["name", "role", "manufacturer", "device_type", "status", "site", "location", "rack", "position", "face"],
        ["phoenix-4", "server", "Dell", "PowerEdge R650", "planned", "", "", "R13", "5", "front"],
        ["phoenix-1", "server", "Dell", "PowerEdge R650", "planned", "dc1", "room-1", "R12", "1", "front"],
        ["phoenix-2", "server", "Dell", "PowerEdge R650", "planned", "dc1", "room-1", "R12", "2", "front"],
        ["phoenix-3", "server", "Dell", "PowerEdge R650", "planned", "dc1", "room-1", "R12", "3", "front"],
    ]


def test_racks_are_in_the_order_in_which_one_comes_by() -> None:
    racks = [("b", "", "R1"), ("a", "y", "R1"), ("a", "x", "R12"), ("a", "x", "R2"), ("a", "x", "R2b")]
    observation = seen(
        racks=tuple(Rack(f"{name}{site}", 9, site=site, location=location) for site, location, name in racks),
        places=tuple(place("phoenix", number, f"{name}{site}", 1) for number, (site, _, name) in enumerate(racks[::2])),
    )
    assert column("rack", as_csv([Group(observation)])) == ["R2ba", "R12a", "R1b"]


@pytest.mark.parametrize(("descending", "units"), [(False, ["1", "2.5", "10"]), (True, ["10", "2.5", "1"])])
def test_a_rack_is_filled_from_the_bottom(descending: bool, units: list[str]) -> None:
    places = tuple(place("phoenix", number, "R", unit) for number, unit in enumerate((10, 1, 2.5)))
    text = as_csv([Group(seen(racks=(Rack("R", 12, descending=descending),), places=places))])
    assert column("unit", text) == units
    assert (
        column("position", as_netbox_csv([Group(seen(racks=(Rack("R", 12, descending=descending),), places=places))]))
        == units
    )


@pytest.mark.parametrize(
    ("feed", "leg", "expected"),
    [
        (Feed("A"), "", "A"),
        (Feed("A", phases=3), "C", "A/L3"),
        (Feed("A", phases=3, wiring="delta"), "B", "A/L2-L3"),
        (Feed("other"), "B", "A/L2"),
    ],
)
def test_feeds(feed: Feed, leg: Leg, expected: str) -> None:
    places = (Place("phoenix", 1, "R", 2, plugs=(("A", leg),)),)
    assert column("feeds", as_csv([Group(seen(racks=(Rack("R", 1, feeds=(feed,)),), places=places))])) == [expected]


def test_what_is_not_known_is_empty_and_never_zero() -> None:
    unknown = Group(seen(replace(PHOENIX, weight=None, draw=None)))
    for name in ("weight kg", "draw W"):
        assert set(column(name, as_csv([unknown]))) == {""}
    known = Group(seen(replace(PHOENIX, weight=0.0, draw=1 / 3)))
    assert set(column("weight kg", as_csv([known]))) == {"0"}
    assert set(column("draw W", as_csv([known]))) == {"0.333"}


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", " =1", "\uff1d1", "=cmd|' /C calc'!A0"])
def test_what_looks_like_a_formula_is_none_on_the_trolley_and_is_left_to_netbox(name: str) -> None:
    rack = Rack(name, 3, site=name, location=name, devices=(device(name, 1, blank=True),))
    places = (Place(name, 1, name, 2, plugs=((name, ""),)),)
    group = Group(seen(replace(DELL, name=name, type=name), (rack,), places), name)
    (row,) = csv.DictReader(io.StringIO(as_csv([group])))
    for cell in ("rack", "name", "type", "feeds", "take out first", "site", "location"):
        assert row[cell].startswith(f"'{name}")
    (row,) = csv.DictReader(io.StringIO(as_netbox_csv([group])))
    assert (row["rack"], row["name"], row["role"], row["site"]) == (name, f"{name}-1", name, name)


def test_hostile_names_are_one_line_on_the_trolley_and_come_back_from_netbox_as_they_are() -> None:
    group = Group(seen(replace(DELL, name=HOSTILE), (R12,), (Place(HOSTILE, 1, "R12", 2),)))
    assert all(line.isprintable() for line in as_csv([group]).splitlines())
    assert column("name", as_netbox_csv([group])) == [f"{HOSTILE}-1"]


@pytest.mark.parametrize(
    ("racks", "header", "cells"),
    [
        ([("R1", "x", "https://n/dcim/racks/7/")], "rack", ["R1"]),
        ([("x/R1", "x", "https://n/dcim/racks/7/"), ("R2", "", "https://n/dcim/racks/8/")], "rack.id", ["8", "7"]),
        ([("R1#7", "x", "https://n/dcim/racks/7/")], "rack.id", ["7"]),
        ([("x/R1", "x", "inventories/prod.yaml:7")], "rack", ["x/R1"]),
        ([("R1#", "x", "inventories/prod.yaml:7")], "rack", ["R1#"]),
    ],
)
def test_racks_whose_name_may_not_be_netbox_s_go_by_its_id(
    racks: list[tuple[str, str, str]], header: str, cells: list[str]
) -> None:
    observation = seen(
        racks=tuple(Rack(name, 1, location=location, origin=origin) for name, location, origin in racks),
        places=tuple(place("phoenix", number, name, 1) for number, (name, _, _) in enumerate(racks)),
    )
    assert column(header, as_netbox_csv([Group(observation)])) == cells


def test_what_netbox_refuses_to_be_without_is_named() -> None:
    assert lacking(GROUPS[1]) == ["site"]
    assert lacking(Group(seen(PHOENIX, (R12,), PLACES[:1]))) == ["role", "manufacturer", "device_type"]
    assert lacking(Group(seen(DELL, (R12,), PLACES[:1]), "server")) == []
    assert lacking(Group(seen(DELL, (R12, R13), ()), "server")) == []


def test_places_in_racks_that_were_not_kept_are_no_rows() -> None:
    assert len(read(as_csv([Group(seen(racks=(R13,)))]))) == 2


def test_the_columns_are_netbox_s() -> None:
    """Of `DeviceImportForm`, NetBox 4.2: others are refused."""
    assert set(NETBOX) <= {
        "name", "role", "tenant", "manufacturer", "device_type", "platform", "serial", "asset_tag", "status", "site",
        "location", "rack", "position", "face", "latitude", "longitude", "parent", "device_bay", "airflow",
        "virtual_chassis", "vc_position", "vc_priority", "cluster", "description", "config_template", "comments",
        "tags",
    }  # fmt: skip


PLUGINS = [
    "-ppreflight_racks.tests.shelves",
    "-pno:randomly",
    "-pno:rerunfailures",
    "-pno:cacheprovider",
    "-pno:timeout",
]


class Runs:
    """pytest with an inventory of shelves."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester

    def shelves(self, *shelves: str) -> None:
        folder = self.pytester.path / "inventories"
        folder.mkdir(exist_ok=True)
        (folder / "prod.yaml").write_text("shelves:\n" + "".join(f"- {{{one}}}\n" for one in shelves))

    def check(self, *args: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess(*PLUGINS, "--inventory", "prod", *args)

    def rows(self, file: str = "places.csv") -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(Path(self.pytester.path / file).read_text("utf-8-sig"))))


@pytest.fixture(name="runs")
def _runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Runs:
    monkeypatch.setenv("COLUMNS", "110")
    runs = Runs(pytester)
    runs.shelves("name: web, role: server", "name: db, role: server")
    return runs


def test_a_run_writes_both_files(runs: Runs) -> None:
    result = runs.check("--placement", "places.csv", "--placement-netbox", "netbox.csv")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["4 places are written to places.csv", "4 places are written to netbox.csv"])
    result.stdout.no_fnmatch_line("*NOT *")
    result.stdout.no_fnmatch_line("*NetBox refuses*")
    assert [row["name"] for row in runs.rows()] == ["web-1", "db-1", "web-2", "db-2"]
    assert [row["device_type"] for row in runs.rows("netbox.csv")] == ["R650"] * 4
    # A spreadsheet knows by its mark that it is UTF-8; NetBox knows anyway.
    assert (runs.pytester.path / "places.csv").read_bytes()[:3] == b"\xef\xbb\xbf"
    assert (runs.pytester.path / "netbox.csv").read_bytes()[:4] == b"name"


def test_what_the_file_does_not_show_is_said(runs: Runs) -> None:
    runs.shelves(
        "name: web, sees: part", "name: db, sees: unsure", "name: nas, sees: no-answer", "name: dns, sees: nothing"
    )
    result = runs.check("--placement", "places.csv")
    result.stdout.fnmatch_lines([
        "3 places are written to places.csv",
        "NOT COMPLETE: web: 1 of 2 have a place",
        "NOT SURE: db: R12: power: 9 of 15 devices have no draw",
        "NOT COMPLETE: dns: 0 of 2 have a place",
        "NOT CHECKED: nas: none of it is written",
    ])  # fmt: skip
    result.stdout.no_fnmatch_line("*NetBox refuses*")
    assert [row["name"] for row in runs.rows()] == ["web-1", "db-1", "db-2"]


def test_a_run_that_ends_early_says_what_it_did_not_come_to(runs: Runs) -> None:
    runs.shelves("name: web, sees: part", "name: db")
    result = runs.check("-x", "--placement", "places.csv")
    result.stdout.fnmatch_lines(["1 place is written to places.csv", "NOT COMPLETE: web: *", "NOT CHECKED: db: *"])


def test_what_netbox_would_refuse_is_said(runs: Runs) -> None:
    runs.shelves("name: web")
    runs.check("--placement-netbox", "netbox.csv").stdout.fnmatch_lines(["NetBox refuses web: fill in role"])


def test_without_places_nothing_is_written(runs: Runs) -> None:
    runs.shelves("name: web, sees: nothing")
    result = runs.check("--placement", "places.csv")
    result.stdout.fnmatch_lines(["--placement places.csv: nothing has a place, and nothing is written"])
    assert not (runs.pytester.path / "places.csv").exists()


def test_without_the_options_nothing_is_said_or_written(runs: Runs) -> None:
    runs.shelves("name: web, sees: part")
    runs.check().stdout.no_fnmatch_line("*NOT COMPLETE*")


def test_secrets_are_not_written(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hush-hush")
    runs.shelves("name: web, role: '${env:TOKEN}', device: 'the-hush-hush', sees: part")
    result = runs.check("--placement", "places.csv", "--placement-netbox", "netbox.csv")
    for text in (
        str(result.stdout),
        *((runs.pytester.path / file).read_text() for file in ("places.csv", "netbox.csv")),
    ):
        assert "hush" not in text
        assert "***" in text


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--placement", "there.csv"], "--placement there.csv: it is there already: name a new file"),
        (["--placement-netbox", "there.csv"], "--placement-netbox there.csv: it is there already: name a new file"),
        (["--placement", "dangling.csv"], "--placement dangling.csv: it is there already: name a new file"),
        (["--placement", "new.csv", "-n2"], "--placement writes what one process has seen: leave -n out"),
        (["--placement-netbox", "new.csv", "--plan"], "--placement-netbox writes what was placed, and *"),
        (["--placement", "new.csv", "--co"], "--placement writes what was placed, and nothing would be"),
        (["--placement", "new.csv", "--placement-netbox", "./new.csv"], "* name one file: name two"),
    ],
)  # fmt: skip
def test_refused(runs: Runs, args: list[str], message: str) -> None:
    there = runs.pytester.path / "there.csv"
    there.write_text("mine")
    (runs.pytester.path / "dangling.csv").symlink_to("new.csv")
    result = runs.check(*args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])
    assert there.read_text() == "mine"
    assert not (runs.pytester.path / "new.csv").exists()


def test_without_an_inventory_it_is_refused(runs: Runs) -> None:
    (runs.pytester.path / "test_own.py").write_text("def test(): pass")
    result = runs.pytester.runpytest_inprocess(*PLUGINS, "--placement-netbox", "new.csv")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --placement-netbox goes with --inventory NAME"])


def test_a_file_that_cannot_be_written_leaves_the_verdict_and_the_other_file(runs: Runs) -> None:
    result = runs.check("--placement", "missing/new.csv", "--placement-netbox", "netbox.csv")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["--placement missing/new.csv: No such file or directory: nothing is written"])
    assert len(runs.rows("netbox.csv")) == 4


def test_a_disk_that_is_full_leaves_no_half_file(tmp_path: Path) -> None:
    """A limit on the size of files is a full disk for one process."""
    target = Target("--placement", tmp_path / "places.csv", as_csv, "utf-8-sig")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            target.write("x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not target.file.exists()


def test_a_file_that_somebody_wrote_meanwhile_is_left_alone(tmp_path: Path) -> None:
    target = Target("--placement", tmp_path / "places.csv", as_csv, "utf-8-sig")
    target.file.write_text("mine")
    with pytest.raises(FileExistsError):
        target.write("x")
    assert target.file.read_text() == "mine"
