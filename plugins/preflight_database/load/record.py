"""A rehearsal that is kept in a file, and counts as long as what it depends on stays the same."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from preflight.finding import NotChecked
from preflight_database.load.chart import chart
from preflight_database.load.observation import LoadObservation
from preflight_database.load.spec import LoadSpec
from preflight_database.load.workbench import GivenUpError

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


def keepable(spec: LoadSpec) -> None:
    """Raises GivenUpError where it cannot be kept: that is better known before it was measured for half an hour."""
    path = _path(spec)
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        what = f"the rehearsal cannot be kept in {path}: {error.strerror}"
        raise GivenUpError(
            NotChecked(what, what, "see to `record:`; a relative path starts at the inventory")
        ) from None
    if not path.stat().st_size:
        path.unlink()


def keep(spec: LoadSpec, fingerprint: Mapping[str, str], seen: LoadObservation) -> None:
    """Write it, and its chart beside it; unless it does not count."""
    path = _path(spec)
    if path is None or seen.changed:
        return
    written = {"fingerprint": dict(fingerprint), "observation": _OBSERVATION.dump_python(seen, mode="json")}
    _write(path, json.dumps(written, indent=1) + "\n")
    _write(path.with_suffix(".svg"), chart(spec, seen))


def _write(path: Path, text: str) -> None:
    """All of it or nothing, as who reads it may do so at any time."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def _path(spec: LoadSpec) -> Path | None:
    return Path(spec.mark.file).parent / spec.rehearse.record if spec.rehearse.record else None
