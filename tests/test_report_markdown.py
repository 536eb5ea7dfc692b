"""The report for a pull request or a chat, as GitHub's own parser reads it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from preflight.report.markdown import MOST_CHARACTERS, in_html, plain
from tests.conftest import Site


class Parsed(HTMLParser):
    """The texts of a page by the elements they are in, and all elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(" ".join([tag, *(name for name, _ in attrs)]))
        if tag not in ("br", "input", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.texts.append((" ".join(self.open), data))

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.texts)


def parsed(markdown: str) -> Parsed:
    return Parsed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))


EVIL = [
    "**bold** *it* _it_ __b__ ~~s~~ `code` ``",
    "a | b | c",
    "<b>b</b> <img src=x onerror=alert(1)> <!-- x -->",
    "&lt; &#64;",
    "[a](http://x) ![a](http://x) [a]: http://x",
    "@everyone and me@example.com",
    "#12 GH-12 x/y#3",
    ":tada: :x:",
    "http://example.com www.example.com ftp://x",
    "# heading",
    "- item",
    "+ item",
    "1. item",
    "2) item",
    "> quote",
    "---",
    "===",
    "```",
    "~~~",
    "    indented",
    "\\",
    "\\`",
    "`@a|b`",
    "@a|b",
    "`|@x",
    "$x$ $$y$$",
    "|---|",
    "</details>",
    "</summary>",
    "- [ ] task",
    "a\n\nb",
    "a\n# b",
    "a\r\n- b",
    "[^1]",
    "WWW.example.com|`",
    "x@y|z.example",
    "__b__",
    "a_b_c _d",
]


@pytest.mark.parametrize("text", EVIL)
def test_text_is_only_text(text: str) -> None:
    page = parsed(f"{plain(text)}\n")
    assert set(page.elements) <= {"p", "code"}
    assert page.text.replace("\u200b", "").split() == text.split()


@pytest.mark.parametrize("text", EVIL)
def test_text_stays_in_its_cell_and_in_its_item(text: str) -> None:
    page = parsed(f"| a | b |\n|---|---|\n| {plain(text)} | end |\n")
    assert [text for place, text in page.texts if place == "table tbody tr td" and text == "end"] == ["end"]
    assert page.elements.count("td") == 2
    assert set(page.elements) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    item = parsed(f"- {plain(text)}\n- end\n")
    assert [element for element in item.elements if element != "code"] == ["ul", "li", "li"]


@pytest.mark.parametrize("text", EVIL)
def test_text_stays_in_its_summary(text: str) -> None:
    page = parsed(f"<details><summary>{in_html(text)}</summary>\n\nend\n\n</details>\n")
    assert [element for element in page.elements if element != "code"] == ["details", "summary", "p"]
    assert page.text.split() == [*text.split(), "end"]


@pytest.mark.parametrize("text", ["@ops", "see #12", ":tada:", "(@ops)", "GH-7", "a@b.example", "https://x.example"])
def test_what_is_looked_for_afterwards_stands_in_code(text: str) -> None:
    word = text.split()[-1]
    for page in (parsed(plain(text)), parsed(f"<p>{in_html(text)}</p>")):
        assert [said for place, said in page.texts if place.endswith("code")] == [word]


def test_a_report(site: Site) -> None:
    site.write("shown: [{name: a, is_: wrong, owner: net|work, says: '@all | <b>', ticket: '#1'}, {name: b}]")
    site.check("-p", "tests.shown", "--report", "r.md")
    page = parsed((site.path / "r.md").read_text())
    assert page.texts[0] == ("h2", "NO-GO: toy")
    assert page.elements.count("td") == 6
    assert page.elements.count("details") == 1
    assert "b" not in page.elements
    assert "@all | <b>" in " ".join(page.text.split())


def test_it_fits_into_a_comment_and_says_what_does_not(site: Site) -> None:
    site.write("".join(["shown:\n", *(f"- {{name: a{n}, is_: wrong, says: '{'x' * 900}{n}'}}\n" for n in range(200))]))
    site.check("-p", "tests.shown", "--report", "r.md")
    text = (site.path / "r.md").read_text()
    assert MOST_CHARACTERS / 2 < len(text) <= MOST_CHARACTERS
    assert "and 170 more causes" in text
    assert "The other checks have no room here" in text
    assert re.search(r"Ledger \S+, last seal [0-9a-f]{64}\.\n$", text)


def test_deadlines_and_whose_they_are(site: Site) -> None:
    at = [(datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds") for hours in (1, 2.01, 3)]
    for name, left in (("toy", at[1]), ("other", at[2])):
        head = f"cutover: {{name: N-{name}, point_of_no_return: '{left}'}}\n"
        things = f"shown: [{{name: a, due: '{at[0]}', says: go *back*}}, {{name: b, due: '{at[2]}'}}]\n"
        site.write(head + things, f"inventories/{name}.yaml")
    site.check("-p", "tests.shown", "--report", "r.md")
    lines = (site.path / "r.md").read_text().splitlines()
    assert lines[4].endswith("UTC, **in 2 hours**")
    assert lines[4].startswith("- point of no return ")
    assert re.fullmatch(r"- to be decided by .* UTC, in 59 minutes: whether to go \\\*back\\\*", lines[5])
    assert lines[6] == "- 2 passed"
    site.check("-p", "tests.shown", "--inventory", "other", "--report", "r.md")
    lines = (site.path / "r.md").read_text().splitlines()
    deadlines = [line for line in lines if re.match(r"- .*: (point of no return|to be decided)", line)]
    assert [line.partition(":")[0] for line in deadlines] == ["- N-toy"] * 2 + ["- N-other"] * 3
