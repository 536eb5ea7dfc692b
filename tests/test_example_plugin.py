"""A third party's plugin: really installed, run through `pytest --inventory`, and shown in CONTRIBUTING.md."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from preflight.errors import InventoryError
from preflight.finding import Finding, NotChecked
from preflight.kind import Batch, Domain, Kind, Sink
from preflight.model import CheckSpec
from preflight.testing import assert_serialises, observe_all, parse, spec_of

REPOSITORY = Path(__file__).parents[1]
PLUGIN = REPOSITORY / "tests" / "example_plugin"
EXAMPLE = PLUGIN / "preflight_disk" / "example.yaml"
MORE_THAN_THERE_IS = "900000 TB"

Run = Callable[..., subprocess.CompletedProcess[str]]


# The installed plugin, through the front door.


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plugin and its entry point, as pip installs them; nothing is fetched."""
    folder = tmp_path_factory.mktemp("installed")
    source = shutil.copytree(PLUGIN, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "install", *offline, "--target", str(folder / "lib"), str(source)]
    done = subprocess.run(pip, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "lib"


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    """`run("pytest", ...)`: a command of this environment with the plugin beside it, in an empty folder."""

    def run(command: str, *args: str) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
        env |= {"PYTHONPATH": str(installed), "COLUMNS": "200"}
        executable = Path(sysconfig.get_path("scripts"), command)
        return subprocess.run(
            [str(executable), *args], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120
        )

    return run


def write(folder: Path, text: str) -> None:
    (folder / "inventories").mkdir()
    (folder / "inventories" / "night.yaml").write_text(text, "utf-8")


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stdout.strip().splitlines() or [""])[-1]


def test_its_example_is_go(run: Run, tmp_path: Path) -> None:
    write(tmp_path, EXAMPLE.read_text("utf-8"))
    done = run("pytest", "--inventory", "night", "-rA")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "PASSED inventories/night.yaml::disk.space[/tmp]\n" in done.stdout
    assert last_line(done) == "PREFLIGHT verdict=GO inventory=night passed=2 failed=0 not-checked=0 waived=0 warned=0"


def test_a_full_file_system_is_no_go(run: Run, tmp_path: Path) -> None:
    write(tmp_path, f"disk: {{space: [{{path: /, free: {MORE_THAN_THERE_IS}, owner: ops, why: the release is cut}}]}}")
    done = run("pytest", "--inventory", "night")
    assert done.returncode == 1, done.stdout
    assert re.search(r"^expected +900,000 TB free on the file system of /$", done.stdout, re.M)
    assert re.search(
        r"^observed +[\d,.]+ \wB free of [\d,.]+ \wB on this machine: .* TB too little$", done.stdout, re.M
    )
    assert re.search(r"^consequence +the release is cut$", done.stdout, re.M)
    assert re.search(r"^next step +grow it or clear it out: `du -xh / ", done.stdout, re.M)
    assert re.search(r"^inventory +inventories/night.yaml:1$", done.stdout, re.M)
    assert last_line(done).startswith("PREFLIGHT verdict=NO-GO inventory=night passed=0 failed=1 ")


def test_a_path_that_is_not_there_is_incomplete(run: Run, tmp_path: Path) -> None:
    missing = "/nonexistent/www"
    write(tmp_path, f"disk: {{space: [{{path: {missing}, free: 1 kB}}, {{path: /, free: 1 kB}}]}}")
    done = run("pytest", "--inventory", "night")
    assert done.returncode == 11, done.stdout
    assert re.search(rf"^not checked +statvfs of {missing}: No such file or directory$", done.stdout, re.M)
    assert re.search(r"^next step +mount or create it, or mend `path:`", done.stdout, re.M)
    assert f"not checked  {missing} on this machine: No such file or directory: blocks 1 check" in done.stdout
    assert last_line(done).startswith("PREFLIGHT verdict=INCOMPLETE inventory=night passed=1 failed=0 not-checked=1 ")


