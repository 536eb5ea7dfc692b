"""Validate a part of the inventory; every error becomes a `Problem` at the place it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from preflight.errors import Problem
from preflight.nearest import did_you_mean
from preflight.source import Map, Mark, Seq

AT_INDEX = "at_index"
_QUOTED = re.compile(r"'([^']*)'")


def wrong_item(index: int, reason: str) -> PydanticCustomError:
    """To be raised by the validator of a whole list: the problem is shown at that item."""
    return PydanticCustomError(AT_INDEX, "{reason}", {"reason": reason, "index": index})


def validate(model: Any, value: Any, path: str, mark: Mark) -> tuple[Any, list[Problem]]:
    """The validated value, or None and what is wrong with it."""
    adapter: TypeAdapter[Any] = TypeAdapter(model)
    try:
        return adapter.validate_python(value), []
    except ValidationError as error:
        schema = adapter.json_schema()
        return None, [_problem(e, value, path, mark, schema) for e in error.errors(include_url=False)]


def _problem(error: ErrorDetails, value: Any, path: str, mark: Mark, schema: dict[str, Any]) -> Problem:
    kind, loc = error["type"], error["loc"]
    node, at, schemas = value, mark, [schema]
    for part in loc:
        # pydantic's location also names union members and wrappers, which are not in the file.
        if isinstance(node, Map) and part in node:
            path = f"{path}.{part}" if path else str(part)
            at = node.keys_at[str(part)] if kind == "extra_forbidden" and part == loc[-1] else node.values_at[str(part)]
            if not (kind == "extra_forbidden" and part == loc[-1]):
                schemas = list(_below(schemas, str(part), schema))
            node = node[str(part)]
        elif isinstance(node, Seq) and isinstance(part, int) and part < len(node):
            path, at = f"{path}[{part}]", node.items_at[part]
            schemas = list(_items(schemas, schema))
            node = node[part]
    index = error.get("ctx", {}).get("index") if kind == AT_INDEX else None
    if isinstance(node, Seq) and isinstance(index, int) and index < len(node):
        path, at = f"{path}[{index}]", node.items_at[index]
    return Problem(at, path, _message(error, schemas, schema))


def _message(error: ErrorDetails, schemas: list[dict[str, Any]], root: dict[str, Any]) -> str:
    kind, given, context = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "extra_forbidden":
        known = {key for s in _resolved(schemas, root) for key in s.get("properties", ())}
        return f"unknown key{did_you_mean(str(error['loc'][-1]), known)}"
    if kind == "missing":
        return f'"{error["loc"][-1]}" is missing'
    if kind in ("literal_error", "enum"):
        known = set(_QUOTED.findall(str(context.get("expected", ""))))
        return f"{_shown(given)} is not allowed{did_you_mean(str(given), known)}"
    if kind == "string_type":
        hint = ": put it in quotes" if isinstance(given, int | float) and not isinstance(given, bool) else ""
        return f"should be text, not {_shown(given)}{hint}"
    if kind == "string_pattern_mismatch" and (meant := [s["description"] for s in schemas if "description" in s]):
        return f"{_shown(given)} does not fit: {meant[0]}"  # to most, a regular expression says nothing
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"should be a mapping, not {_shown(given)}"
    if kind in ("list_type", "tuple_type"):
        return f"should be a list, not {_shown(given)}"
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return message if kind in ("value_error", AT_INDEX) else f"{message}, not {_shown(given)}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, str):
        text = repr(value)[1:-1]  # a secret's repr is masked
        return f'"{text if len(text) <= 60 else text[:57] + "..."}"'
    return str(value).lower() if isinstance(value, bool) else str(value)


def _resolved(schemas: list[dict[str, Any]], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas with `$ref` followed and unions spread."""
    for schema in schemas:
        if "$ref" in schema:
            yield from _resolved([root["$defs"][schema["$ref"].rpartition("/")[2]]], root)
        members = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
        yield from _resolved(members, root)
        yield schema


def _below(schemas: list[dict[str, Any]], key: str, root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for schema in _resolved(schemas, root):
        if key in schema.get("properties", ()):
            yield schema["properties"][key]
        elif isinstance(schema.get("additionalProperties"), dict):
            yield schema["additionalProperties"]


def _items(schemas: list[dict[str, Any]], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for schema in _resolved(schemas, root):
        if isinstance(schema.get("items"), dict):
            yield schema["items"]
