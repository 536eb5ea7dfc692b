"""Benchmarks measure what there is: each one loads, and so does what it has pytest load."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FILES = sorted((ROOT / "benchmarks").glob("*.py"))
RUN = [file for file in FILES if 'if __name__ == "__main__":' in file.read_text()]


def test_there_are_some() -> None:
    assert len(RUN) >= 12


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_loads(file: Path) -> None:
    command = [sys.executable, file, "--help"] if file in RUN else [sys.executable, "-c", f"import {file.stem}"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "benchmarks"), *filter(None, sys.path)])}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
