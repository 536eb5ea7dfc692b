"""What an index sorts by, as one writes it: `created_at desc nulls last`, `lower(email)`, `name(10)`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from preflight_database import sql
from preflight_database.url import Dialect

_ENDS = re.compile(r"(.*?)(?:\s+(asc|desc))?(?:\s+nulls\s+(first|last))?", re.I | re.S)
_COLLATE = re.compile(r"""(.*?)\s+collate\s+("(?:[^"]|"")+"|[\w.]+)(?:\s+([\w.]+))?""", re.I | re.S)
_OPCLASS = re.compile(r"(.*?)\s+([a-z_][\w.]*)", re.I | re.S)
_PREFIX = re.compile(r"(\w+|`[^`]+`)\s*\(\s*(\d+)\s*\)")


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One of `columns:`. What is not written is empty or None.

    Attributes:
        column: a column's name; empty for an expression.
        expression: empty for a column.
        descending: None if neither `asc` nor `desc` is written.
        nulls: `first` or `last`.
        prefix: MySQL: how many characters.
    """

    column: str = ""
    expression: str = ""
    descending: bool | None = None
    nulls: str = ""
    opclass: str = ""
    collation: str = ""
    prefix: int = 0

    def __str__(self) -> str:
        text = (self.column or self.expression) + (f"({self.prefix})" if self.prefix else "")
        text += f" collate {self.collation}" if self.collation else ""
        text += f" {self.opclass}" if self.opclass else ""
        text += " desc" if self.descending else ""
        return text + (f" nulls {self.nulls}" if self.nulls else "")


def parse_key(value: object) -> KeyPart:
    """Raises ValueError."""
    if isinstance(value, KeyPart):
        return value
    if not isinstance(value, str) or not value.strip():
        raise ValueError("should be a column, such as created_at desc, or an expression, such as lower(email)")
    sql.check(value)
    if len(sql.split(value)) > 1:
        raise ValueError(f"has a comma in it: write [{', '.join(sql.split(value))}]")
    ends = _ENDS.fullmatch(value.strip())
    assert ends is not None  # both ends are optional
    text, descending = ends[1], None if ends[2] is None else ends[2].lower() == "desc"
    opclass = collation = ""
    if found := _COLLATE.fullmatch(text):
        text, collation, opclass = found[1], sql.name(found[2].rpartition(".")[2]), found[3] or ""
    elif (found := _OPCLASS.fullmatch(text)) and (sql.is_name(found[1]) or found[1].endswith(")")):
        text, opclass = found[1], found[2]
    nulls = (ends[3] or "").lower()
    if prefix := _PREFIX.fullmatch(text):
        return KeyPart(sql.name(prefix[1]), "", descending, nulls, opclass, collation, int(prefix[2]))
    if sql.is_name(text):
        return KeyPart(sql.name(text), "", descending, nulls, opclass, collation)
    if " " in text and "(" not in text:
        raise ValueError(f'"{value}" is no column with asc, desc, nulls, collate or an operator class behind it')
    return KeyPart("", text, descending, nulls, opclass, collation)


def unfit(part: KeyPart, dialect: Dialect) -> str:
    """Why this engine has no such index; empty if it has."""
    if part.prefix and dialect != "mysql":
        return "how much of a column is indexed can be said on MySQL only"
    if part.nulls and dialect != "postgresql":
        return "where NULLs sort can be said on PostgreSQL only; elsewhere they are the smallest value"
    if part.opclass and dialect != "postgresql":
        return f'only PostgreSQL has operator classes: "{part.opclass}" is none here'
    if part.collation and dialect == "mysql":
        return "a MySQL index has the collation of its column"
    return ""


def canonical_text(text: str) -> str:
    sql.check(text)
    if not text.strip():
        raise ValueError("is empty: leave it out")
    return text.strip()


_SCHEMA: dict[str, Any] = {"type": "string", "examples": ["customer_id", "created_at desc", "lower(email)"]}
Key = Annotated[KeyPart, BeforeValidator(parse_key), WithJsonSchema(_SCHEMA)]
