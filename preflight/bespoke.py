"""Fixtures for a team's own checks: ordinary pytest functions in the inventory's folder.

- `inventory`: the `Inventory` the test file lies in.
- `host`: pytest-testinfra's host, once for each host of that inventory, with ids like `prod/web-1`.

This module is registered as a plugin of its own, and last, so that its `host` is found before the
one of pytest-testinfra.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from preflight.inventory import Inventory
    from preflight.model import Host

CANNOT_CONNECT = 255  # ssh(1): the exit status if an error occurred in ssh itself
INVENTORIES = pytest.StashKey[list["Inventory"]]()


def _around(path: Path, config: pytest.Config) -> Inventory | None:
    """The inventory whose folder a test file lies in; the only one there is, otherwise."""
    inventories = config.stash[INVENTORIES]
    for inventory in inventories:
        folder = inventory.path if inventory.path.is_dir() else inventory.path.parent
        if path.is_relative_to(folder):
            return inventory
    return inventories[0] if len(inventories) == 1 else None


@pytest.fixture(scope="module")
def inventory(request: pytest.FixtureRequest) -> Inventory:
    """The inventory this test stands next to."""
    found = _around(Path(request.path), request.config)
    if found is None:
        pytest.fail(f"{request.path} lies in the folder of none of the inventories of this run", pytrace=False)
    return found


@pytest.fixture(scope="module")
def host(request: pytest.FixtureRequest) -> Any:
    """A host of the inventory, by testinfra: `host.service("nginx").is_running`."""
    if find_spec("testinfra") is None:
        pytest.fail("`host` needs pytest-testinfra: pip install 'pytest-preflight[testinfra]'", pytrace=False)
    import testinfra

    name, data = request.param
    if data is None:
        pytest.fail("the inventory has no `hosts:`", pytrace=False)
    spec = testinfra_spec(name, data)
    reached = testinfra.get_host(spec, sudo=data.sudo)
    try:
        answer = reached.run("true")
        problem = answer.stderr.strip() if answer.rc == CANNOT_CONNECT else ""
    except Exception as error:  # each of testinfra's connections has its own; that of ssh holds the whole answer
        said = str(getattr(error.args[0], "stderr", "")).strip() if error.args else ""
        problem = said or str(error) or type(error).__name__
    if problem:  # in the set-up of a test: not checked, rather than failed
        pytest.fail(f"{name} cannot be reached by {spec}: {problem.splitlines()[-1]}", pytrace=False)
    return reached


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    found = _around(Path(metafunc.definition.path), metafunc.config)
    if found is not None and "host" in metafunc.fixturenames:
        hosts: list[tuple[str, Host | None]] = [*found.ground.hosts.items()] or [("no hosts", None)]
        metafunc.parametrize("host", hosts, ids=[f"{found.name}/{name}" for name, _ in hosts], indirect=True)


def testinfra_spec(name: str, host: Host) -> str:
    """The host as testinfra writes it, such as `ssh://deploy@10.0.1.11:22`."""
    if host.connection == "local":
        return "local://"
    address = host.address or name
    if ":" in address:
        address = f"[{address}]"
    user = f"{host.user}@" if host.user else ""
    port = f":{host.port}" if host.port else ""
    return f"{host.connection}://{user}{address}{port}"
