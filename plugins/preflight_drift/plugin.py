"""Offers the domain `drift` to preflight. Imports nothing else until an inventory has a `drift:` section."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from preflight.kind import Domain, Section


def _load() -> Section:
    from preflight_drift.section import SECTION

    return SECTION


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_domain() -> Domain:
    from preflight.kind import Domain

    return Domain(name="drift", section="drift", load=_load)


@pytest.hookimpl
def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("preflight", "preflight: may we go?")
    group.addoption("--accept-drift", metavar="FILE", help="write the present differences to FILE, as rules to edit")


@pytest.hookimpl
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--accept-drift", None) and not hasattr(config, "workerinput"):
        from preflight_drift.accept import Accepting

        config.pluginmanager.register(Accepting(config), "preflight-accept-drift")
