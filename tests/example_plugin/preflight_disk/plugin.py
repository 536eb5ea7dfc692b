"""Offers the domain `disk` to preflight. Imports pydantic only when an inventory has a `disk:` section."""

import pytest

from preflight.kind import Domain, Section


def _load() -> Section:
    from preflight_disk.section import SECTION

    return SECTION


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_domain() -> Domain:
    return Domain(name="disk", section="disk", load=_load)
