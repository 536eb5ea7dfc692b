"""Every folder under plugins/ is a plugin that is complete, registered, loaded, and shown by its example."""

import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT, Site

PLUGINS = sorted(folder for folder in (ROOT / "plugins").iterdir() if folder.name.startswith("preflight_"))


def name(path: Path) -> str:
    return path.name


def test_folders_entry_points_and_loaded_plugins_are_the_same(site: Site) -> None:
    folders = {folder.name for folder in PLUGINS}
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    assert declared == {"preflight": "preflight.plugin"} | {folder: f"{folder}.plugin" for folder in folders}
    site.write(
        """
        def pytest_report_header(config):
            return [f"LOADED {name}" for name, _ in config.pluginmanager.list_name_plugin()]
        """,
        "conftest.py",
    )
    loaded = {line.removeprefix("LOADED ") for line in site.pytest().outlines if line.startswith("LOADED preflight_")}
    assert loaded == folders


@pytest.mark.parametrize("plugin", PLUGINS, ids=name)
def test_a_plugin_folder_is_complete(plugin: Path) -> None:
    needed = {"README.md", "example.yaml", "plugin.py", "spec.py", "probe.py", "tests", "py.typed"}
    assert needed - {entry.name for entry in plugin.iterdir()} == set()
    # One for all of its kinds, or one in the folder of each.
    assert [*plugin.glob("judge.py"), *plugin.glob("*/judge.py")]


@pytest.mark.parametrize("plugin", PLUGINS, ids=name)
def test_its_example_goes_through_the_front_door(site: Site, plugin: Path) -> None:
    result = site.pytest("--inventory", str(plugin / "example.yaml"), "--plan")
    assert result.ret == 0
    result.stdout.re_match_lines([r"plan of inventory example, phase before: [1-9]\d* checks?; nothing has been run"])


@pytest.mark.parametrize("plugin", PLUGINS, ids=name)
def test_its_section_without_it_is_a_mistake(site: Site, plugin: Path) -> None:
    result = site.pytest("--inventory", str(plugin / "example.yaml"), "-p", f"no:{plugin.name}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*example.yaml:*: no loaded plugin has a section *"])


@pytest.mark.parametrize("inventory", ["demo", "staging", "prod"])
def test_an_inventory_that_comes_with_it_can_be_used(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, inventory: str
) -> None:
    monkeypatch.chdir(ROOT)
    result = pytester.run(sys.executable, "-m", "pytest", "--inventory", inventory, "--co", "-q")
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"inventories/{inventory}/*.yaml::*[[]*]"])
