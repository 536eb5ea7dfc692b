"""Numbers and times as people say them."""

from __future__ import annotations

from datetime import UTC, datetime


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def spoken(outcome: str) -> str:
    """`not checked`."""
    return outcome.replace("-", " ")


def coarse(seconds: float) -> str:
    """To the hour beyond a day, to the minute below it: `13 days 7 hours`, `2 hours 5 minutes`."""
    minutes = max(1, int(seconds // 60))
    days, hours = divmod(minutes // 60, 24)
    parts = [(days, "day"), (hours, "hour"), (0 if days else minutes % 60, "minute")]
    return " ".join(count(number, noun) for number, noun in parts if number)


def away(seconds: float) -> str:
    """`in 5 hours 45 minutes`, `2 hours ago`."""
    return f"in {coarse(seconds)}" if seconds > 0 else f"{coarse(-seconds)} ago"


def in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def listed(names: tuple[str, ...], most: int) -> str:
    """Some of them, and how many there are besides."""
    more = f", and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
