"""`--inventory NAME|PATH`: from what a person types to a path, before pytest decides what to collect."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.config.findpaths import locate_config

from preflight.source import SUFFIXES

ANSIBLE_PLUGIN = "pytest-ansible"  # its name as a pytest plugin and as a distribution


@dataclass(frozen=True, slots=True)
class Selected:
    """An inventory someone asked for: the name it is reported under, and its file or folder."""

    name: str
    path: Path


SELECTED = pytest.StashKey[list[Selected]]()  # those of this run; not there without one


def add_options(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    group = parser.getgroup("preflight", "preflight: may we go?")
    flags = ["--preflight-inventory"]
    if not _ansible_registers_inventory(pluginmanager):
        flags.insert(0, "--inventory")
    group.addoption(
        *flags,
        dest="preflight_inventory",
        action="append",
        default=[],
        metavar="NAME|PATH",
        help="check this inventory: inventories/NAME.yaml, inventories/NAME/ or a path (repeatable)",
    )
    group.addoption(
        "--phase", choices=("before", "during", "after"), default="before", help="of the cutover (%(default)s)"
    )
    group.addoption("--only", action="append", default=[], metavar="DOMAIN", help="check this domain only (repeatable)")
    group.addoption(
        "--plan", action="store_true", help="print what would be contacted, from where and as whom; run nothing"
    )
    group.addoption(
        "--against",
        metavar="NAME|PATH|local|ledger:RUN",
        help="compare with this inventory, this machine, or what a run saw",
    )
    group.addoption("--budget", metavar="DURATION", help="what is not observed by then is not checked: 90s, 5m")
    group.addoption("--replay", metavar="RUN", help="judge what a recorded run has seen again; ask nobody")
    group.addoption(
        "--report", action="append", default=[], metavar="FILE", help="write a report: .html, .md or .json (repeatable)"
    )
    group.addoption("--runs", metavar="FOLDER", help="where the evidence of runs is kept (.preflight/runs)")
    parser.addini("preflight_runs", "folder of the evidence of runs (.preflight/runs)", default=".preflight/runs")
    parser.addini(
        "preflight_heartbeat", "where there is no terminal: silence before a run says what it waits for", default="30s"
    )
    parser.addini("preflight_inventories", "folder of the inventories (inventories)", default="inventories")


def runs_folder(config: pytest.Config) -> Path:
    """Where runs are kept: `--runs`, or the ini option `preflight_runs` from the ini-file's or the working folder."""
    if config.option.runs:
        return Path(config.invocation_params.dir / Path(config.option.runs).expanduser())
    base = config.inipath.parent if config.inipath else config.invocation_params.dir
    return Path(base / config.getini("preflight_runs"))


def runs_nothing(config: pytest.Config) -> bool:
    """`--plan`, and pytest's own `--collect-only`."""
    return bool(config.option.plan or config.option.collectonly)


def configured(option: str, start: Path) -> Path | None:
    """The folder that pytest's configuration names by an ini option, for who is no test run; None if it names none.

    Raises:
        pytest.UsageError: the file that pytest would read cannot be read.
    """
    _, file, options, *_ = locate_config(start, [start])
    value = options.get(option)
    # Text until pytest 8; since then with its origin.
    return None if file is None or value is None else file.parent / str(getattr(value, "value", value))


def refuse_other_configuration(config: pytest.Config, options: Any, names: Sequence[str]) -> None:
    """pytest looks for its configuration before it knows our options: it takes `--runs /srv/runs` for a path to test.

    Raises:
        pytest.UsageError: because of that, it has not read the configuration of this folder.
    """
    here = config.invocation_params.dir
    if options.file_or_dir or options.inifilename or any(Path(here, name).exists() for name in names):
        return
    _, file, *_ = locate_config(here, [here])
    if file is not None and file != config.inipath:
        what = "pytest has taken a path behind one of --runs, --report, --replay and --against for one to test, and so"
        raise pytest.UsageError(f"{what} has not read {file}: write it with `=`, such as --report=/tmp/prod.html")


def is_strict(config: pytest.Config) -> bool:
    """Whether conditions are no GO: `--strict` on the command line, an option that pytest itself has."""
    return bool(getattr(config.option, "strict", False))


