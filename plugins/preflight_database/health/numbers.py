"""How far numbers go: the largest and smallest that a column's type holds."""

from __future__ import annotations

import re

_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "integer": 32, "bigint": 64}
_DECIMAL = re.compile(r"(?:numeric|decimal)\((\d+)(?:,\s*(-?\d+))?\)")


def range_of(type_: str) -> tuple[int, int] | None:
    """Of an integer or decimal type, as the server writes it; None for any other, and for numbers without end."""
    text = type_.lower()
    if found := _DECIMAL.match(text):
        most = 10 ** (int(found[1]) - int(found[2] or 0)) - 1
        return (0 if "unsigned" in text else -most), most
    bits = _BITS.get(re.split(r"[\s(]", text)[0])
    if bits is None:
        return None
    return (0, 2**bits - 1) if "unsigned" in text else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