def test_without_the_plugin_its_section_is_refused(run: Run, tmp_path: Path) -> None:
    write(tmp_path, EXAMPLE.read_text("utf-8"))
    done = run("pytest", "--inventory", "night", "-p", "no:preflight_disk")
    assert done.returncode == 4, done.stdout
    assert "inventories/night.yaml:1:1: disk: no loaded plugin has a section `disk:`" in done.stderr
    kinds = done.stderr.partition("kinds of check that can be used: ")[2]
    assert "dns.record" in kinds
    assert "disk.space" not in kinds


def test_what_is_written_wrong_is_refused_where_it_stands(run: Run, tmp_path: Path) -> None:
    write(tmp_path, "disk:\n  space:\n    - {path: var, free: 2 GB}\n    - {path: /var, fre: 2 gigs, free: 2 gigs}\n")
    done = run("pytest", "--inventory", "night")
    assert done.returncode == 4, done.stdout
    assert (
        'night.yaml:3:14: disk.space[0].path: "var" does not fit: an absolute path, any on the file system'
        in done.stderr
    )
    assert 'night.yaml:4:20: disk.space[1].fre: unknown key; did you mean "free"?' in done.stderr
    assert "night.yaml:4:39: disk.space[1].free: should be a number above 0 and a unit, such as 2 GB" in done.stderr


def test_the_schema_has_its_section(run: Run) -> None:
    done = run("preflight", "schema")
    assert done.returncode == 0, done.stderr
    schema = json.loads(done.stdout)
    assert schema["properties"]["disk"] == {"$ref": "#/$defs/Disk"}
    assert '"examples": ["2 GB", "500 MiB"]' in json.dumps(schema["$defs"]["Space"]["properties"]["free"])


# Its parts, with the helpers of preflight.testing.


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Domain:
    monkeypatch.syspath_prepend(PLUGIN)
    domain: Domain = import_module("preflight_disk.plugin").pytest_preflight_domain()
    return domain


@pytest.fixture
def section(disk: Domain) -> ModuleType:
    assert disk.name == "disk"
    return import_module("preflight_disk.section")


@pytest.mark.parametrize(
    ("wanted", "free", "observed"),
    [
        ("2 GB", 2_000_000_000, None),
        ("2 GB", 1_999_999_999, "2 GB free of 10 GB on this machine: 1 B too little"),
        ("1.5 GB", 500_000_000, "500 MB free of 10 GB on this machine: 1 GB too little"),
        ("500 MiB", 524_288_000, None),
        ("500 MiB", 524_287_000, "524.3 MB free of 10 GB on this machine: 1 kB too little"),
        ("1kB", 0, "0 B free of 10 GB on this machine: 1 kB too little"),
    ],
)
def test_judge(section: ModuleType, wanted: str, free: int, observed: str | None) -> None:
    spec = spec_of(section.SPACE, path="/var", free=wanted)
    findings = section.judge(spec, section.Room(total=10_000_000_000, free=free))
    assert [finding.observed for finding in findings] == ([] if observed is None else [observed])


@pytest.mark.parametrize(
    "size", ["2", "2 gigs", "GB", "-2 GB", "0 GB", "2 GB free", "9" * 400 + " GB", 2, None, ["2 GB"]]
)
def test_a_size_needs_a_number_and_a_unit(section: ModuleType, size: object) -> None:
    with pytest.raises(ValueError, match=r"such as 2 GB or 500 MiB \(units: TB, GB, MB, kB, TiB, GiB, MiB, KiB\)"):
        spec_of(section.SPACE, path="/var", free=size)


def test_probe(section: ModuleType, tmp_path: Path) -> None:
    paths = [tmp_path, tmp_path / "missing"]
    here, missing = observe_all(section.SPACE, *(spec_of(section.SPACE, path=str(p), free="1 kB") for p in paths))
    assert isinstance(here, section.Room)
    total, _used, free = shutil.disk_usage(tmp_path)
    assert here.total == total
    assert here.free == pytest.approx(free, rel=0.2)  # others write to it meanwhile
    assert_serialises(section.SPACE, here)
    assert isinstance(missing, NotChecked)
    assert missing.cause == f"{tmp_path}/missing on this machine: No such file or directory"


