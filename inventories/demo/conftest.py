"""The night's servers, in this process: two name servers, one left behind; ports (doors.py); a database (shop.py)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SERVERS = pytest.StashKey[ExitStack]()


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_vars(config: pytest.Config, inventory: Path) -> dict[str, Any] | None:
    """Start the servers when the inventory is loaded, and tell it their ports and tonight's times."""
    if inventory != HERE:
        return None
    import doors
    import shop
    from nameserver import serving

    servers = config.stash.setdefault(SERVERS, ExitStack())
    zone = (HERE / "phoenix.zone").read_text()
    tonight = datetime.now().astimezone().replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
    return {
        "ns1": servers.enter_context(serving(zone)),
        "ns2": servers.enter_context(serving(_left_behind(zone))),
        "partner_ns": servers.enter_context(_nobody()),
        "db_port": servers.enter_context(doors.dropping()),
        "pay_port": servers.enter_context(doors.open_door()),
        "queue_port": doors.nothing_there(),
        "trees": str(HERE / "trees"),
        "orders": str(servers.enter_context(shop.database())),
        "load_starts": (tonight + timedelta(hours=3)).isoformat(),
        "opens": tonight.isoformat(),
        "point_of_no_return": (tonight + timedelta(hours=4)).isoformat(),
        "closes": (tonight + timedelta(hours=13)).isoformat(),
    }


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVERS in config.stash:
        config.stash[SERVERS].close()


def _left_behind(zone: str) -> str:
    """The zone as it was before the last change: what a secondary serves that no transfer has reached since."""
    for now, before in (
        ("2026112101", "2026110301"),
        ("203.0.113.11", "198.51.100.11"),
        ("203.0.113.30", "198.51.100.30"),
    ):
        zone = zone.replace(now, before)
    return zone


@contextmanager
def _nobody() -> Iterator[str]:
    """A port that is taken, so that nobody else can take it, and on which nobody answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: TCP is refused, and no UDP socket is there
        yield f"127.0.0.1:{taken.getsockname()[1]}"
