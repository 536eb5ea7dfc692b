"""A rehearsal that is kept in a file, and counts as long as what it depends on stays the same."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from preflight_database.load.chart import chart
from preflight_database.load.observation import LoadObservation
from preflight_database.load.spec import LoadSpec

_OBSERVATION: TypeAdapter[LoadObservation] = TypeAdapter(LoadObservation)


def kept(spec: LoadSpec, fingerprint: Mapping[str, str]) -> LoadObservation | None:
    """What was measured before; None if it does not count any more, or is none of ours."""
    path = _path(spec)
    if path is None or not path.exists():
        return None
    try:
        written = json.loads(path.read_text("utf-8"))
        seen = _OBSERVATION.validate_json(json.dumps(written["observation"]))
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        return None
    same = written.get("fingerprint") == dict(fingerprint)
    return seen if same and time.time() - seen.finished < spec.rehearse.max_age else None


def keep(spec: LoadSpec, fingerprint: Mapping[str, str], seen: LoadObservation) -> None:
    """Write it, and its chart beside it."""
    path = _path(spec)
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    written = {"fingerprint": dict(fingerprint), "observation": _OBSERVATION.dump_python(seen, mode="json")}
    path.write_text(json.dumps(written, indent=1) + "\n", "utf-8")
    path.with_suffix(".svg").write_text(chart(spec, seen), "utf-8")


def _path(spec: LoadSpec) -> Path | None:
    return Path(spec.mark.file).parent / spec.rehearse.record if spec.rehearse.record else None