def test_parse(disk: Domain) -> None:
    checks = parse(disk, EXAMPLE.read_text("utf-8"))
    assert [check.id for check in checks] == ["disk.space[/]", "disk.space[/tmp]"]
    assert [check.spec.free for check in checks] == [50_000_000, 1_048_576]


def test_parse_refuses_what_an_inventory_refuses(disk: Domain) -> None:
    with pytest.raises(InventoryError, match=r'inventory\.yaml:1:16: disk\.space\[0\]: "free" is missing'):
        parse(disk, "disk: {space: [{path: /}]}")


# What the helpers refuse. A kind and its functions stand at module level: batches pickle.


class Question(CheckSpec):
    answer: str


@dataclass(frozen=True)
class Seen:
    answer: Any


def target(spec: Question) -> str:
    return spec.answer


def probe(batch: Batch[Question], sink: Sink) -> None:
    answers = {"seen": Seen(1), "not checked": NotChecked("dead"), "text": "text"}
    for key, spec in batch.checks:
        if spec.answer in answers:
            sink(key, answers[spec.answer])


def judge(_spec: Question, _seen: Seen) -> list[Finding]:
    return []


def contacts(_spec: Question, _shared: None) -> str:
    return "nothing"


QUESTION = Kind("test.question", Question, Seen, target, probe, judge, contacts)


def ask(kind: Kind[Question, Seen], *answers: str) -> list[Seen | NotChecked]:
    return observe_all(kind, *(spec_of(kind, answer=answer) for answer in answers))


def test_observe_all_keeps_the_order_of_the_specs() -> None:
    assert ask(QUESTION, "not checked", "seen") == [NotChecked("dead"), Seen(1)]


@pytest.mark.parametrize("answer", ["text", "none"])
def test_observe_all_refuses_what_is_no_observation(answer: str) -> None:
    with pytest.raises(AssertionError, match=f"the probe of test.question handed in .* for {answer}"):
        ask(QUESTION, "seen", answer)


def test_observe_all_refuses_what_does_not_pickle() -> None:
    with pytest.raises((AttributeError, pickle.PicklingError)):
        ask(replace(QUESTION, probe=lambda batch, sink: probe(batch, sink)), "seen")


@pytest.mark.parametrize(("answer", "way"), [((1, 2), "JSON"), (1.0, None)])
def test_assert_serialises(answer: object, way: str | None) -> None:
    if way is None:
        assert_serialises(QUESTION, Seen(answer))
        return
    with pytest.raises(AssertionError, match=f"came back from {way} as"):
        assert_serialises(QUESTION, Seen(answer))


# CONTRIBUTING.md shows this plugin, and the map of the core.

CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.M | re.S)


def shown_files() -> list[tuple[str, str]]:
    """(file name, code) of each fenced block with a title, as in `python title="tests/some.py"`."""
    fences = [(re.search(r' title="(.+)"$', fence["info"]), fence["code"]) for fence in FENCE.finditer(CONTRIBUTING)]
    return [(title[1], code) for title, code in fences if title]


def test_every_block_of_code_says_what_file_it_is_from() -> None:
    infos = [fence["info"] for fence in FENCE.finditer(CONTRIBUTING)]
    assert [info for info in infos if not re.search(r' title="[^"]+"$|^console$', info)] == []
    shown = {Path(name).name for name, _ in shown_files()}
    assert shown >= {"spec.py", "probe.py", "judge.py", "section.py", "plugin.py", "pyproject.toml", "example.yaml"}


@pytest.mark.parametrize(("name", "code"), shown_files())
def test_code_shown_is_the_code(name: str, code: str) -> None:
    assert code in (REPOSITORY / name).read_text("utf-8")


def test_the_map_names_every_module_of_the_core() -> None:
    core = REPOSITORY / "preflight"
    modules = {str(file.relative_to(core)) for file in core.rglob("*.py") if file.name != "__init__.py"}
    map_of_the_core = CONTRIBUTING.partition("## The core")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `([\w/]+\.py)`", map_of_the_core, re.M))
    assert named == modules
