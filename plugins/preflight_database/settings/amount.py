"""Values of settings: what is wanted (`>= 1GB`), what a server has (`131072` in `8kB`), and how they compare."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from preflight_database.catalogue.model import Setting

# PostgreSQL documentation, 20.1.1: sizes by 1024, times with these names.
SIZES = {"b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3, "tb": 1024**4,
         "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}  # fmt: skip
TIMES = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, "!=": operator.ne, ">": operator.gt, "<": operator.lt, "=": operator.eq,
}  # fmt: skip
TRUE, FALSE = frozenset({"on", "true", "yes", "1"}), frozenset({"off", "false", "no", "0"})
_WANTED = re.compile(r"\s*(>=|<=|!=|==|=|>|<)?\s*(.+?)\s*", re.S)
_NUMBER = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*([A-Za-z]*)")
_UNIT = re.compile(r"(\d*)([A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`>= 1GB`: an operator and a value."""

    operator: str
    text: str

    def __str__(self) -> str:
        return self.text if self.operator == "=" else f"{self.operator} {self.text}"


def parse_wanted(value: object) -> Wanted:
    """Raises ValueError."""
    if isinstance(value, Wanted):
        return value
    if isinstance(value, bool):
        return Wanted("=", "on" if value else "off")
    if isinstance(value, int | float):
        return Wanted("=", f"{value:g}" if isinstance(value, float) else str(value))
    found = _WANTED.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("should be a value, such as 500, replica, on or >= 1GB")
    sign = {"==": "=", None: "="}.get(found[1], found[1])
    if sign not in ("=", "!=") and amount(found[2]) is None:
        raise ValueError(f'"{found[2]}" is no number or size, and {sign} compares these')
    return Wanted(sign, found[2])


def amount(text: str) -> tuple[float, str] | None:
    """`1GB` as bytes, `30s` as seconds: a number and what it is of: `size`, `time`, or empty. None if it is none."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    number, unit = float(found[1]), found[2].lower()
    if not unit:
        return number, ""
    # m is PostgreSQL's for nothing, and MySQL's for mega; both take min for minutes.
    if unit in SIZES:
        return number * SIZES[unit], "size"
    return (number * TIMES[unit], "time") if unit in TIMES else None


def holds(wanted: Wanted, setting: Setting) -> bool | None:
    """Whether a setting has the value; None where the two cannot be compared."""
    compare = OPERATORS[wanted.operator]
    if setting.type in ("integer", "real"):
        has, want = _in_base(setting), amount(wanted.text)
        if want is None or has is None or (want[1] and want[1] != has[2]):
            return None
        # A number without a unit is in the server's, as in its own configuration file.
        return compare(has[0], want[0] if want[1] else want[0] * has[1])
    if wanted.operator not in ("=", "!="):
        return None
    if setting.type == "bool":
        word = wanted.text.lower()
        return compare(setting.value.lower() in TRUE, word in TRUE) if word in TRUE | FALSE else None
    return compare(_folded(setting.value, setting), _folded(wanted.text, setting))


def _folded(text: str, setting: Setting) -> str:
    return text.lower() if setting.type == "enum" or text.lower() in TRUE | FALSE else text


def _in_base(setting: Setting) -> tuple[float, float, str] | None:
    """A number in bytes or seconds, how many of these its unit is, and of what."""
    try:
        number = float(setting.value)
    except ValueError:
        return None
    found = _UNIT.fullmatch(setting.unit)
    if found is None:
        return number, 1.0, ""
    many, unit = float(found[1] or 1), found[2].lower()
    if unit in SIZES:
        return number * many * SIZES[unit], many * SIZES[unit], "size"
    return number * many * TIMES[unit], many * TIMES[unit], "time"


def in_bytes(setting: Setting) -> int:
    """A size; 0 for what is none."""
    base = _in_base(setting)
    return int(base[0]) if base is not None and base[2] == "size" else 0


def shown(setting: Setting) -> str:
    """`131072 x 8kB = 1GB`, `500`, `replica`."""
    base = _in_base(setting) if setting.type in ("integer", "real") and setting.unit else None
    if base is None or not base[2] or base[0] <= 0:
        return setting.value or "empty"
    units = (("TB", "GB", "MB", "kB"), SIZES) if base[2] == "size" else (("d", "h", "min", "s", "ms"), TIMES)
    for unit in units[0]:
        if base[0] % units[1][unit.lower()] == 0:
            return f"{base[0] / units[1][unit.lower()]:g}{unit}"
    return f"{setting.value}{'' if setting.unit == 'B' else ' x ' + setting.unit}"
