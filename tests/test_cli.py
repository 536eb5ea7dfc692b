"""`preflight` on the command line: what is not a test run."""

import json
from pathlib import Path

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


def test_a_plugin_adds_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "attest" in capsys.readouterr().out


def test_a_command_that_cannot_be_loaded_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    info = tmp_path / "broken-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[preflight.commands]\nbroken = nowhere.to_be:found\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["schema"]) == 0
    assert capsys.readouterr().err.startswith("preflight: the command broken cannot be loaded: ModuleNotFoundError")
