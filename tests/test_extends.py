"""`extends` and folders: environments that share their checks, inventories spread over files."""

from pathlib import Path

import pytest

from preflight.compose import Composition, compose, files_of


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def composed(here: Path, files: dict[str, str], start: str) -> Composition:
    for name, text in files.items():
        path = here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return compose(here / start, {})


def names(whole: Composition) -> list[str]:
    assert whole.problems == []
    return [check["name"] for check in whole.root["toy"]]


def problems(whole: Composition) -> list[str]:
    return [str(problem) for problem in whole.problems]


COMMON = "vars: {zone: example.com, ttl: 300}\ntoy:\n- {name: '${vars.zone}'}\n- {name: b}\n"


@pytest.mark.parametrize("parent", ["common.yaml", "common", "../here/common", "./common.yaml"])
def test_extending_a_file(here: Path, parent: str) -> None:
    here = here / "here"
    whole = composed(here, {"common.yaml": COMMON, "prod.yaml": f"extends: {parent}\ntoy: [{{name: c}}]"}, "prod.yaml")
    assert names(whole) == ["example.com", "b", "c"]


def test_what_extends_wins_and_its_vars_reach_what_it_extends(here: Path) -> None:
    files = {"common.yaml": COMMON + "allow: [a]\nenvironment: common\nhosts: {a: {user: u, address: x}, b: {}}\n"}
    files["prod.yaml"] = "extends: common\nvars: {zone: prod.com}\nenvironment: prod\nallow: [b]\nhosts: {a: {user: v}}"
    whole = composed(here, files, "prod.yaml")
    assert names(whole) == ["prod.com", "b"]
    assert whole.vars == {"zone": "prod.com", "ttl": 300}
    assert whole.root["environment"] == "prod"
    assert whole.root["allow"] == ["b"]  # only lists of mappings add up
    assert whole.root["hosts"] == {"a": {"user": "v", "address": "x"}, "b": {}}


def test_extending_a_folder_and_a_list(here: Path) -> None:
    files = {f"base/{name}.yaml": f"toy: [{{name: {name}}}]" for name in "ab"}
    files |= {"more.yml": "toy: [{name: m}]", "prod/x.yaml": "extends: [../base, ../more]\ntoy: [{name: x}]"}
    assert names(composed(here, files, "prod")) == ["a", "b", "m", "x"]


def test_a_common_ground_reached_twice_counts_once(here: Path) -> None:
    files = {"ground.yaml": "toy: [{name: g}]", "prod.yaml": "extends: [left, right]"}
    files |= {side: f"extends: ground\ntoy: [{{name: {side}}}]" for side in ("left", "right")}
    files = {name if name.endswith(".yaml") else f"{name}.yaml": text for name, text in files.items()}
    assert names(composed(here, files, "prod.yaml")) == ["g", "left", "right"]


def test_what_is_inherited_is_collected_under_the_file_that_extends(here: Path) -> None:
    files = {"common/a.yaml": "toy: [{name: a}]", "prod/dns.yaml": "extends: ../common\n", "prod/more.yaml": "{}"}
    homes = composed(here, files, "prod").homes
    assert homes[str(here / "common/a.yaml")] == here / "prod/dns.yaml"
    assert files_of(here / "prod") == [here / "prod/dns.yaml", here / "prod/more.yaml"]


@pytest.mark.parametrize(
    ("parent", "problem"),
    [
        ("comon", "there is no file or folder comon"),
        ("prod", "prod.yaml extends this inventory in turn: a circle"),
        (".", ". extends this inventory in turn: a circle"),
        ("empty", "the folder empty holds no YAML file"),
        ("a" * 300, f"there is no file or folder {'a' * 300}"),
        ("5", "should be the path of a file or folder, without ${...}"),
        ("{a: b}", "should be the path of a file or folder, without ${...}"),
        ("~", "should be the path of a file or folder, without ${...}"),
        ("'${vars.x}'", "should be the path of a file or folder, without ${...}"),
    ],
)
def test_what_cannot_be_extended(here: Path, parent: str, problem: str) -> None:
    (here / "empty").mkdir()
    whole = composed(here, {"prod.yaml": f"extends: [{parent}]"}, "prod.yaml")
    assert f"prod.yaml:1:11: extends: {problem}" in problems(whole)


def test_a_circle_over_several_files(here: Path) -> None:
    files = {"a.yaml": "extends: b", "b.yaml": "extends: c", "c.yaml": "# oh\nextends: a"}
    assert problems(composed(here, files, "a.yaml")) == [
        "c.yaml:2:10: extends: a.yaml extends this inventory in turn: a circle"
    ]


def test_files_of_a_folder_share_a_section(here: Path) -> None:
    files = {
        "prod/a.yaml": "vars: {x: 1}\nhosts: {a: {user: u}}\ntoy: [{name: a}]",
        "prod/b.yml": "vars: {y: 2}\nhosts: {b: {}}\ntoy: [{name: 'b${vars.x}'}]",
        "prod/notes.txt": "no: YAML",
        "prod/deeper/c.yaml": "toy: [{name: c}]",
    }
    whole = composed(here, files, "prod")
    assert names(whole) == ["a", "b1"]
    assert list(whole.root["hosts"]) == ["a", "b"]
    assert whole.vars == {"x": 1, "y": 2}


def test_files_of_a_folder_must_not_contradict_each_other(here: Path) -> None:
    files = {
        "prod/a.yaml": "environment: prod\nvars: {x: 1}\nhosts: {a: {user: u}}\nallow: [x]",
        "prod/b.yaml": "environment: prod\nvars: {x: 1}\nhosts: {a: {user: v}}\nallow: [y]",
    }
    twice = "; two files of one inventory cannot both define it"
    assert sorted(problems(composed(here, files, "prod"))) == [
        f"prod/b.yaml:1:1: environment: also defined at prod/a.yaml:1:1{twice}",
        f"prod/b.yaml:2:8: vars.x: also defined at prod/a.yaml:2:8{twice}",
        f"prod/b.yaml:3:13: hosts.a.user: also defined at prod/a.yaml:3:13{twice}",
        f"prod/b.yaml:4:1: allow: also defined at prod/a.yaml:4:1{twice}",
    ]
