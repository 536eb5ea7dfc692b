"""Values out of NetBox's records, whose shapes differ from version to version."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Row = Mapping[str, Any]

# NIST Handbook 44, appendix C: the avoirdupois pound is exactly this, and an ounce is a sixteenth of it.
KILOGRAMS = {"kg": 1.0, "g": 0.001, "lb": 0.45359237, "oz": 0.45359237 / 16}


def ident(row: Row, key: str) -> int | None:
    """The id of a nested record, which is an object, or just the id."""
    value = row.get(key)
    value = value.get("id") if isinstance(value, Mapping) else value
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def word(row: Row, key: str) -> str:
    """A choice, which is `{"value": ..., "label": ...}`, or just the value; empty if there is none."""
    value = row.get(key)
    value = value.get("value") if isinstance(value, Mapping) else value
    return value if isinstance(value, str) else ""


def text(row: Row, key: str, of: str = "") -> str:
    """A text, or a text of a nested record; empty if there is none."""
    value = row.get(key)
    if of:
        value = value.get(of) if isinstance(value, Mapping) else None
    return value.strip() if isinstance(value, str) else ""


def number(row: Row, key: str) -> float | None:
    """A number, which may be written as text (a decimal); None if there is none, or if it is infinite."""
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return None
    return float(exact) if exact.is_finite() else None


def count(row: Row, key: str) -> int | None:
    value = row.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def half_units(row: Row, key: str) -> int | None:
    """A height or position in half units; None if there is none, or if it is no multiple of a half."""
    value = number(row, key)
    return int(value * 2) if value is not None and value >= 0 and (value * 2).is_integer() else None


def height_of(row: Row) -> int:
    """The height of a device type in half units, rounded up, so that it covers all that it covers. NetBox gives every
    type one, 1U where nobody said."""
    value = number(row, "u_height")
    return 2 if value is None else max(math.ceil(value * 2), 0)


def kilograms(row: Row, key: str) -> float | None:
    """A weight; None if it is not known. Nothing weighs 0, so that says no more than an empty field."""
    value, factor = number(row, key), KILOGRAMS.get(word(row, "weight_unit"))
    return value * factor if value is not None and value > 0 and factor is not None else None


def watts(row: Row, key: str) -> float | None:
    value = number(row, key)
    return value if value is not None and value >= 0 else None


def by_id(rows: Iterable[Row]) -> dict[int, Row]:
    return {row["id"]: row for row in rows}


def grouped(rows: Iterable[Row], key: str) -> dict[int, list[Row]]:
    """By the id of the nested record that they belong to; those that belong to none are left out."""
    groups: dict[int, list[Row]] = {}
    for row in rows:
        owner = ident(row, key)
        if owner is not None:
            groups.setdefault(owner, []).append(row)
    return groups
