"""The demo says what the README shows of it; only ports and times differ."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.conftest import ROOT

ARGS = [f"-pno:{plugin}" for plugin in ("cacheprovider", "randomly", "rerunfailures", "hypothesispytest", "xdist")]
SHOWN = (ROOT / "README.md").read_text().partition("<!-- demo -->\n```\n")[2].partition("```\n<!-- /demo -->")[0]


def words(text: str) -> str:
    """A text without what is never the same twice or on two machines, its wrapping and its padding."""
    text = re.sub(r"return \S+ \S+, in .*", "return SOON", text)
    text = " ".join(re.sub(r"_{3,}|={3,}", "", text).split())
    text = re.sub(r"by \d+-\d+-\d+ \d+:\d+[-+:\d]*", "by SOON", text)
    text = re.sub(r"\b\d{4,5}\b", "PORT", text)
    text = re.sub(r"SQLite [\d.]+", "SQLite VERSION", text)
    text = re.sub(r"\S*/inventories/demo/trees", "TREES", text)
    return re.sub(r"with the 6 indexes present: .*?; you have 1h(?: \([^()]*\))?", "FORECAST", text)


def test_the_demo_says_what_the_readme_shows() -> None:
    run = [sys.executable, "-m", "pytest", *ARGS, "--inventory", "demo"]
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    ended = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1, ended.stdout
    parts = re.split(r"\n\.\.\.\n|\n\n|\n(?=_{3}|={3})", SHOWN)
    assert len(parts) > 5
    for part in parts:  # which check is reported first is not always the same
        assert words(part) in words(ended.stdout), f"the README shows what was not said:\n{part}\n{ended.stdout}"


def test_after_the_demo_pytest_says_what_its_options_are() -> None:
    # pytest loads the conftest files of the tests for that, and the demo installs nothing of what tests need.
    absent = "import sys; sys.modules |= dict.fromkeys(['highspy', 'h2', 'psycopg', 'pymysql', 'rich'])"
    run = [sys.executable, "-c", f"{absent}; import pytest; sys.exit(pytest.main())", *ARGS, "--help"]
    ended = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert "--inventory=NAME|PATH" in ended.stdout
