"""Lengths of time as people write them: `90`, `30s`, `5m`, `1h30m`, `2d`, `1w`."""

from __future__ import annotations

import re

_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_PARTS = re.compile(r"(\d+(?:\.\d+)?)([wdhms])")
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?[wdhms])+")


def parse_duration(value: object) -> float:
    """Seconds of a duration.

    Raises:
        ValueError: not a number of seconds, and not like `30s`, `5m` or `1h30m`; or not above 0.
    """
    seconds = -1.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str):
        text = value.strip().lower()
        if re.fullmatch(r"\d+(\.\d+)?", text):
            seconds = float(text)
        elif _WHOLE.fullmatch(text):
            seconds = sum(float(number) * _UNITS[unit] for number, unit in _PARTS.findall(text))
    if not 0 < seconds < 1e10:
        raise ValueError("should be a length of time above 0, such as 30s, 5m or 1h30m")
    return seconds


def format_duration(seconds: float) -> str:
    """The shortest way to write it: 5400 is `1h30m`."""
    rest = round(seconds)
    if rest < 60:
        return f"{seconds:g}s"
    text = ""
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        text += f"{count}{unit}" if count else ""
    return text
