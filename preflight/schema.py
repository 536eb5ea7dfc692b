"""The inventory's JSON Schema, for editors: from the same models that validate it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from preflight.inventory import CORE_SECTIONS
from preflight.kind import Domain

EXTENDS = {
    "description": "file or folder whose vars and checks come first; a list for several",
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
}
VARS = {"description": "values for ${vars.NAME}", "type": "object"}


def inventory_schema(domains: Iterable[Domain]) -> dict[str, Any]:
    """The schema of an inventory file, with a property for each section of the given domains."""
    models = CORE_SECTIONS | {domain.section: domain.load().model for domain in domains}
    inputs: list[tuple[str, Any, TypeAdapter[Any]]] = [(key, "validation", TypeAdapter(m)) for key, m in models.items()]
    by_key, shared = TypeAdapter.json_schemas(inputs, schema_generator=GenerateJsonSchema)
    sections = {key: by_key[key, "validation"] for key, _, _ in inputs}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "preflight inventory",
        "type": "object",
        "additionalProperties": False,
        "properties": {"extends": EXTENDS, "vars": VARS, **sections},
        **shared,
    }


def schema_text(domains: Iterable[Domain]) -> str:
    return json.dumps(inventory_schema(domains), indent=2) + "\n"
