"""`--report FILE`: which files, where, and what happens where they cannot be written."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from preflight.report.files import written
from tests.conftest import ROOT, Site

SHOWN = ("-p", "tests.shown")


@pytest.fixture(autouse=True)
def inventory(site: Site) -> Site:
    site.write("shown: [{name: a}]")
    return site


def test_every_sort_of_report_in_one_run(site: Site) -> None:
    result = site.check(*SHOWN, "--report", "a.html", "--report", "new/b.md", f"--report={site.path}/c.JSON")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["report: a.html (* kB)", "report: new/b.md (* kB)", "report: c.JSON (* kB)"])
    assert (site.path / "a.html").read_text().startswith("<!doctype html>")
    assert (site.path / "new/b.md").read_text().startswith("## GO: toy")
    assert json.loads((site.path / "c.JSON").read_text())["verdict"] == "GO"
    assert {file.name for file in site.path.iterdir() if "a.html" in file.name} == {"a.html"}


@pytest.mark.parametrize("file", ["a.pdf", "a", "html"])
def test_another_suffix_is_refused_before_anything_is_asked(site: Site, file: str) -> None:
    result = site.check(*SHOWN, "--report", file)
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: --report {file}: a report is one of .html, .md, .json: name such a file"])
    assert not (site.path / ".preflight").exists()


def test_a_folder_is_refused(site: Site) -> None:
    (site.path / "a.html").mkdir()
    result = site.check(*SHOWN, "--report", "a.html")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --report a.html: is a folder: name a file"])


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_asked(site: Site) -> None:
    (site.path / "taken").write_text("a file")
    result = site.check(*SHOWN, "--report", "taken/a.html")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --report taken/a.html: cannot be written: taken: *"])
    assert not (site.path / ".preflight").exists()


@pytest.mark.parametrize("option", ["--plan", "--collect-only"])
def test_where_nothing_is_run_there_is_nothing_to_report(site: Site, option: str) -> None:
    result = site.check(*SHOWN, option, "--report", "a.html")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --report says what a run has come to, and nothing would be run"])


def test_without_an_inventory_it_is_refused(site: Site) -> None:
    result = site.pytest("--report", "a.html")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: *--report go with --inventory NAME"])


def test_an_inventory_that_cannot_be_used_leaves_no_report(site: Site) -> None:
    site.write("shown: [{nam: a}]")
    assert site.check(*SHOWN, "--report", "a.html").ret == 4
    assert not (site.path / "a.html").exists()


def test_a_report_is_there_after_an_interrupted_run(site: Site) -> None:
    site.write("toy: [{name: a, delay: 30, box: far}, {name: b}]")
    command = [sys.executable, "-m", "pytest", "--inventory", "toy", "-v", "--report", "a.json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=site.path, stdout=subprocess.PIPE, text=True, env=environment) as run:
        assert run.stdout is not None
        read = ""
        while "PASSED" not in read:  # by character: pytest ends a line when it starts the next
            read += run.stdout.read(1) or pytest.fail(read)
        run.terminate()
        run.communicate(timeout=30)
    assert run.returncode == pytest.ExitCode.INTERRUPTED
    said = json.loads((site.path / "a.json").read_text())
    assert [(check["id"], check["outcome"]) for check in said["checks"]] == [
        ("toy.thing[a]", "not-checked"), ("toy.thing[b]", "passed"),
    ]  # fmt: skip


def test_what_was_there_stays_when_there_is_no_room(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text("the report of yesterday")
    code = f"""
import resource, signal
from pathlib import Path
from preflight.report.files import written
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    written(Path({str(file)!r}), "x" * 5000)
except OSError as error:
    print(error.strerror)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout == "File too large\n"
    assert file.read_text() == "the report of yesterday"
    assert list(tmp_path.iterdir()) == [file]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


def test_it_has_the_rights_that_any_new_file_has(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    written(tmp_path / "a.md", "text")
    assert (tmp_path / "a.md").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_go_whose_report_cannot_be_written_does_not_end_in_0(site: Site) -> None:
    """The folder goes away while the run is on."""
    site.write("import shutil\ndef test_own():\n    shutil.rmtree('out')\n", "inventories/team/test_own.py")
    site.write("shown: [{name: a}]", "inventories/team/a.yaml")
    result = site.pytest("--inventory", "team", *SHOWN, "--report", "out/a.html")
    assert result.ret == 12
    result.stdout.fnmatch_lines(["no report: out/*: No such file or directory"])


def test_jinja2_is_loaded_only_when_asked_for(site: Site) -> None:
    run = "import sys, pytest; pytest.main('--inventory toy -p tests.shown{}'.split())"
    code = f"{run}; print('LOADED', 'jinja2' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for more, loaded in (("", "False"), (" --report a.md", "False"), (" --report a.html", "True")):
        command = [sys.executable, "-c", code.format(more)]
        done = subprocess.run(command, cwd=site.path, capture_output=True, text=True, check=True, env=environment)
        assert done.stdout.rstrip().endswith(f"LOADED {loaded}"), done.stdout
