"""A short name for what an entry of an inventory says as it is written, before `vars` and secrets have their values.

Two environments that share a check by `extends` have the same digest of it, whatever their `vars` are. Where a check
must have been tried first is no part of what it checks: with `rehearse_on` or without, its digest is the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from preflight.source import Map, Mark, Seq


def digest_of(entry: Map | None, as_written: Mapping[Mark, str]) -> str:
    """The first 16 digits of a SHA-256; empty for what was written nowhere."""
    if entry is None:
        return ""
    said = {key: value for key, value in _plain(entry, as_written).items() if key != "rehearse_on"}
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(value: Any, as_written: Mapping[Mark, str]) -> Any:
    if isinstance(value, Map):
        return {key: _at(value[key], value.values_at[key], as_written) for key in value}
    if isinstance(value, Seq):
        return [_at(*pair, as_written) for pair in zip(value, value.items_at, strict=True)]
    return value


def _at(value: Any, mark: Mark, as_written: Mapping[Mark, str]) -> Any:
    return as_written[mark] if mark in as_written else _plain(value, as_written)
