"""The hooks preflight calls. A plugin implements the first; a conftest.py may use the others.

Implement them with `@pytest.hookimpl(optionalhook=True)`: the hook is unknown to pytest where
preflight itself is disabled.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from preflight.kind import Domain


def pytest_preflight_domain() -> Domain | None:
    """Offer a domain: a section of the inventory and its kinds of checks.

    Called in every run with an inventory, so it must be cheap: import in `Domain.load`.
    """


def pytest_preflight_vars(config: pytest.Config, inventory: Path) -> Mapping[str, Any] | None:
    """Give `vars` that only code knows, such as the port of a server just started.

    They win over the `vars:` in the inventory's files.
    """


@pytest.hookspec(firstresult=True)
def pytest_preflight_executor(config: pytest.Config) -> Executor | None:
    """Run the probes elsewhere than in threads of this process: a process pool, a cluster's executor.

    Batches and observations pickle. preflight does not shut this executor down.
    """
