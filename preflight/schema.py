"""The inventory's JSON Schema, for editors: from the same models that validate it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from preflight.inventory import CORE_SECTIONS
from preflight.kind import Domain
from preflight.model import CheckSpec
from preflight.phases import PHASES

EXTENDS = {
    "description": "file or folder whose vars and checks come first; a list for several",
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
}
REFERENCE = {"type": "string", "pattern": r"^\$\{.+\}$"}
CHECK_FIELDS = CheckSpec.model_fields.keys()
VARS = {"description": "values for ${vars.NAME}", "type": "object"}


def inventory_schema(domains: Iterable[Domain]) -> dict[str, Any]:
    """The schema of an inventory file, with a property for each section of the given domains."""
    models = CORE_SECTIONS | {domain.section: domain.load().model for domain in domains}
    inputs: list[tuple[str, Any, TypeAdapter[Any]]] = [(key, "validation", TypeAdapter(m)) for key, m in models.items()]
    by_key, shared = TypeAdapter.json_schemas(inputs, schema_generator=GenerateJsonSchema)
    for definition in shared.get("$defs", {}).values():
        for name, field in definition.get("properties", {}).items():
            definition["properties"][name] = _or_reference(field)
        if definition.get("properties", {}).keys() >= CHECK_FIELDS:
            _allow_phases(definition["properties"])
    sections = {key: by_key[key, "validation"] for key, _, _ in inputs}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "preflight inventory",
        "type": "object",
        "additionalProperties": False,
        "properties": {"extends": EXTENDS, "vars": VARS, **sections},
        **shared,
    }


def _or_reference(field: dict[str, Any]) -> dict[str, Any]:
    """What is not any text may still be written as one, `${vars.x}`."""
    any_text = field.get("type") == "string" and not field.keys() & {"enum", "const", "pattern"}
    return field if any_text else {"if": REFERENCE, "else": field}  # `anyOf` would blur what is wrong inside


def _allow_phases(properties: dict[str, Any]) -> None:
    """What a kind expects may differ by phase (see `preflight.phases`); what every check accepts does not."""
    for name in properties.keys() - CHECK_FIELDS:
        field = properties[name]
        by_phase = {"type": "object", "properties": dict.fromkeys(PHASES, field), "additionalProperties": False}
        properties[name] = {"anyOf": [field, by_phase | {"minProperties": 1}]}


def schema_text(domains: Iterable[Domain]) -> str:
    return json.dumps(inventory_schema(domains), indent=2) + "\n"
