"""The runs that a site has kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from preflight.ledger.reading import Run, read
from tests.conftest import Site


def folders(site: Site) -> list[Path]:
    """Every run's folder, replays among them, the oldest first."""
    return sorted(file.parent for file in (site.path / ".preflight/runs").glob("*/ledger.jsonl"))


def has_a_check(folder: Path) -> bool:
    """A check was reported; of a run that has only just begun, there may be nothing to read yet."""
    return b'"type":"check"' in (folder / "ledger.jsonl").read_bytes()


def the_run(site: Site) -> Run:
    """The only run there is."""
    (folder,) = folders(site)
    return read(folder)


def outcomes(run: Run) -> dict[str, str]:
    return {nodeid.partition("::")[2]: record["outcome"] for nodeid, record in run.checks.items()}


def records(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run.file.read_text().splitlines()]
