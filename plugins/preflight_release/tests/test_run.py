"""From the inventory to the verdict."""

from __future__ import annotations

import sys

import pytest

from preflight_release.tests.looked import Release, fill

PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]


@pytest.mark.parametrize(
    ("more", "verdict", "code"),
    [
        ("version_from: {file: VERSION}", "GO", 0),
        ("version_from: {command: echo 1.0.12}", "NO-GO", 1),
        ("version_from: {command: 'false'}", "INCOMPLETE", 11),
        ("extra: warn", "GO-WITH-CONDITIONS", 0),
    ],
)
def test_a_run(more: str, verdict: str, code: int, release: Release, pytester: pytest.Pytester) -> None:
    if "extra" in more:
        fill(release.root, {"left": b""})
    pytester.makefile(".yaml", here=release.text(more))
    result = pytester.run(sys.executable, "-m", "pytest", *PLAIN, "--inventory", "here.yaml")
    assert result.outlines[-1].startswith(f"PREFLIGHT verdict={verdict} "), result.stdout.str()
    assert result.ret == code
