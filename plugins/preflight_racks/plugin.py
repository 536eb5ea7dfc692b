"""Offers the domain `racks` to preflight. Imports nothing else until an inventory has a `racks:` section."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from preflight.kind import Domain, Section


def _load() -> Section:
    from preflight_racks.section import SECTION

    return SECTION


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_domain() -> Domain:
    from preflight.kind import Domain

    return Domain(name="racks", section="racks", load=_load)


@pytest.hookimpl
def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("preflight", "preflight: may we go?")
    group.addoption(
        "--placement", metavar="FILE", help="write where planned devices go to FILE, as CSV for the trolley"
    )
    group.addoption("--placement-netbox", metavar="FILE", help="write the same to FILE, as CSV for NetBox's import")


@pytest.hookimpl
def pytest_configure(config: pytest.Config) -> None:
    wanted = config.getoption("--placement", None) or config.getoption("--placement-netbox", None)
    if wanted and not hasattr(config, "workerinput"):
        from preflight_racks.writing import Writing

        config.pluginmanager.register(Writing(config), "preflight-placement")
