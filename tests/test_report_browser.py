"""The HTML report in Chromium: wide and narrow, light and dark, on paper, by keyboard, without JavaScript."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT, Site

if TYPE_CHECKING:
    from tests.lab.browser import Page

SEEN = [(width, dark) for width in (400, 1280) for dark in (False, True)]
LOOKS = pytest.mark.parametrize(("width", "dark"), SEEN, ids=[f"{w}-{'dark' if d else 'light'}" for w, d in SEEN])


def inventory() -> str:
    """Of everything that a report may hold."""
    now = datetime.now(UTC)
    opens, turn, closes, soon = ((now + timedelta(hours=hours)).isoformat() for hours in (1, 5, 9, 50))
    matrix = "".join(f"- {{name: flow-{n}, row: host-{n % 4}, says: open}}\n" for n in range(36))
    return f"""
environment: prod
cutover: {{name: Phoenix, opens: "{opens}", point_of_no_return: "{turn}", closes: "{closes}"}}
waivers:
- {{check: "shown.drawn[waived]", reason: it can wait, approver: Kim, ticket: C-1, expires: "{soon}"}}
shown:
- {{name: wrong, is_: wrong, owner: network, why: nobody can pay, rows: 3, due: "{turn}"}}
- {{name: twice, is_: wrong, owner: network, cause: the router is off}}
- {{name: thrice, is_: wrong, owner: network, cause: the router is off}}
- {{name: unseen, is_: unseen, owner: dba}}
- {{name: warned, is_: wrong, severity: warning}}
- {{name: waived, is_: wrong}}
- {{name: unfit, svg: "<svg onload='x'/>"}}
{matrix}"""


@pytest.fixture
def report(site: Site) -> Path:
    site.write("shown: [{name: wrong}]")
    site.check("-p", "tests.shown")  # so that there is a run before
    site.write(inventory())
    site.check("-p", "tests.shown", "--report", "r.html")
    return site.path / "r.html"


@LOOKS
def test_axe_finds_no_violation(report: Path, page: Page, width: int, dark: bool) -> None:
    page.view(width, dark=dark)
    page.open(report)
    assert page.violations() == []
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.violations() == []


def test_what_is_to_be_decided_stands_on_the_line_of_time_and_below_it(report: Path, page: Page) -> None:
    page.view(1280)
    page.open(report)
    assert page.run("document.querySelector('.deadline-number').textContent") == "1"
    (due,) = page.run("[...document.querySelectorAll('.due > li')].map((one) => one.innerText)")
    assert re.fullmatch(
        r"1\s+\d{4}-\d\d-\d\d \d\d:\d\d UTC, in 4 hours 59 minutes: whether to fine network, 1 check", due
    )


@LOOKS
def test_the_demo_is_fit_for_everybody(demo: Path, page: Page, width: int, dark: bool) -> None:
    page.view(width, dark=dark)
    page.open(demo)
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.violations() == []
    assert page.complaints() == []
    assert page.run("document.documentElement.scrollWidth") <= width


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    file = folder / "demo.html"
    plugins = [
        f"-pno:{plugin}" for plugin in ("cacheprovider", "randomly", "rerunfailures", "hypothesispytest", "xdist")
    ]
    command = [
        sys.executable,
        "-m",
        "pytest",
        *plugins,
        "--inventory",
        "demo",
        "--report",
        str(file),
        f"--runs={folder}",
    ]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1, ended.stdout
    return file


def test_axe_finds_what_is_wrong(report: Path, page: Page) -> None:
    report.write_text(report.read_text().replace('<html lang="en">', "<html>"))
    page.view(1280)
    page.open(report)
    assert [found.partition(":")[0] for found in page.violations()] == ["html-has-lang"]


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_is_loaded_refused_or_wider_than_the_screen(report: Path, page: Page, width: int) -> None:
    page.view(width)
    page.open(report)
    assert page.complaints() == []
    assert page.run("document.documentElement.scrollWidth") <= width


def test_its_policy_lets_no_other_script_run_and_nothing_be_loaded(report: Path, page: Page) -> None:
    evil = "<script>window.evil = 1</script><img src='http://127.0.0.1:9/a.png' onerror='window.evil = 1'>"
    report.write_text(report.read_text().replace("</main>", f"{evil}</main>"))
    page.open(report)
    assert page.run("window.evil") is None
    assert len([said for said in page.complaints() if "Content Security Policy" in said]) == 3


def test_the_filter_leaves_what_was_asked_for(report: Path, page: Page) -> None:
    page.view(1280)
    page.open(report)
    shown = "[...document.querySelectorAll('[data-outcome]')].filter((one) => !one.hidden).length"
    assert page.run(shown) == 43
    page.run("document.querySelector('[type=search]').focus()")
    page.call("Input.insertText", text="ROUTER")
    assert page.run(shown) == 2
    assert page.run("document.getElementById('filtered').textContent") == "2 of 43 shown"
    page.run("document.querySelector('[value=failed]').click()")
    assert page.run(shown) == 0


def test_a_link_to_a_check_opens_it(report: Path, page: Page) -> None:
    page.open(report)
    assert page.run("document.getElementById('check-1').open") is False
    page.run("document.querySelector(\"a[href='#check-1']\").click()")
    page.run("new Promise((done) => setTimeout(done, 50))")
    assert page.run("document.getElementById('check-1').open") is True


def test_by_keyboard_alone(report: Path, page: Page) -> None:
    page.view(1280)
    page.open(report)
    page.press("Tab")
    assert page.run("document.activeElement.textContent") == "Skip to the decision"
    assert page.run("document.activeElement.getBoundingClientRect().left") == 0  # it shows when it is reached
    seen = set()
    for _ in range(80):
        page.press("Tab")
        seen.add(page.run("document.activeElement.closest('[id]')?.id ?? document.activeElement.tagName"))
        if page.run("document.activeElement.tagName") == "SUMMARY":
            assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        if page.run("document.activeElement.parentElement.id") == "check-1":
            page.press("Enter")
            break
    assert page.run("document.getElementById('check-1').open") is True
    assert {"decision", "causes", "pictures", "filter"} <= {page_id.rstrip("-0123456789") for page_id in seen} | seen


def test_headings_are_in_order(report: Path, page: Page) -> None:
    page.open(report)
    levels = page.run("[...document.querySelectorAll('h1,h2,h3,h4')].map((one) => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_without_javascript_all_of_it_is_there(report: Path, page: Page) -> None:
    page.view(1280)
    page.scripts(allowed=False)
    page.open(report)
    assert page.run("document.getElementById('filter').hidden") is True
    text = page.run("document.body.textContent")
    for said in ("NO-GO", "the router is off", "nobody can pay", "flow-35", "shown.drawn[unseen]", "verify it"):
        assert said in text
    # and what is folded can be opened
    page.run("document.querySelector('#check-1 summary').click()")
    assert page.run("document.getElementById('check-1').open") is True


@pytest.mark.parametrize("scripts", [True, False])
def test_on_paper_everything_is_open_and_nothing_cut_off(
    report: Path, page: Page, tmp_path: Path, scripts: bool
) -> None:
    page.scripts(allowed=scripts)
    page.view(1280, dark=True)
    page.open(report)
    page.printed(tmp_path / "r.pdf")
    said = subprocess.run(["pdftotext", "-layout", tmp_path / "r.pdf", "-"], capture_output=True, text=True, check=True)
    words = " ".join(said.stdout.split())
    assert "fine would be lost" in words  # inside of a check
    assert "SHA-256" in words
    for check in range(36):
        assert re.search(rf"flow-{check}\b", words)
    page.call("Emulation.setEmulatedMedia", media="print")
    page.call("Emulation.setDeviceMetricsOverride", width=703, height=1000, deviceScaleFactor=1, mobile=False)  # A4
    assert page.run("document.documentElement.scrollWidth") <= 703
    assert (
        page.run(
            "[...document.querySelectorAll('table')].filter((one) => one.getBoundingClientRect().right > 703).length"
        )
        == 0
    )
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_outcomes_are_told_by_words(report: Path, page: Page) -> None:
    page.open(report)
    tags = page.run("[...document.querySelectorAll('.tag, .matrix td b')].map((one) => one.textContent)")
    assert set(tags) == {"failed", "not checked", "warned", "waived", "passed"}
