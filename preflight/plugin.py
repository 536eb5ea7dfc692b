"""pytest's way in. Loaded in every pytest run on the machine: imports nothing until an inventory is asked for."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from preflight import selection
from preflight.selection import SELECTED

_OF_AN_INVENTORY = ("plan", "only", "against", "budget", "replay", "report")


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    selection.add_options(parser, pluginmanager)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from preflight import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Generator[None, None, None]:
    # Before pytest looks for conftest files: any later, and it would take `testpaths` for what is
    # to be collected and import tests/conftest.py during a production run.
    options = early_config.known_args_namespace
    names = selection.requested(early_config, options)
    if names:
        selection.refuse_other_configuration(early_config, options, names)
        early_config.stash[SELECTED] = selection.resolve(names, early_config)
        if not options.file_or_dir:
            paths = [str(selected.path) for selected in early_config.stash[SELECTED]]
            options.file_or_dir.extend(paths)
            args.extend(paths)
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if SELECTED in config.stash:
        from preflight import run

        run.register(config, config.stash[SELECTED])
    elif any(getattr(config.option, name) for name in _OF_AN_INVENTORY):
        raise pytest.UsageError("--plan, --only, --against, --budget, --replay and --report go with --inventory NAME")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    if config.option.plan and hasattr(config.option, "numprocesses"):
        config.option.numprocesses = None  # a plan runs nothing, so there is nothing to distribute
        config.option.dist = "no"
