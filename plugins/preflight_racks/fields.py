"""What may I write in one field?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from preflight.model import Marked
from preflight.source import Mark, Seq
from preflight.validation import wrong_item

MOST_UNITS = 100  # of a rack, as in NetBox
# 1 lb is 0.45359237 kg, 1 oz is 1/16 lb (international yard and pound agreement, 1959).
KG_OF = {"kg": 1.0, "g": 0.001, "lb": 0.45359237, "oz": 0.028349523125}
_WATTS_OF = {"W": (1.0, False), "kW": (1000.0, False), "VA": (1.0, True), "kVA": (1000.0, True)}
_QUANTITY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)\s*")
_RANGE = re.compile(r"\s*([0-9]{1,6})\s*(?:-\s*([0-9]{1,6})\s*)?")


@dataclass(frozen=True, slots=True)
class Power:
    """What was written: in W, or in VA, which are W only by the power factor."""

    amount: float
    apparent: bool = False

    def watts(self, power_factor: float) -> float:
        return self.amount * power_factor if self.apparent else self.amount


def _quantity(value: object, units: tuple[str, ...], example: str) -> tuple[float, str]:
    """A number above 0 and its unit."""
    known = f"{', '.join(units[:-1])} or {units[-1]}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"{value} of what? Write its unit, {known}, such as {example}")
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"should be a number and its unit, {known}, such as {example}")
    unit = next((unit for unit in units if unit.lower() == found[2].lower()), None)
    if unit is None:
        raise ValueError(f'"{found[2]}" is no unit that is known here: {known}')
    if not 0 < float(found[1]) < 1e9:
        raise ValueError("should be above 0; leave it out if it is not known")
    return float(found[1]), unit


def _weight(value: object) -> float:
    amount, unit = _quantity(value, tuple(KG_OF), "22 kg or 48 lb")
    return amount * KG_OF[unit]


def _power(value: object) -> Power:
    if isinstance(value, Power):
        return value
    amount, unit = _quantity(value, tuple(_WATTS_OF), "430 W or 1.2 kVA")
    factor, apparent = _WATTS_OF[unit]
    return Power(amount * factor, apparent)


def _halves(value: object, least: float, what: str) -> int:
    """Half units of a number of units."""
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else -1.0
    if (2 * number) % 1:
        raise ValueError(f"should be {what}, in whole or half units, such as 12 or 12.5")
    if not least <= number <= 10 * MOST_UNITS:
        raise ValueError(f"should be {what}: a number of units, {least:g} or more")
    return int(2 * number)


def _position(value: object) -> int:
    return _halves(value, 1, "the lowest unit that it covers")


def _height(value: object) -> int:
    return _halves(value, 0, "a height")


def _units(value: object) -> tuple[int, ...]:
    """Whole units, by number, in order."""
    items = value if isinstance(value, list | tuple) else [value]
    taken: dict[int, None] = {}
    for index, item in enumerate(items):
        try:
            span = _span(item)
            if again := [unit for unit in span if unit in taken]:
                raise ValueError(f"unit {again[0]} is in it twice")
        except ValueError as error:
            raise wrong_item(index, str(error)) from None
        taken |= dict.fromkeys(span)
    if not taken:
        raise ValueError("names no unit")
    return tuple(sorted(taken))


def _span(item: object) -> range:
    found = _RANGE.fullmatch(str(item)) if isinstance(item, str | int) and not isinstance(item, bool) else None
    if found is None or int(found[1]) < 1:
        raise ValueError("should be a unit or a range of them, in whole numbers from 1 on, such as 42 or 1-4")
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first:
        raise ValueError(f"is the wrong way round: write {last}-{first}")
    if last - first >= MOST_UNITS:
        raise ValueError(f"is longer than any rack: at most {MOST_UNITS} units")
    return range(first, last + 1)


def _day(text: str) -> str:
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise ValueError("should be a day, such as 2027-01-15")


def _ports(value: object) -> object:
    if not isinstance(value, dict):
        raise ValueError("should be a mapping of types to numbers, such as {10gbase-t: 2}")
    return value


def _matching(pattern: str, message: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(message)
        return text

    return check


def _schema(kind: str | list[str], *examples: object, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "examples": list(examples), **more})


_ONE_SPAN: dict[str, Any] = {"type": ["integer", "string"], "examples": [42, "1-4"]}

Weight = Annotated[float, PlainValidator(_weight), _schema("string", "22 kg", "48 lb")]
Draw = Annotated[Power, PlainValidator(_power), _schema("string", "430 W", "1.2 kVA")]
Position = Annotated[int, PlainValidator(_position), _schema("number", 12, 12.5)]
Height = Annotated[int, PlainValidator(_height), _schema("number", 1, 0.5, 0)]
Units = Annotated[
    tuple[int, ...],
    PlainValidator(_units),
    WithJsonSchema({"anyOf": [_ONE_SPAN, {"type": "array", "items": _ONE_SPAN}]}),
]
Day = Annotated[str, AfterValidator(_day), _schema("string", "2027-01-15")]
# Part of an id, and of a pattern that others are matched against.
RackName = Annotated[
    str,
    AfterValidator(
        _matching(
            r"[^\s\[\]*?\x00-\x1f\x7f]([^\[\]*?\x00-\x1f\x7f]*[^\s\[\]*?\x00-\x1f\x7f])?",
            "should be a name without *, ?, brackets and line breaks",
        )
    ),
]
GroupName = Annotated[
    str, AfterValidator(_matching(r"[^\s\[\]\x00-\x1f\x7f]+", "should be a word without blanks and brackets"))
]
Line = Annotated[str, AfterValidator(_matching(r"[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*", "should be a line of text"))]
Slug = Annotated[
    str, AfterValidator(_matching(r"[^\s/]+", "should be the slug of a type, such as dell-poweredge-r650"))
]
Share = Annotated[float, Field(gt=0, le=1)]
# Of a field that has a number for each type of switch port.
PORTS = BeforeValidator(_ports)


class Written(Marked):
    """A part of the section, and where it is written; also a unit of it.

    Attributes:
        example: what to write, for whoever has written something else than a mapping.
    """

    example: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _is_a_mapping(cls, value: Any) -> Any:
        if cls.example and not isinstance(value, dict | cls):
            raise ValueError(f"should be a mapping, such as {cls.example}")
        return value

    def place_of_unit(self, key: str, unit: int) -> Mark:
        """Where, among the units of a key, this one is written."""
        written = self.written.get(key) if self.written is not None else None
        items = written if isinstance(written, Seq) else []
        index = next((index for index, item in enumerate(items) if unit in _span(item)), None)
        return self.place(key) if index is None else self.place(key, index)

    @property
    def origin(self) -> str:
        """`inventories/prod/racks.yaml:12`."""
        return origin_of(self.mark)


def origin_of(mark: Mark) -> str:
    return str(mark).rpartition(":")[0] if mark.file else ""


def found_from(mark: Mark, path: str) -> Path:
    """A path as it is meant where it is written: from that file's folder."""
    return Path(mark.file).parent / path