def _ansible_registers_inventory(pluginmanager: pytest.PytestPluginManager) -> bool:
    # pytest-ansible registers --inventory too, and a second registration stops pytest. Which of the
    # two is loaded first is not defined, so this asks what is going to be loaded.
    if pluginmanager.is_blocked(ANSIBLE_PLUGIN):
        return False
    if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        return pluginmanager.hasplugin(ANSIBLE_PLUGIN) or pluginmanager.hasplugin("pytest_ansible.plugin")
    try:
        importlib.metadata.distribution(ANSIBLE_PLUGIN)
        importlib.metadata.distribution("ansible-core")  # without it, pytest-ansible adds no options
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def requested(config: pytest.Config, options: object) -> list[str]:
    """What was asked for, as typed; also through pytest-ansible's own `--inventory`."""
    names: list[str] = list(getattr(options, "preflight_inventory", None) or [])
    if not config.pluginmanager.hasplugin(ANSIBLE_PLUGIN):
        return names
    theirs = getattr(options, "ansible_inventory", None)
    given = any(arg.split("=")[0] == "--inventory" for arg in config.invocation_params.args)
    if given and isinstance(theirs, str) and not _is_ansibles(theirs):
        names.insert(0, theirs)
    return names


def _is_ansibles(inventory: str) -> bool:
    """True for what only Ansible can mean by it: a host list, or its own kind of file."""
    return "," in inventory or Path(inventory).suffix in (".ini", ".cfg") or inventory == "/etc/ansible/hosts"


def resolve(names: Sequence[str], config: pytest.Config) -> list[Selected]:
    """Find each inventory.

    Raises:
        pytest.UsageError: there is none of that name, or there are two; the message says what there is.
    """
    folders, here = _folders(config), config.invocation_params.dir
    found: list[Selected] = []
    for name in names:
        at = next(filter(None, (_all(name, folder) for folder in folders)), None) or _there(name, here)
        if not at:
            where = os.path.relpath(folders[0]) if folders[0].is_relative_to(Path.cwd()) else folders[0]
            raise pytest.UsageError(f"there is no inventory {name!r} in {where}/; {_instead(name, folders, config)}")
        if len(at) > 1:  # of a file that has become a folder, say: the tests that stand in there would not be run
            paths = " and ".join(os.path.relpath(each.path) for each in at)
            raise pytest.UsageError(f"inventory {name!r} is both {paths}: take one away, or ask for one by its path")
        selected = at[0]
        twin = next((other for other in found if other.name == selected.name), None)
        if twin is None:
            found.append(selected)
        elif twin.path.resolve() != selected.path.resolve():
            paths = f"{os.path.relpath(twin.path)}, {os.path.relpath(selected.path)}"
            raise pytest.UsageError(f"two inventories are called {selected.name}: {paths}; check them in two runs")
    return found


def _folders(config: pytest.Config) -> list[Path]:
    folder = config.getini("preflight_inventories")
    bases = [*([config.inipath.parent] if config.inipath else ()), config.invocation_params.dir]
    return list(dict.fromkeys(base / folder for base in bases))


def _instead(name: str, folders: Sequence[Path], config: pytest.Config) -> str:
    """What to write, or to do, where there is no inventory of that name."""
    from preflight.nearest import did_you_mean

    folder = config.getini("preflight_inventories")
    for above in config.invocation_params.dir.parents:
        if _all(name, above / folder):
            return f"there is one further up: run pytest in {os.path.relpath(above)}"
    known = {each for folder in folders if folder.is_dir() for each in _names(folder)}
    return did_you_mean(Path(name).stem, known).removeprefix("; ") or "there are none yet"


def find(name: str, folder: Path) -> Path | None:
    """An inventory by its name in the folder of inventories, here or further up, or by its path; without pytest."""
    here = Path.cwd()
    at = next(filter(None, (_all(name, base / folder) for base in (here, *here.parents))), None) or _there(name, here)
    return at[0].path if at else None


def _all(name: str, folder: Path) -> list[Selected]:
    if not name or os.sep in name or name.endswith(SUFFIXES):
        return []
    paths = (*(folder / f"{name}{suffix}" for suffix in SUFFIXES), folder / name)
    return [Selected(name, path) for path in paths if _is_one(path)]


def _there(name: str, folder: Path) -> list[Selected]:
    path = Path(os.path.normpath(folder / Path(name).expanduser()))
    return [Selected(path.stem if path.is_file() else path.name, path)] if name and _is_one(path) else []


def _is_one(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and any(file.suffix in SUFFIXES for file in path.iterdir()))


def _names(folder: Path) -> list[str]:
    return [one.name for e in folder.iterdir() if e.is_dir() or e.suffix in SUFFIXES for one in _there(e.name, folder)]
