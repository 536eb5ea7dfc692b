"""How things are written in findings: lists, hosts, numbers and moments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from preflight_release.observation import Observation

LISTED = 5  # files, in a finding


def let_read(observation: Observation) -> str:
    return f"let the user that preflight logs in as on {observation.host} read it, or write `sudo: true` for that host"


def listed(texts: Iterable[str], number: int, most: int = LISTED) -> str:
    shown = [text for text, _ in zip(texts, range(most), strict=False)]
    return ", ".join(shown) + (f" and {number - most} more" if number > most else "")


def hosts(names: Sequence[str]) -> str:
    return listed(names, len(names), 8)


def number_of(number: int) -> str:
    return f"{number:,} {'file' if number == 1 else 'files'}"


def moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
