"""The first record of a ledger: what is about to be checked, by whom, from where, and with what."""

from __future__ import annotations

import getpass
import hashlib
import platform
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from preflight import __version__
from preflight.ledger.reading import FORMAT
from preflight.ledger.replay import RECORDED
from preflight.record import masked
from preflight.source import shown

if TYPE_CHECKING:
    from preflight.inventory import Inventory

_GIT_TIMEOUT = 5


def plan_of(config: pytest.Config, inventories: Sequence[Inventory]) -> dict[str, Any]:
    """Plain data, masked. Reads the inventories' files once more, and asks git."""
    recorded = config.stash.get(RECORDED, None)
    return {
        "format": FORMAT,
        "inventories": [_inventory(inventory) for inventory in inventories],
        "phase": config.option.phase,
        "arguments": [_masked(argument, inventories) for argument in config.invocation_params.args],
        "operator": f"{_user()}@{socket.gethostname()}",
        "vantage": socket.gethostname(),
        **({"replay": recorded.folder.name, "replay_head": recorded.head} if recorded else {"replay": ""}),
        "versions": {"preflight": __version__, "python": platform.python_version(), "pytest": pytest.__version__},
    }


def _inventory(inventory: Inventory) -> dict[str, Any]:
    mask = inventory.masker
    cutover = inventory.ground.cutover
    moments = {"opens": cutover.opens, "point_of_no_return": cutover.point_of_no_return, "closes": cutover.closes}
    return {
        "name": inventory.name,
        "path": shown(inventory.path),
        "environment": mask(inventory.ground.environment),
        "cutover": {
            "name": mask(cutover.name),
            **{name: moment.isoformat() for name, moment in moments.items() if moment is not None},
        },
        "files": {shown(file): _sha256(file) for file in inventory.files},
        "vars": masked(_plain(inventory.given_vars), mask),
        "git": _git(inventory.path),
        "checks": [
            {
                "id": check.id,
                "place": mask(str(check.mark).rpartition(":")[0]),
                "severity": check.spec.severity,
                "owner": mask(check.spec.owner),
                "phase": check.spec.phase,
                "digest": check.digest,
            }
            for check in inventory.checks.values()
        ],
        "waivers": [
            {
                **{name: mask(getattr(waiver, name)) for name in ("check", "reason", "approver", "ticket", "observed")},
                "expires": waiver.expires.isoformat(),
                "place": mask(str(waiver.mark).rpartition(":")[0]),
            }
            for waiver in inventory.waivers
        ],
    }


def _plain(value: Any) -> Any:
    """Data for JSON; a secret that is too short to be masked wherever it turns up is known by its type."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _masked(text: str, inventories: Sequence[Inventory]) -> str:
    for inventory in inventories:
        text = inventory.masker(text)
    return text


def _sha256(file: Path) -> str:
    with suppress(OSError):  # it was read a moment ago; what it is now does not matter to the run
        return hashlib.sha256(file.read_bytes()).hexdigest()
    return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "?"


def _git(path: Path) -> dict[str, Any]:
    """The commit that the inventory is at, and whether it was changed since; empty where there is no git."""
    folder = path if path.is_dir() else path.parent

    def ask(*words: str) -> str | None:
        try:
            command = ["git", "-C", str(folder), *words]
            answer = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_TIMEOUT, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        return answer.stdout.strip() if answer.returncode == 0 else None

    commit = ask("rev-parse", "HEAD")
    if commit is None:
        return {}
    return {"commit": commit, "changed": bool(ask("status", "--porcelain", "--", str(path.resolve())))}
