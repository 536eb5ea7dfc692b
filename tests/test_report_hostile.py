"""What systems say is text, whatever it looks like: in every report, and in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import Site
from tests.test_report_markdown import parsed

if TYPE_CHECKING:
    from tests.lab.browser import Page

SCRIPT = "<script>window.evil=1;alert(1)</script>"
HOSTILE = {
    "script": SCRIPT,
    "broken out of an attribute": "\"'><img src=x onerror=alert(1)><svg onload=alert(1)>",
    "broken out of a title": f"</title></style></svg></textarea></script>{SCRIPT}",
    "template": "{{ 7 * 191 }}{% raw %}{# #}${7*191}",
    "url": "javascript:alert(1) data:text/html,<script>alert(1)</script>",
    "entity": "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62;",
    "comment": "<!-- --> <![CDATA[ ]]> <?xml ?> <!doctype html>",
    "ansi": "\x1b[2J\x1b[31mred\x1b]0;title\x07\x9b31m",
    "nul": "a\x00b\x01\x7f\x85",
    "rtl": "\u202ereversed\u202c \u2066isolated\u2069 \u200frtl\u200e \u05d0\u05d1\u05d2",
    "surrogates": "a\ud800b\udfffc\udc80",
    "no characters": "\ufffe\uffff\ufdd0\U0001ffff",
    "breaks": "a\u2028b\u2029c\r\nd\ve\f",
    "markdown": "``` | a | b |\n# head\n- [x] @everyone #1 **b** </details>",
    "csv": "=cmd|' /C calc'!A0",
}
STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff\ufffe\uffff]"
)


def check(site: Site, says: str) -> Path:
    """A report of checks that observe it and say it in all that they show; also as a row, a cause, a target."""
    code = f"""
        import pytest
        from tests import shown
        from dataclasses import replace

        SAYS = {says!r}

        def probe(batch, sink):
            for key, show in batch.checks:
                said = SAYS
                sink(key, shown.NotChecked(said, said, said) if show.is_ == "unseen" else shown.Seen(said))

        def cell(show, seen):
            return shown.Cell(SAYS + show.name, SAYS, SAYS)

        def judge(show, seen):
            reasons = shown.judge(show, seen)
            return [replace(reason, cause=SAYS) for reason in reasons]

        @pytest.hookimpl
        def pytest_preflight_domain():
            kind = replace(shown.DRAWN, name="evil.drawn", probe=probe, cell=cell, judge=judge)
            make = lambda shows, ground: [shown.Expectation(kind, show) for show in shows]
            return shown.Domain("evil", "evil", lambda: shown.Section(shown.Several[shown.Show], (kind,), make))
    """
    site.write(code, "conftest.py")
    # What an inventory must not hold is refused there, with its place; everything else stands in it as well.
    written = json.dumps(re.sub(r"[^\x20-\x7e\u05d0-\u05d2\u202e]+", " ", says[:2000]).replace("${", "$ {"))
    site.write(
        f"environment: {written}\n"
        f"cutover: {{name: {written}}}\n"
        f"evil:\n"
        f"- {{name: a, is_: wrong, owner: {written}, why: {written}, ticket: {written}}}\n"
        f"- {{name: b, is_: unseen, owner: {written}}}\n"
        f"- {{name: {written}, owner: {written}}}\n"
    )
    ended = site.check("--report", "r.html", "--report", "r.md", "--report", "r.json")
    assert ended.ret == 1, ended.stdout.str()
    return site.path


@pytest.mark.parametrize("says", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_harmless_in_every_report(site: Site, page: Page, says: str) -> None:
    folder = check(site, says)
    for file in ("r.html", "r.md", "r.json"):
        text = (folder / file).read_text("utf-8")  # it is UTF-8
        assert STEERING.findall(text) == [], file
    document: dict[str, Any] = json.loads((folder / "r.json").read_text())
    assert len(document["checks"]) == 3
    markdown = parsed((folder / "r.md").read_text())
    assert set(markdown.elements) <= {
        "h2", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "details", "summary",
        "code", "br",
    }  # fmt: skip
    page.view(1280)
    page.open(folder / "r.html")
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.complaints() == []
    assert page.run("window.evil") is None
    assert page.run("document.querySelectorAll('script').length") == 1
    allowed = "svg, svg *, html, head, head *, body, main, header, nav, footer, section, div, p, span, a, b, i, strong"
    allowed += ", h1, h2, h3, ul, li, dl, dt, dd, table, caption, thead, tbody, tr, th, td, details, summary, figure"
    allowed += ", figcaption, form, label, input, fieldset, legend, button, code, pre, bdi, time, script"
    assert (
        page.run(f"[...document.querySelectorAll('*')].filter((one) => !one.matches({json.dumps(allowed)})).length")
        == 0
    )
    in_svg = "[...new Set([...document.querySelectorAll('svg *')].map((one) => one.tagName))].sort().join()"
    assert set(page.run(in_svg).split(",")) <= {"title", "text", "desc", ""}
    acting = "[...document.querySelectorAll('*')].flatMap((one) => [...one.attributes]).map((one) => one.name)"
    assert [name for name in set(page.run(acting)) if name.startswith("on") or name in ("src", "srcdoc")] == []
    leading = "[...document.querySelectorAll('[href]')].map((one) => one.getAttribute('href'))"
    assert [to for to in page.run(leading) if not re.fullmatch(r"#[a-z-]+\d*", to)] == []


def test_all_of_it_shows(site: Site, page: Page) -> None:
    """Nothing is swallowed: what cannot be shown as it is, is written out."""
    folder = check(site, "a\x00b\x1b[2J\u202ec\ud800d<b>&amp;\u200e")
    page.open(folder / "r.html")
    text = page.run("document.querySelector('#check-1 .observed').textContent")
    assert text == r"a\x00b\x1b[2J\u202ec\ud800d<b>&amp;\u200e"


def test_a_megabyte_in_a_line_is_cut_and_says_so(site: Site, page: Page) -> None:
    folder = check(site, "x" * 1_000_000 + SCRIPT)
    assert (folder / "r.html").stat().st_size < 300_000
    assert (folder / "r.md").stat().st_size < 70_000
    page.view(400)
    page.open(folder / "r.html")
    assert "996,043 more characters: see the ledger" in page.run("document.body.textContent")
    assert page.run("document.documentElement.scrollWidth") <= 400
    assert page.complaints() == []


def test_many_reasons_are_cut_and_say_so(site: Site) -> None:
    code = """
        import pytest
        from tests import shown
        from dataclasses import replace

        def judge(show, seen):
            return [shown.Finding(f"{n}", "y" * 50_000) for n in range(500)]

        @pytest.hookimpl
        def pytest_preflight_domain():
            kind = replace(shown.DRAWN, name="evil.drawn", judge=judge)
            make = lambda shows, ground: [shown.Expectation(kind, show) for show in shows]
            return shown.Domain("evil", "evil", lambda: shown.Section(shown.Several[shown.Show], (kind,), make))
    """
    site.write(code, "conftest.py")
    site.write("evil: [{name: a}]")
    site.check("--report", "r.html")
    text = (site.path / "r.html").read_text()
    assert len(text) < 200_000
    assert "480 more reasons: see the ledger" in text
