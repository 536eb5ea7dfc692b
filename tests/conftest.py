"""A place with inventories, and pytest run in it as an operator would."""

from __future__ import annotations

import contextlib
import textwrap
from pathlib import Path

import pytest

# What has been imported here is not imported anew in every run inside this process.
import preflight.bespoke
import preflight.run
import preflight.schema  # noqa: F401
import tests.toy  # noqa: F401

# Its numpy can be loaded once a process, and runs inside this one forget what they loaded. After `make demo` it is not
# there, and pytest imports this file for its `--help` as well.
with contextlib.suppress(ImportError):
    import highspy  # noqa: F401

ROOT = Path(__file__).parents[1]

INI = """
[pytest]
addopts = -p tests.toy -p no:randomly -p no:rerunfailures -p no:timeout -p no:hypothesispytest
filterwarnings = error
"""


class Site:
    """The directory of a team that has the toy plugin; `inventories/toy.yaml` is what most tests check."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self.log = pytester.path / "observed.log"

    def write(self, text: str, file: str = "inventories/toy.yaml") -> Path:
        """Write a file; `text` may be indented as a whole."""
        path = self.path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), "utf-8")
        return path

    def things(self, *things: str, file: str = "inventories/toy.yaml") -> Path:
        """Write an inventory of things, each the inside of a `{...}`: thing n stands on line n + 1."""
        return self.write("toy:\n" + "".join(f"- {{{thing}}}\n" for thing in things), file)

    def check(self, *args: str) -> pytest.RunResult:
        """`pytest --inventory toy`, in this process."""
        return self.pytest("--inventory", "toy", *args)

    def pytest(self, *args: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess(*args)

    def check_apart(self, *args: str) -> pytest.RunResult:
        """`pytest --inventory toy`, in a process of its own."""
        return self.pytester.runpytest_subprocess("--inventory", "toy", *args, timeout=60)

    def observed(self) -> list[str]:
        """The names of the things observed so far, sorted."""
        return sorted(self.log.read_text().split()) if self.log.exists() else []


@pytest.fixture
def site(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("COLUMNS", "120")
    site = Site(pytester)
    monkeypatch.setenv("TOY_LOG", str(site.log))
    pytester.makefile(".ini", pytest=INI)
    return site


def verdict_line(result: pytest.RunResult) -> str:
    """The very last line of a run."""
    return result.outlines[-1]
