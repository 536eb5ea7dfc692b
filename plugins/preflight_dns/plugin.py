"""Offers the domain `dns` to preflight. Imports dnspython and pydantic only when an inventory has a `dns:` section."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from preflight.kind import Domain, Section


def _load() -> Section:
    from preflight_dns.section import SECTION

    return SECTION


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_domain() -> Domain:
    from preflight.kind import Domain

    return Domain(name="dns", section="dns", load=_load)
