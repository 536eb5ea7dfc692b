"""`preflight` on the command line: what is not a test run."""

import json

import pytest

from preflight import __version__
from preflight.cli import main


def test_schema_prints_the_schema_of_all_installed_plugins(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert {"extends", "vars", "hosts", "dns"} <= json.loads(capsys.readouterr().out)["properties"].keys()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"preflight {__version__}\n"


@pytest.mark.parametrize("args", [[], ["check"], ["schema", "prod"]], ids=str)
def test_what_it_does_not_know(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(args)
    assert "usage: preflight" in capsys.readouterr().err
