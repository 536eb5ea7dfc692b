"""Moments and lengths of time as findings say them. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from preflight.duration import format_duration


def moment(at: datetime) -> str:
    return at.isoformat(" ", "minutes").replace("+00:00", "Z")


def length(time: timedelta) -> str:
    """To the hour where it is days, to the minute where it is hours."""
    seconds = max(60, abs(time.total_seconds()))
    unit = 3600 if seconds >= 86400 else 60
    return format_duration(max(unit, seconds // unit * unit))
