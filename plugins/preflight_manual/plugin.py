"""Offers the domain `manual` to preflight. Imports nothing else until an inventory has a `manual:` section."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from preflight.kind import Domain, Section


def _load() -> Section:
    from preflight_manual.section import SECTION

    return SECTION


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_domain() -> Domain:
    from preflight.kind import Domain

    return Domain(name="manual", section="manual", load=_load)
