"""The rules of the layout, held by tests: who may import whom, what is loaded when, how large things get."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, Site

CORE = sorted((ROOT / "preflight").rglob("*.py"))
PLUGINS = sorted(folder for folder in (ROOT / "plugins").iterdir() if (folder / "plugin.py").exists())
DOMAINS = [folder.name for folder in PLUGINS]
SHIPPED = [*CORE, *(f for p in PLUGINS for f in sorted(p.rglob("*.py")) if "tests" not in f.relative_to(p).parts)]
TESTS = sorted(file for folder in (ROOT / "tests", *PLUGINS) for file in folder.rglob("*.py") if file not in SHIPPED)
HEAVY = {"pydantic", "yaml", "dns", "paramiko", "sqlalchemy", "testinfra", "asyncio", "ssl", "rich", "jinja2",
         "securesystemslib"}  # fmt: skip
# What does I/O, tells the time or runs something: nothing for a judge.
IMPURE = {"asyncio", "datetime.now", "http", "os", "pathlib", "random", "selectors", "shutil", "socket", "ssl",
          "subprocess", "tempfile", "threading", "time", "urllib.request", "dns.query", "dns.resolver",
          "dns.asyncquery"}  # fmt: skip


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    """The modules a file imports, `from a import b` as both `a` and `a.b`, at any depth."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level or "tests" in path.parts, f"{name(path)}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def test_the_core_imports_no_plugin() -> None:
    assert [name(path) for path in CORE if any(module.startswith("preflight_") for module in imports(path))] == []


@pytest.mark.parametrize("plugin", PLUGINS, ids=name)
def test_a_plugin_imports_no_other_plugin(plugin: Path) -> None:
    others = set(DOMAINS) - {plugin.name}
    files = [file for file in plugin.rglob("*.py") if "tests" not in file.parts]
    assert [(name(file), module) for file in files for module in imports(file) if within(module, others)] == []


@pytest.mark.parametrize("judge", [path for path in SHIPPED if path.name == "judge.py"], ids=name)
def test_a_judge_does_no_io(judge: Path) -> None:
    assert [module for module in imports(judge) if within(module, IMPURE)] == []
    calls = [node.func for node in ast.walk(ast.parse(judge.read_text())) if isinstance(node, ast.Call)]
    assert not {"open", "print", "input", "exec", "eval"} & {call.id for call in calls if isinstance(call, ast.Name)}


def loaded(code: str, cwd: Path) -> set[str]:
    """The modules of HEAVY that are loaded after `code`, in a process of its own."""
    code = f"{code}\nimport sys; print('LOADED', *{HEAVY!r} & sys.modules.keys())"
    run = subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=True)
    return set(run.stdout.rpartition("LOADED")[2].split())


@pytest.mark.parametrize("module", ["preflight.plugin", "preflight.hookspecs", *(f"{p}.plugin" for p in DOMAINS)])
def test_a_plugin_module_loads_nothing_heavy(module: str, tmp_path: Path) -> None:
    # pytest itself is not asked: importing it loads none of these either
    assert loaded(f"import {module}", tmp_path) == set()


def test_a_run_without_an_inventory_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own(): pass")
    others = " ".join(f"-p no:{plugin}" for plugin in ("pytest11.testinfra", "xdist", "hypothesispytest", "randomly"))
    assert loaded(f"import pytest; assert pytest.main('-q {others}'.split()) == 0", tmp_path) == set()


def test_an_inventory_loads_only_the_domains_it_has(site: Site) -> None:
    site.things("name: a")
    args = "--inventory toy -p no:pytest11.testinfra -p no:xdist"
    code = f"import pytest; assert pytest.main('{args}'.split()) == 0"
    assert loaded(code, site.path) <= {"pydantic", "yaml"}


# The ways to a host are read apart, when one of them is the matter: what `connect` and `run` do takes 250 lines
# (remote.py, stream.py), what `forward` does 200 (remote.py, ssh/forward.py), the rest is the thirty ways in which it
# can go wrong, each with its own sentence.
WAYS = {"remote.py", "stream.py", "bootstrap.py", "commandline.py"}


def _is_way(path: Path) -> bool:
    return path.name in WAYS or path.parent.name == "ssh"


# What is said of a run, and what is kept of it, are read apart: neither decides anything.
LEDGER, REPORT = ROOT / "preflight" / "ledger", ROOT / "preflight" / "report"


def test_the_core_can_be_read_in_an_hour() -> None:
    # Of these, 90 are for two environments in one run: `--against`, the other inventory, and what there is to compare;
    # 40 for what checks have to show, 110 for waivers and what a check is known by, 120 for commands on a run, 25 for
    # new files that options name, and 200 for what has to have passed elsewhere before, and for what earlier runs saw.
    core = (path for path in CORE if not (_is_way(path) or path.is_relative_to(LEDGER) or path.is_relative_to(REPORT)))
    assert sum(map(_lines_of_code, core)) <= 2970


def test_the_ledger_can_be_read_in_half_an_hour() -> None:
    # Keeping it takes 340, reading, naming and comparing 300, signing 130, replaying 80, finding earlier runs 70.
    assert sum(_lines_of_code(path) for path in CORE if path.is_relative_to(LEDGER)) <= 960


def test_the_reports_can_be_read_in_an_hour() -> None:
    # A terminal's takes 500, its tables 150, those of a run by its ledger (status, board, GitHub, a log's heartbeat)
    # 340, the files of `--report` 1,200: `report/document.py` says what they hold. 35 are what figures are made of.
    assert sum(_lines_of_code(path) for path in CORE if path.is_relative_to(REPORT)) <= 2315


def test_the_ways_to_a_host_take_half_an_hour_more() -> None:
    assert sum(_lines_of_code(path) for path in CORE if _is_way(path)) <= 1300


def _lines_of_code(path: Path) -> int:
    """Lines that are neither blank nor comment nor docstring."""
    text = path.read_text()
    prose: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            prose |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    lines = enumerate(text.splitlines(), 1)
    return sum(1 for number, line in lines if number not in prose and re.match(r"\s*[^\s#]", line))


# It is sent to hosts as it is, as one file.
SHIPPED_AS_ONE = ROOT / "plugins" / "preflight_ports" / "prober.py"


def test_modules_are_short_and_named_for_what_they_do() -> None:
    long = [path for path in SHIPPED if len(path.read_text().splitlines()) > 300]
    assert [name(path) for path in long if path != SHIPPED_AS_ONE] == []
    assert [name(path) for path in SHIPPED if re.search(r"util|helper|manager|common|misc", path.stem)] == []


def test_no_test_replaces_sockets_or_the_clock() -> None:
    mocks = {"unittest.mock", "mock", "freezegun", "responses"}
    assert [name(path) for path in TESTS if any(within(module, mocks) for module in imports(path))] == []
    replaced = re.compile(r"monkeypatch\.setattr\(\s*[\"']?(?:socket|time|select|asyncio|subprocess)\b")
    assert [name(path) for path in TESTS if path != Path(__file__) and replaced.search(path.read_text())] == []
